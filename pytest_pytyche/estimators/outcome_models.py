"""How effects on an outcome come from a sampler of regression functions: the same for every Bayesian adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pytest_pytyche.estimators.base import EffectEstimate, EstimateError
from pytest_pytyche.estimators.encoding import Encoded, encode
from pytest_pytyche.estimators.intervals import FloatArray
from pytest_pytyche.estimators.libraries import library_seed
from pytest_pytyche.generators.observed import CONVERSION_RATE, REVENUE_PER_VISITOR

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


class Surfaces(NamedTuple):
    """Posterior draws of the regression function of control, and of what each treatment adds to it.

    Each draws × visitors × contrasts; on the scale of the outcome, or on the latent one of a probit.
    """

    control: FloatArray
    effect: FloatArray


class Sampler(Protocol):
    """A library that regresses an outcome on covariates and arms."""

    def sample(
        self, data: Encoded, rows: NDArray[np.bool_], outcome: FloatArray, *, probit: bool, seed: int
    ) -> Surfaces:
        """Surfaces for every visitor, learned from `rows` (n,), whose outcome has one entry per row chosen."""


class ArmMeans(NamedTuple):
    """Posterior draws of E[outcome | x] of control and of each treatment, each draws × visitors × contrasts."""

    control: FloatArray
    treatment: FloatArray


class OutcomeModel(Protocol):
    """How means of the arms come from surfaces."""

    def sample(self, sampler: Sampler, data: Encoded, *, seed: int) -> ArmMeans:
        """Draws of the means, for every visitor."""


@dataclass(frozen=True)
class Gaussian:
    """A continuous outcome: E[y | x, arm] is the surface itself."""

    def sample(self, sampler: Sampler, data: Encoded, *, seed: int) -> ArmMeans:
        """Means as they are sampled."""
        everybody = np.ones(len(data.arm), dtype=np.bool_)
        control, effect = sampler.sample(data, everybody, data.outcome, probit=False, seed=library_seed(seed))
        return ArmMeans(control, control + effect)


@dataclass(frozen=True)
class Probit:
    """A binary outcome, 1 where the outcome is above 0: P(y = 1 | x, arm) = Φ(surface)."""

    def sample(self, sampler: Sampler, data: Encoded, *, seed: int) -> ArmMeans:
        """Probabilities: contrasts are taken on their scale, never on the latent one."""
        everybody, happened = np.ones(len(data.arm), dtype=np.bool_), (data.outcome > 0.0).astype(np.float64)
        control, effect = sampler.sample(data, everybody, happened, probit=True, seed=library_seed(seed))
        return ArmMeans(ndtr(control), ndtr(control + effect))


@dataclass(frozen=True)
class Hurdle:
    """Revenue, 0 for most: E[y | x, arm] = P(y > 0 | x, arm) · E[y | y > 0, x, arm], draw by draw.

    The first factor is a `Probit`; the second comes from log y of those with y > 0, as exp(surface) times the draw's
    mean of exp(residual). Source of that factor: Duan (1983), Journal of the American Statistical Association 78.
    """

    def sample(self, sampler: Sampler, data: Encoded, *, seed: int) -> ArmMeans:
        """Products of the draws of both parts; EstimateError where an arm has fewer than 2 visitors with y > 0."""
        bought = data.outcome > 0.0
        count = np.bincount(data.arm[bought], minlength=data.n_arms)
        if count.min() < 2:
            raise EstimateError(
                f"{count.tolist()} visitors of the arms have revenue; expected 2 or more in each, to learn how much"
            )
        chance = CERTAIN if bought.all() else Probit().sample(sampler, data, seed=seed)
        price = data.outcome[bought]
        paid = ArmMeans(price[:1], price[:1]) if (price == price[0]).all() else _paid(sampler, data, bought, seed)
        return ArmMeans(chance.control * paid.control, chance.treatment * paid.treatment)


CERTAIN = ArmMeans(np.ones(1), np.ones(1))
"""Where everybody buys, that is known; and so is a price that everybody pays."""


def _paid(sampler: Sampler, data: Encoded, bought: NDArray[np.bool_], seed: int) -> ArmMeans:
    amount = np.log(data.outcome[bought])
    surfaces = sampler.sample(data, bought, amount, probit=False, seed=library_seed(seed, 1))
    factor = _smearing(surfaces, data.arm, bought, amount)
    return ArmMeans(
        np.exp(surfaces.control) * factor,
        np.exp(surfaces.control + surfaces.effect) * factor,
    )


def _smearing(surfaces: Surfaces, arm: NDArray[np.int64], rows: NDArray[np.bool_], amount: FloatArray) -> FloatArray:
    """mean(exp(amount − fitted)) over the rows of control and of the arm of each contrast, draws × 1 × contrasts."""
    factors = []
    for contrast in range(surfaces.effect.shape[2]):
        here = (arm[rows] == 0) | (arm[rows] == contrast + 1)
        treated = arm[rows][here] > 0
        control = surfaces.control[:, rows, contrast][:, here]
        fitted = control + treated * surfaces.effect[:, rows, contrast][:, here]
        factors.append(np.exp(amount[here] - fitted).mean(axis=1))
    return np.stack(factors, axis=1)[:, np.newaxis, :]


MODELS: Mapping[str, OutcomeModel] = MappingProxyType({CONVERSION_RATE: Probit(), REVENUE_PER_VISITOR: Hurdle()})
"""By metric; the outcome of any other is `Gaussian`."""


def sample_effects(sampler: Sampler, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
    """Posterior of the effects on the outcome: treatment − control, draw by draw, and its means.

    The ATE of a draw is the mean of its effects over the visitors observed.
    """
    data = encode(observed, seed=seed)
    means = MODELS.get(observed.metric, Gaussian()).sample(sampler, data, seed=seed)
    draws = means.treatment - means.control
    averages = draws.mean(axis=1)
    return EffectEstimate(draws.mean(axis=0), averages.mean(axis=0), cate_draws=draws, ate_draws=averages)
