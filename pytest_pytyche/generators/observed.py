"""What an analyst sees of an experiment: one row per visitor, nothing latent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pytest_pytyche.generators.streams import Array

CONVERSION_RATE = "conversion_rate"
REVENUE_PER_VISITOR = "revenue_per_visitor"
CONTINUOUS_OUTCOME = "continuous_outcome"
METRICS = (CONVERSION_RATE, REVENUE_PER_VISITOR)
"""The metrics of purchases, which every built-in template takes."""
ALL_METRICS = (*METRICS, CONTINUOUS_OUTCOME)
OUTCOME_COLUMNS = ("variant", "converted", "revenue", "outcome")


@dataclass(frozen=True)
class StudyDesign:
    """What an analyst knows of how visitors came to their arms.

    `probabilities` of the arms, control first, where assignment was randomised with them; None for an observational
    study, whose propensity is unknown and may depend on the features.
    """

    probabilities: tuple[float, ...] | None

    @property
    def randomised(self) -> bool:
        """Whether arms were assigned at random, with known probabilities."""
        return self.probabilities is not None


OBSERVATIONAL = StudyDesign(None)


@dataclass(frozen=True)
class VariantData:
    """The visitors of one arm; `n_conversions` and `total_revenue` are None where the metric has none."""

    name: str
    visitors: pl.DataFrame
    n_visitors: int
    n_conversions: int | None
    total_revenue: float | None


@dataclass(frozen=True, eq=False)
class ObservedExperimentData:
    """An experiment as an estimator is given it.

    `visitors` has one row per visitor: `variant` (Enum of the arms, control first), `converted` (Boolean), `revenue`
    (Float64, null throughout for `conversion_rate`), or for `continuous_outcome` instead of these two `outcome`
    (Float64), and the features (Float64, Boolean or Enum). `design` says whether arms were randomised, and is
    observational unless stated.
    """

    experiment_id: str
    metric: str
    visitors: pl.DataFrame
    design: StudyDesign = OBSERVATIONAL

    @property
    def n_visitors(self) -> int:
        """Number of visitors."""
        return self.visitors.height

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, control first."""
        dtype: Any = self.visitors["variant"].dtype
        return tuple(dtype.categories)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the feature columns."""
        return tuple(name for name in self.visitors.columns if name not in OUTCOME_COLUMNS)

    @cached_property
    def codes(self) -> dict[str, NDArray[Any]]:
        """Each column by name, shape (n,), with each level of an Enum as its position, from 0."""
        return {series.name: _codes(series) for series in self.visitors}

    @property
    def outcome(self) -> Array:
        """The metric's outcome per visitor, shape (n,): converted as 0 or 1, revenue, or outcome."""
        if self.metric == CONVERSION_RATE:
            return self.visitors["converted"].to_numpy().astype(np.float64)
        return self.visitors["outcome" if self.metric == CONTINUOUS_OUTCOME else "revenue"].to_numpy()

    @property
    def arm_codes(self) -> NDArray[np.uint8]:
        """Arm of each visitor as a position in `arms`, shape (n,)."""
        return self.codes["variant"].astype(np.uint8, copy=False)

    @cached_property
    def variants(self) -> tuple[VariantData, ...]:
        """The visitors of each arm, control first."""
        return tuple(self._variant(name) for name in self.arms)

    def _variant(self, name: str) -> VariantData:
        visitors = self.visitors.filter(pl.col("variant") == name)
        revenue = float(visitors["revenue"].sum()) if self.metric == REVENUE_PER_VISITOR else None
        conversions = int(visitors["converted"].sum()) if self.metric in METRICS else None
        return VariantData(name, visitors, visitors.height, conversions, revenue)


def _codes(series: pl.Series) -> NDArray[Any]:
    return (series.to_physical() if isinstance(series.dtype, pl.Enum) else series).to_numpy()
