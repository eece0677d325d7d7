"""Scores from observed outcomes: unbiased for each visitor's effect of one treatment against control.

Notation: y (n,) outcomes, w (n,) 1 where treated and 0 under control, e (n,) or a number the probability of treatment.
A ranking that is evaluated by them must not have seen the outcomes that they are made of, else it looks better than it
is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def ipw_scores(y: FloatArray, w: FloatArray, e: ArrayLike) -> FloatArray:
    """y·(w − e) / (e·(1 − e)): inverse-propensity weighting, Horvitz & Thompson (1952)."""
    known = _propensity(w, e)
    scores: FloatArray = y * (w - known) / (known * (1.0 - known))
    return scores


def dr_scores(y: FloatArray, w: FloatArray, e: ArrayLike, mu0: ArrayLike, mu1: ArrayLike) -> FloatArray:
    """mu1 − mu0 + (w − e)/(e·(1 − e))·(y − mu_w): doubly robust (augmented IPW), Robins, Rotnitzky & Zhao (1994).

    `mu0` and `mu1` (n,) or numbers predict the outcome under control and treatment; for each visitor from a model that
    was not fitted to that visitor (cross-fitting). Right on average where the propensity or both predictions are.
    """
    known = _propensity(w, e)
    predicted = np.where(w == 1.0, mu1, mu0)
    scores: FloatArray = np.subtract(mu1, mu0) + (w - known) / (known * (1.0 - known)) * (y - predicted)
    return scores


def _propensity(w: FloatArray, e: ArrayLike) -> FloatArray:
    if not np.isin(w, (0.0, 1.0)).all():
        raise ValueError(f"w holds {w[~np.isin(w, (0.0, 1.0))][0]}; expected 0 or 1 per visitor")
    known = np.broadcast_to(np.asarray(e, dtype=np.float64), w.shape)
    outside = ~((known > 0.0) & (known < 1.0))
    if outside.any():
        raise ValueError(f"e holds {known[outside][0]}; expected probabilities strictly between 0 and 1")
    return known
