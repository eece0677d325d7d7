"""Are ranks uniform? Simultaneous bands and a test of the empirical distribution function, and what the shape says.

Notation: F the ECDF of N values, compared with z at z_i = i/K, i = 1 … K − 1, where N·F(z_i) is binomial (N, z_i) if
the values are independent and uniform. Source: Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik, gammaln

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEVEL = 0.95
MOST_POINTS = 100
FEWEST = 2
BISECTIONS = 40
EVIDENT = 1.96
"""How many standard errors a component must be off to name the shape."""

JUST_ABOVE = 1.0 + 1e-9
SMALLEST = 1e-50
"""Tail probabilities that are told apart: beyond, the quantiles of a binomial variable cannot be computed."""


@dataclass(frozen=True, eq=False)
class Band:
    """F stays between `lower` and `upper` at all `points` at once with probability `level` or more, each (K − 1,).

    At each point the band is the equal-tailed binomial one of level 1 − `gamma`.
    """

    points: FloatArray
    lower: FloatArray
    upper: FloatArray
    gamma: float
    level: float


@dataclass(frozen=True)
class Uniformity:
    """How far `n` ranks are from uniform. `p_value`: exact for independent ranks.

    `shift`: √n·mean √12(u − ½), above 0 where the truth ranks high. `spread`: √n·mean √5(6(u − ½)² − ½), above 0 where
    it ranks far from the middle. Both are standard normal, about, for uniform u (the components of Neyman's smooth
    test).
    """

    n: int
    p_value: float
    shift: float
    spread: float

    @property
    def pattern(self) -> str:
        """What is wrong in words, by the larger of the two components; `uniform` where p is 5 % or more."""
        if self.p_value >= 1.0 - LEVEL:
            return "uniform"
        if max(abs(self.shift), abs(self.spread)) < EVIDENT:
            return "not uniform"
        if abs(self.shift) > abs(self.spread):
            return "slope up: draws too low" if self.shift > 0.0 else "slope down: draws too high"
        return "∪: draws too narrow" if self.spread > 0.0 else "∩: draws too wide"


@cache
def band(n: int, level: float = LEVEL) -> Band:
    """The simultaneous band of n values, K = min(n, 100): γ is the largest that keeps `level`, found by bisection.

    ValueError for fewer than two values.
    """
    points = _points(n)
    low, high = (1.0 - level) / len(points), 1.0
    for _ in range(BISECTIONS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if _inside(n, middle) >= level else (low, middle)
    lower, upper = _bounds(n, points, low)
    return Band(points, lower / n, upper / n, float(low), level)


def ecdf(values: FloatArray, clusters: IntArray | None = None, points: FloatArray | None = None) -> FloatArray:
    """F at `points` (those of `band` by default), each cluster counting once: the mean of their ECDFs."""
    weights = _weights(values, clusters)
    at = _points(_size(values, clusters)) if points is None else points
    order = np.argsort(values, kind="stable")
    cumulated = np.concatenate([[0.0], np.cumsum(weights[order])])
    found: FloatArray = cumulated[np.searchsorted(values[order], at, side="right")]
    return found


def uniformity(values: FloatArray, clusters: IntArray | None = None) -> Uniformity:
    """The test of values (N,) in [0, 1]; p = P(some point is further out than the worst observed).

    Values of one of the `clusters` (N,) may depend on each other in any way: each cluster counts as one value, its
    ECDF as that value's, which keeps the test from rejecting too often and costs power where they hardly depend.
    ValueError for fewer than two values or clusters.
    """
    n = _size(values, clusters)
    points = _points(n)
    counts = n * ecdf(values, clusters, points)
    # A mean over clusters is no whole number: each tail takes the side that speaks for uniformity.
    above = bdtr(np.ceil(counts - 1e-9), n, points)
    below = bdtr(np.ceil(n - counts - 1e-9), n, 1.0 - points)
    gamma = min(1.0, max(SMALLEST, 2.0 * float(np.minimum(above, below).min())))
    centred = values - 0.5
    weights = np.sqrt(n) * _weights(values, clusters)
    shift = float(weights @ (np.sqrt(12.0) * centred))
    spread = float(weights @ (np.sqrt(5.0) * (6.0 * centred**2 - 0.5)))
    return Uniformity(n, max(0.0, 1.0 - _inside(n, gamma * JUST_ABOVE)), shift, spread)


def inside_probability(n: int, lower: IntArray, upper: IntArray) -> float:
    """P(lower_i ≤ N·F(i/K) ≤ upper_i for all i = 1 … K − 1) of n independent uniform values; bounds do not decrease.

    The K counts between the points are multinomial, that is, independent Poisson variables given that they sum to n:
    the distribution of the running sum is convolved from point to point and cut to the bounds at each.
    """
    steps = _poisson(np.arange(n + 1), n / (len(lower) + 1))
    state, first = np.ones(1), 0
    for low, high in zip([*lower, n], [*upper, n], strict=True):
        moved = np.convolve(state, steps[: high - first + 1])
        state, first = moved[low - first : high - first + 1], low
    return float(state.sum() / _poisson(np.array([n]), n)[0])


def _inside(n: int, gamma: float) -> float:
    """P(F stays within the pointwise bands of level 1 − γ)."""
    if gamma > 1.0:
        return 0.0
    lower, upper = _bounds(n, _points(n), gamma)
    return inside_probability(n, lower, upper)


def _bounds(n: int, points: FloatArray, gamma: float) -> tuple[IntArray, IntArray]:
    """The smallest and the largest count with P(X ≤ count) ≥ γ/2 and P(X ≥ count) ≥ γ/2."""
    return _quantiles(gamma / 2.0, n, points), n - _quantiles(gamma / 2.0, n, 1.0 - points)


def _quantiles(share: float, n: int, points: FloatArray) -> IntArray:
    """The smallest counts with P(X ≤ count) ≥ share."""
    above = np.fmax(np.ceil(bdtrik(share, n, points)), 0.0)  # NaN where even a count of 0 has more
    below = np.maximum(above - 1.0, 0.0)
    counts: IntArray = np.where(bdtr(below, n, points) >= share, below, above).astype(np.int64)
    return counts


def _poisson(counts: IntArray, mean: float) -> FloatArray:
    """P(X = count)."""
    found: FloatArray = np.exp(counts * np.log(mean) - mean - gammaln(counts + 1.0))
    return found


@cache
def _points(n: int) -> FloatArray:
    if n < FEWEST:
        raise ValueError(f"n={n}; expected {FEWEST} values or more")
    count = min(n, MOST_POINTS)
    points: FloatArray = np.arange(1, count) / count
    points.setflags(write=False)
    return points


def _size(values: FloatArray, clusters: IntArray | None) -> int:
    return len(values) if clusters is None else len(np.unique(clusters))


def _weights(values: FloatArray, clusters: IntArray | None) -> FloatArray:
    """What each value counts for: clusters all alike, and the values of one alike. They sum to 1."""
    if clusters is None:
        return np.full(len(values), 1.0 / len(values))
    _, inverse, counts = np.unique(clusters, return_inverse=True, return_counts=True)
    weights: FloatArray = 1.0 / (len(counts) * counts[inverse])
    return weights
