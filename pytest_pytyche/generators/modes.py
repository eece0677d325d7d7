"""What is measured of a visitor, and the surfaces of its mean under each arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pytest_pytyche.generators.marginals import Normal, ScipyMarginal
from pytest_pytyche.generators.observed import CONTINUOUS_OUTCOME, CONVERSION_RATE, METRICS
from pytest_pytyche.generators.outcomes import Measurements, Outcomes, Purchases
from pytest_pytyche.generators.revenue import RevenueModel
from pytest_pytyche.generators.surfaces import SurfaceConfig

MIN_ARMS = 2
STANDARD_NORMAL = Normal()
LARGEST_NOISE_MEAN = 1e-9
"""Of the standard deviation of the noise: the mean of a quantile function is rarely zero to the last bit."""


class OutcomeMode(Protocol):
    """A metric with the surfaces of its arms."""

    @property
    def metric_id(self) -> str: ...
    @property
    def n_arms(self) -> int: ...
    def outcomes(self, model: RevenueModel | None, n: int) -> Outcomes: ...


@dataclass(frozen=True)
class MetricMode:
    """A metric of purchases and its surfaces, one per arm, control first.

    `p_surfaces` give the conversion probability. `severity_surfaces` give the shift of the log mean revenue given
    conversion; they are needed for `revenue_per_visitor` and refused for `conversion_rate`. Raises `ValueError` for an
    unknown metric and for numbers of surfaces that do not match.
    """

    metric_id: str
    p_surfaces: tuple[SurfaceConfig, ...]
    severity_surfaces: tuple[SurfaceConfig, ...] | None = None

    def __post_init__(self) -> None:
        if self.metric_id not in METRICS:
            raise ValueError(f"metric_id={self.metric_id!r}; expected one of {list(METRICS)}")
        _require_arms("p_surfaces", self.p_surfaces)
        if self.metric_id == CONVERSION_RATE and self.severity_surfaces is not None:
            raise ValueError("conversion_rate takes no severity_surfaces; they belong to revenue_per_visitor")
        if self.metric_id != CONVERSION_RATE and len(self.severity_surfaces or ()) != len(self.p_surfaces):
            given = len(self.severity_surfaces or ())
            raise ValueError(f"{given} severity_surfaces for {len(self.p_surfaces)} arms; expected one per arm")

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return len(self.p_surfaces)

    def outcomes(self, model: RevenueModel | None, n: int) -> Outcomes:
        """Room for the purchases of n visitors."""
        return Purchases(self, model, n)


@dataclass(frozen=True)
class ContinuousMode:
    """A continuous outcome y = mean of the visitor's own arm + noise; the metric `continuous_outcome`.

    `mean_surfaces` give the mean outcome, one per arm, control first. `noise` is its distribution around the mean, the
    same under every arm, with mean 0. Raises `ValueError` for fewer than two arms and for noise with another mean.
    """

    mean_surfaces: tuple[SurfaceConfig, ...]
    noise: Normal | ScipyMarginal = STANDARD_NORMAL

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean_surfaces", tuple(self.mean_surfaces))
        _require_arms("mean_surfaces", self.mean_surfaces)
        if abs(self.noise.mean) > LARGEST_NOISE_MEAN * self.noise.variance**0.5:
            raise ValueError(f"noise={self.noise} has mean {self.noise.mean:.6g}; expected 0")

    @property
    def metric_id(self) -> str:
        """The name of the metric."""
        return CONTINUOUS_OUTCOME

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return len(self.mean_surfaces)

    def outcomes(self, model: RevenueModel | None, n: int) -> Outcomes:
        """Room for the outcomes of n visitors; there is no revenue, hence no model of it."""
        return Measurements(self, n)


def _require_arms(name: str, surfaces: tuple[SurfaceConfig, ...]) -> None:
    if len(surfaces) < MIN_ARMS:
        raise ValueError(f"{len(surfaces)} {name}; expected one per arm, at least two")
