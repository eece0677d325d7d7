"""The doubly robust learner by `econml`; the extra of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.encoding import encode
from pytest_pytyche.estimators.intervals import StudentIntervals
from pytest_pytyche.estimators.libraries import NORMAL, library_seed, pinned, require_library
from pytest_pytyche.estimators.propensity import propensity_model
from pytest_pytyche.estimators.regressors import nuisance_forest

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


@dataclass(frozen=True)
class EconmlDR:
    """Linear regression of doubly robust scores on the covariates, with its heteroskedasticity-robust intervals.

    Parameters have the names of `econml.dr.DRLearner`, and mean what they mean there. Scores come from the propensities
    that all adapters share and from a random forest of the outcome on covariates and arm, cross-fitted over `cv` folds.
    The ATE is the effect at the mean of the covariates, which for a linear effect is the mean of the effects.
    Source: Kennedy (2023), Electronic Journal of Statistics 17(2).
    """

    name: ClassVar[str] = "econml-dr"
    packages: ClassVar[tuple[str, ...]] = ("econml", "scikit-learn")

    cv: int = 3
    min_propensity: float = 0.01

    def __post_init__(self) -> None:
        require_library(self.name, "econml", extra="econml")

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """Effects per visitor and on average, with intervals at any level."""
        with pinned():
            from econml.dr import DRLearner  # noqa: PLC0415  # heavy, and only a fit needs it

            data = encode(observed, seed=seed, every_level=False)
            learner = DRLearner(
                model_propensity=propensity_model(observed, seed=seed),
                model_regression=nuisance_forest(library_seed(seed, 1)),
                min_propensity=self.min_propensity,
                cv=self.cv,
                random_state=library_seed(seed),
            )
            learner.fit(data.outcome, data.arm, X=data.covariates)
            effects = learner.const_marginal_effect_inference(data.covariates)
            average = learner.const_marginal_effect_inference(data.covariates.mean(axis=0, keepdims=True))
        cate, ate = effects.point_estimate, average.point_estimate[0]
        return EffectEstimate(
            cate,
            ate,
            cate_intervals=StudentIntervals(cate, effects.stderr, NORMAL),
            ate_intervals=StudentIntervals(ate, average.stderr[0], NORMAL),
        )
