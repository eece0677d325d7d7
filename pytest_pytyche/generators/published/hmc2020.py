"""Hahn, Murray & Carvalho (2020), "Bayesian regression tree models for causal inference", section 6.1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from pytest_pytyche.generators.assignment import ObservationalAssignment
from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.declared import crossed, scenario_template
from pytest_pytyche.generators.features import Features, FeatureSpec
from pytest_pytyche.generators.knobs import choose
from pytest_pytyche.generators.marginals import Bernoulli, Categorical
from pytest_pytyche.generators.published.parts import independent, numbered, two_arms
from pytest_pytyche.generators.surfaces import Const, Surface, SurfaceConfig, Values

LEVEL_VALUES = (2.0, -1.0, -4.0)
"""g of the levels 1, 2 and 3 of x5: mean -1, variance 6."""
FOLDED_MEAN = math.sqrt(2.0 / math.pi) * math.exp(-0.5) + math.erf(math.sqrt(0.5))
"""E|x - 1| for a standard normal x."""


@dataclass(frozen=True)
class LinearPrognosis:
    """1 + g(x5) + x1·x3."""

    def __call__(self, x: Features) -> Values:
        return np.asarray(1.0 + _level_value(x) + x["x1"] * x["x3"])

    @property
    def sd(self) -> float:
        """Standard deviation in the population: √(6 + 1)."""
        return math.sqrt(7.0)


@dataclass(frozen=True)
class NonlinearPrognosis:
    """-6 + g(x5) + 6·|x3 - 1|."""

    def __call__(self, x: Features) -> Values:
        return -6.0 + _level_value(x) + 6.0 * np.abs(x["x3"] - 1.0)

    @property
    def sd(self) -> float:
        """Standard deviation in the population: √(6 + 36·(2 - E|x3 - 1|²)), the mean being squared."""
        return math.sqrt(6.0 + 36.0 * (2.0 - FOLDED_MEAN**2))


@dataclass(frozen=True)
class HeterogeneousEffect:
    """1 + 2·x2·x4."""

    def __call__(self, x: Features) -> Values:
        return np.asarray(1.0 + 2.0 * x["x2"] * x["x4"])


@dataclass(frozen=True)
class TargetedPropensity:
    """0.8·Φ(3·mu/sd - 0.5·x1) + 0.1, which is the mean of the published propensity over its uniform term."""

    prognosis: LinearPrognosis | NonlinearPrognosis

    def __call__(self, x: Features) -> Values:
        score = 3.0 * self.prognosis(x) / self.prognosis.sd - 0.5 * x["x1"]
        return 0.8 * np.asarray(special.ndtr(score)) + 0.1


def _level_value(x: Features) -> Values:
    values: Values = np.array(LEVEL_VALUES)[x["x5"]]
    return values


PROGNOSES: dict[str, LinearPrognosis | NonlinearPrognosis] = {
    "linear": LinearPrognosis(),
    "nonlinear": NonlinearPrognosis(),
}
EFFECTS: dict[str, Surface] = {"homogeneous": Const(3.0), "heterogeneous": HeterogeneousEffect()}
FEATURES = (
    *numbered(3),
    FeatureSpec("x4", "binary", Bernoulli(0.5)),
    FeatureSpec("x5", "categorical", Categorical(("1", "2", "3"), (1 / 3, 1 / 3, 1 / 3))),
)


@scenario_template(
    cells=crossed(effect=("homogeneous", "heterogeneous"), prognosis=("linear", "nonlinear"), n_visitors=(250, 500))
)
def hmc2020(*, effect: str, prognosis: str, n_visitors: int = 250, seed: int = 42) -> V2GeneratorConfig:
    """y = mu(x) + tau(x)·z + Normal(0, 1), with treatment for those with a high mu."""
    choose("effect", effect, EFFECTS)
    choose("prognosis", prognosis, PROGNOSES)
    mu = PROGNOSES[prognosis]
    return two_arms(
        sampler=independent(*FEATURES),
        control=mu,
        effect=EFFECTS[effect],
        assignment=ObservationalAssignment((SurfaceConfig(TargetedPropensity(mu)),)),
        n_visitors=n_visitors,
        seed=seed,
    )
