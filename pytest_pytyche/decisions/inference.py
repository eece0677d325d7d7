"""Standard errors and bands of areas and curves that were estimated from observed outcomes.

Half-sample bootstrap: the statistic on random halves of the visitors, drawn without replacement; the standard deviation
over the halves is the standard error of the whole (a half is twice as variable, and shares half of what the whole is).
Valid for RATE: Yadlowsky et al. (2025), section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pytest_pytyche.decisions.targeting import Targeting, areas, cumulated, ranked
from pytest_pytyche.generators.streams import stream

FloatArray = NDArray[np.float64]

REPLICATES = 200
LEVEL = 0.95
FEWEST = 4


class Estimated(NamedTuple):
    """A number with its standard error."""

    value: float
    se: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """value ± z·se, normal."""
        half = float(ndtri((1.0 + level) / 2.0)) * self.se
        return self.value - half, self.value + half


@dataclass(frozen=True, eq=False)
class UpliftCurve:
    """U at `shares` (q,) of visitors treated; `lower` and `upper` hold the whole curve with probability `level`, about.

    The band is U ± c·`se`, c the `level` quantile over the bootstrap of the largest |difference| / se.
    """

    shares: FloatArray
    gain: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    level: float


def estimated_targeting(
    priority: FloatArray, scores: FloatArray, *, seed: int, replicates: int = REPLICATES
) -> dict[str, Estimated]:
    """AUTOC, Qini and AUUC from `scores` of observed outcomes, each with its bootstrap standard error.

    ValueError for fewer than four visitors.
    """
    whole = areas(ranked(priority, scores))
    found = np.array([areas(half) for half in _halves(priority, scores, seed, replicates)])
    errors = found.std(axis=0, ddof=1)
    return {name: Estimated(value, float(se)) for name, value, se in zip(Targeting._fields, whole, errors, strict=True)}


def uplift_curve(
    priority: FloatArray,
    scores: FloatArray,
    *,
    seed: int,
    points: int = 20,
    level: float = LEVEL,
    replicates: int = REPLICATES,
) -> UpliftCurve:
    """The uplift (Qini) curve at shares 1/points … 1 with its simultaneous band; ValueError as above."""
    shares = np.arange(1, points + 1) / points
    gain = _at(ranked(priority, scores), shares)
    found = np.array([_at(half, shares) for half in _halves(priority, scores, seed, replicates)])
    se = found.std(axis=0, ddof=1)
    furthest = np.max(np.abs(found - gain) / np.where(se > 0.0, se, 1.0), axis=1)
    half = float(np.quantile(furthest, level)) * se
    return UpliftCurve(shares, gain, se, gain - half, gain + half, level)


def policy_gain(treat: NDArray[np.bool_], scores: FloatArray, cost: float = 0.0) -> Estimated:
    """mean((s − cost)·[treat]), the estimated gain per visitor over treating nobody, with s/√n as its error."""
    if treat.shape != scores.shape or len(treat) < 2:
        raise ValueError(f"treat {treat.shape} and scores {scores.shape}; expected one entry for each of two or more")
    gains = np.where(treat, scores - cost, 0.0)
    return Estimated(float(gains.mean()), float(gains.std(ddof=1)) / len(gains) ** 0.5)


def _at(ordered: FloatArray, shares: FloatArray) -> FloatArray:
    """U, linear between visitors."""
    n = len(ordered)
    found: FloatArray = np.interp(shares * n, np.arange(n + 1), np.concatenate([[0.0], cumulated(ordered)]))
    return found


def _halves(priority: FloatArray, scores: FloatArray, seed: int, replicates: int) -> Iterator[FloatArray]:
    """Ranked scores of random halves."""
    n = len(priority)
    if n < FEWEST:
        raise ValueError(f"{n} visitors; expected {FEWEST} or more to tell an error from")
    random = stream(seed, "half-sample bootstrap", "", 0)
    for _ in range(replicates):
        rows = np.sort(random.permutation(n)[: n // 2])
        yield ranked(priority[rows], scores[rows])
