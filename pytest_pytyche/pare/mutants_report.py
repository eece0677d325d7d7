"""What a report says of mutants: numbers by scenario, and the timelines of those that survived."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pytest_pytyche.pare.mutants import MutantCounts, heading, total_rate
from pytest_pytyche.report.cells import escaped, percent, table
from pytest_pytyche.text import aligned, shown

if TYPE_CHECKING:
    from pytest_pytyche.pare.results import PareResults

FATES = ("killed", "survived", "broke", "equivalent", "same")
HEAD = ("scenario", *FATES, "kill rate")
LISTED, LISTED_SURVIVORS = 20, 50

Cells = tuple[str, ...]


class Survivor(NamedTuple):
    """A mutant that should have been rejected, fit to be shown; `timeline` is None where it was not kept."""

    scenario: str
    name: str
    heading: str
    timeline: str | None


class MutantsSection(NamedTuple):
    """The mutants of a run: a table, the first survivors and how many there are, and declarations of no use."""

    head: Cells
    rows: list[Cells]
    survivors: list[Survivor]
    more: int
    stale: list[str]


def section(pare: "PareResults", most: int = LISTED) -> MutantsSection | None:
    """The weakest validators first, then all together; None where there are no mutants."""
    found = pare.mutants
    if not found:
        return None
    survivors = [(one.what, survivor) for one in found for survivor in one.survivors]
    listed = [
        Survivor(shown(what), shown(one["name"]), shown(heading(one)), one["timeline"])
        for what, one in survivors[:LISTED_SURVIVORS]
    ]
    return MutantsSection(HEAD, _rows(found, most), listed, len(survivors) - len(listed), list(_stale(found)))


def terminal_lines(pare: "PareResults") -> Iterator[str]:
    """The table, and what is of no use among the declarations."""
    found = section(pare)
    if found is not None:
        yield from aligned([("mutants of", *found.head[1:]), *found.rows])
        yield from found.stale
        yield ""


def markdown_parts(pare: "PareResults") -> Iterator[str]:
    """A heading, the table, then each survivor with its timeline."""
    found = section(pare)
    if found is None:
        return
    yield "## Mutants"
    yield table(found.head, [[escaped(cell) for cell in row] for row in found.rows])
    if found.stale:
        yield "\n".join(f"- {escaped(text)}" for text in found.stale)
    for survivor in found.survivors:
        yield f"**{escaped(survivor.scenario)}** {escaped(survivor.name)}: {escaped(survivor.heading)}"
        if survivor.timeline:
            yield "\n".join(f"    {line}" for line in survivor.timeline.splitlines())
    if found.more:
        yield f"… and {found.more} more; pare.json has them all."


def _rows(found: Sequence[MutantCounts], most: int) -> list[Cells]:
    weakest = sorted(found, key=lambda one: 2.0 if one.kill_rate is None else one.kill_rate)
    rows = [(shown(one.what), *_numbers(one.counts), percent(one.kill_rate)) for one in weakest[:most]]
    if len(found) > most:
        rows.append((f"… {len(found) - most} more", *("" for _ in FATES), ""))
    totals = {fate: sum(one.counts[fate] for one in found) for fate in FATES}
    return [*rows, ("all", *_numbers(totals), percent(total_rate(totals)))]


def _numbers(counts: dict[str, int]) -> Cells:
    return tuple(str(counts[fate]) for fate in FATES)


def _stale(found: Sequence[MutantCounts]) -> Iterator[str]:
    for one in found:
        for pattern, why in one.stale.items():
            yield f"{shown(one.what)}: equivalent_mutants[{shown(pattern)!r}] is of no use: {shown(why)}"
