"""Covariates of an experiment as a design matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pytest_pytyche.estimators.intervals import FloatArray
from pytest_pytyche.estimators.validation import EstimateError

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


def design_matrix(observed: ObservedExperimentData) -> FloatArray:
    """Intercept and covariates, (n, p), one row per visitor in visitor order.

    Numeric features are standardised to mean 0 and variance 1, Boolean ones are 0/1, an Enum has one 0/1 column per
    level present except the first one present. Columns without variance are left out. EstimateError for a feature of
    another type or with missing, NaN or infinite entries.
    """
    return _matrix(observed, every_level=False)


def covariates(observed: ObservedExperimentData, *, every_level: bool) -> FloatArray:
    """The same without the intercept; with `every_level`, an Enum of three levels or more has a column for each.

    Trees see no level as a special one then; a linear model cannot take the column that follows from the others.
    """
    return np.ascontiguousarray(_matrix(observed, every_level=every_level)[:, 1:])


def _matrix(observed: ObservedExperimentData, *, every_level: bool) -> FloatArray:
    numeric: list[pl.Series] = []
    indicators: list[NDArray[np.bool_]] = []
    for name in observed.feature_names:
        feature = observed.visitors.get_column(name)
        if feature.null_count():
            raise EstimateError(f"feature {name!r} has {feature.null_count()} missing entries; expected none")
        if feature.dtype.is_numeric():
            numeric.append(feature)
        elif isinstance(feature.dtype, pl.Enum):
            indicators.extend(_level_indicators(observed.codes[name], every_level=every_level))
        elif feature.dtype == pl.Boolean:
            indicators.append(feature.to_numpy())
        else:
            raise EstimateError(f"feature {name!r} has type {feature.dtype}; expected a number, Boolean or Enum")
    return _assemble(observed.n_visitors, _standardised(numeric), indicators)


def _level_indicators(codes: NDArray[np.unsignedinteger], *, every_level: bool) -> list[NDArray[np.bool_]]:
    present = np.flatnonzero(np.bincount(codes))
    redundant = 0 if every_level and len(present) > 2 else 1
    return [codes == code for code in present[redundant:]]


def _standardised(features: list[pl.Series]) -> list[FloatArray]:
    """Each feature that varies, with mean 0 and variance 1."""
    columns = []
    for feature in features:
        values = feature.to_numpy().astype(np.float64)
        lowest, highest = values.min(), values.max()
        if not np.isfinite(highest - lowest):
            raise EstimateError(
                f"feature {feature.name!r} ranges from {lowest} to {highest}; expected finite numbers without NaN"
            )
        if lowest < highest:
            values -= values.mean()
            values /= np.sqrt(values @ values / values.size)
            columns.append(values)
    return columns


def _assemble(n: int, numeric: list[FloatArray], indicators: list[NDArray[np.bool_]]) -> FloatArray:
    varying = [flags for flags in indicators if flags.any() and not flags.all()]
    matrix = np.empty((n, 1 + len(numeric) + len(varying)))
    matrix[:, 0] = 1.0
    for j, column in enumerate((*numeric, *varying), start=1):
        matrix[:, j] = column
    return matrix
