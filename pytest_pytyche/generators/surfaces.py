"""Surfaces: frozen expressions over features. They print, compare, hash, pickle and serialise.

A surface maps `Features` of n visitors to n numbers (or to one number that holds for all). `Signal`s are the surfaces
with mean zero under the distribution they were centred for; effects are built from them so that the size of an effect
and its heterogeneity are separate knobs.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import special

from pytest_pytyche.generators.features import Features
from pytest_pytyche.generators.marginals import Normal, ScipyMarginal
from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.streams import Array
from pytest_pytyche.generators.values import FrozenDict, canonical

Values = Array | float
"""Numbers for n visitors, or one number for all of them."""


class Surface(Protocol):
    """Anything that maps the features of n visitors to n numbers, or to one number for all of them."""

    def __call__(self, x: Features) -> Values: ...


@dataclass(frozen=True)
class Const:
    """The same number for every visitor."""

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))

    def __call__(self, x: Features) -> Values:
        return self.value


@dataclass(frozen=True)
class Scaled:
    """factor · inner."""

    inner: Surface
    factor: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", float(self.factor))

    def __call__(self, x: Features) -> Values:
        return self.factor * self.inner(x)


@dataclass(frozen=True)
class Sum:
    """Sum of surfaces; 0 for none."""

    terms: tuple[Surface, ...]

    def __call__(self, x: Features) -> Values:
        total: Values = 0.0
        for term in self.terms:
            total = total + term(x)
        return total


ZERO = Sum(())


def add(*terms: Surface) -> Surface:
    """Sum of surfaces, without the terms that are zero; a single term is itself."""
    kept = tuple(term for term in terms if not is_zero(term))
    return kept[0] if len(kept) == 1 else Sum(kept)


def is_zero(surface: Surface) -> bool:
    """Whether a surface is zero by construction."""
    return surface == ZERO or (isinstance(surface, Scaled) and (surface.factor == 0.0 or is_zero(surface.inner)))


@dataclass(frozen=True)
class Lifted:
    """base + lift, cut off at `highest`, or at the base where that is higher: the cut takes no more than the lift."""

    base: Surface
    lift: Surface
    highest: float

    def __call__(self, x: Features) -> Values:
        base = self.base(x)
        return np.minimum(base + self.lift(x), np.maximum(base, self.highest))


@dataclass(frozen=True)
class Bounded:
    """A surface cut off at -limit and +limit."""

    inner: Surface
    limit: float

    def __call__(self, x: Features) -> Values:
        return np.clip(self.inner(x), -self.limit, self.limit)


@dataclass(frozen=True)
class Sigmoid:
    """Inverse logit of a surface: from the link scale to a probability."""

    inner: Surface

    def __call__(self, x: Features) -> Values:
        odds_against: Values = np.exp(-np.clip(self.inner(x), -LOGIT_LIMIT, LOGIT_LIMIT))
        return 1.0 / (1.0 + odds_against)


@dataclass(frozen=True)
class ByCluster:
    """A surface of its own for each latent cluster."""

    inners: tuple[Surface, ...]

    def __call__(self, x: Features) -> Values:
        if x.cluster is None:
            raise ValueError(f"a surface with {len(self.inners)} clusters needs a sampler with clusters")
        values = np.empty(x.n)
        for code, inner in enumerate(self.inners):
            rows = np.flatnonzero(x.cluster == code)
            values[rows] = inner(x.take(rows))
        return values


@dataclass(frozen=True)
class Above:
    """1 where the driver exceeds the threshold, else 0."""

    driver: str
    threshold: float

    def __call__(self, x: Features) -> Values:
        return (x[self.driver] > self.threshold).astype(np.float64)


@dataclass(frozen=True)
class HasLevel:
    """1 where a binary or categorical driver has the level, else 0."""

    driver: str
    level: Any

    def __call__(self, x: Features) -> Values:
        code = x.levels[self.driver].index(self.level)
        return np.asarray(x[self.driver] == code, dtype=np.float64)


class Signal:
    """A surface with mean zero under the distribution it was centred for.

    The invariants check that where `variance_over` tells its variance.
    """

    def __call__(self, x: Features) -> Values:
        raise NotImplementedError

    def variance_over(self, population: Population) -> float:
        """Variance over the population that it is centred for, or an upper bound; infinity where there is none."""
        return math.inf


@dataclass(frozen=True)
class Linear(Signal):
    """(driver - mean) / scale."""

    driver: str
    mean: float
    scale: float = 1.0

    def __call__(self, x: Features) -> Values:
        deviation = x[self.driver] - self.mean
        return deviation if self.scale == 1.0 else deviation / self.scale

    def variance_over(self, population: Population) -> float:
        """E[(driver - mean)²] / scale²."""
        return population.square(self.driver, self.mean) / self.scale**2


@dataclass(frozen=True)
class Quadratic(Signal):
    """(driver - mean)² - variance."""

    driver: str
    mean: float
    variance: float

    def __call__(self, x: Features) -> Values:
        return np.square(x[self.driver] - self.mean) - self.variance

    def variance_over(self, population: Population) -> float:
        """E[(driver - mean)⁴] - variance²."""
        return _variance(population.squares(self.driver, self.mean, self.driver, self.mean), self.variance)


@dataclass(frozen=True)
class Interaction(Signal):
    """(first - its mean)·(second - its mean) - covariance."""

    first: str
    first_mean: float
    second: str
    second_mean: float
    covariance: float

    def __call__(self, x: Features) -> Values:
        return (x[self.first] - self.first_mean) * (x[self.second] - self.second_mean) - self.covariance

    def variance_over(self, population: Population) -> float:
        """E[(first - its mean)²·(second - its mean)²] - covariance², or more where a copula ties the two."""
        square = population.squares(self.first, self.first_mean, self.second, self.second_mean)
        return _variance(square, self.covariance)


@dataclass(frozen=True)
class Rank(Signal):
    """Rank of the driver in the mixture of the given marginals, minus ½: uniform on (-½, ½) unless there are ties."""

    driver: str
    weights: tuple[float, ...]
    marginals: tuple[Normal | ScipyMarginal, ...]

    def __call__(self, x: Features) -> Values:
        column = x[self.driver]
        ranks = sum(w * marginal.rank(column) for w, marginal in zip(self.weights, self.marginals, strict=True))
        return np.asarray(ranks) - 0.5

    def variance_over(self, population: Population) -> float:
        """That of the uniform distribution, 1/12; ties make it less."""
        return 1.0 / 12.0


@dataclass(frozen=True)
class Step(Signal):
    """The value of the driver's level minus the weighted mean of the values; levels without a value count as 0."""

    driver: str
    level_values: Mapping[Any, float]
    mean: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "level_values", FrozenDict(self.level_values))

    def __call__(self, x: Features) -> Values:
        table = np.array([self.level_values.get(level, 0.0) - self.mean for level in x.levels[self.driver]])
        values: Array = table[x[self.driver]]
        return values

    def variance_over(self, population: Population) -> float:
        """E[value²] - E[value]² over the levels."""
        shares = population.probabilities(self.driver)
        values = {level: self.level_values.get(level, 0.0) for level in shares}
        mean = math.fsum(share * values[level] for level, share in shares.items())
        return math.fsum(share * values[level] ** 2 for level, share in shares.items()) - mean**2


def _variance(square: float, mean: float) -> float:
    """square - mean², or `square` where no variable has these moments: then the signal's constants are wrong."""
    return square - mean**2 if square > mean**2 else square


LOGIT_LIMIT = 700.0


@dataclass(frozen=True)
class SurfaceConfig:
    """A surface as a configuration holds it.

    `fn` is a frozen surface value or a function defined at module level; raises `ValueError` for lambdas and closures,
    which could not be compared, hashed or sent to a worker.
    """

    fn: Callable[[Features], Values]

    def __post_init__(self) -> None:
        try:
            canonical(self.fn)
        except TypeError as error:
            raise ValueError(f"SurfaceConfig: {error}") from None

    def evaluate(self, x: Features, *, name: str, lower: float, upper: float) -> Values:
        """The surface's values; raises `ValueError` naming the surface, the value and the domain it leaves."""
        values = self.fn(x)
        if np.ndim(values) and np.shape(values) != (x.n,):
            raise ValueError(f"{name} returned shape {np.shape(values)}; expected ({x.n},), one number a visitor")
        low, high = (np.min(values), np.max(values)) if np.size(values) else (lower, upper)
        if not (lower <= low and high <= upper):
            wrong = low if not lower <= low else high
            raise ValueError(f"{name} gives {float(wrong):.6g}; expected finite numbers in [{lower:g}, {upper:g}]")
        return values


def logit(probability: float) -> float:
    """Log odds."""
    return float(special.logit(probability))


def signals(surface: object, cluster: int | None = None) -> Iterator[tuple[Signal, int | None]]:
    """Every `Signal` inside a surface, with the cluster whose visitors it is evaluated for (None: all visitors)."""
    if isinstance(surface, Signal):
        yield surface, cluster
    elif isinstance(surface, ByCluster):
        for code, inner in enumerate(surface.inners):
            yield from signals(inner, code)
    elif isinstance(surface, tuple):
        for part in surface:
            yield from signals(part, cluster)
    elif dataclasses.is_dataclass(surface):
        for field in dataclasses.fields(surface):
            yield from signals(getattr(surface, field.name), cluster)
