"""Truth snapshots: syrupy's single-file layout, one readable text per spec and seed, compared with a tolerance."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.data import SnapshotCollection, SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from pytest_pytyche.cases import CASE_ID
from pytest_pytyche.catalogs import claimed_ids, templates_in
from pytest_pytyche.checks.difference import Unreadable, changes, report
from pytest_pytyche.checks.truth import describe_truth
from pytest_pytyche.file_names import CATALOG_FILE, TRUTH
from pytest_pytyche.files import write_atomically
from pytest_pytyche.generators.core import CalibrationBundle
from pytest_pytyche.state import FILES

if TYPE_CHECKING:
    from syrupy.assertion import AssertionResult, SnapshotAssertion
    from syrupy.location import PyTestLocation

CLAIMED = pytest.StashKey[dict[Path, frozenset[str] | None]]()


class TruthSnapshot(SingleFileSnapshotExtension):
    """Stores a `CalibrationBundle`, or its text, in `__snapshots__/<file>/<test>[<spec>-s<seed>].truth`."""

    file_extension = TRUTH
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, *, exclude: Any = None, include: Any = None, matcher: Any = None) -> str:
        """The text of a bundle; syrupy's filters and matchers have nothing to act on, so giving one is an error."""
        if exclude or include:
            raise TypeError("a truth snapshot takes neither exclude nor include: it holds numbers, not properties")
        if isinstance(data, CalibrationBundle):
            return describe_truth(data, data.observed.experiment_id)
        return str(data)

    def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:
        """Equal but for rounding; what cannot be read never matches."""
        if serialized_data == snapshot_data:
            return True
        try:
            return not changes(snapshot_data, serialized_data)
        except Unreadable:
            return False

    def diff_lines(self, serialized_data: Any, snapshot_data: Any) -> Iterator[str]:
        """Name, stored number, received number and relative change of whatever differs."""
        try:
            yield from report(changes(snapshot_data, serialized_data))
        except Unreadable as error:
            yield f"the stored snapshot cannot be read: {error}"

    def read_snapshot_data_from_location(
        self, *, snapshot_location: str, snapshot_name: str, session_id: str
    ) -> str | None:
        """The stored text, None where there is none; bytes that are no text show as such, and never match."""
        try:
            return Path(snapshot_location).read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return None

    @classmethod
    def write_snapshot_collection(
        cls, *, snapshot_collection: SnapshotCollection, name_order: dict[str, int] | None = None
    ) -> None:
        """Write the one snapshot of the collection, whole or not at all."""
        (snapshot,) = snapshot_collection
        text = str(snapshot.data)
        write_atomically(Path(snapshot_collection.location), lambda path: path.write_text(text, "utf-8"))

    def discover_snapshots(
        self, *, test_location: "PyTestLocation", ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        """Stored truths of no known spec: those of a spec that this run left out are in use all the same.

        The extensions to ignore are for others, who would take a truth that this run left out for nobody's.
        """
        orphans = SnapshotCollections()
        for module, names in _stored(self.discovery_dirname(test_location=test_location)):
            claimed = _claimed(test_location.item.config, module)
            for name in names:
                case = re.search(CASE_ID, name)
                if case is None or (claimed is not None and case["spec"] not in claimed):
                    orphans.add(self.read_snapshot_collection(snapshot_location=str(module / name)))
        return orphans


def failure(snapshot: "SnapshotAssertion") -> str:
    """Why the last comparison of `snapshot` failed: one line, and the changed numbers where there are some."""
    result: AssertionResult = snapshot.executions[snapshot.num_executions - 1]
    if result.exception is not None:
        return f"truth snapshot {result.snapshot_location} cannot be used: {result.exception}"
    if result.recalled_data is None:
        return f"no truth snapshot {result.snapshot_location}; --snapshot-update stores it"
    try:
        found = changes(str(result.recalled_data), str(result.asserted_data))
    except Unreadable as error:
        return f"truth snapshot {result.snapshot_location} is corrupted: {error}; --snapshot-update replaces it"
    noun = "number differs" if len(found) == 1 else "numbers differ"
    return "\n".join(
        (
            f"{len(found)} {noun} from the truth snapshot; if that is meant, --snapshot-update stores the new truth",
            *report(found),
            f"stored in {result.snapshot_location}",
        )
    )


def _stored(folder: str) -> Iterator[tuple[Path, list[str]]]:
    """Every stored truth, `<folder>/<module>/<test>.truth`, module by module."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for module in os.scandir(folder):
            if module.is_dir():
                names = (entry.name for entry in os.scandir(module) if entry.name.endswith(f".{TRUTH}"))
                yield Path(module.path), sorted(name for name in names if not name.startswith("."))


def _claimed(config: pytest.Config, module: Path) -> frozenset[str] | None:
    """Ids of the specs whose truths belong into the folder of a module; None where that is not known.

    The name of the folder tells which module it is. What a catalog file holds that this run leaves out is not known,
    nor is what a file of templates holds that this run had no need of.
    """
    owner = module.parent.with_name(f"{module.name}.py")
    file = owner.with_suffix(".toml")
    if file.name.endswith(CATALOG_FILE) and file.is_file():
        if file not in config.stash.get(FILES, {}):
            return None
        owner = file
    known = config.stash.setdefault(CLAIMED, {})
    if owner not in known:
        known[owner] = None if templates_in(owner) is None else claimed_ids(config, owner)
    return known[owner]
