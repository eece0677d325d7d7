"""Distributions rebuilt from quantiles, as the outlines of a drawing."""

from itertools import pairwise
from typing import NamedTuple

from pytest_pytyche.review.changed import Cells

SHARES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}
BINS = 64
WIDTH, HEIGHT = 320.0, 96.0


class Curves(NamedTuple):
    """Two outlines over one axis, in pixels, empty for a side without a distribution. `low`, `high`: of the axis."""

    old: str
    new: str
    low: float
    high: float


def curves(cells: Cells) -> Curves | None:
    """Both distributions of a column over a common axis; None where neither side has one."""
    old, new = ([getattr(cells[name], side) for name in SHARES if name in cells] for side in ("old", "new"))
    sides = [side if len(side) == len(SHARES) and None not in side else [] for side in (old, new)]
    known = [value for side in sides for value in side]
    if not known:
        return None
    low, high = min(known), max(known)
    if high == low:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    heights = [bins(side, low, high) for side in sides]
    tallest = max(height for side in heights for height in side)
    outlines = [_outline(side, tallest) for side in heights]
    return Curves(outlines[0], outlines[1], low, high)


def bins(quantiles: list[float], low: float, high: float) -> list[float]:
    """Share of the values in each of `BINS` equal parts of [low, high], the shares between quantiles spread evenly.

    Equal neighbours put their share into one bin: a distribution with min = … = q95 = 0 and max = 1 over [0, 1] has
    .95 + .05/64 in its first bin and .05/64 in every other.
    """
    heights = [0.0] * BINS
    if not quantiles:
        return heights
    width = (high - low) / BINS
    for (start, end), (left, right) in zip(pairwise(SHARES.values()), pairwise(quantiles), strict=True):
        first, last = (min(int((edge - low) / width), BINS - 1) for edge in (left, right))
        for position in range(first, last + 1):
            covered = min(right, low + (position + 1) * width) - max(left, low + position * width)
            share = covered / (right - left) if last > first else 1.0
            heights[position] += (end - start) * max(share, 0.0)
    return heights


def _outline(heights: list[float], tallest: float) -> str:
    """Corner points of the steps, from the axis and back to it."""
    if not any(heights):
        return ""
    step = WIDTH / BINS
    points = [(0.0, HEIGHT)]
    for position, height in enumerate(heights):
        y = HEIGHT * (1 - height / tallest)
        points += [(position * step, y), ((position + 1) * step, y)]
    points.append((WIDTH, HEIGHT))
    return " ".join(f"{x:g},{y:.1f}" for x, y in _corners(points))


def _corners(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those in the middle of a straight line along the axis."""
    inner = [
        point
        for before, point, after in zip(points, points[1:], points[2:], strict=False)
        if not before[1] == point[1] == after[1]
    ]
    return [points[0], *inner, points[-1]]
