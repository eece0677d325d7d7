"""A template of one's own, as a user would write it, and one that is too much like a built-in one."""

from dataclasses import dataclass

from pytest_pytyche.generators.core import (
    AssignmentConfig,
    ContinuousMode,
    CopulaConfig,
    Features,
    FeatureSpec,
    SurfaceConfig,
    V2GeneratorConfig,
)
from pytest_pytyche.generators.marginals import Gamma, Poisson
from pytest_pytyche.generators.scenarios import TEMPLATES, crossed, scenario_template
from pytest_pytyche.generators.surfaces import Const, Sum, Values

PATIENTS = CopulaConfig(
    (FeatureSpec("severity", "continuous", Gamma(2.0)), FeatureSpec("visits", "continuous", Poisson(3.0))),
    ((1.0, 0.5), (0.5, 1.0)),
)


@dataclass(frozen=True)
class Benefit:
    """slope·(visits − 3)."""

    slope: float

    def __call__(self, x: Features) -> Values:
        values: Values = self.slope * (x["visits"] - 3.0)
        return values


@scenario_template(cells=crossed(slope=[0.5, 1.0], n_visitors=[100, 200]))
def clinic(*, slope: float, n_visitors: int = 100, seed: int = 42) -> V2GeneratorConfig:
    """Those who come often benefit."""
    means = (SurfaceConfig(Const(10.0)), SurfaceConfig(Sum((Const(10.0), Benefit(slope)))))
    return V2GeneratorConfig(n_visitors, PATIENTS, ContinuousMode(means), AssignmentConfig(0.5), seed)


@scenario_template(metric_ids=("conversion_rate", "revenue_per_visitor"))
def shop(*, metric_id: str, effect_scale: float = 1.0, seed: int = 42) -> V2GeneratorConfig:
    """A reversal of 60 visitors."""
    config: V2GeneratorConfig = TEMPLATES["reversal"](metric_id, effect_scale, seed=seed, n_visitors=60)[0]
    return config


@scenario_template(name="hmc2020")
def impostor(*, seed: int = 42) -> V2GeneratorConfig:
    """Named like a built-in design."""
    return clinic(slope=1.0, seed=seed)[0]


@scenario_template(name="mislabelled", metric_ids=("conversion_rate",))
def mislabelled(*, seed: int = 42) -> V2GeneratorConfig:
    """Says that it is about conversions, which it is not."""
    return clinic(slope=1.0, seed=seed)[0]
