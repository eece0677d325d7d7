"""Value of treating where the estimated effect exceeds a cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.decisions.targeting import targeting

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import EffectEstimate
    from pytest_pytyche.generators.truth import CalibrationTruth

FloatArray = NDArray[np.float64]


def policy(cate_hat: FloatArray, cost: float = 0.0) -> NDArray[np.intp]:
    """(n,) the arm with the largest of (0, cate_hat_1 − cost, …, cate_hat_{K−1} − cost); ties go to the earlier arm.

    `cate_hat` (n, K−1).
    """
    net = cate_hat - cost
    chosen: NDArray[np.intp] = np.where(net.max(axis=1) > 0.0, 1 + net.argmax(axis=1), 0)
    return chosen


def policy_value(arms: NDArray[np.intp], means: FloatArray, cost: float = 0.0) -> float:
    """mean(means_arm − means_0 − cost·[arm ≠ 0]): the gain per visitor over treating nobody.

    `arms` (n,), `means` (n, K) the true potential-outcome means, control first, in the unit of `cost`.
    """
    if means.ndim != 2 or arms.shape != means.shape[:1] or not arms.size:
        raise ValueError(f"arms {arms.shape} and means {means.shape}; expected visitors and visitors × arms")
    gain = means[np.arange(len(arms)), arms] - means[:, 0]
    return float(np.mean(gain - cost * (arms != 0)))


def best_value(means: FloatArray, cost: float = 0.0) -> float:
    """The value of the best policy, which knows the truth: mean(max(0, means_k − means_0 − cost))."""
    return policy_value(policy(means[:, 1:] - means[:, :1], cost), means, cost)


def decision_metrics(
    estimate: EffectEstimate, truth: CalibrationTruth, *, contrast: int, cost: float = 0.0
) -> dict[str, float]:
    """What the estimated effects are worth, from the truth itself.

    `policy_value`, `policy_value_best` and their difference `policy_regret`, which takes the place of the one without a
    cost, compare all arms whatever the contrast, at `cost` for each visitor who is treated; `autoc`, `qini` and `auuc`
    rank the visitors by their estimated effect of one treatment, without a cost.
    """
    means = truth.mean_per_visitor
    tau = np.asarray(truth.contrast_cate_per_visitor.values)[:, contrast]
    value, best = policy_value(policy(estimate.cate, cost), means, cost), best_value(means, cost)
    return {
        "policy_value": value,
        "policy_value_best": best,
        "policy_regret": best - value,
        **targeting(estimate.cate[:, contrast], tau)._asdict(),
    }
