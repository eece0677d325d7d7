"""Probabilities of the arms given the covariates: known by design, or estimated by one model for every adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_pytyche.estimators.intervals import FloatArray
from pytest_pytyche.estimators.libraries import library_seed

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData

FLOOR = 0.01
N_TREES = 300
MIN_LEAF = 10
PART = 99


def propensities(observed: ObservedExperimentData, covariates: FloatArray, *, seed: int) -> FloatArray:
    """Probability of each arm for each visitor, (n, K), rows summing to 1.

    In a randomised experiment the probabilities of its design. In an observational study those of a random forest, each
    visitor's from the trees that were grown without it, none below 0.01 before rows sum to 1 again.
    """
    if observed.design.probabilities is not None:
        return np.tile(np.asarray(observed.design.probabilities, dtype=np.float64), (observed.n_visitors, 1))
    forest = propensity_model(observed, seed=seed).fit(covariates, observed.arm_codes)
    floored = np.maximum(np.nan_to_num(forest.oob_decision_function_), FLOOR)
    return np.asarray(floored / floored.sum(axis=1, keepdims=True))


def propensity_model(observed: ObservedExperimentData, *, seed: int) -> Any:
    """The same as a scikit-learn classifier, for libraries that fit it themselves on parts of the data.

    Known probabilities stay what they are; a forest has 300 trees with 10 visitors or more in each leaf.
    """
    from pytest_pytyche.estimators.classifiers import KnownProbabilities, arm_forest  # noqa: PLC0415  # scikit-learn

    if observed.design.probabilities is not None:
        return KnownProbabilities(observed.design.probabilities)
    return arm_forest(N_TREES, MIN_LEAF, library_seed(seed, PART))
