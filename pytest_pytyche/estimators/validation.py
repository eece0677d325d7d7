"""Checks on what an estimator returned; each raises EstimateError in one line."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.estimators.intervals import LEVELS, Interval

AXES = {1: "one per contrast", 2: "visitors × contrasts", 3: "draws × visitors × contrasts"}


class EstimateError(ValueError):
    """An estimator failed, or returned something that cannot be scored."""


def check_values(name: str, values: NDArray[np.floating], shape: tuple[int, ...]) -> None:
    """Raise unless `values` has `shape` and holds finite numbers only."""
    if values.shape != shape:
        raise EstimateError(f"{name} has shape {values.shape}; expected {shape}, {AXES[len(shape)]}")
    finite = np.isfinite(values)
    if finite.all():
        return
    bad = values.size - int(np.count_nonzero(finite))
    nans = int(np.count_nonzero(np.isnan(values)))
    raise EstimateError(
        f"{name} holds {bad} of {values.size} values that are not finite ({nans} NaN, {bad - nans} infinite); "
        "expected finite numbers"
    )


def check_draws(name: str, draws: NDArray[np.floating], entry_shape: tuple[int, ...]) -> None:
    """Raise unless there are two draws or more of `entry_shape`, all finite."""
    n_draws = draws.shape[0] if draws.ndim else 0
    check_values(name, draws, (n_draws, *entry_shape))
    if n_draws < 2:
        raise EstimateError(f"{name} has {n_draws} draws; expected 2 or more")


def check_interval(name: str, interval: Interval, shape: tuple[int, ...]) -> None:
    """Raise unless both bounds have `shape`, are finite, and lower ≤ upper everywhere."""
    lower, upper = interval
    check_values(f"lower bound of {name}", lower, shape)
    check_values(f"upper bound of {name}", upper, shape)
    inverted = lower > upper
    if not inverted.any():
        return
    first = tuple(int(i) for i in np.argwhere(inverted)[0])
    raise EstimateError(
        f"{name} is upside down in {int(np.count_nonzero(inverted))} of {lower.size} entries, first at index "
        f"{first if len(first) > 1 else first[0]}: lower={lower[first]:g} > upper={upper[first]:g}; "
        "expected lower <= upper"
    )


def check_duration(seconds: float | None) -> None:
    """Raise unless `seconds` is None or a finite number that is not negative."""
    if seconds is not None and not (math.isfinite(seconds) and seconds >= 0.0):
        raise EstimateError(f"seconds={seconds!r}; expected None or a finite number >= 0")


def missing_level(name: str, level: float, present: Iterable[object]) -> EstimateError:
    """The error for an interval that was neither stated nor can be computed from draws."""
    stated = ", ".join(sorted(map(repr, present))) or "none"
    needed = ", ".join(map(repr, LEVELS))
    return EstimateError(
        f"{name} interval at level {level} is missing: {name}_intervals holds {stated}; "
        f"expected {needed}, or {name}_draws"
    )
