"""Small hand-made experiments."""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from pytest_pytyche.generators.observed import ObservedExperimentData
from pytest_pytyche.generators.truth import AlignedVisitorArray, CalibrationTruth


def arm_names(n_arms: int) -> list[str]:
    return ["control", "treatment"] if n_arms == 2 else ["control", *(f"treatment_{k}" for k in range(1, n_arms))]


def experiment(
    arms: ArrayLike,
    outcome: ArrayLike,
    features: dict[str, pl.Series | NDArray[np.generic]] | None = None,
    n_arms: int = 2,
) -> ObservedExperimentData:
    """An experiment with the given arm codes, revenue and features."""
    names = arm_names(n_arms)
    revenue = np.asarray(outcome, dtype=np.float64)
    visitors = pl.DataFrame(
        {
            "variant": pl.Series([names[code] for code in np.asarray(arms)], dtype=pl.Enum(names)),
            "converted": revenue > 0.0,
            "revenue": revenue,
            **(features or {}),
        }
    )
    return ObservedExperimentData("by-hand", "revenue_per_visitor", visitors)


def enum(values: list[str], levels: list[str]) -> pl.Series:
    return pl.Series(values, dtype=pl.Enum(levels))


def linear_experiment(n: int, *, n_arms: int = 2, seed: int = 0) -> tuple[ObservedExperimentData, NDArray[np.float64]]:
    """An experiment whose outcome is linear in the features within each arm, and its true effects (n, K−1).

    Noise has standard deviation 1 + |x0|, so it is heteroskedastic.
    """
    rng = np.random.default_rng(seed)
    x0, x1 = rng.normal(2.0, 3.0, n), rng.normal(size=n)
    returning = rng.random(n) < 0.35
    device = rng.choice(3, p=(0.55, 0.35, 0.1), size=n)
    arms = rng.integers(0, n_arms, n)
    base = 1.0 + 0.5 * x0 - x1 + 2.0 * returning + np.array([0.0, 1.0, -1.0])[device]
    unit = 1.0 + 0.4 * x0 - 0.5 * returning + np.array([0.0, 0.5, 2.0])[device]
    effects = np.column_stack([np.zeros(n), *(k * unit for k in range(1, n_arms))])
    noise = (1.0 + np.abs(x0)) * rng.normal(size=n)
    levels = ["mobile", "desktop", "tablet"]
    observed = experiment(
        arms,
        base + effects[np.arange(n), arms] + noise,
        {"x0": x0, "x1": x1, "returning": returning, "device": enum([levels[d] for d in device], levels)},
        n_arms,
    )
    return observed, effects[:, 1:]


def truth_of(means: NDArray[np.float64]) -> CalibrationTruth:
    """The truth of a conversion-rate experiment with potential-outcome means (n, K)."""
    effects = AlignedVisitorArray(means[:, 1:] - means[:, :1])
    return CalibrationTruth(
        metric_id="conversion_rate",
        p_per_visitor=AlignedVisitorArray(means),
        m_per_visitor=None,
        conv_contrast_per_visitor=effects,
        aov_contrast_per_visitor=None,
        contrast_cate_per_visitor=effects,
        cluster_per_visitor=None,
    )
