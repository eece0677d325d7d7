import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pytest_pytyche.estimators import intervals
from pytest_pytyche.estimators.intervals import LEVELS, StudentIntervals, draw_interval


def test_student_bounds_by_hand() -> None:
    # The upper 97.5 % point of Student's t with 10 degrees of freedom is 2.228 in any table.
    lower, upper = StudentIntervals(np.array([1.0]), np.array([0.5]), 10.0)[0.95]
    assert_allclose((lower[0], upper[0]), (1.0 - 1.114, 1.0 + 1.114), atol=5e-4)


@pytest.mark.parametrize("level", [*LEVELS, 0.01, 0.999])
@pytest.mark.parametrize("dof", [1.0, 2.5, 30.0, 1e6])
def test_student_bounds_agree_with_scipy_at_any_level(level: float, dof: float) -> None:
    lower, upper = StudentIntervals(np.array([3.0]), np.array([2.0]), dof)[level]
    assert_allclose((lower[0], upper[0]), stats.t.interval(level, dof, 3.0, 2.0), rtol=1e-9)


def test_student_degrees_of_freedom_may_differ_between_contrasts() -> None:
    _, upper = StudentIntervals(np.zeros((4, 2)), np.ones(2), np.array([3.0, 30.0]))[0.9]
    assert upper.shape == (4, 2)
    assert_allclose(upper, np.broadcast_to(stats.t.ppf(0.95, [3.0, 30.0]), (4, 2)))


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.5, float("nan")])
def test_what_is_no_level_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match=rf"^level={level}; expected a number strictly between 0 and 1, such as 0.95$"):
        StudentIntervals(np.zeros(1), np.ones(1), 5.0)[level]


def test_student_intervals_name_the_conventional_levels() -> None:
    bounds = StudentIntervals(np.zeros(1), np.ones(1), 5.0)
    assert tuple(bounds) == LEVELS
    assert len(bounds) == len(LEVELS)
    assert 0.99 in bounds
    with pytest.raises(ValueError, match=r"^level=95; expected a number strictly between 0 and 1"):
        assert 95 in bounds


def test_draw_bounds_by_hand() -> None:
    # 101 draws 0 … 100: the quantile at q is 100·q exactly.
    draws = np.arange(101.0)[:, np.newaxis] + np.array([0.0, 1000.0])
    lower, upper = draw_interval(draws, 0.9)
    assert_allclose(lower, [5.0, 1005.0])
    assert_allclose(upper, [95.0, 1095.0])


def test_draw_bounds_do_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(0).normal(size=(50, 23, 2))
    whole = draw_interval(draws, 0.8)
    monkeypatch.setattr(intervals, "BLOCK_ELEMENTS", 400)
    assert len(list(intervals.entry_blocks(draws))) == 6
    assert_allclose(draw_interval(draws, 0.8), whole, rtol=0.0)


def test_a_single_entry_with_more_draws_than_a_block_is_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "BLOCK_ELEMENTS", 4)
    assert list(intervals.entry_blocks(np.zeros((10, 3)))) == [slice(0, 1), slice(1, 2), slice(2, 3)]
