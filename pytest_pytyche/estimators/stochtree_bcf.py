"""Bayesian causal forests by `stochtree`; the extra of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.encoding import Encoded
from pytest_pytyche.estimators.intervals import FloatArray
from pytest_pytyche.estimators.libraries import pinned, require_library
from pytest_pytyche.estimators.naming import EstimatorNotFound, require_known
from pytest_pytyche.estimators.outcome_models import Surfaces, sample_effects

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData

GENERAL = [
    "cutpoint_grid_size",
    "standardize",
    "sigma2_global_init",
    "sigma2_global_shape",
    "sigma2_global_scale",
    "propensity_covariate",
    "adaptive_coding",
    "control_coding_init",
    "treated_coding_init",
    "keep_burnin",
    "keep_gfr",
    "keep_every",
    "num_chains",
]
FOREST = [
    "num_trees",
    "alpha",
    "beta",
    "min_samples_leaf",
    "max_depth",
    "sample_sigma2_leaf",
    "sigma2_leaf_init",
    "sigma2_leaf_shape",
    "sigma2_leaf_scale",
    "num_features_subsample",
]
TREATMENT_FOREST = [*FOREST, "delta_max", "sample_intercept", "tau_0_prior_var"]


@dataclass(frozen=True)
class StochtreeBCF:
    """Bayesian causal forest, y = μ(x, π(x)) + Σ_k τ_k(x)·[arm = k] + ε, with contrasts as of `outcome_models`.

    Parameters have the names of `stochtree.BCFModel.sample`, and mean what they mean there: numbers of grow-from-root,
    burn-in and retained iterations, and three mappings, whose unknown keys are refused; `stochtree` itself would pass
    over them. One thread. With more than two arms, the leaves of the treatment forest hold one effect per arm.
    Source: Hahn, Murray & Carvalho (2020), Bayesian Analysis 15(3); Krantsevich, He & Hahn (2023) for grow-from-root.
    """

    name: ClassVar[str] = "stochtree-bcf"
    packages: ClassVar[tuple[str, ...]] = ("stochtree",)

    num_gfr: int = 10
    num_burnin: int = 0
    num_mcmc: int = 500
    general_params: Mapping[str, Any] = field(default_factory=dict)
    prognostic_forest_params: Mapping[str, Any] = field(default_factory=dict)
    treatment_effect_forest_params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_library(self.name, "stochtree", extra="stochtree")
        require_known(self.name, "key of general_params", self.general_params, GENERAL)
        require_known(self.name, "key of prognostic_forest_params", self.prognostic_forest_params, FOREST)
        given = self.treatment_effect_forest_params
        require_known(self.name, "key of treatment_effect_forest_params", given, TREATMENT_FOREST)
        if self.num_mcmc < 2:
            raise EstimatorNotFound(f"estimator {self.name!r}: num_mcmc={self.num_mcmc}; expected 2 or more")

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """Posterior draws of the effects."""
        with pinned():
            return sample_effects(self, observed, seed=seed)

    def sample(
        self, data: Encoded, rows: NDArray[np.bool_], outcome: FloatArray, *, probit: bool, seed: int
    ) -> Surfaces:
        """One chain or more on `rows`, evaluated for everybody."""
        from stochtree import BCFModel, OutcomeModel  # noqa: PLC0415  # heavy, and only a fit needs it

        kind = OutcomeModel("binary", "probit") if probit else OutcomeModel("continuous", "identity")
        fixed = {"random_seed": seed, "num_threads": 1, "outcome_model": kind, "sample_sigma2_global": not probit}
        treatments, propensity = data.treatments, data.propensity[:, 1:]
        model = BCFModel()
        model.sample(
            data.covariates[rows],
            treatments[rows],
            outcome,
            propensity[rows],
            X_test=data.covariates,
            Z_test=treatments,
            propensity_test=propensity,
            num_gfr=self.num_gfr,
            num_burnin=self.num_burnin,
            num_mcmc=self.num_mcmc,
            general_params={**self.general_params, **fixed},
            prognostic_forest_params=dict(self.prognostic_forest_params),
            treatment_effect_forest_params=dict(self.treatment_effect_forest_params),
        )
        effect = model.tau_hat_test.reshape(len(data.arm), -1, data.n_arms - 1)
        control = np.broadcast_to(model.mu_hat_test[:, :, np.newaxis], effect.shape)
        return Surfaces(control.swapaxes(0, 1), effect.swapaxes(0, 1))
