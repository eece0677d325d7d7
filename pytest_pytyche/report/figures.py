"""What the page draws: each figure with the numbers behind it, for readers without eyes or without the extra."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pytest_pytyche.report import charts
from pytest_pytyche.report.cells import interval, number, percent
from pytest_pytyche.report.chart_data import Panel, calibration_panels, effect_panels
from pytest_pytyche.report.rank_data import RankPanel, rank_panels
from pytest_pytyche.report.scenarios import ScenarioRate
from pytest_pytyche.report.sweeps import SweepPanel, sweep_panels
from pytest_pytyche.report.verdict_columns import LIMITS, NOT_COMPARED
from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

MOST_CURVES = 40
MOST_ROWS = 30
LONGEST = 20
"""Characters of an estimator's name beside that of a spec, which has to stay whole."""


class Figure(NamedTuple):
    """`svg`: None without the extra `report`. `head` and `rows`: the same as a table."""

    title: str
    svg: str | None
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Group(NamedTuple):
    """Figures under one heading."""

    heading: str
    figures: list[Figure]


class Series(NamedTuple):
    """An estimator, and the mark that it has in every figure."""

    name: str
    symbol: str
    colour: str


def series_of(run: "Run") -> list[Series]:
    """The estimators that are drawn: the first six, as more could not be told apart."""
    names = run.tables.estimates["estimator"].drop_nulls().unique(maintain_order=True).sort().to_list()
    return [Series(*each) for each in zip(names, charts.SYMBOLS, charts.COLOURS, strict=False)]


def effect_groups(run: "Run", *, draw: bool) -> list[Group]:
    """PEHE and coverage against effect scale, by template."""
    series = [each.name for each in series_of(run)]
    groups, drawn = [], 0
    for found in effect_panels(run):
        drawn += len(found.panels)
        shown_here = draw and drawn <= MOST_CURVES
        groups.append(Group(found.heading, [_curve(panel, series, draw=shown_here) for panel in found.panels]))
    return groups


def calibration(run: "Run", *, draw: bool) -> list[Figure]:
    """Coverage over nominal levels."""
    series = [each.name for each in series_of(run)]
    return [_curve(panel, series, draw=draw) for panel in calibration_panels(run)]


def ranks(run: "Run", *, draw: bool) -> list[Figure]:
    """Where the truth ranks among posterior draws."""
    series = [each.name for each in series_of(run)]
    return [_ranks(panel, series, draw=draw) for panel in rank_panels(run)]


def comparisons(verdicts: pl.DataFrame, *, draw: bool) -> list[Figure]:
    """Per baseline and metric the largest differences, with upper bounds and margins."""
    compared = verdicts.filter(
        pl.col("difference").is_not_null() & (pl.col("baseline") != LIMITS) & (pl.col("verdict") != NOT_COMPARED)
    )
    parts = compared.group_by("baseline", "metric", maintain_order=True)
    return [_comparison(str(baseline), str(metric), rows, draw=draw) for (baseline, metric), rows in parts]


def success(rates: Sequence[ScenarioRate], *, draw: bool) -> list[Figure]:
    """Per check the scenarios that succeed least."""
    checks: dict[str, list[ScenarioRate]] = {}
    for rate in rates:
        if rate.rate is not None:
            checks.setdefault(rate.check, []).append(rate)
    return [_success(check, sorted(found, key=_by_rate)[:MOST_ROWS], draw=draw) for check, found in checks.items()]


def sweeps(records: Sequence[dict[str, Any]], *, draw: bool) -> list[Figure]:
    """Success against the level of noise, of each check that ran at several."""
    return [_sweep(panel, draw=draw) for panel in sweep_panels(records)]


def groups(records: Sequence[dict[str, Any]]) -> Sequence[tuple[str, ...]]:
    """Rates per check, model, app and tag, after the names of the columns."""
    from pytest_pytyche.pare.rate_tables import HEAD, cells, grouped, rate_rows  # noqa: PLC0415  # loads pare_harness

    return [HEAD, *map(cells, grouped(rate_rows(records)))]


def _sweep(panel: SweepPanel, *, draw: bool) -> Figure:
    table = [
        (number(point.level), percent(point.share), interval(point.interval), str(point.runs), str(point.infra))
        for point in panel.points
    ]
    rows = [point.row() for point in panel.points]
    svg = charts.level_svg(rows, panel.title, panel.x_title) if draw else None
    return Figure(panel.title, svg, (panel.x_title, "success", "95 % interval", "runs", "left out: infra"), table)


def _curve(panel: Panel, series: Sequence[str], *, draw: bool) -> Figure:
    rows = [
        (shown(point.series), number(point.x), number(point.mean), number(point.error), str(point.specs))
        for point in panel.points
    ]
    head = ("estimator", panel.x_title, panel.y_title, "± Monte-Carlo error", "specs")
    return Figure(panel.title, charts.curve_svg(panel, series) if draw else None, head, rows)


def _ranks(panel: RankPanel, series: Sequence[str], *, draw: bool) -> Figure:
    rows = [
        (shown(each.series), each.pattern, number(each.p_value), str(each.seeds), str(each.specs))
        for each in panel.tests
    ]
    svg = charts.rank_svg(panel, series) if draw else None
    return Figure(panel.title, svg, ("estimator", "ranks", "p", "seeds", "specs"), rows)


def _comparison(baseline: str, metric: str, compared: pl.DataFrame, *, draw: bool) -> Figure:
    worst = compared.sort("difference", descending=True, maintain_order=True).head(MOST_ROWS)
    several = compared["candidate"].n_unique() > 1
    rows = [{**row, "name": _name(row, several=several)} for row in worst.iter_rows(named=True)]
    title = f"{metric} against {shown(baseline)}"
    if compared.height > len(rows):
        title += f", the {len(rows)} largest of {compared.height}"
    table = [
        (row["name"], row["verdict"], *(number(row[key]) for key in ("difference", "upper_bound"))) for row in rows
    ]
    svg = charts.difference_svg(rows, title, "difference, worse to the right") if draw else None
    return Figure(title, svg, ("spec", "verdict", "difference", "upper bound"), table)


def _name(row: dict[str, Any], *, several: bool) -> str:
    if not several:
        return shown(row["subject"])
    candidate = row["candidate"].rpartition(":")[2]
    short = candidate if len(candidate) <= LONGEST else f"{candidate[: LONGEST - 1]}…"
    return shown(f"{row['subject']}, {short}")


def _success(check: str, rates: Sequence[ScenarioRate], *, draw: bool) -> Figure:
    rows = list(_share_rows(rates))
    table = [(shown(rate.scenario), percent(rate.rate), interval(rate.interval), str(rate.runs)) for rate in rates]
    title = f"success in {shown(check)}, the least first"
    svg = charts.share_svg(rows, title) if draw else None
    return Figure(title, svg, ("scenario", "success", "95 % interval", "runs"), table)


def _share_rows(rates: Sequence[ScenarioRate]) -> Iterator[dict[str, Any]]:
    for rate in rates:
        if rate.interval is not None:
            bounds = rate.interval
            yield {
                "name": shown(rate.scenario),
                "share": rate.rate,
                "lower": bounds.lower,
                "upper": bounds.upper,
            }


def _by_rate(rate: ScenarioRate) -> float:
    return 1.0 if rate.rate is None else rate.rate
