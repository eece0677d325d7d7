"""Runs of scenarios as conversations, for the page: those without success, and of the others as many as fit."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_pytyche.text import shown, stored

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

Record = dict[str, Any]

MOST_TEXT = 1_200_000
"""Characters of all conversations on the page, so that it opens quickly whatever models have to say."""

MARKUP = 200
"""Characters that the page needs around an entry."""

MOST_GOOD = 20
MOST_TRACE = 20_000_000
"""Bytes of a trace that is read for the page."""

TEXT = 450


class Line(NamedTuple):
    """An entry of a conversation, fit to be shown."""

    turn: int | None
    time: str
    who: str
    kind: str
    text: str
    detail: str
    failed: bool


class Story(NamedTuple):
    """A run: `anchor` is where it stands on the page, `nodeid` and `what` tell it from others."""

    anchor: str
    nodeid: str
    what: str
    status: str
    lines: tuple[Line, ...]


class Stories(NamedTuple):
    """Those that the page shows, and how many more runs without success there are whose conversation it does not."""

    shown: tuple[Story, ...]
    left_out: int

    @property
    def anchors(self) -> dict[tuple[str, str], str]:
        """Where each run stands on the page, by node id and what it is of."""
        return {(one.nodeid, one.what): one.anchor for one in self.shown}


def stories(run: "Run") -> Stories:
    """Runs without success in their order, then the first successes whose traces are still where they were written."""
    if run.pare is None:
        return Stories((), 0)
    from pytest_pytyche.pare.results import label  # noqa: PLC0415  # heavy: loads pare_harness

    found: list[Story] = []
    room, left_out = MOST_TEXT, 0
    for record, entries in (*_bad(run.pare.records), *_good(run.pare.records)):
        if room <= 0:
            left_out += record["status"] != "success"
            continue
        lines = tuple(map(_line, entries))
        room -= sum(len(line.text) + len(line.detail) + MARKUP for line in lines)
        found.append(Story(f"story-{len(found) + 1}", record["nodeid"], label(record), record["status"], lines))
    return Stories(tuple(found), left_out)


def _bad(records: Sequence[Record]) -> Iterator[tuple[Record, list[Record]]]:
    for record in records:
        if record["status"] != "success" and record.get("conversation"):
            yield record, record["conversation"]


def _good(records: Sequence[Record]) -> Iterator[tuple[Record, list[Record]]]:
    """Of as many different scenarios as there are, the first run of each first."""
    kept = [record for record in records if record["status"] == "success" and record["export_path"]]
    kept.sort(key=lambda record: record["run"] or 0)
    taken = 0
    for record in kept:
        if taken == MOST_GOOD:
            return
        entries = _of_trace(Path(record["export_path"]))
        if entries:
            taken += 1
            yield record, entries


def _of_trace(path: Path) -> list[Record]:
    """Nothing for a file that has gone or changed since; it is a copy of what the page could do without."""
    from pare_harness.conversation import conversation  # noqa: PLC0415  # for those who keep traces
    from pare_harness.trace_model import Trace  # noqa: PLC0415  # as above

    try:
        if path.stat().st_size > MOST_TRACE:
            return []
        trace = Trace.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return []
    return [vars(entry) for entry in conversation(trace)]


def _line(entry: Record) -> Line:
    return Line(
        entry["turn"],
        shown(entry["time"]),
        shown(entry["who"]),
        shown(entry["kind"]),
        stored(entry["text"], TEXT),
        stored(entry["detail"], TEXT),
        bool(entry["failed"]),
    )
