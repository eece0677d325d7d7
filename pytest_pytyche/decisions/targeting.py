"""Does a ranking find those who gain? Targeting operator characteristic, Qini and uplift curves and their areas.

Notation: visitors 1 … n in order of decreasing priority, s_i the score of each: its true effect, or from observed
outcomes an unbiased estimate of it (`scores`). U(j/n) = Σ_{i ≤ j} s_i / n is the gain per visitor of treating the first
j, with U(1) the ATE. Visitors of equal priority share the mean of their scores, as if their order were random.
Sources: Radcliffe (2007) for Qini and uplift curves; Yadlowsky, Fleming, Shah, Brunskill & Wager (2025), JASA 120, for
TOC and RATE.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Targeting(NamedTuple):
    """Areas under the curves of one ranking, in the unit of the scores; all but `auuc` have mean 0 for a random one.

    `autoc`: (1/n) Σ_j TOC(j/n), RATE with logarithmic weighting. `qini`: (1/n) Σ_j (j/n)·TOC(j/n), RATE with Qini
    weighting, which is the area between the uplift curve and the line of random treatment: auuc − ATE/2.
    `auuc`: ∫ U(q) dq by trapezoids.
    """

    autoc: float
    qini: float
    auuc: float


def targeting(priority: FloatArray, scores: FloatArray) -> Targeting:
    """The areas of one ranking, each O(n log n); ValueError for different shapes or no visitors."""
    return areas(ranked(priority, scores))


def uplift(priority: FloatArray, scores: FloatArray) -> FloatArray:
    """U(j/n) for j = 0 … n, shape (n + 1,)."""
    return np.concatenate([[0.0], cumulated(ranked(priority, scores))])


def toc(priority: FloatArray, scores: FloatArray) -> FloatArray:
    """TOC(j/n) = mean of the first j scores − mean of all, for j = 1 … n."""
    return characteristic(ranked(priority, scores))


def ranked(priority: FloatArray, scores: FloatArray) -> FloatArray:
    """The scores in order of decreasing priority, those of equal priority replaced by their mean."""
    if priority.shape != scores.shape or priority.ndim != 1 or not priority.size:
        raise ValueError(f"priority {priority.shape} and scores {scores.shape}; expected one entry per visitor in each")
    _, group, counts = np.unique(-priority, return_inverse=True, return_counts=True)
    means = np.bincount(group, scores) / counts
    found: FloatArray = np.repeat(means, counts)
    return found


def areas(ordered: FloatArray) -> Targeting:
    """Of scores that are `ranked`."""
    average = float(np.mean(ordered))
    autoc = float(np.mean(characteristic(ordered)))
    qini = float(np.mean(cumulated(ordered - average)))
    return Targeting(autoc, qini, qini + average / 2.0)


def cumulated(ordered: FloatArray) -> FloatArray:
    """U(j/n) for j = 1 … n."""
    gain: FloatArray = np.cumsum(ordered) / len(ordered)
    return gain


def characteristic(ordered: FloatArray) -> FloatArray:
    """TOC(j/n) for j = 1 … n."""
    found: FloatArray = np.cumsum(ordered - np.mean(ordered)) / np.arange(1, len(ordered) + 1)
    return found
