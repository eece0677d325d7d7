"""Paired comparisons in bulk: moments, one-sided t, Holm, and the verdict. Arrays in, arrays out.

Notation: d (…, R) paired differences of R replicates, above 0 where the candidate is worse, NaN where there is no pair.
"""

from __future__ import annotations

from math import nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.integer[Any]]

CONFIDENCE = 0.95
"""Of the one-sided bound below which a candidate counts as not inferior."""

ROUNDING = 1e-9
"""Numbers that differ by this share of them are the same number, computed in two ways."""

PASSED, UNDECIDED, FAILED = 0, 1, 2


class Evidence(NamedTuple):
    """What R differences say, each (…): pairs, mean(d), its one-sided 95 % upper bound, and p of "not worse".

    Without a pair everything but `n` is NaN; with one pair the bound and p are.
    """

    n: IntArray
    mean: FloatArray
    upper: FloatArray
    p: FloatArray


def weigh(d: FloatArray, within: FloatArray | float = nan) -> Evidence:
    """t = mean(d) / (sd(d) / √R) against Student t with R − 1 degrees of freedom.

    `d` (…, R); NaN entries are left out of their row. Where all pairs differ by the same d > 0 there is no sd to judge
    that by: p is then that of t with the error of mean(d) that chance within the pairs makes, `within` (…), and where
    that is NaN that of the sign-flip test, 2⁻ᴿ. The same d ≤ 0 in all pairs gives 1.
    """
    defined = ~np.isnan(d)
    n = defined.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(defined, d, 0.0).sum(axis=-1) / n
        squares = np.where(defined, d - mean[..., np.newaxis], 0.0) ** 2
        error = np.sqrt(squares.sum(axis=-1) / (n - 1) / n)
        df = np.maximum(n - 1, 1)
        alike = error <= ROUNDING * np.abs(mean)
        p_alike = np.where(np.isnan(within), 0.5**n, stdtr(df, -mean / within))
        p = np.where(alike, np.where(mean > 0.0, p_alike, 1.0), stdtr(df, -mean / error))
    tested = n >= 2
    quantiles = stdtrit(np.arange(1, max(d.shape[-1], 2)), CONFIDENCE)
    upper = np.where(tested, mean + quantiles[df - 1] * error, np.nan)
    return Evidence(n, mean, upper, np.where(tested, p, np.nan))


def holm(p: FloatArray) -> FloatArray:
    """max over j ≤ i of (m − j + 1)·p_(j), at most 1, over the last axis; NaN stays NaN and is not one of the m.

    Source: Holm (1979).
    """
    order = np.argsort(p, axis=-1)
    ordered = np.take_along_axis(p, order, axis=-1)
    m = (~np.isnan(p)).sum(axis=-1, keepdims=True)
    adjusted = np.fmin(np.maximum.accumulate((m - np.arange(p.shape[-1])) * ordered, axis=-1), 1.0)
    result = np.full_like(p, np.nan)
    np.put_along_axis(result, order, np.where(np.isnan(ordered), np.nan, adjusted), axis=-1)
    return result


def decide(
    evidence: Evidence, p_holm: FloatArray, *, margin: FloatArray, alpha: float, identical: BoolArray, ready: BoolArray
) -> IntArray:
    """FAILED where p_holm < alpha and mean(d) > margin; PASSED where the bound is within the margin; else UNDECIDED.

    What is `identical` passes at once; what is not `ready` is not looked at otherwise.
    """
    edge = margin * (1.0 + ROUNDING)
    with np.errstate(invalid="ignore"):
        worse = ready & (p_holm < alpha) & (evidence.mean > edge)
        as_good = identical | (ready & (evidence.upper <= edge))
    return np.where(worse, FAILED, np.where(as_good, PASSED, UNDECIDED)).astype(np.int8)


class Examined(NamedTuple):
    """Each (…, S, M): evidence, Holm-adjusted p over all subjects × metrics, and the codes of `decide`."""

    evidence: Evidence
    p_holm: FloatArray
    codes: IntArray


def examine(
    d: FloatArray,
    *,
    margins: FloatArray,
    alpha: float,
    identical: BoolArray,
    ready: BoolArray,
    within: FloatArray | float = nan,
) -> Examined:
    """One look at a whole run, or at many runs at once.

    `d` (…, S, M, R) for S subjects and M metrics, `margins` (M,), `identical`, `ready` and `within` (…, S, M).
    """
    evidence = weigh(d, within)
    family = evidence.p.reshape(*evidence.p.shape[:-2], -1)
    p_holm = holm(family).reshape(evidence.p.shape)
    codes = decide(evidence, p_holm, margin=margins, alpha=alpha, identical=identical, ready=ready)
    return Examined(evidence, p_holm, codes)
