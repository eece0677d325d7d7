"""An experiment as the libraries that the adapters wrap are given it: the same numbers for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.estimators.design import covariates
from pytest_pytyche.estimators.intervals import FloatArray
from pytest_pytyche.estimators.propensity import propensities
from pytest_pytyche.estimators.validation import EstimateError

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


@dataclass(frozen=True, eq=False)
class Encoded:
    """Arrays of n visitors, p columns and K arms, all new, so that no library can change the experiment itself.

    `covariates` (n, p): numbers standardised to mean 0 and variance 1, Booleans as 0 and 1, an Enum as one column of 0
    and 1 per level that occurs, columns without variance left out; a single column of zeros where nothing is left.
    `arm` (n,): 0 for control. `outcome` (n,): in its own units; libraries that want another scale choose it themselves.
    `propensity` (n, K): see `pytest_pytyche.estimators.propensity`.
    """

    covariates: FloatArray
    arm: NDArray[np.int64]
    outcome: FloatArray
    propensity: FloatArray

    @property
    def n_arms(self) -> int:
        """K."""
        return int(self.propensity.shape[1])

    @property
    def treatments(self) -> FloatArray:
        """One column of 0 and 1 per arm but control, (n, K−1)."""
        return np.asarray(self.arm[:, np.newaxis] == np.arange(1, self.n_arms), dtype=np.float64)


def encode(observed: ObservedExperimentData, *, seed: int, every_level: bool = True) -> Encoded:
    """The arrays of an experiment; `seed` is for propensities that are estimated.

    Without `every_level` the first level of each Enum has no column of its own, for models that are linear.
    EstimateError, one line, for an arm with fewer than 2 visitors and an outcome that does not vary, from which no
    library learns anything, and as of `covariates`.
    """
    arm = observed.arm_codes.astype(np.int64)
    count = np.bincount(arm, minlength=len(observed.arms))
    if count.min() < 2:
        k = int(count.argmin())
        raise EstimateError(f"arm {observed.arms[k]!r} has {count[k]} visitors; expected 2 or more")
    outcome = np.array(observed.outcome, dtype=np.float64)
    if outcome.min() == outcome.max():
        raise EstimateError(f"the outcome is {outcome[0]:g} for every visitor; expected one that varies")
    matrix = covariates(observed, every_level=every_level)
    if not matrix.shape[1]:
        matrix = np.zeros((observed.n_visitors, 1))
    return Encoded(matrix, arm, outcome, propensities(observed, matrix, seed=seed))
