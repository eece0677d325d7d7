"""Autocorrelation of a chain of draws, and thinning that leaves about independent ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Chain = NDArray[np.floating]


def autocorrelation_time(chain: Chain) -> float:
    """1 + 2·Σ_t ρ_t of a chain (draws,), at least 1: how many draws in a row tell as much as one independent draw.

    The sum ends where the pairs ρ_2m + ρ_2m+1 are no longer positive, and takes them as not increasing. A chain that
    does not move has 1. Source: Geyer (1992), section 3.3.
    """
    centred = np.asarray(chain, dtype=np.float64) - np.mean(chain, dtype=np.float64)
    transformed = np.fft.rfft(centred, 2 * len(centred))
    covariance = np.fft.irfft(np.abs(transformed) ** 2)[: len(centred)]
    if not covariance[0] > 0.0:
        return 1.0
    paired = covariance[: len(centred) // 2 * 2].reshape(-1, 2).sum(axis=1) / covariance[0]
    end = int(np.argmax(paired <= 0.0)) if np.any(paired <= 0.0) else len(paired)
    return max(1.0, 2.0 * float(np.minimum.accumulate(paired[:end]).sum()) - 1.0)


def effective_draws(chain: Chain) -> float:
    """draws / autocorrelation time."""
    return len(chain) / autocorrelation_time(chain)


def thinned(chain: Chain) -> Chain:
    """Every k-th draw, k being the autocorrelation time rounded: what is left is about independent."""
    return chain[:: round(autocorrelation_time(chain))]
