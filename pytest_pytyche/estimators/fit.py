"""Run an estimator on observed data: timed, checked, and with its failures put into one line."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from pytest_pytyche.errors import describe
from pytest_pytyche.estimators.base import EffectEstimate, EstimateError, Estimator

if TYPE_CHECKING:
    from pytest_pytyche.generators.observed import ObservedExperimentData


def fit(estimator: Estimator, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
    """The estimator's validated effects on `observed`, with `seconds` and `peak_rss_mb` filled in.

    `seconds` is what the estimator stated, else the wall-clock time of the call. EstimateError, one line that names the
    estimator, when it raises or returns something that does not fit the data.
    """
    start = time.perf_counter()
    try:
        estimate = estimator.fit_effects(observed, seed=seed)
    except EstimateError as error:
        raise EstimateError(f"estimator {estimator.name!r}: {error}") from error
    except Exception as error:  # the isolation boundary: whatever a user's estimator raises is reported
        raise EstimateError(f"estimator {estimator.name!r} raised {describe(error)}") from error
    elapsed = time.perf_counter() - start
    _validate(estimator.name, estimate, observed)
    seconds = elapsed if estimate.seconds is None else estimate.seconds
    return replace(estimate, seconds=seconds, peak_rss_mb=peak_rss_mb())


def estimator_seed(data_seed: int, stream: int) -> int:
    """The seed that an estimator is given for the data of a seed: that one itself, or in another stream a hash of both.

    Below 2³¹, which is as much as some libraries take; the data do not depend on it.
    """
    if stream == 0:
        return data_seed
    return int.from_bytes(sha256(f"{stream}/{data_seed}".encode()).digest()[:4]) >> 1


def peak_rss_mb() -> float | None:
    """Peak resident memory of this process since it started, in MB (10⁶ bytes); None where the system does not tell.

    It never falls, and holds the data and all earlier fits of the process too: an upper bound on what one fit needed.
    """
    try:
        import resource  # noqa: PLC0415  # Windows has no such module
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def _validate(name: str, estimate: object, observed: ObservedExperimentData) -> None:
    if not isinstance(estimate, EffectEstimate):
        raise EstimateError(f"estimator {name!r} returned {type(estimate).__name__}; expected an EffectEstimate")
    try:
        estimate.validate(observed.n_visitors, len(observed.arms) - 1)
    except EstimateError as error:
        raise EstimateError(f"estimator {name!r}: {error}") from error
