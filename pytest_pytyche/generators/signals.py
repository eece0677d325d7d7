"""Centred signals: from a population and a description to a `Signal` with mean zero under that population."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_pytyche.generators.features import Sampler
from pytest_pytyche.generators.marginals import Categorical, Normal, ScipyMarginal
from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.surfaces import (
    Above,
    HasLevel,
    Interaction,
    Linear,
    Quadratic,
    Rank,
    Scaled,
    Step,
    Sum,
    Surface,
)
from pytest_pytyche.generators.values import FrozenDict

SHARE_TOLERANCE = 0.005
"""How far, as a part of it, a share of the population may be off: three digits are enough to name one."""


@dataclass(frozen=True)
class DriverInfo:
    """What is known of a feature that drives an effect.

    kind: "continuous" or "categorical" (binary features are categorical with levels True and False). mean, std:
    population moments (continuous). levels: by falling probability, ties by `str(level)`; None for continuous.
    """

    name: str
    kind: str
    mean: float = 0.0
    std: float = 1.0
    levels: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class SignalTerm:
    """One additive term of a within-cluster surface.

    signal_type: "linear", "interaction", "quadratic" or "step". drivers: two for an interaction, else one. amplitude:
    signed weight. level_values: value per level, for "step" only. Raises `ValueError` when these do not fit together.
    """

    signal_type: str
    drivers: tuple[str, ...]
    amplitude: float
    level_values: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.signal_type not in SIGNAL_TYPES:
            raise ValueError(f"signal_type={self.signal_type!r}; expected one of {list(SIGNAL_TYPES)}")
        object.__setattr__(self, "drivers", tuple(self.drivers))
        if len(self.drivers) != (needed := SIGNAL_TYPES[self.signal_type][0]):
            raise ValueError(f"{self.signal_type} signal with drivers={self.drivers}; expected {needed}")
        if not math.isfinite(self.amplitude):
            raise ValueError(f"amplitude={self.amplitude}; expected a finite number")
        if (self.level_values is None) != (self.signal_type != "step"):
            raise ValueError(f"{self.signal_type} signal with level_values={self.level_values}; only step takes them")
        if self.level_values is not None:
            object.__setattr__(self, "level_values", FrozenDict(self.level_values))


def resolve_driver(name: str, sampler: Sampler) -> DriverInfo:
    """What a sampler says of one of its features; raises `ValueError` naming the choices for an unknown one."""
    specs = {spec.name: spec for spec in sampler.features}
    if name not in specs:
        raise ValueError(f"driver={name!r}; expected one of the features {list(specs)}")
    population = sampler.population
    if specs[name].kind == "continuous":
        return DriverInfo(name, "continuous", population.mean(name), math.sqrt(population.variance(name)))
    shares = population.probabilities(name)
    return DriverInfo(name, "categorical", levels=tuple(sorted(shares, key=lambda v: (-shares[v], str(v)))))


def linear(population: Population, driver: str) -> Linear:
    """driver - mean."""
    return Linear(driver, population.mean(driver))


def quadratic(population: Population, driver: str) -> Quadratic:
    """(driver - mean)² - variance."""
    return Quadratic(driver, population.mean(driver), population.variance(driver))


def interaction(population: Population, first: str, second: str) -> Interaction:
    """Product of the deviations minus the covariance."""
    covariance = population.covariance(first, second)
    return Interaction(first, population.mean(first), second, population.mean(second), covariance)


def rank(population: Population, driver: str) -> Rank:
    """Population rank minus one half."""
    marginals = tuple(m for m in population.components(driver) if isinstance(m, Normal | ScipyMarginal))
    return Rank(driver, population.weights, marginals)


def step(population: Population, driver: str, values: Mapping[Any, float]) -> Step:
    """Value per level minus the mean of the values."""
    mean = math.fsum(share * values.get(level, 0.0) for level, share in population.probabilities(driver).items())
    return Step(driver, values, mean)


def contrast(population: Population, driver: str, target: Any, value: float, other: float) -> Step:
    """`value` at the target level and `other` elsewhere, centred."""
    levels = population.probabilities(driver)
    return step(population, driver, {level: value if level == target else other for level in levels})


def standardised(population: Population, info: DriverInfo) -> Surface:
    """A centred signal with standard deviation 1: the feature itself, or its most frequent level against the rest."""
    if info.levels is None:
        return Linear(info.name, population.mean(info.name), math.sqrt(population.variance(info.name)))
    share = population.probabilities(info.name).get(info.levels[0], 0.0)
    spread = math.sqrt(share * (1.0 - share)) or 1.0
    return contrast(population, info.name, info.levels[0], 1.0 / spread, 0.0)


def top_share(population: Population, info: DriverInfo, share: float) -> Above:
    """1 for the share of the population with the highest values of the driver.

    Raises `ValueError`, naming the nearest possible shares, where visitors with the same value leave none that close.
    """
    slack = SHARE_TOLERANCE * min(share, 1.0 - share)
    for largest in (share, share + slack):
        threshold = population.quantile(info.name, 1.0 - largest)
        if population.share_above(info.name, threshold) >= share - slack:
            return Above(info.name, threshold)
    beside = (population.share_above(info.name, t) for t in (threshold, math.nextafter(threshold, -math.inf)))
    raise ValueError(
        f"benefit_prevalence={share} would split visitors with equal counts of {info.name!r}; "
        f"expected {' or '.join(f'{s:.6g}' for s in beside if 0.0 < s < 1.0)}, the nearest shares that do not"
    )


def at_level(info: DriverInfo, level: Any) -> HasLevel:
    """1 for the visitors with that level."""
    return HasLevel(info.name, level)


def term_surface(population: Population, term: SignalTerm) -> Surface:
    """The surface of a term, centred for the population; raises `ValueError` for a driver that does not fit."""
    for driver in term.drivers:
        _require_fit(population, term, driver)
    return Scaled(SIGNAL_TYPES[term.signal_type][1](population, term), term.amplitude)


def terms_surface(population: Population, terms: tuple[SignalTerm, ...]) -> Surface:
    """Sum of the terms' surfaces."""
    return Sum(tuple(term_surface(population, term) for term in terms))


def _require_fit(population: Population, term: SignalTerm, driver: str) -> None:
    marginals = population.laws[0].marginals
    if driver not in marginals:
        raise ValueError(f"{term.signal_type} signal of {driver!r}; expected one of the features {list(marginals)}")
    discrete = isinstance(marginals[driver], Categorical)
    if discrete != (term.signal_type == "step"):
        kind = "categorical" if discrete else "continuous"
        raise ValueError(
            f"{term.signal_type} signal of {driver!r}, which is {kind}; step takes categorical features only"
        )


def require_levels(sampler: Sampler, term: SignalTerm) -> None:
    """Raise `ValueError` when a step names a level that its driver has in no cluster."""
    levels = sampler.levels.get(term.drivers[0], ())
    if unknown := [level for level in term.level_values or () if level not in levels]:
        raise ValueError(f"step signal of {term.drivers[0]!r} names levels {unknown}; expected some of {list(levels)}")


SIGNAL_TYPES: dict[str, tuple[int, Callable[[Population, SignalTerm], Surface]]] = {
    "linear": (1, lambda population, term: linear(population, term.drivers[0])),
    "interaction": (2, lambda population, term: interaction(population, *term.drivers)),
    "quadratic": (1, lambda population, term: quadratic(population, term.drivers[0])),
    "step": (1, lambda population, term: step(population, term.drivers[0], term.level_values or {})),
}
"""Signal type to its number of drivers and its builder."""
