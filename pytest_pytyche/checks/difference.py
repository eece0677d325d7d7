"""Two texts of a truth compared number by number."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

FORMAT = "pytyche truth, format 1"
TOLERANCE = 1e-9
FLOOR = 1e-3
COUNTS = frozenset({"visitors", "converted"})
SHOWN = 20
PREAMBLE_LINES = 3

Row = dict[str, str]


class Unreadable(ValueError):  # noqa: N818  # reads as what happened
    """A text that is not a stored truth; the message names the line and what it should hold."""


class Change(NamedTuple):
    """A number that differs; None where one side does not have it."""

    name: str
    stored: str | None
    received: str | None

    @property
    def relative(self) -> str:
        """The change relative to the stored number, empty where that says nothing."""
        stored, received = _float(self.stored), _float(self.received)
        if stored is None or received is None or not isfinite(received) or not stored:
            return ""
        return f"{(received - stored) / abs(stored):+.3g}"


def changes(stored: str, received: str) -> list[Change]:
    """What differs between two texts, in order of the received one; Unreadable when one is not a truth.

    Counts and text are compared exactly, other numbers to `TOLERANCE` of the largest magnitude in the stored row
    (of `FLOOR` where all are smaller), far above what rounding does on another CPU or with another NumPy.
    """
    old, new = read(stored), read(received)
    rows = [*new, *(row for row in old if row not in new)]
    return [change for row in rows for change in _row_changes(row, old.get(row, {}), new.get(row, {}))]


def report(found: list[Change]) -> Iterator[str]:
    """The changes as a table of at most `SHOWN` lines."""
    rows = [("changed", "stored", "received", "relative"), *map(_cells, found[:SHOWN])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *cells in rows:
        numbers = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        yield "  ".join((f"{name:<{widths[0]}}", *numbers)).rstrip()
    if len(found) > SHOWN:
        yield f"… and {len(found) - SHOWN} more"


def read(text: str) -> dict[str, Row]:
    """Row, with its table -> column -> cell; Unreadable for anything that `describe_truth` would not write."""
    lines = text.splitlines()
    if not lines or lines[0] != FORMAT:
        raise Unreadable(f"line 1 is {(lines or [''])[0][:60]!r}; expected {FORMAT!r}")
    rows = {"title": {"": lines[1] if len(lines) > 1 else ""}}
    table, columns = "", list[str]()
    for number, line in enumerate(lines[PREAMBLE_LINES:], start=PREAMBLE_LINES + 1):
        words = line.split()
        if words and words[0].startswith("["):
            table, columns = words[0], words[1:]
        elif words:
            rows[f"{table} {words[0]}"] = _read_row(number, table, columns, words[1:])
    if not columns:
        raise Unreadable(f"it ends after {len(lines)} lines, before any number")
    return rows


def _read_row(number: int, table: str, columns: list[str], values: list[str]) -> Row:
    if len(values) != len(columns):
        raise Unreadable(
            f"line {number} holds {len(values)} values; table {table or '(none)'} has {len(columns)} columns"
        )
    for value in values:
        if value != "-" and _float(value) is None:
            raise Unreadable(f"line {number} holds {value!r}; expected a number")
    return dict(zip(columns, values, strict=True))


def _row_changes(row: str, old: Row, new: Row) -> Iterator[Change]:
    if old == new:
        return
    scale = _scale(old)
    for column in dict.fromkeys((*new, *old)):
        change = Change(f"{row} {column}".rstrip(), old.get(column), new.get(column))
        if not _same(change, 0.0 if column in COUNTS else TOLERANCE * scale):
            yield change


def _cells(change: Change) -> tuple[str, str, str, str]:
    return change.name, change.stored or "(none)", change.received or "(none)", change.relative


def _same(change: Change, allowed: float) -> bool:
    stored, received = _float(change.stored), _float(change.received)
    if change.stored == change.received or stored is None or received is None:
        return change.stored == change.received
    return abs(stored - received) <= allowed


def _scale(row: Mapping[str, str]) -> float:
    values = (_float(value) for column, value in row.items() if column not in COUNTS)
    return max([FLOOR, *(abs(value) for value in values if value is not None and isfinite(value))])


def _float(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
