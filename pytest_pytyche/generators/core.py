"""From a configuration to a data set with its truth: vectorised by block, threaded over blocks, streamed by chunk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pytest_pytyche.generators.assignment import AssignmentConfig, arm_names
from pytest_pytyche.generators.features import (
    Codes,
    CopulaConfig,
    Features,
    FeatureSpec,
    MixtureConfig,
    Sampler,
    empty_columns,
)
from pytest_pytyche.generators.marginals import Bernoulli, Categorical, Marginal, Normal, ScipyMarginal
from pytest_pytyche.generators.observed import (
    CONVERSION_RATE,
    METRICS,
    ObservedExperimentData,
    StudyDesign,
    VariantData,
)
from pytest_pytyche.generators.revenue import (
    CartRevenueConfig,
    LognormalRevenueConfig,
    ProductCategory,
    RevenueModel,
)
from pytest_pytyche.generators.streams import BLOCK_ROWS, Array, Draws
from pytest_pytyche.generators.surfaces import SurfaceConfig
from pytest_pytyche.generators.truth import AlignedVisitorArray, CalibrationTruth, Means
from pytest_pytyche.generators.values import NOT_CONTENT, digest

__all__ = [
    "AlignedVisitorArray",
    "AssignmentConfig",
    "Bernoulli",
    "CalibrationBundle",
    "CalibrationTruth",
    "CartRevenueConfig",
    "Categorical",
    "CopulaConfig",
    "FeatureSpec",
    "Features",
    "LognormalRevenueConfig",
    "Marginal",
    "MetricMode",
    "MixtureConfig",
    "Normal",
    "ObservedExperimentData",
    "ProductCategory",
    "ScipyMarginal",
    "StudyDesign",
    "SurfaceConfig",
    "V2GeneratorConfig",
    "VariantData",
    "generate_v2_core",
    "iter_v2_core",
    "potential_outcomes",
]

MIN_ARMS = 2
SHIFT_LIMIT = 100.0
ROWS_PER_CHUNK = 4 * BLOCK_ROWS


class CalibrationBundle(NamedTuple):
    """An experiment as observed, and the truth behind it, row for row."""

    observed: ObservedExperimentData
    truth: CalibrationTruth


@dataclass(frozen=True)
class MetricMode:
    """The metric and its surfaces, one per arm, control first.

    `p_surfaces` give the conversion probability. `severity_surfaces` give the shift of the log mean revenue given
    conversion; they are needed for `revenue_per_visitor` and refused for `conversion_rate`. Raises `ValueError` for an
    unknown metric and for numbers of surfaces that do not match.
    """

    metric_id: str
    p_surfaces: tuple[SurfaceConfig, ...]
    severity_surfaces: tuple[SurfaceConfig, ...] | None = None

    def __post_init__(self) -> None:
        if self.metric_id not in METRICS:
            raise ValueError(f"metric_id={self.metric_id!r}; expected one of {list(METRICS)}")
        if len(self.p_surfaces) < MIN_ARMS:
            raise ValueError(f"{len(self.p_surfaces)} p_surfaces; expected one per arm, at least two")
        if self.metric_id == CONVERSION_RATE and self.severity_surfaces is not None:
            raise ValueError("conversion_rate takes no severity_surfaces; they belong to revenue_per_visitor")
        if self.metric_id != CONVERSION_RATE and len(self.severity_surfaces or ()) != len(self.p_surfaces):
            given = len(self.severity_surfaces or ())
            raise ValueError(f"{given} severity_surfaces for {len(self.p_surfaces)} arms; expected one per arm")

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return len(self.p_surfaces)


@dataclass(frozen=True)
class V2GeneratorConfig:
    """Everything that determines a data set. A frozen value: equal configurations give equal data, bit for bit.

    Raises `ValueError` when n_visitors is negative, when arms and assignment probabilities differ in number, or when a
    revenue model is missing or given for a metric without revenue.
    """

    n_visitors: int
    feature_sampler: Sampler
    metric_mode: MetricMode
    assignment: AssignmentConfig
    seed: int
    experiment_id: str = field(default="experiment", compare=False, metadata=NOT_CONTENT)
    revenue_model: RevenueModel | None = None

    def __post_init__(self) -> None:
        if self.n_visitors < 0:
            raise ValueError(f"n_visitors={self.n_visitors}; expected a number >= 0")
        arms, shares = self.metric_mode.n_arms, len(self.assignment.probabilities)
        if arms != shares:
            raise ValueError(f"{arms} arms for {shares} assignment probabilities; expected one probability per arm")
        if (self.metric_mode.metric_id == CONVERSION_RATE) != (self.revenue_model is None):
            raise ValueError(
                f"{self.metric_mode.metric_id} with revenue_model={self.revenue_model}; "
                "expected a revenue model for revenue_per_visitor and none for conversion_rate"
            )

    @cached_property
    def digest(self) -> str:
        """sha256 of the configuration's content (64 hexadecimal characters); the experiment's label is not content."""
        return digest(self)


def generate_v2_core(config: V2GeneratorConfig, *, n_threads: int | None = None) -> CalibrationBundle:
    """Generate the whole data set of a configuration.

    `n_threads` defaults to the processors available and changes no value. Raises `ValueError` when a surface leaves
    its domain, naming the surface and the value.
    """
    return _generate(config, 0, config.n_visitors, n_threads)


def iter_v2_core(
    config: V2GeneratorConfig, *, rows_per_chunk: int = ROWS_PER_CHUNK, n_threads: int | None = None
) -> Iterator[CalibrationBundle]:
    """The same data set in chunks of `rows_per_chunk` visitors, so that it need not fit in memory.

    Chunks hold the rows of `generate_v2_core` in order, each with its truth; `effect` is that of the chunk's visitors.
    Chunks of whole blocks (multiples of 65,536 rows) are fastest: others draw the block they cut twice.
    """
    if rows_per_chunk < 1:
        raise ValueError(f"rows_per_chunk={rows_per_chunk}; expected a number >= 1")
    for start in range(0, config.n_visitors, rows_per_chunk):
        yield _generate(config, start, min(start + rows_per_chunk, config.n_visitors), n_threads)


def potential_outcomes(config: V2GeneratorConfig, x: Features) -> CalibrationTruth:
    """The truth for given features, by evaluating the configuration's surfaces on them."""
    means = _means(config, x.n, clusters=x.cluster is not None)
    _fill_means(config, x, means, slice(0, x.n))
    if means.cluster is not None and x.cluster is not None:
        means.cluster[:] = x.cluster
    return means.truth(config.metric_mode.metric_id)


def _generate(config: V2GeneratorConfig, start: int, stop: int, n_threads: int | None) -> CalibrationBundle:
    table = _Table(config, start, stop)
    first, last = start // BLOCK_ROWS, -(-stop // BLOCK_ROWS)
    threads = min(n_threads or _processors(), last - first)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(table.fill, range(first, last)))
    else:
        for block in range(first, last):
            table.fill(block)
    return table.bundle()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _means(config: V2GeneratorConfig, n: int, *, clusters: bool) -> Means:
    revenue = config.metric_mode.metric_id != CONVERSION_RATE
    return Means(n, config.metric_mode.n_arms, revenue=revenue, clusters=clusters)


def _fill_means(config: V2GeneratorConfig, x: Features, means: Means, rows: slice) -> list[Any]:
    """Fill the means of `rows`; returns the severity shift of each arm (none for a metric without revenue)."""
    mode = config.metric_mode
    shifts = []
    for k, surface in enumerate(mode.p_surfaces):
        means.p[rows, k] = surface.evaluate(x, name=f"p_surfaces[{k}]", lower=0.0, upper=1.0)
    if config.revenue_model is not None and means.m is not None:
        for k, surface in enumerate(mode.severity_surfaces or ()):
            name = f"severity_surfaces[{k}]"
            shifts.append(surface.evaluate(x, name=name, lower=-SHIFT_LIMIT, upper=SHIFT_LIMIT))
            means.m[rows, k] = config.revenue_model.mean(shifts[k])
    means.contrast(rows)
    return shifts


class _Table:
    """The arrays of rows `start` to `stop`, filled block by block."""

    def __init__(self, config: V2GeneratorConfig, start: int, stop: int) -> None:
        n = stop - start
        sampler = config.feature_sampler
        self.config = config
        self.start, self.stop = start, stop
        self.columns = empty_columns(sampler.features, n)
        self.arm: Codes = np.empty(n, dtype=np.uint8)
        self.converted: NDArray[np.bool_] = np.empty(n, dtype=np.bool_)
        self.revenue: Array | None = np.zeros(n) if config.revenue_model is not None else None
        self.means = _means(config, n, clusters=len(sampler.population.weights) > 1)

    def fill(self, block: int) -> None:
        """Draw and evaluate the part of one block that lies in this table."""
        origin = block * BLOCK_ROWS
        lo, hi = max(self.start - origin, 0), min(self.stop - origin, BLOCK_ROWS)
        rows = slice(origin + lo - self.start, origin + hi - self.start)
        draws = Draws(self.config.seed, block, lo, hi)
        x = self.config.feature_sampler.fill(draws, {name: column[rows] for name, column in self.columns.items()})
        if self.means.cluster is not None and x.cluster is not None:
            self.means.cluster[rows] = x.cluster
        shifts = _fill_means(self.config, x, self.means, rows)
        self._observe(draws, rows, shifts)

    def _observe(self, draws: Draws, rows: slice, shifts: list[Any]) -> None:
        arm = self.arm[rows] = self.config.assignment.assign(draws)
        converted = self.converted[rows] = self._converts(draws.uniform("conversion", ""), rows, arm)
        model = self.config.revenue_model
        if model is not None and self.revenue is not None:
            buyers = np.flatnonzero(converted)
            shift = np.stack([np.broadcast_to(s, draws.n)[buyers] for s in shifts], axis=1)
            self.revenue[rows][buyers] = model.draw(realised(shift, arm[buyers]), buyers, draws)

    def _converts(self, u: Array, rows: slice, arm: Codes) -> NDArray[np.bool_]:
        """Whether each visitor converts under its own arm, from the one uniform draw that all arms share."""
        converts = np.zeros(len(u), dtype=np.bool_)
        for k in range(self.means.p.shape[1]):
            converts |= (u < self.means.p[rows, k]) & (arm == k)
        return converts

    def bundle(self) -> CalibrationBundle:
        """The finished table as an observed frame and its truth."""
        metric = self.config.metric_mode.metric_id
        observed = ObservedExperimentData(
            self.config.experiment_id, metric, self._frame(), self.config.assignment.design
        )
        return CalibrationBundle(observed, self.means.truth(metric))

    def _frame(self) -> pl.DataFrame:
        sampler = self.config.feature_sampler
        series = [
            _enum("variant", self.arm, arm_names(self.means.p.shape[1])),
            pl.Series("converted", self.converted),
            _undefined("revenue", len(self.arm)) if self.revenue is None else pl.Series("revenue", self.revenue),
        ]
        features = [_feature(spec, self.columns[spec.name], sampler.levels) for spec in sampler.features]
        return pl.DataFrame(series + features)


def realised(by_arm: Array, arm: Codes) -> Array:
    """Each row's entry of its own arm, from one column per arm."""
    values = by_arm[:, 0].copy()
    for k in range(1, by_arm.shape[1]):
        np.copyto(values, by_arm[:, k], where=arm == k)
    return values


def _undefined(name: str, n: int) -> pl.Series:
    return pl.Series(name, [None], dtype=pl.Float64).new_from_index(0, n)


@lru_cache
def _levels(levels: tuple[str, ...]) -> pl.Series:
    return pl.Series(levels, dtype=pl.Enum(levels))


def _enum(name: str, codes: Codes, levels: tuple[Any, ...]) -> pl.Series:
    return _levels(tuple(str(level) for level in levels))[codes].alias(name)


def _feature(spec: FeatureSpec, column: NDArray[Any], levels: Mapping[str, tuple[Any, ...]]) -> pl.Series:
    if spec.kind == "continuous":
        return pl.Series(spec.name, column)
    if spec.kind == "binary":
        return pl.Series(spec.name, column == 1)
    return _enum(spec.name, column, levels[spec.name])


def observed_features(config: V2GeneratorConfig, bundle: CalibrationBundle) -> Features:
    """The features that the rows of the observed frame show, with the latent cluster that truth claims for them."""
    observed, cluster = bundle.observed, bundle.truth.cluster_per_visitor
    columns = {spec.name: _codes(spec, observed.codes[spec.name]) for spec in config.feature_sampler.features}
    codes = None if cluster is None else cluster.values
    return Features(columns, config.feature_sampler.levels, codes, observed.n_visitors)


def _codes(spec: FeatureSpec, column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(np.uint8) if spec.kind == "binary" else column
