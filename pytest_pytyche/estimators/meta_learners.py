"""S-, T- and X-learner over any regressor of scikit-learn's kind; the extra `sklearn`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.encoding import Encoded, encode
from pytest_pytyche.estimators.intervals import FloatArray, StudentIntervals
from pytest_pytyche.estimators.libraries import library_seed, pinned, require_library
from pytest_pytyche.estimators.naming import EstimatorNotFound
from pytest_pytyche.estimators.regressors import make_regressor, require_regressor

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData

FOREST = "sklearn.ensemble:RandomForestRegressor"
SMALL_FOREST = {"n_estimators": 50, "min_samples_leaf": 5}
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class MetaLearner(ABC):
    """What the three have in common: a regressor, and intervals by the bootstrap.

    `regressor` is `module:Class` and `regressor_params` are its own; without either it is a forest of 50 trees with 5
    visitors or more in a leaf. Intervals are `effect ± t·s`, s the standard deviation of the effect over `n_bootstrap`
    fits to visitors drawn with replacement within each arm, t of n_bootstrap − 1 degrees of freedom. They say how much
    the learner varies, not how far it is off on average: a regressor that smooths covers less than they state.
    Source: Künzel, Sekhon, Bickel & Yu (2019), PNAS 116(10), with the bootstrap of their appendix.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ("scikit-learn",)

    regressor: str = FOREST
    regressor_params: Mapping[str, Any] | None = None
    n_bootstrap: int = 30

    def __post_init__(self) -> None:
        require_library(self.name, "sklearn", extra="sklearn")
        if (self.regressor, self.regressor_params) != (FOREST, None):
            require_regressor(self.name, self.regressor, self.regressor_params or {})
        if self.n_bootstrap < 2:
            raise EstimatorNotFound(f"estimator {self.name!r}: n_bootstrap={self.n_bootstrap}; expected 2 or more")

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """Effects per visitor and their mean, with intervals at any level."""
        with pinned():
            data = encode(observed, seed=seed)
            rng = np.random.default_rng(library_seed(seed))
            cate = self.effects(data, np.arange(len(data.arm)), library_seed(seed))
            again = np.stack(
                [
                    self.effects(data, _resample(data.arm, rng), library_seed(seed, 1 + fit))
                    for fit in range(self.n_bootstrap)
                ]
            )
        ate, dof = cate.mean(axis=0), self.n_bootstrap - 1.0
        return EffectEstimate(
            cate,
            ate,
            cate_intervals=StudentIntervals(cate, again.std(axis=0, ddof=1), dof),
            ate_intervals=StudentIntervals(ate, again.mean(axis=1).std(axis=0, ddof=1), dof),
        )

    @abstractmethod
    def effects(self, data: Encoded, rows: Rows, seed: int) -> FloatArray:
        """Effects on every visitor, (n, K−1), learned from `rows`, in which visitors may occur more than once."""

    def fitted(self, covariates: FloatArray, outcome: FloatArray, seed: int) -> Any:
        """A new regressor, fitted."""
        default = SMALL_FOREST if self.regressor == FOREST else {}
        parameters = default if self.regressor_params is None else self.regressor_params
        return make_regressor(self.name, self.regressor, parameters, seed).fit(covariates, outcome)


def _resample(arm: NDArray[np.int64], rng: np.random.Generator) -> Rows:
    return np.concatenate([rng.choice(np.flatnonzero(arm == k), size=int(np.sum(arm == k))) for k in np.unique(arm)])


@dataclass(frozen=True)
class SLearner(MetaLearner):
    """One regression on covariates and arms: f(x, arm j) − f(x, control)."""

    name: ClassVar[str] = "s-learner"

    def effects(self, data: Encoded, rows: Rows, seed: int) -> FloatArray:
        """Differences of predictions with the arm exchanged."""
        arms = np.eye(data.n_arms)[:, 1:]
        model = self.fitted(np.hstack([data.covariates, arms[data.arm]])[rows], data.outcome[rows], seed)
        everybody = [np.tile(arms[k], (len(data.arm), 1)) for k in range(data.n_arms)]
        means = [model.predict(np.hstack([data.covariates, columns])) for columns in everybody]
        return np.asarray(np.stack(means[1:], axis=1) - means[0][:, np.newaxis])


@dataclass(frozen=True)
class TLearner(MetaLearner):
    """One regression for each arm: f_j(x) − f_0(x)."""

    name: ClassVar[str] = "t-learner"

    def effects(self, data: Encoded, rows: Rows, seed: int) -> FloatArray:
        """Differences of predictions."""
        means = [model.predict(data.covariates) for model in arm_regressions(self, data, rows, seed)]
        return np.asarray(np.stack(means[1:], axis=1) - means[0][:, np.newaxis])


@dataclass(frozen=True)
class XLearner(MetaLearner):
    """Regressions of imputed effects: g(x)·τ_0(x) + (1 − g(x))·τ_j(x), g the probability of arm j rather than control.

    τ_j is learned from y − f_0(x) in arm j, τ_0 from f_j(x) − y in control, f_k being the regression of arm k.
    """

    name: ClassVar[str] = "x-learner"

    def effects(self, data: Encoded, rows: Rows, seed: int) -> FloatArray:
        """Weighted means of both regressions, contrast by contrast."""
        control, *treatments = arm_regressions(self, data, rows, seed)
        x, y, arm = data.covariates[rows], data.outcome[rows], data.arm[rows]
        columns = []
        for k, treatment in enumerate(treatments, start=1):
            treated, untreated = arm == k, arm == 0
            gained = self.fitted(x[treated], y[treated] - control.predict(x[treated]), seed)
            missed = self.fitted(x[untreated], treatment.predict(x[untreated]) - y[untreated], seed)
            g = data.propensity[:, k] / (data.propensity[:, k] + data.propensity[:, 0])
            columns.append(g * missed.predict(data.covariates) + (1.0 - g) * gained.predict(data.covariates))
        return np.stack(columns, axis=1)


def arm_regressions(learner: MetaLearner, data: Encoded, rows: Rows, seed: int) -> list[Any]:
    """The outcome's regression in each arm, control first."""
    in_arm = [rows[data.arm[rows] == k] for k in range(data.n_arms)]
    return [learner.fitted(data.covariates[each], data.outcome[each], seed) for each in in_arm]
