"""Posteriors that are known in closed form: theta ~ N(0, 1), y | theta ~ N(theta, 1), so theta | y ~ N(y/2, 1/2)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_pytyche.estimators.base import EffectEstimate

Array = NDArray[np.float64]


def posterior_draws(
    rng: np.random.Generator, theta: ArrayLike, draws: int, *, scale: float = 1.0, shift: float = 0.0, rho: float = 0.0
) -> Array:
    """(draws, …) of theta given data drawn for it, their deviations times `scale` and moved by `shift` of them.

    With `rho` the draws are a stationary chain of that autocorrelation.
    """
    true = np.asarray(theta, dtype=np.float64)
    centre = (true + rng.normal(size=true.shape)) / 2.0
    noise = rng.normal(size=(draws, *true.shape))
    for t in range(1, draws if rho else 0):
        noise[t] = rho * noise[t - 1] + np.sqrt(1.0 - rho**2) * noise[t]
    found: Array = centre + (shift + scale * noise) / np.sqrt(2.0)
    return found


def posterior_estimate(draws: Array) -> EffectEstimate:
    """An estimate of two arms from draws (draws, visitors)."""
    return EffectEstimate(draws.mean(axis=0), float(draws.mean()), cate_draws=draws, ate_draws=draws.mean(axis=1))
