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

from pytest_pytyche.generators.assignment import Assignment, AssignmentConfig, ObservationalAssignment, arm_names
from pytest_pytyche.generators.features import (
    Codes,
    CopulaConfig,
    Features,
    FeatureSpec,
    MixtureConfig,
    Sampler,
    empty_columns,
)
from pytest_pytyche.generators.knobs import require_whole
from pytest_pytyche.generators.marginals import Bernoulli, Categorical, Marginal, Normal, ScipyMarginal
from pytest_pytyche.generators.modes import ContinuousMode, MetricMode, OutcomeMode
from pytest_pytyche.generators.observed import REVENUE_PER_VISITOR, ObservedExperimentData, StudyDesign, VariantData
from pytest_pytyche.generators.revenue import (
    CartRevenueConfig,
    LognormalRevenueConfig,
    ProductCategory,
    RevenueModel,
)
from pytest_pytyche.generators.streams import BLOCK_ROWS, Draws
from pytest_pytyche.generators.surfaces import SurfaceConfig
from pytest_pytyche.generators.truth import AlignedVisitorArray, CalibrationTruth
from pytest_pytyche.generators.values import NOT_CONTENT, digest

__all__ = [
    "AlignedVisitorArray",
    "AssignmentConfig",
    "Bernoulli",
    "CalibrationBundle",
    "CalibrationTruth",
    "CartRevenueConfig",
    "Categorical",
    "ContinuousMode",
    "CopulaConfig",
    "FeatureSpec",
    "Features",
    "LognormalRevenueConfig",
    "Marginal",
    "MetricMode",
    "MixtureConfig",
    "Normal",
    "ObservationalAssignment",
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

ROWS_PER_CHUNK = 4 * BLOCK_ROWS


class CalibrationBundle(NamedTuple):
    """An experiment as observed, and the truth behind it, row for row."""

    observed: ObservedExperimentData
    truth: CalibrationTruth


@dataclass(frozen=True)
class V2GeneratorConfig:
    """Everything that determines a data set. A frozen value: equal configurations give equal data, bit for bit.

    Raises `ValueError` when n_visitors is negative, when arms and assignment probabilities differ in number, or when a
    revenue model is missing or given for a metric without revenue.
    """

    n_visitors: int
    feature_sampler: Sampler
    metric_mode: OutcomeMode
    assignment: Assignment
    seed: int
    experiment_id: str = field(default="experiment", compare=False, metadata=NOT_CONTENT)
    revenue_model: RevenueModel | None = None

    def __post_init__(self) -> None:
        require_whole("n_visitors", self.n_visitors, 0)
        arms, shares = self.metric_mode.n_arms, self.assignment.n_arms
        if arms != shares:
            raise ValueError(f"{arms} arms for {shares} assignment probabilities; expected one probability per arm")
        if (self.metric_mode.metric_id == REVENUE_PER_VISITOR) != (self.revenue_model is not None):
            raise ValueError(
                f"{self.metric_mode.metric_id} with revenue_model={self.revenue_model}; "
                "expected a revenue model for revenue_per_visitor and none for any other metric"
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
    outcomes = config.metric_mode.outcomes(config.revenue_model, x.n)
    outcomes.evaluate(x, slice(0, x.n))
    return outcomes.truth(x.cluster, config.assignment.propensity(x))


def observed_columns(config: V2GeneratorConfig) -> dict[str, NDArray[Any]]:
    """The same as `generate_v2_core(config).observed.codes`, but for columns that are null throughout: not there."""
    return _filled(config, 0, config.n_visitors, None).observed()


def _generate(config: V2GeneratorConfig, start: int, stop: int, n_threads: int | None) -> CalibrationBundle:
    return _filled(config, start, stop, n_threads).bundle()


def _filled(config: V2GeneratorConfig, start: int, stop: int, n_threads: int | None) -> _Table:
    table = _Table(config, start, stop)
    first, last = start // BLOCK_ROWS, -(-stop // BLOCK_ROWS)
    threads = min(n_threads or _processors(), last - first)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(table.fill, range(first, last)))
    else:
        for block in range(first, last):
            table.fill(block)
    return table


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Table:
    """The arrays of rows `start` to `stop`, filled block by block."""

    def __init__(self, config: V2GeneratorConfig, start: int, stop: int) -> None:
        n = stop - start
        sampler = config.feature_sampler
        self.config = config
        self.start, self.stop = start, stop
        self.columns = empty_columns(sampler.features, n)
        self.arm: Codes = np.empty(n, dtype=np.uint8)
        self.cluster = np.empty(n, dtype=np.uint8) if len(sampler.population.weights) > 1 else None
        self.propensity = config.assignment.empty_propensity(n)
        self.outcomes = config.metric_mode.outcomes(config.revenue_model, n)

    def fill(self, block: int) -> None:
        """Draw and evaluate the part of one block that lies in this table."""
        origin = block * BLOCK_ROWS
        lo, hi = max(self.start - origin, 0), min(self.stop - origin, BLOCK_ROWS)
        rows = slice(origin + lo - self.start, origin + hi - self.start)
        draws = Draws(self.config.seed, block, lo, hi)
        x = self.config.feature_sampler.fill(draws, {name: column[rows] for name, column in self.columns.items()})
        if self.cluster is not None and x.cluster is not None:
            self.cluster[rows] = x.cluster
        propensity = self.config.assignment.propensity(x)
        if self.propensity is not None and propensity is not None:
            self.propensity[rows] = propensity
        arm = self.arm[rows] = self.config.assignment.assign(draws, propensity)
        self.outcomes.fill(draws, x, rows, arm)

    def bundle(self) -> CalibrationBundle:
        """The finished table as an observed frame and its truth."""
        config = self.config
        observed = ObservedExperimentData(
            config.experiment_id, config.metric_mode.metric_id, self._frame(), config.assignment.design
        )
        return CalibrationBundle(observed, self.outcomes.truth(self.cluster, self.propensity))

    def observed(self) -> dict[str, NDArray[Any]]:
        """What is observed, as arrays; without columns that are null throughout."""
        outcomes = {name: column for name, column in self.outcomes.columns().items() if column is not None}
        return {"variant": self.arm, **outcomes, **self.columns}

    def _frame(self) -> pl.DataFrame:
        sampler = self.config.feature_sampler
        variant = _enum("variant", self.arm, arm_names(self.config.metric_mode.n_arms))
        outcomes = [_outcome(name, column, len(self.arm)) for name, column in self.outcomes.columns().items()]
        features = [_feature(spec, self.columns[spec.name], sampler.levels) for spec in sampler.features]
        return pl.DataFrame([variant, *outcomes, *features])


@lru_cache
def _levels(levels: tuple[str, ...]) -> pl.Series:
    return pl.Series(levels, dtype=pl.Enum(levels))


def _enum(name: str, codes: Codes, levels: tuple[Any, ...]) -> pl.Series:
    return _levels(tuple(str(level) for level in levels))[codes].alias(name)


def _outcome(name: str, column: NDArray[Any] | None, n: int) -> pl.Series:
    if column is None:
        return pl.Series(name, [None], dtype=pl.Float64).new_from_index(0, n)
    return pl.Series(name, column)


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
