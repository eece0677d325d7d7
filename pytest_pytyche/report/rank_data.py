"""Ranks of the truth among posterior draws -> what their chart and their table show."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from pytest_pytyche.report.page_tables import NUMBER, DataTable, Field, table_of_rows

if TYPE_CHECKING:
    from pytest_pytyche.calibration.uniformity import Band, Uniformity
    from pytest_pytyche.report.run import Run

QUANTITIES = {
    "pit_ate": "ATE",
    "pit_cate": "CATE of a visitor at random",
    "pit_cate_low": "CATE at the lowest tenth of the estimates",
    "pit_cate_high": "CATE at the highest tenth of the estimates",
}
FEWEST_SEEDS = 10
"""With fewer even a posterior that is far off stays within the band."""

RANKS = (
    Field("spec", "spec"),
    Field("estimator", "estimator", choose=True),
    Field("quantity", "quantity", choose=True),
    Field("pattern", "ranks", choose=True),
    Field("p_holm", "p (Holm)", NUMBER),
    Field("seeds", "seeds", NUMBER),
    Field("p_value", "p, not adjusted", NUMBER, opened=True),
    Field("shift", "shift, in standard errors", NUMBER, opened=True),
    Field("spread", "spread, in standard errors", NUMBER, opened=True),
)
FIT = ["catalog", "spec", "seed", "estimator"]


class Step(NamedTuple):
    """F(z) − z of one estimator."""

    series: str
    x: float
    difference: float


class Tested(NamedTuple):
    """What the test of uniformity says of one estimator."""

    series: str
    specs: int
    seeds: int
    p_value: float
    pattern: str


class TestedSpec(NamedTuple):
    """What it says of one spec and quantity; `pattern` is for p adjusted by Holm's method over all of the run."""

    spec: str
    estimator: str
    quantity: str
    result: "Uniformity"
    p_holm: float

    @property
    def pattern(self) -> str:
        """What is wrong, `uniform` where p is 5 % or more."""
        return replace(self.result, p_value=self.p_holm).pattern


@dataclass(frozen=True)
class RankPanel:
    """One quantity: the ECDF of its ranks minus the uniform one, within the `band` of the fewest seeds."""

    title: str
    steps: tuple[Step, ...]
    tests: tuple[Tested, ...]
    band: "Band"


def rank_panels(run: "Run") -> list[RankPanel]:
    """Per metric and quantity; left out where no estimator has draws for ten seeds or more.

    Specs share the random numbers of a seed, so each seed counts once, the ECDF being the mean over its specs. Of
    several contrasts each data set gives one, which goes round with the seed.
    """
    return [
        panel
        for (metric,), part in _ranked(run).group_by("metric", maintain_order=True)
        for name, title in QUANTITIES.items()
        for panel in _panel(part, name, f"{title}, {str(metric).replace('_', ' ')}")
    ]


def spec_tests(run: "Run") -> list[TestedSpec]:
    """Each spec by itself, the least uniform first: too narrow here and too wide there look right together."""
    from pytest_pytyche.calibration.uniformity import uniformity  # noqa: PLC0415  # loads scipy
    from pytest_pytyche.gate.statistics import holm  # noqa: PLC0415  # as above

    found = [
        (part["spec"][0], part["estimator"][0], title, uniformity(part[name].to_numpy()))
        for _, rows in _ranked(run).group_by("catalog", "spec", "estimator", maintain_order=True)
        for name, title in QUANTITIES.items()
        if (part := rows.drop_nulls(name)).height >= FEWEST_SEEDS
    ]
    adjusted = holm(np.array([result.p_value for _, _, _, result in found]))
    tested = [TestedSpec(*each, float(p)) for each, p in zip(found, adjusted, strict=True)]
    return sorted(tested, key=lambda row: row.p_holm)


def rank_table(run: "Run") -> DataTable:
    """A row per spec, estimator and quantity whose ranks were tested."""
    rows = [
        {**row._asdict(), "pattern": row.pattern, "seeds": row.result.n, **asdict(row.result)}
        for row in spec_tests(run)
    ]
    return table_of_rows(RANKS, rows)


def _ranked(run: "Run") -> pl.DataFrame:
    """One row with ranks per fit."""
    ranked = pl.any_horizontal(pl.col(name).is_not_null() for name in QUANTITIES)
    turn = (pl.int_range(pl.len()) == pl.col("seed") % pl.len()).over(FIT)
    return run.tables.estimates.filter(ranked).filter(turn)


def _panel(rows: pl.DataFrame, name: str, title: str) -> Iterator[RankPanel]:
    """The panel, if anything is in it."""
    from pytest_pytyche.calibration.uniformity import band, ecdf, uniformity  # noqa: PLC0415  # loads scipy

    parts = {
        str(estimator): part
        for (estimator,), part in rows.drop_nulls(name).sort("estimator").group_by("estimator", maintain_order=True)
        if part["seed"].n_unique() >= FEWEST_SEEDS
    }
    if not parts:
        return
    found = band(min(part["seed"].n_unique() for part in parts.values()))
    steps, tests = [], []
    for estimator, part in parts.items():
        values, seeds = part[name].to_numpy(), part["seed"].to_numpy()
        reached = ecdf(values, seeds, found.points)
        steps += [
            Step(estimator, *each)
            for each in zip(found.points.tolist(), (reached - found.points).tolist(), strict=True)
        ]
        result = uniformity(values, seeds)
        specs = part.select("catalog", "spec").n_unique()
        tests.append(Tested(estimator, specs, result.n, result.p_value, result.pattern))
    yield RankPanel(title, tuple(steps), tuple(tests), found)
