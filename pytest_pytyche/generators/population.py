"""Exact moments of a feature population: what signals are centred with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from pytest_pytyche.generators.marginals import Categorical, ContinuousMarginal, Marginal, Normal
from pytest_pytyche.generators.streams import Array

QUADRATURE_NODES = 80
PANEL_NODES = 16
SMALLEST_SPREAD = 1e-24
FARTHEST = 8.0
"""Standard deviations that quadrature looks at: less than 1e-14 lies beyond, where quantile functions break down."""


@dataclass(frozen=True, eq=False)
class Law:
    """Joint distribution of the features within one cluster: independent, or tied by a Gaussian copula."""

    marginals: Mapping[str, Marginal]
    correlation: Array | None = None

    def continuous(self, name: str) -> Normal | ContinuousMarginal:
        """The marginal of a continuous feature."""
        marginal = self.marginals[name]
        assert not isinstance(marginal, Categorical), name
        return marginal

    def covariance(self, first: str, second: str) -> float:
        """Cov(first, second); exact for normals, quadrature over the latent normals otherwise."""
        a, b = self.continuous(first), self.continuous(second)
        if first == second:
            return a.variance
        rho = self._latent_correlation(first, second)
        if rho == 0.0:
            return 0.0
        if isinstance(a, Normal) and isinstance(b, Normal):
            return rho * a.sd * b.sd
        return _copula_covariance(a, b, rho)

    def squares(self, first: str, centre_1: float, second: str, centre_2: float) -> float:
        """E[(first - centre_1)²·(second - centre_2)²]; its Cauchy-Schwarz bound where a copula ties the two."""
        a, b = self.marginals[first], self.marginals[second]
        if first != second and self._latent_correlation(first, second) == 0.0:
            return a.square_about(centre_1) * b.square_about(centre_2)
        return math.sqrt(a.fourth_about(centre_1)) * math.sqrt(b.fourth_about(centre_2))

    def _latent_correlation(self, first: str, second: str) -> float:
        if self.correlation is None:
            return 0.0
        names = list(self.marginals)
        return float(self.correlation[names.index(first), names.index(second)])


def _copula_covariance(a: ContinuousMarginal, b: ContinuousMarginal, rho: float) -> float:
    """E[(a(Z) - mean)·(b(rho·Z + √(1 - rho²)·W) - mean)] over independent standard normals Z and W."""
    a_steps, b_steps = a.steps(FARTHEST), b.steps(FARTHEST)
    if not (len(a_steps) or len(b_steps)):
        return _smooth_covariance(a, b, rho)
    if not len(b_steps):
        a, b, a_steps, b_steps = b, a, b_steps, a_steps
    nodes, weights = _panels(np.concatenate([a_steps, b_steps]))
    deviations = a.from_normal(nodes) - a.mean
    return float(np.sum(weights * deviations * _mean_count(b_steps, nodes, rho)))


def _mean_count(steps: Array, z: Array, rho: float) -> Array:
    """Expected number of steps passed by rho·z + √(1 - rho²)·W: the mean of a count, up to a constant."""
    spread = math.sqrt(max(1.0 - rho**2, SMALLEST_SPREAD))
    passed = special.ndtr((rho * z[:, None] - steps[None, :]) / spread)
    return np.asarray(passed.sum(axis=1))


def _panels(steps: Array) -> tuple[Array, Array]:
    """Nodes and weights of a quadrature over the standard normal that never looks across a step."""
    edges = np.unique(np.concatenate([np.arange(-FARTHEST, FARTHEST + 1.0), steps[np.abs(steps) < FARTHEST]]))
    unit, weight = np.polynomial.legendre.leggauss(PANEL_NODES)
    half = 0.5 * np.diff(edges)
    nodes = (edges[:-1] + half)[:, None] + half[:, None] * unit
    density = np.exp(-0.5 * nodes**2) / math.sqrt(2.0 * math.pi)
    return nodes.ravel(), (density * half[:, None] * weight).ravel()


def _smooth_covariance(a: ContinuousMarginal, b: ContinuousMarginal, rho: float) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE_NODES)
    weights = weights / weights.sum()
    mixed = rho * nodes[:, None] + math.sqrt(max(0.0, 1.0 - rho**2)) * nodes[None, :]
    nodes, mixed = np.clip(nodes, -FARTHEST, FARTHEST), np.clip(mixed, -FARTHEST, FARTHEST)
    deviations = a.from_normal(nodes) - a.mean
    inner = (b.from_normal(mixed.ravel()).reshape(mixed.shape) - b.mean) @ weights
    return float(np.sum(weights * deviations * inner))


@dataclass(frozen=True, eq=False)
class Population:
    """A mixture of cluster laws with the given weights; a single cluster is a population of one."""

    weights: tuple[float, ...]
    laws: tuple[Law, ...]

    def cluster(self, code: int) -> Population:
        """The population of one cluster."""
        return Population((1.0,), (self.laws[code],))

    def mean(self, name: str) -> float:
        """Mean of a continuous feature."""
        return math.fsum(w * law.continuous(name).mean for w, law in zip(self.weights, self.laws, strict=True))

    def covariance(self, first: str, second: str) -> float:
        """Covariance of two continuous features: the mean within-cluster one plus that of the cluster means."""
        within = math.fsum(w * law.covariance(first, second) for w, law in zip(self.weights, self.laws, strict=True))
        if len(self.laws) == 1:
            return within
        mean_1, mean_2 = self.mean(first), self.mean(second)
        return within + math.fsum(
            w * (law.continuous(first).mean - mean_1) * (law.continuous(second).mean - mean_2)
            for w, law in zip(self.weights, self.laws, strict=True)
        )

    def variance(self, name: str) -> float:
        """Variance of a continuous feature."""
        return self.covariance(name, name)

    def square(self, name: str, centre: float) -> float:
        """E[(feature - centre)²], of the codes of a categorical one."""
        squares = (law.marginals[name].square_about(centre) for law in self.laws)
        return math.fsum(w * square for w, square in zip(self.weights, squares, strict=True))

    def squares(self, first: str, centre_1: float, second: str, centre_2: float) -> float:
        """E[(first - centre_1)²·(second - centre_2)²] or, where a copula ties the two, an upper bound of it."""
        squares = (law.squares(first, centre_1, second, centre_2) for law in self.laws)
        return math.fsum(w * square for w, square in zip(self.weights, squares, strict=True))

    def probabilities(self, name: str) -> dict[Any, float]:
        """Level to probability, for a binary or categorical feature."""
        shares: dict[Any, float] = {}
        for weight, law in zip(self.weights, self.laws, strict=True):
            marginal = law.marginals[name]
            assert isinstance(marginal, Categorical), name
            for level, probability in zip(marginal.levels, marginal.probabilities, strict=True):
                shares[level] = shares.get(level, 0.0) + weight * probability
        return shares

    def components(self, name: str) -> tuple[Normal | ContinuousMarginal, ...]:
        """The cluster marginals of a continuous feature."""
        return tuple(law.continuous(name) for law in self.laws)

    def has_ties(self, name: str) -> bool:
        """Whether a continuous feature holds counts in some cluster."""
        return any(len(part.steps(FARTHEST)) for part in self.components(name))

    def share_above(self, name: str, value: float) -> float:
        """The share of the population in which a continuous feature exceeds the value."""
        return 1.0 - self._share_up_to(name, value)

    def _share_up_to(self, name: str, value: float) -> float:
        parts = zip(self.weights, self.components(name), strict=True)
        return math.fsum(w * float(part.cdf(np.asarray(value))) for w, part in parts)

    def quantile(self, name: str, q: float) -> float:
        """The smallest value of a continuous feature with share q of the population, or more, at or below it."""
        bounds = [part.quantile(q) for part in self.components(name)]
        lowest, highest = min(bounds), max(bounds)
        if highest <= lowest or self._share_up_to(name, lowest) >= q:
            return lowest
        if self.has_ties(name):
            return _smallest(lambda value: self._share_up_to(name, value) >= q, lowest, highest)
        from scipy import optimize  # noqa: PLC0415  # a tenth of a second of import that only mixtures need

        return float(optimize.brentq(lambda value: self._share_up_to(name, value) - q, lowest, highest, xtol=1e-12))


def _smallest(reached: Callable[[float], bool], low: float, high: float) -> float:
    """The smallest number above `low` that has reached what `high` has: the very value at which a step is."""
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
