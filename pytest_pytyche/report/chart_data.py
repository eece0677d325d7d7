"""The numbers behind the charts: means with Monte-Carlo error, as rows that a chart and a table can show alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from pytest_pytyche.estimators.intervals import LEVELS
from pytest_pytyche.report.means import ERROR, means_over_specs

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

QUANTITIES = {"pehe": "PEHE", "coverage_cate": "coverage of the 95 % CATE intervals"}
CURVES = {"cate": "CATE", "ate": "ATE"}


class Point(NamedTuple):
    """A mean over specs at `x` with its Monte-Carlo standard error, None where undefined."""

    series: str
    x: float
    mean: float
    error: float | None
    specs: int


@dataclass(frozen=True)
class Panel:
    """What one chart shows. `target`: a line to compare with, None, or `diagonal`."""

    title: str
    x_title: str
    y_title: str
    points: tuple[Point, ...]
    target: float | str | None = None


@dataclass(frozen=True)
class Panels:
    """Charts that belong together, under one heading."""

    heading: str
    panels: tuple[Panel, ...]


def effect_panels(run: "Run") -> list[Panels]:
    """Per template and metric PEHE and coverage against effect scale; left out where there is one scale only."""
    scales = run.tables.specs.select("catalog", "spec", "seed", "effect_scale").unique(["catalog", "spec", "seed"])
    fits = run.tables.estimates.join(scales, on=["catalog", "spec", "seed"], how="left", maintain_order="left")
    fits = fits.filter(pl.col("effect_scale").is_not_null() & pl.col("error").is_null())
    means = means_over_specs(fits, list(QUANTITIES), ["template", "metric", "estimator", "effect_scale"])
    found = []
    for (template, metric), part in means.group_by("template", "metric", maintain_order=True):
        if part["effect_scale"].n_unique() > 1:
            rows = sorted(part.iter_rows(named=True), key=lambda row: (row["estimator"], row["effect_scale"]))
            panels = tuple(_effect_panel(rows, column, title) for column, title in QUANTITIES.items())
            found.append(Panels(f"{template}, {str(metric).replace('_', ' ')}", panels))
    return found


def calibration_panels(run: "Run") -> list[Panel]:
    """Per effect and metric the coverage over nominal levels; left out where a single data set would be all of it."""
    rows = run.tables.estimates.filter(pl.col("error").is_null())
    several = pl.struct("spec", "seed").n_unique().over("metric") > 1
    columns = [_coverage(effect, level) for effect in CURVES for level in LEVELS]
    means = means_over_specs(rows.filter(several), columns, ["metric", "estimator"])
    found = [
        _calibration_panel(part, effect, name, str(metric))
        for (metric,), part in means.group_by("metric", maintain_order=True)
        for effect, name in CURVES.items()
    ]
    return [panel for panel in found if panel.points]


def _effect_panel(rows: list[dict[str, Any]], column: str, title: str) -> Panel:
    points = tuple(point for row in rows for point in _point(row, column, row["effect_scale"]))
    target = 0.95 if column.startswith("coverage") else None
    return Panel(title, "effect scale", title.partition(" ")[0], points, target)


def _calibration_panel(means: pl.DataFrame, effect: str, name: str, metric: str) -> Panel:
    rows = means.iter_rows(named=True)
    points = [point for row in rows for level in LEVELS for point in _point(row, _coverage(effect, level), level)]
    points.sort(key=lambda point: (point.series, point.x))
    title = f"{name}, {metric.replace('_', ' ')}"
    return Panel(title, "nominal level", "coverage", tuple(points), "diagonal")


def _coverage(effect: str, level: float) -> str:
    return f"coverage_{effect}_{100 * level:.0f}"


def _point(row: dict[str, Any], column: str, x: float) -> Iterator[Point]:
    """The point of a row of means, if it is defined."""
    if row[column] is not None:
        yield Point(row["estimator"], x, row[column], row[f"{column}{ERROR}"], row["specs"])
