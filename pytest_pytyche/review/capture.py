"""What a failed truth check received, on its way from the item into the folder of the run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_pytyche.cases import Case
from pytest_pytyche.journal import Journal
from pytest_pytyche.review.received import FOLDER, KIND

if TYPE_CHECKING:
    import pytest

Record = dict[str, Any]

FIXTURE = "pytyche_truth_snapshot"
TEXT = "text"


def received_lines(item: "pytest.Item", case: Case | None) -> list[Record]:
    """A line per truth that the item compared in vain, with the whole text, which no stored file is changed for."""
    snapshot = (getattr(item, "funcargs", None) or {}).get(FIXTURE)
    if snapshot is None:
        return []
    failed = [result for result in snapshot.executions.values() if not result.success and result.asserted_data]
    return [_line(item, case, Path(result.snapshot_location), str(result.asserted_data)) for result in failed]


def _line(item: "pytest.Item", case: Case | None, location: Path, text: str) -> Record:
    root = item.config.rootpath
    inside = location.is_relative_to(root)
    return {
        "kind": KIND,
        "nodeid": item.nodeid,
        **_subject(location, case),
        "root": str(root),
        "location": location.relative_to(root).as_posix() if inside else str(location),
        "received": (location.relative_to(root) if inside else Path(*location.parts[-2:])).as_posix(),
        TEXT: text,
    }


def _subject(location: Path, case: Case | None) -> Record:
    if case is None:
        return {"catalog": None, "spec": location.stem, "seed": None, "template": None}
    from pytest_pytyche.generators.catalog import template_name  # noqa: PLC0415  # heavy; whoever has a case loaded it

    return {**case.identity, "template": template_name(case.spec)}


def keep_received(lines: list[Record], journal: Journal) -> list[Record]:
    """Store the texts as files of the run; the lines go into the journal without them."""
    for line in lines:
        if line["kind"] == KIND:
            journal.store(f"{FOLDER}/{line['received']}", line[TEXT])
    return [{key: value for key, value in line.items() if key != TEXT} for line in lines]
