"""The difference in means: one constant effect per contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_pytyche.estimators.base import EffectEstimate, EstimateError
from pytest_pytyche.estimators.intervals import FloatArray, StudentIntervals

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


@dataclass(frozen=True)
class DifferenceInMeans:
    """`mean(y | arm j) − mean(y | control)` for every visitor alike, with Neyman's variance `s_j²/n_j + s_0²/n_0`.

    Intervals use Student's t with the Welch–Satterthwaite degrees of freedom; where neither arm varies they have
    width 0. EstimateError for an arm with fewer than 2 visitors. Source: Neyman (1923); Welch (1947).
    """

    name: str = "difference_in_means"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """The same effect and interval for every visitor; `seed` is not used."""
        count, mean, variance = _arm_moments(observed)
        share = variance / count
        ate = mean[1:] - mean[0]
        se = np.sqrt(share[1:] + share[0])
        dof = _welch_dof(share, count)
        cate = np.broadcast_to(ate, (observed.n_visitors, ate.size))
        return EffectEstimate(
            cate,
            ate,
            cate_intervals=StudentIntervals(cate, se, dof),
            ate_intervals=StudentIntervals(ate, se, dof),
        )


def _arm_moments(observed: ObservedExperimentData) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Count, mean and unbiased variance of the outcome per arm, each (K,)."""
    codes, outcome, K = observed.arm_codes, observed.outcome, len(observed.arms)
    count = np.bincount(codes, minlength=K).astype(np.float64)
    if count.min() < 2:
        k = int(count.argmin())
        raise EstimateError(f"arm {observed.arms[k]!r} has {count[k]:.0f} visitors; expected 2 or more")
    mean = np.bincount(codes, outcome, K) / count
    variance = np.bincount(codes, (outcome - mean[codes]) ** 2, K) / (count - 1.0)
    return count, mean, variance


def _welch_dof(share: FloatArray, count: FloatArray) -> FloatArray:
    """(a + b)² / (a²/(n_j−1) + b²/(n_0−1)) per contrast, a and b being s²/n of the arm and of control."""
    total = share[1:] + share[0]
    spread = share[1:] ** 2 / (count[1:] - 1.0) + share[0] ** 2 / (count[0] - 1.0)
    dof: FloatArray = count[1:] + count[0] - 2.0
    np.divide(total**2, spread, out=dof, where=spread > 0.0)
    return dof
