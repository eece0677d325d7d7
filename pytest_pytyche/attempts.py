"""Which lines of a journal count: a run that was continued may have begun an item twice."""

from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]

RESUME, END, DONE, ITEM, DISCOVERY = "resume", "end", "done", "item", "pare-discovery"
PARE_SETTING, VERDICTS = "pare-run", "verdicts"
CATALOG_FILE = "catalog-file"
OUT_OF_BUDGET = "out of budget"
PHASES = frozenset({"setup", "call", "teardown"})


def finished(lines: Iterable[Record]) -> set[str]:
    """Node ids of the items that need not run again.

    One whose process died has an outcome, but from none of an item's phases; a file that could not be imported may have
    been mended; and for what was left out there may now be time.
    """
    done, again = set(), set()
    for line in lines:
        kind = line["kind"]
        if kind == DONE or (kind == ITEM and line["phase"] in PHASES and not left_out(line)):
            done.add(line["nodeid"])
        elif kind == DISCOVERY:
            again.add(line["nodeid"])
    return done - again


def left_out(line: Record) -> bool:
    """Whether a line tells of an item whose turn came when the time was up."""
    return line.get("outcome") == "skipped" and OUT_OF_BUDGET in (line.get("reason") or "")


def settled(lines: Iterable[Record]) -> list[Record]:
    """The lines without those of items that were begun and not finished before a run was continued."""
    kept: list[Record] = []
    for line in lines:
        if line["kind"] == RESUME:
            done = finished(kept)
            kept = [old for old in kept if old.get("nodeid") in done or _lasts(old)]
        kept.append(line)
    return kept


def catalog_files(lines: Iterable[Record]) -> dict[str, set[str]]:
    """The catalog files of a run, with the digests that its processes read: more than one where a file changed."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if line["kind"] == CATALOG_FILE:
            found.setdefault(line["file"], set()).add(line["sha256"])
    return found


def exit_status(lines: Iterable[Record]) -> int | None:
    """How the run ended; None where it was killed, or goes on."""
    ends = [line["exit_status"] for line in settled(lines) if line["kind"] == END]
    return ends[-1] if ends else None


def _lasts(line: Record) -> bool:
    """Whether a line about no item tells of the run as such, not of how an attempt at it went."""
    return "nodeid" not in line and line["kind"] in {"run", RESUME, PARE_SETTING, CATALOG_FILE}
