from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_pytyche.review.changed import Number
from pytest_pytyche.review.curves import BINS, HEIGHT, SHARES, WIDTH, bins, curves


def test_equal_quantiles_put_their_share_into_one_bin() -> None:
    heights = bins([0, 0, 0, 0, 0, 0, 1], 0, 1)
    assert heights[0] == pytest.approx(0.95 + 0.05 / BINS)
    assert heights[1:] == pytest.approx([0.05 / BINS] * (BINS - 1))


def test_a_uniform_distribution_is_flat() -> None:
    assert bins([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1], 0, 1) == pytest.approx([1 / BINS] * BINS)


@given(st.lists(st.floats(-1e6, 1e6), min_size=len(SHARES), max_size=len(SHARES)).map(sorted))
def test_all_shares_are_drawn(quantiles: list[float]) -> None:
    low, high = quantiles[0], max(quantiles[-1], quantiles[0] + 1e-3)
    heights = bins(quantiles, low, high)
    assert sum(heights) == pytest.approx(1, rel=1e-3)
    assert min(heights) >= 0


def test_both_sides_are_drawn_over_one_axis() -> None:
    drawn = curves({name: Number(value, 2 * value, changed=True) for value, name in enumerate(SHARES)})
    assert drawn is not None
    assert (drawn.low, drawn.high) == (0, 12)
    for outline in (drawn.old, drawn.new):
        points = [tuple(map(float, point.split(","))) for point in outline.split()]
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
        assert all(before[0] <= after[0] for before, after in pairwise(points))
    assert f"{WIDTH:g},{HEIGHT:.1f}" in drawn.new.split()[-1]


def test_a_side_without_quantiles_is_not_drawn() -> None:
    drawn = curves({name: Number(None, 3.0, changed=True) for name in SHARES})
    assert drawn is not None
    assert drawn.old == ""
    assert (drawn.low, drawn.high) == (0, 6)
    assert curves({"visitors": Number(1, 2, changed=True)}) is None
