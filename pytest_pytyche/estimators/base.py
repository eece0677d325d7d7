"""What an estimator is, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_pytyche.estimators.intervals import (
    LEVELS,
    FloatArray,
    Interval,
    StudentIntervals,
    check_level,
    draw_interval,
)
from pytest_pytyche.estimators.validation import (
    EstimateError,
    check_draws,
    check_duration,
    check_interval,
    check_values,
    missing_level,
)

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData

__all__ = ["LEVELS", "EffectEstimate", "EstimateError", "Estimator"]

Intervals = Mapping[float, Interval]
Draws = NDArray[np.floating]


@runtime_checkable
class Estimator(Protocol):
    """Estimates the effect of each treatment arm against control, for every visitor, from observed data alone."""

    @property
    def name(self) -> str:
        """The name under which results are reported."""

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """Effects on `observed.outcome`, in visitor order; `seed` drives whatever the estimator draws."""


@dataclass(frozen=True, eq=False, init=False)
class EffectEstimate:
    """Estimated effects per visitor (CATE) and on average (ATE), each with intervals or posterior draws.

    With n visitors and K arms, contrast j compares arm j+1 with control. Shapes: `cate` (n, K−1), `ate` (K−1,), bounds
    in `cate_intervals` and `ate_intervals` (level -> (lower, upper)) alike, `cate_draws` (draws, n, K−1), `ate_draws`
    (draws, K−1). With two arms the last axis may be left out, and the ATE may be a plain number. Either intervals at
    all of `LEVELS` or draws are needed; stated intervals win over draws. `seconds` is the wall-clock time of the fit
    and `peak_rss_mb` the peak resident memory of the process after it; `fit` fills in both.
    """

    cate: FloatArray
    ate: FloatArray
    cate_intervals: Intervals
    ate_intervals: Intervals
    cate_draws: Draws | None
    ate_draws: Draws | None
    seconds: float | None
    peak_rss_mb: float | None

    def __init__(
        self,
        cate: ArrayLike,
        ate: ArrayLike,
        *,
        cate_intervals: Mapping[float, tuple[ArrayLike, ArrayLike]] | None = None,
        ate_intervals: Mapping[float, tuple[ArrayLike, ArrayLike]] | None = None,
        cate_draws: ArrayLike | None = None,
        ate_draws: ArrayLike | None = None,
        seconds: float | None = None,
        peak_rss_mb: float | None = None,
    ) -> None:
        values = {
            "cate": _with_contrasts(cate, ndim=2),
            "ate": _with_contrasts(ate, ndim=1),
            "cate_intervals": _intervals(cate_intervals, ndim=2),
            "ate_intervals": _intervals(ate_intervals, ndim=1),
            "cate_draws": None if cate_draws is None else _draws(cate_draws, ndim=3),
            "ate_draws": None if ate_draws is None else _draws(ate_draws, ndim=2),
            "seconds": seconds,
            "peak_rss_mb": peak_rss_mb,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def cate_interval(self, level: float) -> Interval:
        """(lower, upper) of every visitor's effects at `level`, each (n, K−1); EstimateError where there is none."""
        return _interval("cate", self.cate_intervals, self.cate_draws, level)

    def ate_interval(self, level: float) -> Interval:
        """(lower, upper) of the average effects at `level`, each (K−1,); EstimateError where there is none."""
        return _interval("ate", self.ate_intervals, self.ate_draws, level)

    def validate(self, n_visitors: int, n_contrasts: int) -> None:
        """Raise EstimateError, one line, for a wrong shape, numbers that are not finite, missing or inverted bounds."""
        check_values("cate", self.cate, (n_visitors, n_contrasts))
        check_values("ate", self.ate, (n_contrasts,))
        if self.cate_draws is not None:
            check_draws("cate_draws", self.cate_draws, (n_visitors, n_contrasts))
        if self.ate_draws is not None:
            check_draws("ate_draws", self.ate_draws, (n_contrasts,))
        for level in LEVELS:
            check_interval(f"cate interval at level {level}", self.cate_interval(level), (n_visitors, n_contrasts))
            check_interval(f"ate interval at level {level}", self.ate_interval(level), (n_contrasts,))
        check_duration(self.seconds)


def _with_contrasts(values: ArrayLike, *, ndim: int) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    return array[..., np.newaxis] if array.ndim == ndim - 1 else array


def _draws(values: ArrayLike, *, ndim: int) -> Draws:
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float64)
    return array[..., np.newaxis] if array.ndim == ndim - 1 else array


def _intervals(stated: Mapping[float, tuple[ArrayLike, ArrayLike]] | None, *, ndim: int) -> Intervals:
    if isinstance(stated, StudentIntervals):
        return stated
    return {
        level: (_with_contrasts(lower, ndim=ndim), _with_contrasts(upper, ndim=ndim))
        for level, (lower, upper) in (stated or {}).items()
    }


def _interval(name: str, stated: Intervals, draws: Draws | None, level: float) -> Interval:
    if check_level(level) in stated:
        return stated[level]
    if draws is None:
        raise missing_level(name, level, stated)
    return draw_interval(draws, level)
