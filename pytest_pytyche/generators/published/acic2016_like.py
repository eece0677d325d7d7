"""A design with the knobs of the 2016 competition of the Atlantic Causal Inference Conference, on covariates of ours.

Source of the knobs: Dorie, Hill, Shalit, Scott & Cervone (2019), "Automated versus do-it-yourself methods for causal
inference", section 4. The covariates and coefficients of the competition are not reproduced.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from pytest_pytyche.generators.assignment import ObservationalAssignment
from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.declared import scenario_template, swept
from pytest_pytyche.generators.features import CopulaConfig, Features, FeatureSpec
from pytest_pytyche.generators.knobs import choose, require_number
from pytest_pytyche.generators.marginals import Bernoulli, Beta, Categorical, Gamma, LogNormal, Normal, Poisson
from pytest_pytyche.generators.published.parts import two_arms
from pytest_pytyche.generators.signals import resolve_driver, standardised
from pytest_pytyche.generators.streams import Array
from pytest_pytyche.generators.surfaces import Const, Scaled, Sum, Surface, SurfaceConfig, Values, logit

N_FEATURES = 20
DECAY = 0.4
"""Latent correlation of neighbouring features; that of features i and j is 0.4^|i - j|."""
FARTHEST = 3.0
LOWEST, HIGHEST = 0.05, 0.95
OF_RESPONSE, OF_TREATMENT, OF_EFFECT = ("x1", "x3", "x4", "x7"), ("x2", "x5", "x6", "x8"), ("x1", "x5")


def _standard(terms: tuple[Surface, ...], x: Features) -> Array:
    """The terms, visitors × terms, cut off at ±3."""
    values = [np.broadcast_to(term(x), x.n) for term in terms]
    return np.asarray(np.clip(np.stack(values, axis=1), -FARTHEST, FARTHEST))


@dataclass(frozen=True)
class LinearScore:
    """Σ s_j/√k over k standardised features s, each cut off at ±3."""

    terms: tuple[Surface, ...]

    def __call__(self, x: Features) -> Values:
        return np.asarray(_standard(self.terms, x).sum(axis=1) / math.sqrt(len(self.terms)))


@dataclass(frozen=True)
class PolynomialScore:
    """(Σ s_j + ½·Σ s_j·s_{j+1})/√k, the products being of neighbours in the list."""

    terms: tuple[Surface, ...]

    def __call__(self, x: Features) -> Values:
        s = _standard(self.terms, x)
        total = s.sum(axis=1) + 0.5 * (s[:, :-1] * s[:, 1:]).sum(axis=1)
        return np.asarray(total / math.sqrt(len(self.terms)))


@dataclass(frozen=True)
class StepScore:
    """(number of features with s_j > 0 minus number of the others)/√k."""

    terms: tuple[Surface, ...]

    def __call__(self, x: Features) -> Values:
        signs = np.where(_standard(self.terms, x) > 0.0, 1.0, -1.0)
        return np.asarray(signs.sum(axis=1) / math.sqrt(len(self.terms)))


@dataclass(frozen=True)
class ExponentialScore:
    """exp(½·Σ s_j/√k)."""

    terms: tuple[Surface, ...]

    def __call__(self, x: Features) -> Values:
        return np.exp(0.5 * LinearScore(self.terms)(x))


@dataclass(frozen=True)
class Propensity:
    """0.05 + 0.9/(1 + exp(-score)), and a tenth of that where the penalised feature is above 1."""

    score: Surface
    penalised: Surface | None

    def __call__(self, x: Features) -> Values:
        share = LOWEST + (HIGHEST - LOWEST) / np.asarray(1.0 + np.exp(-np.asarray(self.score(x))))
        if self.penalised is None:
            return share
        return np.where(np.asarray(self.penalised(x)) > 1.0, 0.1 * share, share)


TREATMENT_MODELS: dict[str, Callable[[tuple[Surface, ...]], Surface]] = {
    "linear": LinearScore,
    "polynomial": PolynomialScore,
    "step": StepScore,
}
RESPONSE_MODELS: dict[str, Callable[[tuple[Surface, ...]], Surface]] = {
    "linear": LinearScore,
    "exponential": ExponentialScore,
    "step": StepScore,
}
HETEROGENEITY = {"none": 0.0, "low": 0.25, "high": 1.0}
OVERLAP = ("full", "penalised")


@cache
def covariates() -> CopulaConfig:
    """The twenty covariates; made at first use, since the gamma, beta and Poisson marginals load `scipy.stats`."""
    features = (
        FeatureSpec("x1", "continuous", Normal()),
        FeatureSpec("x2", "continuous", Normal()),
        FeatureSpec("x3", "continuous", Gamma(2.0)),
        FeatureSpec("x4", "continuous", Poisson(3.0)),
        FeatureSpec("x5", "continuous", Beta(2.0, 5.0)),
        FeatureSpec("x6", "continuous", LogNormal(1.0, 0.5)),
        FeatureSpec("x7", "binary", Bernoulli(0.3)),
        FeatureSpec("x8", "categorical", Categorical.of({"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1})),
        *(FeatureSpec(f"x{i}", "continuous", Normal()) for i in range(9, N_FEATURES + 1)),
    )
    near = tuple(tuple(DECAY ** abs(i - j) for j in range(N_FEATURES)) for i in range(N_FEATURES))
    return CopulaConfig(features, near)


@cache
def _terms(names: tuple[str, ...]) -> tuple[Surface, ...]:
    return tuple(standardised(covariates().population, resolve_driver(name, covariates())) for name in names)


@scenario_template(
    name="acic2016-like",
    cells=swept(
        treatment_model=("linear", "step"),
        treated_share=(0.65,),
        overlap=("penalised",),
        response_model=("linear", "step"),
        alignment=(0.0, 0.25),
        heterogeneity=("none", "low"),
    ),
)
def acic2016_like(
    *,
    treatment_model: str = "polynomial",
    treated_share: float = 0.35,
    overlap: str = "full",
    response_model: str = "exponential",
    alignment: float = 0.75,
    heterogeneity: str = "high",
    n_visitors: int = 1000,
    seed: int = 42,
) -> V2GeneratorConfig:
    """y = 2·r(x) + tau(x)·z + Normal(0, 1), tau = 1 + strength·r'(x)."""
    choose("treatment_model", treatment_model, TREATMENT_MODELS)
    choose("response_model", response_model, RESPONSE_MODELS)
    choose("overlap", overlap, OVERLAP)
    choose("heterogeneity", heterogeneity, HETEROGENEITY)
    require_number("treated_share", treated_share)
    if not 0.0 < treated_share < 1.0:
        raise ValueError(f"treated_share={treated_share}; expected a number between 0 and 1")
    if not 0.0 <= alignment <= 1.0:
        raise ValueError(f"alignment={alignment}; expected a number from 0 to 1")
    selection, response = TREATMENT_MODELS[treatment_model], RESPONSE_MODELS[response_model]
    score = Sum(
        (
            Const(logit(treated_share)),
            Scaled(selection(_terms(OF_RESPONSE)), alignment),
            Scaled(selection(_terms(OF_TREATMENT)), math.sqrt(1.0 - alignment**2)),
        )
    )
    penalised = _terms(("x1",))[0] if overlap == "penalised" else None
    return two_arms(
        sampler=covariates(),
        control=Scaled(response(_terms(OF_RESPONSE)), 2.0),
        effect=Sum((Const(1.0), Scaled(response(_terms(OF_EFFECT)), HETEROGENEITY[heterogeneity]))),
        assignment=ObservationalAssignment((SurfaceConfig(Propensity(score, penalised)),)),
        n_visitors=n_visitors,
        seed=seed,
    )
