"""Künzel, Sekhon, Bickel & Yu (2019), "Metalearners for estimating heterogeneous treatment effects": simulations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pytest_pytyche.generators.assignment import Assignment, AssignmentConfig, ObservationalAssignment
from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.declared import crossed, scenario_template
from pytest_pytyche.generators.features import CopulaConfig, Features, Sampler
from pytest_pytyche.generators.knobs import choose
from pytest_pytyche.generators.marginals import ScipyMarginal
from pytest_pytyche.generators.published.parts import independent, numbered, two_arms
from pytest_pytyche.generators.streams import stream
from pytest_pytyche.generators.surfaces import Above, Const, Scaled, Sum, Surface, SurfaceConfig, Values

CONSTANTS_SEED = 2019
"""Of the coefficients and correlations, which are drawn once and the same in every data set."""
BALANCED = AssignmentConfig(0.5)
STEEPNESS = 12.0


@dataclass(frozen=True)
class LinearIn:
    """Sum of coefficient j times xj, over the features that have a coefficient."""

    coefficients: tuple[float, ...]

    def __call__(self, x: Features) -> Values:
        terms = [beta * x[f"x{j}"] for j, beta in enumerate(self.coefficients, start=1) if beta != 0.0]
        return np.asarray(sum(terms))


@dataclass(frozen=True)
class ProductOfSigmoids:
    """ς(x1)·ς(x2) with ς(x) = 2/(1 + exp(-12·(x - ½)))."""

    def __call__(self, x: Features) -> Values:
        first, second = (2.0 / (1.0 + np.exp(-STEEPNESS * (x[name] - 0.5))) for name in ("x1", "x2"))
        return np.asarray(first * second)


@dataclass(frozen=True)
class ByThirds:
    """`low` where the driver is below -0.4, `high` where it is above 0.4, else `middle`."""

    driver: str
    low: Surface
    middle: Surface
    high: Surface

    def __call__(self, x: Features) -> Values:
        driver = x[self.driver]
        return np.where(driver < -0.4, self.low(x), np.where(driver > 0.4, self.high(x), self.middle(x)))


@dataclass(frozen=True)
class BetaPropensity:
    """¼·(1 + density of Beta(2, 4) at x1), the density being 20·x·(1 - x)³."""

    def __call__(self, x: Features) -> Values:
        return 0.25 * np.asarray(1.0 + 20.0 * x["x1"] * (1.0 - x["x1"]) ** 3)


class Simulation(NamedTuple):
    """Features, mean outcome under control, effect and assignment."""

    sampler: Sampler
    control: Surface
    effect: Surface
    assignment: Assignment


def coefficients(purpose: str, d: int, lowest: float, highest: float) -> tuple[float, ...]:
    """d coefficients, uniform between the bounds, the same for all time."""
    drawn = lowest + (highest - lowest) * stream(CONSTANTS_SEED, purpose, "beta", 0).random(d)
    return tuple(float(beta) for beta in drawn)


def vine_correlation(d: int) -> tuple[tuple[float, ...], ...]:
    """A correlation matrix drawn, once and for all, uniformly from those of its size, by the C-vine method.

    Source: Lewandowski, Kurowicka & Joe (2009), section 2.4.
    """
    rng = stream(CONSTANTS_SEED, "correlation", str(d), 0)
    partial, full = np.zeros((d, d)), np.eye(d)
    for k in range(d - 1):
        shape = 1.0 + (d - 2 - k) / 2.0
        for i in range(k + 1, d):
            rho = partial[k, i] = 2.0 * rng.beta(shape, shape) - 1.0
            for m in range(k - 1, -1, -1):
                rho = rho * np.sqrt((1.0 - partial[m, i] ** 2) * (1.0 - partial[m, k] ** 2))
                rho += partial[m, i] * partial[m, k]
            full[k, i] = full[i, k] = rho
    return tuple(tuple(float(entry) for entry in row) for row in full)


def _normals(d: int) -> Sampler:
    return CopulaConfig(numbered(d), vine_correlation(d))


def _difference(treated: Surface, control: Surface) -> Surface:
    return Sum((treated, Scaled(control, -1.0)))


def _unbalanced() -> Simulation:
    control = Sum((LinearIn(coefficients("unbalanced", 20, -5.0, 5.0)), Scaled(Above("x1", 0.5), 5.0)))
    return Simulation(_normals(20), control, Scaled(Above("x2", 0.1), 8.0), AssignmentConfig(0.01))


def _complex_linear() -> Simulation:
    control, treated = (LinearIn(coefficients(f"complex-linear-{arm}", 20, 1.0, 30.0)) for arm in (0, 1))
    return Simulation(_normals(20), control, _difference(treated, control), BALANCED)


def _complex_nonlinear() -> Simulation:
    curve = ProductOfSigmoids()
    return Simulation(_normals(20), Scaled(curve, -0.5), curve, BALANCED)


def _global_linear() -> Simulation:
    return Simulation(_normals(5), LinearIn(coefficients("global-linear", 5, 1.0, 30.0)), Const(0.0), BALANCED)


def _piecewise_linear() -> Simulation:
    beta = coefficients("piecewise-linear", 20, -15.0, 15.0)
    parts = [LinearIn(tuple(b if first <= j < first + 5 else 0.0 for j, b in enumerate(beta))) for first in (0, 5, 10)]
    return Simulation(_normals(20), ByThirds("x20", *parts), Const(0.0), BALANCED)


def _beta_confounded() -> Simulation:
    uniform = independent(*numbered(20, ScipyMarginal("uniform", {})))
    control = Sum((LinearIn((2.0,)), Const(-1.0)))
    return Simulation(uniform, control, Const(0.0), ObservationalAssignment((SurfaceConfig(BetaPropensity()),)))


SIMULATIONS: dict[str, Callable[[], Simulation]] = {
    "unbalanced": _unbalanced,
    "complex-linear": _complex_linear,
    "complex-nonlinear": _complex_nonlinear,
    "global-linear": _global_linear,
    "piecewise-linear": _piecewise_linear,
    "beta-confounded": _beta_confounded,
}
"""The simulations 1 to 6, in the order of the paper."""


@scenario_template(cells=crossed(simulation=tuple(SIMULATIONS)))
def kunzel2019(*, simulation: str, n_visitors: int = 5000, seed: int = 42) -> V2GeneratorConfig:
    """y = control(x) + effect(x)·z + Normal(0, 1)."""
    choose("simulation", simulation, SIMULATIONS)
    sampler, control, effect, assignment = SIMULATIONS[simulation]()
    return two_arms(
        sampler=sampler,
        control=control,
        effect=effect,
        assignment=assignment,
        n_visitors=n_visitors,
        seed=seed,
    )
