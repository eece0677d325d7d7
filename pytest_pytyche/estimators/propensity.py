"""Probabilities of the arms given the covariates: known by design, or estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_pytyche.estimators.intervals import FloatArray

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


def propensities(observed: ObservedExperimentData, covariates: FloatArray, *, seed: int) -> FloatArray:
    """Probability of each arm for each visitor, (n, K), rows summing to 1."""
    shares = np.bincount(observed.arm_codes, minlength=len(observed.arms)) / observed.n_visitors
    return np.tile(shares, (observed.n_visitors, 1))
