"""Bayesian causal forests by `bartz`, on JAX; the extra `bartz`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.encoding import Encoded
from pytest_pytyche.estimators.intervals import FloatArray
from pytest_pytyche.estimators.libraries import library_seed, pinned, require_library
from pytest_pytyche.estimators.naming import EstimatorNotFound, require_known
from pytest_pytyche.estimators.outcome_models import Surfaces, sample_effects

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData

OTHERS = [
    "include_pihat_in_mu",
    "include_pihat_in_tau",
    "num_chains",
    "k_mu",
    "k_tau",
    "sigma_df",
    "sigma_scale",
    "min_points_per_leaf_mu",
    "min_points_per_leaf_tau",
    "tau_0_prior_var",
    "sample_intercept",
    "adaptive_coding",
    "sample_sigma2_leaf_mu",
    "sample_sigma2_leaf_tau",
    "standardize",
    "delta_max",
]


@dataclass(frozen=True)
class BartzBCF:
    """Bayesian causal forest, y = μ(x, π(x)) + τ(x)·[arm = k] + ε, with contrasts as of `outcome_models`.

    Parameters have the names of `bartz.bcf.bcf`, and mean what they mean there: trees of both forests, retained and
    burn-in iterations, and `params` for others of them. With more than two arms each is fitted with control alone, as
    the library takes one treatment. Numbers are float32; the first fit of a process compiles for a minute or more.
    """

    name: ClassVar[str] = "bartz-bcf"
    packages: ClassVar[tuple[str, ...]] = ("bartz", "jax")

    ndpost: int = 500
    nskip: int = 500
    num_trees_mu: int = 250
    num_trees_tau: int = 100
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_library(self.name, "bartz", extra="bartz")
        require_known(self.name, "key of params", self.params, OTHERS)
        if self.ndpost < 2:
            raise EstimatorNotFound(f"estimator {self.name!r}: ndpost={self.ndpost}; expected 2 or more")

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        """Posterior draws of the effects."""
        with pinned():
            return sample_effects(self, observed, seed=seed)

    def sample(
        self, data: Encoded, rows: NDArray[np.bool_], outcome: FloatArray, *, probit: bool, seed: int
    ) -> Surfaces:
        """One fit per treatment on `rows` of it and of control, evaluated for everybody."""
        controls, effects = [], []
        for k in range(1, data.n_arms):
            mine = (data.arm == k) | (data.arm == 0)
            model = self._fit(data, rows & mine, outcome[mine[rows]], k, probit=probit, seed=library_seed(seed, k))
            controls.append(np.asarray(model.mu_test, dtype=np.float64))
            effects.append(np.asarray(model.tau_test, dtype=np.float64))
        return Surfaces(np.stack(controls, axis=2), np.stack(effects, axis=2))

    def _fit(self, data: Encoded, rows: NDArray[np.bool_], y: FloatArray, k: int, *, probit: bool, seed: int) -> Any:
        from bartz.bcf import bcf  # noqa: PLC0415  # heavy, and only a fit needs it

        propensity = data.propensity[:, k] / (data.propensity[:, k] + data.propensity[:, 0])
        return bcf(
            data.covariates[rows],
            y,
            (data.arm[rows] == k).astype(np.float64),
            pihat_train=propensity[rows],
            x_test=data.covariates,
            pihat_test=propensity,
            ndpost=self.ndpost,
            nskip=self.nskip,
            num_trees_mu=self.num_trees_mu,
            num_trees_tau=self.num_trees_tau,
            outcome_type="binary" if probit else "continuous",
            seed=seed,
            **self.params,
        )
