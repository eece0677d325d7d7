"""A stored and a received truth, read and compared: what is shown of them and how large the change is."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite
from typing import NamedTuple

from pytest_pytyche.checks.difference import COUNTS, FLOOR, Row, Unreadable, changes, read
from pytest_pytyche.review.received import Received

TABLES = ("arms", "levels", "effects", "columns")


class Number(NamedTuple):
    """A number before and after; None where that side has none."""

    old: float | None
    new: float | None
    changed: bool

    @property
    def relative(self) -> float | None:
        """Change relative to the old number; None where that says nothing."""
        if not self.changed or self.old is None or self.new is None or not self.old:
            return None
        return (self.new - self.old) / abs(self.old)


Cells = dict[str, Number]
"""Column -> number, of one row."""


@dataclass(frozen=True)
class Changed:
    """One truth before and after. `rows`: table -> row -> cells, of all rows; `problem`: why there is no before."""

    received: Received
    rows: dict[str, dict[str, Cells]]
    size: float
    problem: str | None = None

    @property
    def changed_rows(self) -> tuple[tuple[str, str], ...]:
        """Table and row of whatever differs."""
        return tuple(
            (table, row) for table, rows in self.rows.items() for row, cells in rows.items() if is_changed(cells)
        )

    def changed_in(self, table: str) -> dict[str, Cells]:
        """The rows of a table that differ."""
        return {row: cells for row, cells in self.rows[table].items() if is_changed(cells)}


def is_changed(cells: Cells) -> bool:
    """Whether any of them differs."""
    return any(number.changed for number in cells.values())


def compare(received: Received) -> Changed:
    """The stored truth beside the received one; without a readable stored one every row is new.

    Its size is the largest change of a number relative to the largest magnitude of its stored row (counts: relative to
    themselves), and infinite where a number is on one side only.
    """
    new = received.file.read_text("utf-8", errors="replace")
    old, problem = _stored(received)
    try:
        rows = _rows(old, new)
    except Unreadable as error:
        return Changed(received, {table: {} for table in TABLES}, inf, f"the received text cannot be read: {error}")
    size = max((_size(cells) for table in rows.values() for cells in table.values()), default=0.0)
    return Changed(received, rows, size, problem)


def _stored(received: Received) -> tuple[str | None, str | None]:
    try:
        text = received.stored.read_text("utf-8", errors="replace")
        read(text)
    except FileNotFoundError:
        return None, "no truth is stored yet"
    except (Unreadable, OSError) as error:
        return None, f"the stored text cannot be read: {error}"
    return text, None


def _rows(stored: str | None, received: str) -> dict[str, dict[str, Cells]]:
    new = read(received)
    old = {} if stored is None else read(stored)
    differing = {change.name for change in changes(stored, received)} if stored is not None else None
    rows: dict[str, dict[str, Cells]] = {table: {} for table in TABLES}
    for key in dict.fromkeys((*new, *old)):
        table, _, name = key.partition(" ")
        if table.strip("[]") in rows:
            rows[table.strip("[]")][name] = dict(_cells(key, old.get(key, {}), new.get(key, {}), differing))
    return rows


def _cells(key: str, old: Row, new: Row, differing: set[str] | None) -> Iterator[tuple[str, Number]]:
    """`differing`: names of the numbers that changed; None where all are new."""
    for column in dict.fromkeys((*new, *old)):
        before, after = _float(old.get(column)), _float(new.get(column))
        changed = after is not None if differing is None else f"{key} {column}" in differing
        yield column, Number(before, after, changed)


def _float(text: str | None) -> float | None:
    value = None if text is None or text == "-" else float(text)
    return value if value is not None and isfinite(value) else None


def _size(cells: Cells) -> float:
    known = [abs(number.old) for column, number in cells.items() if column not in COUNTS and number.old is not None]
    scale = max([FLOOR, *known])
    return max((_change(column, number, scale) for column, number in cells.items() if number.changed), default=0.0)


def _change(column: str, number: Number, scale: float) -> float:
    if number.old is None or number.new is None:
        return inf
    return abs(number.new - number.old) / (max(abs(number.old), 1.0) if column in COUNTS else scale)
