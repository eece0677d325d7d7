"""A changed truth as the page shows it: tables of text, drawings, and which rows are worth a look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isinf
from typing import NamedTuple

from pytest_pytyche.review.causes import CONTROL, Group
from pytest_pytyche.review.changed import Cells, Changed, Number, is_changed
from pytest_pytyche.review.curves import Curves, curves

MOMENTS = ("mean", "sd", "min", "q05", "q25", "median", "q75", "q95", "max")
FIRST = (
    "contrast_cate",
    "p_per_visitor",
    "m_per_visitor",
    "y_per_visitor",
    "propensity",
    "conv_contrast",
    "aov_contrast",
)
MAX_COLUMNS = 12
MAX_LEVELS = 40
DIGITS, MORE_DIGITS = 6, 12
MINUS = "\N{MINUS SIGN}"
MEANS = (
    ("p_per_visitor", "mean conversion probability"),
    ("m_per_visitor", "mean revenue given conversion"),
    ("y_per_visitor", "mean outcome"),
    ("propensity", "mean propensity"),
)


class Line(NamedTuple):
    """A row of a table: what it is, before, after, and the change in percent."""

    name: str
    old: str
    new: str
    change: str
    changed: bool


class Column(NamedTuple):
    """A changed column: its drawing, if it has a distribution, and its statistics."""

    name: str
    curves: Curves | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class View:
    """Everything the page shows of one changed truth. `hidden`: changed columns that are left out."""

    changed: Changed
    effects: tuple[Line, ...]
    arms: tuple[Line, ...]
    levels: tuple[Line, ...]
    columns: tuple[Column, ...]
    hidden: int
    unchanged: tuple[str, ...]

    @property
    def size(self) -> str:
        """The size of the change in words."""
        return "new" if isinf(self.changed.size) else f"{100 * self.changed.size:.3g} %"

    @property
    def headline(self) -> str:
        """The effect before and after, empty where it did not change."""
        effect = next((line for line in self.effects if line.name == "effect" and line.changed), None)
        return "" if effect is None else f"effect {effect.old} → {effect.new}"


class Section(NamedTuple):
    """A cause and what it changed; `more` are those that are too many to show."""

    group: Group
    views: tuple[View, ...]
    more: int


def sections(groups: Sequence[Group], limit: int) -> list[Section]:
    """The first `limit` changed truths with their numbers; every group keeps at least its largest change."""
    found = []
    for group in groups:
        shown = group.members[: max(limit, 1)]
        limit -= len(shown)
        found.append(Section(group, tuple(map(view, shown)), len(group.members) - len(shown)))
    return found


def view(changed: Changed) -> View:
    """The numbers of one changed truth, the effects first."""
    columns = changed.changed_in("columns")
    names = sorted(columns, key=_rank)
    return View(
        changed=changed,
        effects=tuple(_lines("", changed.rows["effects"])),
        arms=(*_lines("", changed.rows["arms"]), *_arm_means(changed.rows["columns"])),
        levels=tuple(_lines("", changed.changed_in("levels")))[:MAX_LEVELS],
        columns=tuple(_column(name, columns[name]) for name in names[:MAX_COLUMNS]),
        hidden=max(0, len(names) - MAX_COLUMNS),
        unchanged=tuple(name for name, cells in changed.rows["columns"].items() if not is_changed(cells)),
    )


def _rank(name: str) -> tuple[int, str]:
    """Effects first, then means, then the rest by name; treatments before control."""
    order = next((position for position, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))
    return 2 * order + name.endswith(CONTROL), name


def _column(name: str, cells: Cells) -> Column:
    lines = tuple(_line(statistic, cells[statistic]) for statistic in MOMENTS if statistic in cells)
    projected = [number for column, number in cells.items() if column.startswith("project")]
    if is_changed({str(position): number for position, number in enumerate(projected)}):
        lines += (Line("visitor by visitor", "", "different", "", changed=True),)
    return Column(name, curves(cells), lines)


def _lines(prefix: str, rows: dict[str, Cells]) -> Iterator[Line]:
    for row, cells in rows.items():
        for column, number in cells.items():
            name = column if row == "all" else f"{row} {column}"
            if number.old is not None or number.new is not None:
                yield _line(f"{prefix}{name}", number)


def _arm_means(columns: dict[str, Cells]) -> Iterator[Line]:
    for start, meaning in MEANS:
        for name, cells in columns.items():
            if name.startswith(f"{start}[") and "mean" in cells:
                yield _line(f"{name.partition('[')[2].rstrip(']')} {meaning}", cells["mean"])


def _line(name: str, number: Number) -> Line:
    old, new = _texts(number)
    return Line(name, old, new, _percent(number), number.changed)


def _texts(number: Number) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to tell them apart."""
    for digits in (DIGITS, MORE_DIGITS):
        old, new = (_text(value, digits) for value in (number.old, number.new))
        if old != new or not number.changed:
            break
    return old, new


def _text(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}g}".replace("-", MINUS)


def _percent(number: Number) -> str:
    relative = number.relative
    return "" if relative is None else f"{100 * relative:+.3g} %".replace("-", MINUS)
