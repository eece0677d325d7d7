"""Rates of repeated runs with their uncertainty. What is undefined is None, never 0."""

from collections.abc import Callable, Sequence
from math import comb, sqrt
from typing import NamedTuple

from scipy.special import ndtri, stdtrit

LEVEL = 0.95

Estimate = Callable[[int, int, int], float | None]
"""Of successes, runs and k, such as `pass_hat_k`."""


class Interval(NamedTuple):
    """Bounds of a rate."""

    lower: float
    upper: float


def pass_at_k(successes: int, runs: int, k: int) -> float | None:
    """1 − C(n − c, k)/C(n, k), the chance that at least one of k runs drawn of n succeeds; None for n < k.

    ValueError for counts that cannot be. Source: Chen et al. (2021).
    """
    _require_counts(successes, runs, k)
    return 1 - comb(runs - successes, k) / comb(runs, k) if runs >= k else None


def pass_hat_k(successes: int, runs: int, k: int) -> float | None:
    """pass^k = C(c, k)/C(n, k), the chance that all of k runs drawn of n succeed; None for n < k.

    ValueError for counts that cannot be. Source: Yao et al. (2024).
    """
    _require_counts(successes, runs, k)
    return comb(successes, k) / comb(runs, k) if runs >= k else None


def jackknife_error(estimate: Estimate, successes: int, runs: int, k: int) -> float | None:
    """√((n − 1)/n·Σ(θ₋ᵢ − θ̄)²), the Monte-Carlo error of `estimate` over n runs; None for n − 1 < k.

    θ₋ᵢ leaves out run i. For k = 1 it is s/√n, the standard error of a mean. Source: Efron & Stein (1981).
    """
    _require_counts(successes, runs, k)
    if runs - 1 < max(k, 1):
        return None
    left_out = []
    if successes:
        left_out.append((successes, estimate(successes - 1, runs - 1, k)))
    if runs > successes:
        left_out.append((runs - successes, estimate(successes, runs - 1, k)))
    known = [(times, value) for times, value in left_out if value is not None]
    mean = sum(times * value for times, value in known) / runs
    return sqrt((runs - 1) / runs * sum(times * (value - mean) ** 2 for times, value in known))


def wilson(successes: float, runs: int, level: float = LEVEL) -> Interval | None:
    """(c + z²/2 ± z·√(c(n − c)/n + z²/4)) / (n + z²) for c of n independent runs; None for n = 0.

    Source: Wilson (1927).
    """
    if runs == 0:
        return None
    z = float(ndtri((1 + level) / 2))
    half = z * sqrt(successes * (runs - successes) / runs + z**2 / 4)
    centre = successes + z**2 / 2
    return Interval(max(0.0, (centre - half) / (runs + z**2)), min(1.0, (centre + half) / (runs + z**2)))


def clustered(successes: Sequence[int], runs: Sequence[int], level: float = LEVEL) -> Interval | None:
    """p ± t·√(S/(S − 1)·Σ(c_s − p·n_s)²)/Σn_s for p = Σc_s/Σn_s over S scenarios with runs; None for S < 2.

    Runs of one scenario are no independent trials. t has S − 1 degrees of freedom. Where all scenarios have the same
    rate their spread says nothing, and the interval is Wilson's with each scenario as one trial. Source: Cochran
    (1977), ratio estimator of whole clusters.
    """
    clusters = [(c, n) for c, n in zip(successes, runs, strict=True) if n]
    if len(clusters) < 2:
        return None
    total = sum(n for _, n in clusters)
    rate = sum(c for c, _ in clusters) / total
    if all(c * clusters[0][1] == clusters[0][0] * n for c, n in clusters):
        return wilson(rate * len(clusters), len(clusters), level)
    spread = sum((c - rate * n) ** 2 for c, n in clusters) * len(clusters) / (len(clusters) - 1)
    half = float(stdtrit(len(clusters) - 1, (1 + level) / 2)) * sqrt(spread) / total
    return Interval(max(0.0, rate - half), min(1.0, rate + half))


def _require_counts(successes: int, runs: int, k: int) -> None:
    if not (0 <= successes <= runs and k >= 1):
        raise ValueError(f"successes={successes}, runs={runs}, k={k}; expected 0 ≤ successes ≤ runs and k ≥ 1")
