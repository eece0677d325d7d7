"""Nie & Wager (2021), "Quasi-oracle estimation of heterogeneous treatment effects", section 6.1: setups A to D."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pytest_pytyche.generators.assignment import Assignment, AssignmentConfig, ObservationalAssignment
from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.declared import crossed, scenario_template
from pytest_pytyche.generators.features import Features
from pytest_pytyche.generators.knobs import choose, require_whole
from pytest_pytyche.generators.marginals import Marginal, Normal, ScipyMarginal
from pytest_pytyche.generators.published.parts import independent, numbered, symmetric_arms
from pytest_pytyche.generators.streams import Array
from pytest_pytyche.generators.surfaces import Const, Surface, SurfaceConfig, Values

FEWEST_FEATURES = 5
TRIM = 0.1


def _x(x: Features) -> tuple[Array, ...]:
    """x1 to x5."""
    return tuple(x[f"x{i}"] for i in range(1, FEWEST_FEATURES + 1))


def _positive(values: Array) -> Array:
    return np.maximum(values, 0.0)


@dataclass(frozen=True)
class FriedmanMain:
    """sin(π·x1·x2) + 2·(x3 - ½)² + x4 + ½·x5."""

    def __call__(self, x: Features) -> Values:
        x1, x2, x3, x4, x5 = _x(x)
        return np.asarray(np.sin(np.pi * x1 * x2) + 2.0 * (x3 - 0.5) ** 2 + x4 + 0.5 * x5)


@dataclass(frozen=True)
class TrimmedSine:
    """sin(π·x1·x2), cut off at 0.1 and 0.9."""

    def __call__(self, x: Features) -> Values:
        return np.asarray(np.clip(np.sin(np.pi * x["x1"] * x["x2"]), TRIM, 1.0 - TRIM))


@dataclass(frozen=True)
class MeanOfTwo:
    """(x1 + x2)/2."""

    def __call__(self, x: Features) -> Values:
        return 0.5 * np.asarray(x["x1"] + x["x2"])


@dataclass(frozen=True)
class LargestMain:
    """max(x1 + x2, x3, 0) + max(x4 + x5, 0)."""

    def __call__(self, x: Features) -> Values:
        x1, x2, x3, x4, x5 = _x(x)
        return np.asarray(_positive(np.maximum(x1 + x2, x3)) + _positive(x4 + x5))


@dataclass(frozen=True)
class SoftplusEffect:
    """x1 + log(1 + exp(x2))."""

    def __call__(self, x: Features) -> Values:
        return np.asarray(x["x1"] + np.logaddexp(0.0, x["x2"]))


@dataclass(frozen=True)
class SoftplusMain:
    """2·log(1 + exp(x1 + x2 + x3))."""

    def __call__(self, x: Features) -> Values:
        return 2.0 * np.asarray(np.logaddexp(0.0, x["x1"] + x["x2"] + x["x3"]))


@dataclass(frozen=True)
class LogisticPropensity:
    """1/(1 + exp(x2 + x3))."""

    def __call__(self, x: Features) -> Values:
        return 1.0 / np.asarray(1.0 + np.exp(x["x2"] + x["x3"]))


@dataclass(frozen=True)
class SumOfHinges:
    """scale·(max(x1 + x2 + x3, 0) + sign·max(x4 + x5, 0))."""

    scale: float
    sign: float

    def __call__(self, x: Features) -> Values:
        x1, x2, x3, x4, x5 = _x(x)
        return self.scale * (_positive(x1 + x2 + x3) + self.sign * _positive(x4 + x5))


@dataclass(frozen=True)
class TwoExponentialsPropensity:
    """1/(1 + exp(-x1) + exp(-x2))."""

    def __call__(self, x: Features) -> Values:
        return 1.0 / np.asarray(1.0 + np.exp(-x["x1"]) + np.exp(-x["x2"]))


class Setup(NamedTuple):
    """Law of each feature, main effect b, treatment effect tau and assignment."""

    marginal: Callable[[], Marginal]
    main: Surface
    effect: Surface
    assignment: Assignment


def _through(propensity: Surface) -> Assignment:
    return ObservationalAssignment((SurfaceConfig(propensity),))


def _uniform() -> Marginal:
    return ScipyMarginal("uniform", {})  # loads scipy.stats, so not before somebody wants it


SETUPS = {
    "A": Setup(_uniform, FriedmanMain(), MeanOfTwo(), _through(TrimmedSine())),
    "B": Setup(Normal, LargestMain(), SoftplusEffect(), AssignmentConfig(0.5)),
    "C": Setup(Normal, SoftplusMain(), Const(1.0), _through(LogisticPropensity())),
    "D": Setup(Normal, SumOfHinges(0.5, 1.0), SumOfHinges(1.0, -1.0), _through(TwoExponentialsPropensity())),
}


@scenario_template(name="nie-wager2021", cells=crossed(setup=tuple(SETUPS), n_visitors=(500, 1000)))
def nie_wager2021(
    *, setup: str, n_visitors: int = 500, n_features: int = 6, noise_sd: float = 1.0, seed: int = 42
) -> V2GeneratorConfig:
    """y = b(x) + (z - ½)·tau(x) + Normal(0, noise_sd²)."""
    choose("setup", setup, SETUPS)
    require_whole("n_features", n_features, FEWEST_FEATURES)
    marginal, main, effect, assignment = SETUPS[setup]
    return symmetric_arms(
        sampler=independent(*numbered(n_features, marginal())),
        main=main,
        effect=effect,
        assignment=assignment,
        n_visitors=n_visitors,
        seed=seed,
        noise_sd=noise_sd,
    )
