"""Interval bounds at a nominal level: from Student's t or from posterior draws."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

FloatArray = NDArray[np.float64]
Interval = tuple[FloatArray, FloatArray]

LEVELS = (0.5, 0.8, 0.9, 0.95)
"""The levels at which every estimate must have intervals: those of the calibration curve."""

BLOCK_ELEMENTS = 1 << 22


def check_level(level: float) -> float:
    """`level` itself; ValueError unless 0 < level < 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level!r}; expected a number strictly between 0 and 1, such as 0.95")
    return level


@dataclass(frozen=True, eq=False)
class StudentIntervals(Mapping[float, Interval]):
    """Bounds `center ± t((1 + level)/2; dof)·se`, computed when asked for, at any level strictly between 0 and 1.

    `center`, `se` and `dof` broadcast against each other. Iterating names the conventional `LEVELS`; every other level
    is there too, and what is no level at all is a ValueError.
    """

    center: FloatArray
    se: FloatArray
    dof: FloatArray | float

    def __getitem__(self, level: float) -> Interval:
        half = stdtrit(self.dof, (1.0 + check_level(level)) / 2.0) * self.se
        return self.center - half, self.center + half

    def __contains__(self, level: object) -> bool:
        """True for every level, and without computing its bounds; ValueError for what is none."""
        return isinstance(level, int | float) and check_level(level) > 0.0

    def __iter__(self) -> Iterator[float]:
        return iter(LEVELS)

    def __len__(self) -> int:
        return len(LEVELS)


def draw_interval(draws: NDArray[np.floating], level: float) -> Interval:
    """Equal-tailed bounds over axis 0 of `draws` (draws × entries …): quantiles (1 − level)/2 and (1 + level)/2.

    Works through blocks of entries, so that memory stays bounded for many visitors.
    """
    tail = (1.0 - check_level(level)) / 2.0
    lower = np.empty(draws.shape[1:])
    upper = np.empty(draws.shape[1:])
    for block in entry_blocks(draws):
        lower[block], upper[block] = np.quantile(draws[:, block], (tail, 1.0 - tail), axis=0)
    return lower, upper


def entry_blocks(draws: NDArray[np.floating]) -> Iterator[slice]:
    """Slices of axis 1 of `draws` such that each block holds about `BLOCK_ELEMENTS` numbers."""
    entries = draws.shape[1]
    step = max(1, BLOCK_ELEMENTS * entries // max(1, draws.size))
    return (slice(start, start + step) for start in range(0, entries, step))
