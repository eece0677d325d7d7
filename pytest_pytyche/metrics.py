"""Metrics of an estimate against the truth.

Notation: tau (n,) true effects of one contrast, tau_hat (n,) their estimates, lower and upper (n,) interval bounds.
What is undefined is None, never 0. Arrays of different shapes are a ValueError, never broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.decisions.policy import policy
from pytest_pytyche.estimators.intervals import LEVELS, FloatArray, entry_blocks

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import EffectEstimate
    from pytest_pytyche.generators.truth import CalibrationTruth

QUOTED_LEVEL = 0.95
"""The level of the interval metrics where one level is quoted."""

CONSTANT_TOLERANCE = 1e-12


def pehe(tau_hat: FloatArray, tau: FloatArray) -> float:
    """√mean((tau_hat − tau)²), the precision in estimating heterogeneous effects. Source: Hill (2011)."""
    _same_shape(tau_hat=tau_hat, tau=tau)
    return float(np.sqrt(np.mean((tau_hat - tau) ** 2)))


def ate_error(ate_hat: float, tau: FloatArray) -> float:
    """|ate_hat − mean(tau)|, the mean being over the realised visitors."""
    return abs(ate_hat - float(np.mean(tau)))


def coverage(lower: FloatArray, upper: FloatArray, tau: FloatArray) -> float:
    """Share of entries with lower ≤ tau ≤ upper."""
    _same_shape(lower=lower, upper=upper, tau=tau)
    return float(np.count_nonzero((lower <= tau) & (tau <= upper)) / tau.size)


def mean_width(lower: FloatArray, upper: FloatArray) -> float:
    """mean(upper − lower)."""
    _same_shape(lower=lower, upper=upper)
    return float(np.mean(upper - lower))


def interval_score(lower: FloatArray, upper: FloatArray, tau: FloatArray, level: float = QUOTED_LEVEL) -> float:
    """mean(upper − lower + (2/α)·(lower − tau)₊ + (2/α)·(tau − upper)₊) with α = 1 − level.

    Source: Winkler (1972); Gneiting & Raftery (2007), section 6.2.
    """
    _same_shape(lower=lower, upper=upper, tau=tau)
    miss = np.maximum(lower - tau, 0.0) + np.maximum(tau - upper, 0.0)
    return float(np.mean(upper - lower + 2.0 / (1.0 - level) * miss))


def crps(draws: NDArray[np.floating], tau: FloatArray) -> float:
    """Mean over visitors of mean|X − tau| − ½·mean|X − X'|, X and X' ranging over the visitor's draws (draws, n).

    With the d draws sorted, ½·mean|X − X'| = Σ_i (2i − d − 1)·x_(i) / d²: O(d log d) per visitor, in blocks of
    visitors. Source: Gneiting & Raftery (2007), section 4.2.
    """
    if draws.ndim != 2 or draws.shape[1:] != tau.shape or not draws.size:
        raise ValueError(f"draws has shape {draws.shape}; expected (draws, {tau.size}) with one draw or more")
    d = len(draws)
    weights = (2.0 * np.arange(1, d + 1) - d - 1.0) / d**2
    total = 0.0
    for block in entry_blocks(draws):
        ordered = np.sort(draws[:, block].astype(np.float64, copy=False), axis=0)
        total += float(np.sum(np.mean(np.abs(ordered - tau[block]), axis=0) - weights @ ordered))
    return total / tau.size


def spearman(tau_hat: FloatArray, tau: FloatArray) -> float | None:
    """Pearson correlation of the ranks of tau_hat and tau, ties sharing their average rank.

    None where either is constant (its range is below 1e-12 of its largest absolute value).
    """
    _same_shape(tau_hat=tau_hat, tau=tau)
    if _is_constant(tau_hat) or _is_constant(tau):
        return None
    return float(np.corrcoef(_average_ranks(tau_hat), _average_ranks(tau))[0, 1])


def policy_regret(cate_hat: FloatArray, means: FloatArray) -> float:
    """mean(max_k means_k − means_chosen), where the chosen arm has the largest of (0, cate_hat_1, …, cate_hat_{K−1}).

    `cate_hat` (n, K−1), `means` (n, K) the true potential-outcome means, control first. With two arms a visitor is
    treated where tau_hat > 0; ties go to the earlier arm.
    """
    n, n_contrasts = cate_hat.shape
    if means.shape != (n, n_contrasts + 1) or not cate_hat.size:
        raise ValueError(f"cate_hat {cate_hat.shape} and means {means.shape}; expected visitors × contrasts and × arms")
    chosen = policy(cate_hat)
    return float(np.mean(means.max(axis=1) - means[np.arange(n), chosen]))


def mcse(values: Sequence[float]) -> float | None:
    """Monte-Carlo standard error s/√R of the mean of R replicates; None for R < 2.

    Source: Morris, White & Crowther (2019), table 6.
    """
    if len(values) < 2:
        return None
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def mcse_coverage(covered: Sequence[float]) -> float | None:
    """Monte-Carlo standard error √(c(1 − c)/R) of a share c of R outcomes that are each 0 or 1; None for R < 2.

    ValueError for any other outcome: per-replicate shares take `mcse`. Source: Morris, White & Crowther (2019),
    table 6.
    """
    for outcome in covered:
        if outcome not in {0, 1}:
            raise ValueError(f"covered holds {outcome!r}; expected 0 or 1 per replicate")
    if len(covered) < 2:
        return None
    share = sum(covered) / len(covered)
    return math.sqrt(share * (1.0 - share) / len(covered))


def score(estimate: EffectEstimate, truth: CalibrationTruth, *, contrast: int = 0) -> dict[str, float | None]:
    """Every metric of one contrast, as plain floats, None where undefined.

    `interval_score*`, `coverage_*` and `width_*` are at 95 %; `coverage_*_50` … `_95` are the calibration curve. `crps`
    and `crps_ate` need draws. `policy_regret` compares all arms whatever the contrast. `ate_hat` and `ate` are the two
    sides of `ate_error`. ValueError for a contrast that does not exist.
    """
    effects = np.asarray(truth.contrast_cate_per_visitor.values)
    if not 0 <= contrast < effects.shape[1]:
        raise ValueError(f"contrast={contrast}; expected one of {list(range(effects.shape[1]))}")
    tau, tau_hat = effects[:, contrast], estimate.cate[:, contrast]
    ate_hat = float(estimate.ate[contrast])
    ate = np.mean(tau, keepdims=True)
    draws, ate_draws = estimate.cate_draws, estimate.ate_draws
    return {
        "pehe": pehe(tau_hat, tau),
        "ate_error": ate_error(ate_hat, tau),
        **_interval_metrics(estimate, tau, contrast),
        "crps": None if draws is None else crps(draws[:, :, contrast], tau),
        "spearman": spearman(tau_hat, tau),
        "policy_regret": policy_regret(estimate.cate, truth.mean_per_visitor),
        "ate_hat": ate_hat,
        "ate": float(ate[0]),
        "crps_ate": None if ate_draws is None else crps(ate_draws[:, [contrast]], ate),
    }


def _interval_metrics(estimate: EffectEstimate, tau: FloatArray, contrast: int) -> dict[str, float]:
    ate = np.mean(tau, keepdims=True)
    quoted: dict[str, float] = {}
    curve: dict[str, float] = {}
    for level in LEVELS:
        lower, upper = (bound[:, contrast] for bound in estimate.cate_interval(level))
        ate_lower, ate_upper = (bound[[contrast]] for bound in estimate.ate_interval(level))
        curve[f"coverage_cate_{100 * level:.0f}"] = coverage(lower, upper, tau)
        curve[f"coverage_ate_{100 * level:.0f}"] = coverage(ate_lower, ate_upper, ate)
        if level == QUOTED_LEVEL:
            quoted["interval_score"] = interval_score(lower, upper, tau, level)
            quoted["coverage_cate"] = curve["coverage_cate_95"]
            quoted["coverage_ate"] = curve["coverage_ate_95"]
            quoted["width_cate"] = mean_width(lower, upper)
            quoted["width_ate"] = mean_width(ate_lower, ate_upper)
            quoted["interval_score_ate"] = interval_score(ate_lower, ate_upper, ate, level)
    return quoted | curve


def _same_shape(**arrays: FloatArray) -> None:
    first, *others = arrays.values()
    if not first.size or any(other.shape != first.shape for other in others):
        listed = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes differ or are empty: {listed}; expected one entry per visitor in each")


def _is_constant(values: FloatArray) -> bool:
    return bool(np.ptp(values) <= CONSTANT_TOLERANCE * np.abs(values).max())


def _average_ranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, tied values sharing the mean of the ranks they take up."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
