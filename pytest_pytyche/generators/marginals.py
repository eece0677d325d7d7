"""Marginal distributions of features: frozen values with exact moments, quantiles and transforms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pytest_pytyche.generators.streams import Array
from pytest_pytyche.generators.values import FrozenDict

PROBABILITY_TOLERANCE = 1e-9
MAX_LEVELS = 256


@runtime_checkable
class ContinuousMarginal(Protocol):
    """A distribution of numbers, reached from a standard normal draw.

    `steps` are the draws, within ±`farthest`, at which the value jumps: none for a continuous distribution.
    """

    @property
    def mean(self) -> float: ...
    @property
    def variance(self) -> float: ...
    def square_about(self, centre: float) -> float: ...
    def fourth_about(self, centre: float) -> float: ...
    def from_normal(self, z: Array, out: Array | None = None) -> Array: ...
    def cdf(self, x: Array) -> Array: ...
    def rank(self, x: Array) -> Array: ...
    def quantile(self, q: float) -> float: ...
    def steps(self, farthest: float) -> Array: ...


@dataclass(frozen=True)
class Normal:
    """Normal distribution with the given mean and standard deviation."""

    mean: float = 0.0
    sd: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0):
            raise ValueError(f"Normal(mean={self.mean}, sd={self.sd}); expected a finite mean and a positive finite sd")

    @property
    def variance(self) -> float:
        """sd squared."""
        return self.sd**2

    def square_about(self, centre: float) -> float:
        """E[(X - centre)²]."""
        return self.variance + (self.mean - centre) ** 2

    def fourth_about(self, centre: float) -> float:
        """E[(X - centre)⁴]."""
        return _fourth_about(self.mean - centre, self.variance, 0.0, 0.0)

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """mean + sd·z, into `out` (which may be z itself) where given."""
        if out is z and self == Normal():
            return z
        values = np.multiply(z, self.sd, out=out)
        values += self.mean
        return values

    def cdf(self, x: Array) -> Array:
        """Share of the distribution at or below x."""
        return np.asarray(special.ndtr((x - self.mean) / self.sd))

    def rank(self, x: Array) -> Array:
        """The same, for a distribution without ties: uniform on (0, 1) over the population."""
        return self.cdf(x)

    def steps(self, farthest: float) -> Array:
        """None."""
        return np.empty(0)

    def quantile(self, q: float) -> float:
        """The value with share q at or below it."""
        return self.mean + self.sd * float(special.ndtri(q))


@dataclass(frozen=True)
class ScipyMarginal:
    """A distribution of numbers in `scipy.stats`, by name and parameters: `ScipyMarginal("gamma", {"a": 2.0})`.

    Discrete ones give counts, as floats. Raises `ValueError` for an unknown name, for parameters that the distribution
    does not take, and for one without a finite mean and a finite positive variance.
    """

    distribution: str
    parameters: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", FrozenDict(self.parameters))
        if not (math.isfinite(self.mean) and math.isfinite(self.variance) and self.variance > 0):
            raise ValueError(f"{self}: expected valid parameters and a distribution with finite mean and variance > 0")

    @cached_property
    def _frozen(self) -> Any:
        from scipy import stats  # noqa: PLC0415  # half a second of import that only this marginal needs

        family = getattr(stats, self.distribution, None)
        if not isinstance(family, stats.rv_continuous | stats.rv_discrete):
            raise ValueError(f"distribution={self.distribution!r}; expected the name of a distribution of scipy.stats")
        try:
            return family(**self.parameters)
        except TypeError as error:
            raise ValueError(f"parameters={dict(self.parameters)} of {self.distribution!r}: {error}") from None

    @cached_property
    def mean(self) -> float:
        """Mean of the distribution."""
        return float(self._frozen.mean())

    @cached_property
    def variance(self) -> float:
        """Variance of the distribution."""
        return float(self._frozen.var())

    @cached_property
    def _skewness_and_kurtosis(self) -> tuple[float, float]:
        skewness, kurtosis = self._frozen.stats("sk")
        return float(skewness), float(kurtosis)

    def square_about(self, centre: float) -> float:
        """E[(X - centre)²]."""
        return self.variance + (self.mean - centre) ** 2

    def fourth_about(self, centre: float) -> float:
        """E[(X - centre)⁴], infinity where the distribution has no fourth moment."""
        return _fourth_about(self.mean - centre, self.variance, *self._skewness_and_kurtosis)

    def from_normal(self, z: Array, out: Array | None = None) -> Array:
        """Quantile of Φ(z), so that normal draws keep their order; exact far into both tails."""
        upper = z > 0
        values = np.empty_like(z) if out is None else out
        values[upper] = self._frozen.isf(special.ndtr(-z[upper]))
        values[~upper] = self._frozen.ppf(special.ndtr(z[~upper]))
        return values

    def cdf(self, x: Array) -> Array:
        """Share of the distribution at or below x."""
        return np.asarray(self._frozen.cdf(x), dtype=np.float64)

    def rank(self, x: Array) -> Array:
        """Share below x plus half of the share at x, which has mean ½ over the population, with ties or without."""
        if not self.is_discrete:
            return self.cdf(x)
        return np.asarray(self._frozen.cdf(x) - 0.5 * self._frozen.pmf(x), dtype=np.float64)

    @property
    def is_discrete(self) -> bool:
        """Whether values are counts."""
        return hasattr(self._frozen.dist, "pmf")

    def steps(self, farthest: float) -> Array:
        """Φ⁻¹(F(k)) of every count k below the largest that is reached within ±farthest; none where continuous."""
        if not self.is_discrete:
            return np.empty(0)
        lowest, highest = self.from_normal(np.array([-farthest, farthest]))
        return -np.asarray(special.ndtri(self._frozen.sf(np.arange(lowest, highest))))

    def quantile(self, q: float) -> float:
        """The value with share q at or below it."""
        return float(self._frozen.ppf(q))


@dataclass(frozen=True)
class Categorical:
    """Distribution over named levels: `Categorical.of({"mobile": 0.6, "desktop": 0.4})`."""

    levels: tuple[Any, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))
        object.__setattr__(self, "probabilities", tuple(float(p) for p in self.probabilities))
        if len(self.levels) != len(self.probabilities) or len(set(self.levels)) != len(self.levels) or not self.levels:
            raise ValueError(
                f"levels={self.levels}, probabilities={self.probabilities}; expected one per distinct level"
            )
        if len(self.levels) > MAX_LEVELS:
            raise ValueError(f"{len(self.levels)} levels; expected at most {MAX_LEVELS}")
        require_distribution("probabilities", self.probabilities)

    @classmethod
    def of(cls, shares: Mapping[Any, float]) -> Categorical:
        """From a mapping of level to probability."""
        return cls(tuple(shares), tuple(shares.values()))

    def codes(self, u: Array) -> NDArray[np.uint8]:
        """Level positions of uniform draws: code j where the cumulative probability first exceeds u."""
        codes = np.zeros(len(u), dtype=np.uint8)
        for bound in np.cumsum(self.probabilities)[:-1]:
            codes += u >= bound
        return codes

    def square_about(self, centre: float) -> float:
        """E[(code - centre)²]."""
        return float(np.dot(self.probabilities, (np.arange(len(self.levels)) - centre) ** 2))

    def fourth_about(self, centre: float) -> float:
        """E[(code - centre)⁴]."""
        return float(np.dot(self.probabilities, (np.arange(len(self.levels)) - centre) ** 4))


def Bernoulli(probability: float) -> Categorical:  # noqa: N802  # named like the distributions beside it
    """Distribution of a binary feature that is True with the given probability."""
    return Categorical((False, True), (1.0 - probability, probability))


def LogNormal(median: float, sigma: float) -> ScipyMarginal:  # noqa: N802  # as above
    """Distribution of exp(Normal(log median, sigma²))."""
    return ScipyMarginal("lognorm", {"s": float(sigma), "scale": float(median)})


def Gamma(shape: float, scale: float = 1.0) -> ScipyMarginal:  # noqa: N802  # as above
    """Gamma distribution with mean shape·scale."""
    return ScipyMarginal("gamma", {"a": float(shape), "scale": float(scale)})


def Beta(a: float, b: float) -> ScipyMarginal:  # noqa: N802  # as above
    """Beta distribution on (0, 1) with mean a/(a + b)."""
    return ScipyMarginal("beta", {"a": float(a), "b": float(b)})


def Poisson(mean: float) -> ScipyMarginal:  # noqa: N802  # as above
    """Poisson distribution: a continuous feature that holds counts."""
    return ScipyMarginal("poisson", {"mu": float(mean)})


Marginal = Normal | ScipyMarginal | Categorical


def _fourth_about(gap: float, variance: float, skewness: float, kurtosis: float) -> float:
    """Fourth moment about a point `gap` below the mean; `kurtosis` in excess of the normal's."""
    fourth = variance**2 * (kurtosis + 3.0) + 4.0 * gap * variance**1.5 * skewness + 6.0 * gap**2 * variance + gap**4
    return fourth if math.isfinite(fourth) else math.inf


def require_distribution(name: str, weights: tuple[float, ...]) -> None:
    """Raise `ValueError` unless the weights are non-negative and sum to 1."""
    total = math.fsum(weights)
    if any(not w >= 0 for w in weights) or not abs(total - 1.0) <= PROBABILITY_TOLERANCE:
        raise ValueError(f"{name}={weights} sums to {total:.6g}; expected non-negative numbers that sum to 1")
