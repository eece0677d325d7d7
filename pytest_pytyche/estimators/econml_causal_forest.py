"""Causal forests by `econml`; the extra of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.encoding import Encoded, encode
from pytest_pytyche.estimators.intervals import FloatArray, StudentIntervals
from pytest_pytyche.estimators.libraries import NORMAL, library_seed, pinned, require_library
from pytest_pytyche.estimators.naming import EstimatorNotFound
from pytest_pytyche.estimators.propensity import propensities, propensity_model
from pytest_pytyche.estimators.regressors import nuisance_forest

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData

TWO_ARMS = 2
FOLDS = 5
SUBFOREST = 4
"""Trees that share a subsample, from which econml takes its standard errors."""


@dataclass(frozen=True)
class EconmlCausalForest:
    """Generalised random forest on residuals of outcome and arm, with the forest's own standard errors.

    Parameters have the names of `econml.dml.CausalForestDML`, and mean what they mean there; `n_estimators` must be a
    multiple of 4. Arms are residualised with the propensities that all adapters share, the outcome, of whatever kind,
    with a random forest; both cross-fitted over `cv` folds. Normal intervals; those of the ATE are doubly robust ones,
    of econml for one treatment, and for several of `doubly_robust_ate`, as econml's scores fit one treatment only.
    Sources: Athey, Tibshirani & Wager (2019), Annals of Statistics 47(2); Chernozhukov et al. (2018).
    """

    name: ClassVar[str] = "econml-causal-forest"
    packages: ClassVar[tuple[str, ...]] = ("econml", "scikit-learn")

    n_estimators: int = 500
    min_samples_leaf: int = 5
    max_depth: int | None = None
    max_samples: float = 0.45
    cv: int = 3

    def __post_init__(self) -> None:
        require_library(self.name, "econml", extra="econml")
        if self.n_estimators < SUBFOREST or self.n_estimators % SUBFOREST:
            wrong = f"n_estimators={self.n_estimators}; expected a multiple of {SUBFOREST}"
            raise EstimatorNotFound(f"estimator {self.name!r}: {wrong}")

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """Effects per visitor and on average, with intervals at any level."""
        with pinned():
            from econml.dml import CausalForestDML  # noqa: PLC0415  # heavy, and only a fit needs it

            data = encode(observed, seed=seed)
            forest = CausalForestDML(
                model_y=nuisance_forest(library_seed(seed, 1)),
                model_t=propensity_model(observed, seed=seed),
                discrete_treatment=True,
                n_estimators=self.n_estimators,
                min_samples_leaf=self.min_samples_leaf,
                max_depth=self.max_depth,
                max_samples=self.max_samples,
                cv=self.cv,
                n_jobs=1,
                random_state=library_seed(seed),
            )
            forest.fit(data.outcome, data.arm, X=data.covariates)
            effects = forest.const_marginal_effect_inference(data.covariates)
            cate, ate, se = effects.point_estimate, forest.ate_, forest.ate_stderr_
            if data.n_arms > TWO_ARMS:
                ate, se = doubly_robust_ate(data, cate, propensities(observed, data.covariates, seed=seed), seed=seed)
        return EffectEstimate(
            cate,
            ate,
            cate_intervals=StudentIntervals(cate, effects.stderr, NORMAL),
            ate_intervals=StudentIntervals(ate, se, NORMAL),
        )


def doubly_robust_ate(data: Encoded, cate: FloatArray, e: FloatArray, *, seed: int) -> tuple[FloatArray, FloatArray]:
    """(K−1,) means and standard errors of the augmented inverse-propensity scores of every treatment with control.

    With m(x) = E[y | x], cross-fitted, mean outcomes are m − Σ_j e_j·cate_j for control and that plus cate_k for arm k.
    `cate` (n, K−1), `e` (n, K) the propensities.
    """
    from sklearn.model_selection import cross_val_predict  # noqa: PLC0415  # loaded along with econml

    mean = cross_val_predict(nuisance_forest(library_seed(seed, 2)), data.covariates, data.outcome, cv=FOLDS)
    control = mean - (e[:, 1:] * cate).sum(axis=1)
    means = np.column_stack([control, control[:, np.newaxis] + cate])
    residual = data.outcome[:, np.newaxis] - means
    here = data.arm[:, np.newaxis] == np.arange(means.shape[1])
    scores = means + here * residual / e
    contrasts = scores[:, 1:] - scores[:, :1]
    return contrasts.mean(axis=0), contrasts.std(axis=0, ddof=1) / np.sqrt(len(contrasts))
