from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_pytyche.decisions.targeting import targeting, toc, uplift

PRIORITY = np.array([0.1, 0.9, 0.5, 0.3])
TAU = np.array([-2.0, 4.0, 2.0, 0.0])


def test_the_curves_by_hand() -> None:
    # In order 4, 2, 0, −2, whose mean is 1.
    assert uplift(PRIORITY, TAU).tolist() == [0.0, 1.0, 1.5, 1.5, 1.0]
    assert toc(PRIORITY, TAU).tolist() == [3.0, 2.0, 1.0, 0.0]


def test_the_areas_by_hand() -> None:
    found = targeting(PRIORITY, TAU)
    assert found.autoc == pytest.approx((3 + 2 + 1 + 0) / 4)
    # j/n·TOC: .75 + 1 + .75 + 0.
    assert found.qini == pytest.approx(2.5 / 4)
    # Trapezoids of width ¼: (0 + 1)/2 + (1 + 1.5)/2 + 1.5 + (1.5 + 1)/2.
    assert found.auuc == pytest.approx(4.5 / 4)


def test_a_ranking_turned_round_has_areas_below_zero() -> None:
    # In order −2, 0, 2, 4: TOC −3, −2, −1, 0.
    assert targeting(-PRIORITY, TAU).autoc == pytest.approx(-1.5)


def test_ties_count_as_the_mean_over_all_orders_of_those_tied() -> None:
    priority = np.array([1.0, 0.0, 0.0, 0.0])
    values = [targeting(np.array([4.0, *order]), TAU) for order in permutations((1.0, 2.0, 3.0))]
    assert targeting(priority, TAU) == pytest.approx(np.mean(values, axis=0))


def test_a_ranking_that_says_nothing_is_as_good_as_random() -> None:
    assert targeting(np.zeros(4), TAU) == pytest.approx((0.0, 0.0, 0.5))


def test_a_constant_effect_leaves_nothing_to_find() -> None:
    assert targeting(np.arange(7.0), np.full(7, 0.1)) == pytest.approx((0.0, 0.0, 0.05), abs=1e-16)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9)), min_size=1, max_size=30))
def test_the_areas_agree_with_loops_over_the_definitions(rows: list[tuple[int, int]]) -> None:
    priority, tau = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    n, ate = len(tau), tau.mean()
    shared = np.array([tau[priority == p].mean() for p in priority])
    order = sorted(range(n), key=lambda i: -priority[i])
    tops = [np.mean([shared[i] for i in order[:j]]) - ate for j in range(1, n + 1)]
    found = targeting(priority, tau)
    assert found.autoc == pytest.approx(sum(tops) / n, abs=1e-9)
    assert found.qini == pytest.approx(sum(j / n * top for j, top in enumerate(tops, 1)) / n, abs=1e-9)
    assert found.auuc == pytest.approx(np.trapezoid(uplift(priority, tau), dx=1 / n), abs=1e-9)


def test_no_ranking_beats_that_by_the_effects() -> None:
    rng = np.random.default_rng(1)
    tau = rng.normal(size=50)
    best = targeting(tau, tau)
    for _ in range(100):
        assert all(np.array(targeting(rng.normal(size=50), tau)) < best)


def test_shapes_are_never_broadcast() -> None:
    with pytest.raises(ValueError, match=r"^priority \(2,\) and scores \(3,\); expected one entry per visitor in each"):
        targeting(np.zeros(2), np.zeros(3))
