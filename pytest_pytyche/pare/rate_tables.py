"""Rates of repeated runs per check, and within it per model, app, tag and scenario."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pare_harness.repeated import Passes, Rates, rates, tallies
from pytest_pytyche.pare.records import Record, group
from pytest_pytyche.report.cells import LISTED, UNDEFINED, escaped, interval, percent, table
from pytest_pytyche.text import shown

ALL = "all"
WORST = 10
"""Scenarios that the terminal shows, those that succeed least; files have all."""

Row = tuple[str, ...]
HEAD = ("check", "by", "", "scenarios", "runs", "infra", "success", "± MC", "95 % interval", "pass@k", "pass^k")


@dataclass(frozen=True)
class RateRow:
    """One line: the runs of `check` that have `name` as their `by`."""

    check: str
    by: str
    name: str
    rates: Rates


def _models(record: Record) -> list[str]:
    return [record["model"]] if record.get("model") else []


DIMENSIONS: Mapping[str, Callable[[Record], Iterable[str]]] = {
    ALL: lambda record: [""],
    "model": _models,
    "app": lambda record: record.get("apps") or [],
    "tag": lambda record: record.get("tags") or [],
    "scenario": lambda record: [record["scenario"]],
}
"""What runs are grouped by, and in which groups of it a run is: a scenario with two apps counts for both."""


def rate_rows(records: Iterable[Record]) -> list[RateRow]:
    """Check by check in the order of the run; within each all runs, then by model, app and tag, then by scenario."""
    checks: dict[str, list[Record]] = {}
    for record in records:
        checks.setdefault(group(record), []).append(record)
    return [row for check, found in checks.items() for row in _of_check(check, found)]


def is_repeated(rows: Iterable[RateRow]) -> bool:
    """Whether any scenario has several runs, so that there is more to say than how each ended."""
    return any(row.rates.runs + row.rates.infra > row.rates.scenarios for row in rows)


def grouped(rows: Sequence[RateRow]) -> list[RateRow]:
    """All runs of each check, its models, and those of its apps and tags that not all of its scenarios share."""
    whole = {(row.check, row.rates.scenarios) for row in rows if row.by == ALL}
    own = [row for row in rows if row.by != "scenario"]
    return [row for row in own if row.by in (ALL, "model") or (row.check, row.rates.scenarios) not in whole]


def terminal_rows(rows: Sequence[RateRow]) -> list[Row]:
    """Head and cells: the groups, then the scenarios that succeed least."""
    bad = [row for row in rows if row.by == "scenario" and row.rates.rate is not None and row.rates.rate < 1]
    return [HEAD, *map(cells, (*grouped(rows), *sorted(bad, key=_rate)[:WORST]))]


def cells(row: RateRow) -> Row:
    """A line as texts: pass@k and pass^k for the largest k that is defined."""
    found = row.rates
    last = next((one for one in reversed(found.passes) if one.hat is not None), None)
    return (
        shown(row.check),
        row.by,
        shown(row.name),
        str(found.scenarios),
        str(found.runs),
        str(found.infra),
        percent(found.rate),
        percent(found.error),
        interval(found.interval),
        _pass(last, "@"),
        _pass(last, "^"),
    )


def markdown_table(rows: Sequence[RateRow]) -> str:
    """The rates of a check; of its scenarios the worst, and none where each ran once, since their statuses say it."""
    kept = [row for row in rows if row.by not in (ALL, "scenario")]
    worst = sorted((row for row in rows if row.by == "scenario"), key=_rate)[:LISTED] if is_repeated(rows) else []
    lines = [[escaped(cell) for cell in cells(row)[1:]] for row in [*rows[:1], *kept, *worst]]
    return f"### Rates\n\n{table(HEAD[1:], lines)}\n"


def to_json(rows: Iterable[RateRow]) -> dict[str, dict[str, dict[str, Any]]]:
    """Rates by dimension and name."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.by, {})[row.name or ALL] = row.rates.to_dict()
    return found


def _pass(found: Passes | None, sign: str) -> str:
    if found is None:
        return UNDEFINED
    return f"{percent(found.at if sign == '@' else found.hat)} (k={found.k})"


def _of_check(check: str, records: list[Record]) -> Iterator[RateRow]:
    for by, names in DIMENSIONS.items():
        members: dict[str, list[tuple[str, str]]] = {}
        for record in records:
            for name in names(record):
                members.setdefault(name, []).append((record["scenario"], record["status"]))
        ordered = members if by == "scenario" else sorted(members)
        yield from (RateRow(check, by, name, rates(tallies(members[name]))) for name in ordered)


def _rate(row: RateRow) -> float:
    return 1.0 if row.rates.rate is None else row.rates.rate
