"""What the published designs are put together from."""

from __future__ import annotations

from pytest_pytyche.generators.assignment import Assignment
from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.features import FeatureSpec, MixtureConfig, Sampler
from pytest_pytyche.generators.marginals import Marginal, Normal
from pytest_pytyche.generators.modes import ContinuousMode
from pytest_pytyche.generators.surfaces import Scaled, Sum, Surface, SurfaceConfig

STANDARD_NORMAL = Normal()


def independent(*features: FeatureSpec) -> MixtureConfig:
    """Independent features, each with the marginal of its spec."""
    return MixtureConfig(features, (1.0,), ({},))


def numbered(d: int, marginal: Marginal = STANDARD_NORMAL) -> tuple[FeatureSpec, ...]:
    """Continuous features `x1` to `x<d>` with the same marginal."""
    return tuple(FeatureSpec(f"x{i}", "continuous", marginal) for i in range(1, d + 1))


def two_arms(
    *,
    sampler: Sampler,
    control: Surface,
    effect: Surface,
    assignment: Assignment,
    n_visitors: int,
    seed: int,
    noise_sd: float = 1.0,
) -> V2GeneratorConfig:
    """y = control(x) + z·effect(x) + Normal(0, noise_sd²), z as assigned."""
    means = (SurfaceConfig(control), SurfaceConfig(Sum((control, effect))))
    return V2GeneratorConfig(
        n_visitors=n_visitors,
        feature_sampler=sampler,
        metric_mode=ContinuousMode(means, Normal(0.0, noise_sd)),
        assignment=assignment,
        seed=seed,
    )


def symmetric_arms(
    *,
    sampler: Sampler,
    main: Surface,
    effect: Surface,
    assignment: Assignment,
    n_visitors: int,
    seed: int,
    noise_sd: float = 1.0,
) -> V2GeneratorConfig:
    """y = main(x) + (z - ½)·effect(x) + Normal(0, noise_sd²), z as assigned."""
    control = Sum((main, Scaled(effect, -0.5)))
    return two_arms(
        sampler=sampler,
        control=control,
        effect=effect,
        assignment=assignment,
        n_visitors=n_visitors,
        seed=seed,
        noise_sd=noise_sd,
    )
