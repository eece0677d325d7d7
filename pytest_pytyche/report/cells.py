"""Numbers and texts as the cells of tables, and tables as Markdown."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pare_harness.rates import Interval
    from pytest_pytyche.report.means import Mean

LISTED = 50
"""Rows of a Markdown table that may have very many."""
UNDEFINED = "–"
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!$@])")

Row = Sequence[str]


def escaped(text: object) -> str:
    """A text as Markdown that shows just that: no markup, no table cell of its own, no mention of anyone."""
    return SPECIAL.sub(r"\\\1", shown(text).replace("&", "&amp;")).replace("\\<", "&lt;").replace("\\@", "@\u200b")


def code(text: str) -> str:
    """A command as inline code, also in a table."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence}{text}{fence}".replace("|", "\\|")


def table(head: Row, rows: Iterable[Row]) -> str:
    """Cells are Markdown already; all but the first column of numbers stand to the right."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None) -> str:
    """Three significant digits."""
    return UNDEFINED if value is None else f"{value:.3g}"


def mean(value: "Mean") -> str:
    """With its Monte-Carlo standard error, where there is one."""
    return number(value.mean) + (f" ± {float(f'{value.mcse:.1g}'):g}" if value.mcse is not None else "")


def percent(value: float | None) -> str:
    """One decimal."""
    return UNDEFINED if value is None else f"{100 * value:.1f} %"


def interval(bounds: "Interval | None") -> str:
    """Both bounds."""
    return UNDEFINED if bounds is None else f"{100 * bounds.lower:.1f} to {100 * bounds.upper:.1f} %"
