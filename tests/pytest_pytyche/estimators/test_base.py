from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pytest_pytyche.estimators.base import LEVELS, EffectEstimate, EstimateError, Estimator
from pytest_pytyche.estimators.lin import Lin

Bounds = dict[float, tuple[np.ndarray, np.ndarray]]


def bounds(center: np.ndarray, half_width: float = 1.0) -> Bounds:
    return {level: (center - half_width * level, center + half_width * level) for level in LEVELS}


def estimate(n: int = 4, contrasts: int = 1) -> EffectEstimate:
    cate, ate = np.arange(float(n * contrasts)).reshape(n, contrasts), np.ones(contrasts)
    return EffectEstimate(cate, ate, cate_intervals=bounds(cate), ate_intervals=bounds(ate))


def test_two_arm_values_get_an_axis_of_contrasts() -> None:
    cate = np.zeros(3)
    given = EffectEstimate(
        cate,
        0.5,
        cate_intervals={0.9: (cate - 1, cate + 1)},
        ate_intervals={0.9: (0.4, 0.6)},
        cate_draws=np.zeros((7, 3)),
        ate_draws=np.zeros(7),
    )
    assert given.cate.shape == (3, 1)
    assert given.ate.shape == (1,)
    assert given.cate_draws is not None
    assert given.cate_draws.shape == (7, 3, 1)
    assert given.ate_draws is not None
    assert given.ate_draws.shape == (7, 1)
    assert given.cate_interval(0.9)[0].shape == (3, 1)
    assert_allclose(given.ate_interval(0.9), ([0.4], [0.6]))


def test_values_with_contrasts_are_kept_as_they_are() -> None:
    given = estimate(5, 2)
    assert given.cate.shape == (5, 2)
    assert given.ate.shape == (2,)
    given.validate(5, 2)


def test_intervals_come_from_draws_where_none_are_stated() -> None:
    draws = np.arange(101.0)[:, np.newaxis, np.newaxis] + np.zeros((1, 3, 1))
    given = EffectEstimate(np.full(3, 50.0), 50.0, cate_draws=draws, ate_draws=np.arange(101.0))
    given.validate(3, 1)
    assert_allclose(given.cate_interval(0.5), (np.full((3, 1), 25.0), np.full((3, 1), 75.0)))
    assert_allclose(given.ate_interval(0.98), ([1.0], [99.0]))


def test_stated_intervals_win_over_draws() -> None:
    given = EffectEstimate(
        np.zeros(2), 0.0, cate_intervals={0.95: (np.full(2, -9.0), np.full(2, 9.0))}, cate_draws=np.zeros((5, 2))
    )
    assert_allclose(given.cate_interval(0.95)[1], [[9.0], [9.0]])
    assert_allclose(given.cate_interval(0.5)[1], [[0.0], [0.0]])


def test_single_precision_draws_are_not_copied_to_double() -> None:
    draws = np.zeros((5, 2), dtype=np.float32)
    given = EffectEstimate(np.zeros(2), 0.0, cate_draws=draws)
    assert given.cate_draws is not None
    assert np.shares_memory(given.cate_draws, draws)


def test_integer_draws_become_floats() -> None:
    given = EffectEstimate(np.zeros(2), 0.0, cate_draws=np.zeros((5, 2), dtype=int))
    assert given.cate_draws is not None
    assert given.cate_draws.dtype == np.float64


def test_an_estimate_is_frozen_and_can_be_replaced() -> None:
    given = estimate()
    with pytest.raises(FrozenInstanceError):
        given.seconds = 1.0  # type: ignore[misc]  # what is under test
    assert replace(given, seconds=1.5).seconds == 1.5


def test_the_built_in_estimators_satisfy_the_protocol() -> None:
    assert isinstance(Lin(), Estimator)


def test_a_level_that_is_neither_stated_nor_drawn_is_named_with_those_present() -> None:
    given = EffectEstimate(
        np.zeros(2), 0.0, cate_intervals={0.95: (np.zeros(2), np.zeros(2)), 0.5: (np.zeros(2), np.zeros(2))}
    )
    with pytest.raises(EstimateError) as caught:
        given.cate_interval(0.9)
    assert str(caught.value) == (
        "cate interval at level 0.9 is missing: cate_intervals holds 0.5, 0.95; "
        "expected 0.5, 0.8, 0.9, 0.95, or cate_draws"
    )


def changed(change: Callable[[EffectEstimate], EffectEstimate]) -> str:
    with pytest.raises(EstimateError) as caught:
        change(estimate()).validate(4, 1)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_valid_estimate_passes() -> None:
    estimate().validate(4, 1)


def test_a_wrong_length_is_named_with_the_right_one() -> None:
    message = changed(lambda e: replace(e, cate=np.zeros(3)))
    assert message == "cate has shape (3, 1); expected (4, 1), visitors × contrasts"


def test_a_wrong_number_of_contrasts_is_named() -> None:
    message = changed(lambda e: replace(e, ate=np.zeros(2)))
    assert message == "ate has shape (2,); expected (1,), one per contrast"


def test_nan_and_infinite_values_are_counted() -> None:
    message = changed(lambda e: replace(e, cate=np.array([0.0, np.nan, np.nan, np.inf])))
    assert message == "cate holds 3 of 4 values that are not finite (2 NaN, 1 infinite); expected finite numbers"


def test_a_nan_average_is_refused() -> None:
    assert changed(lambda e: replace(e, ate=np.nan)).startswith("ate holds 1 of 1 values that are not finite")


def test_bounds_upside_down_are_counted_and_the_first_is_shown() -> None:
    swapped = bounds(np.zeros(4))
    swapped[0.9] = (np.array([0.0, 0.0, 2.0, 3.0]), np.ones(4))
    assert changed(lambda e: replace(e, cate_intervals=swapped)) == (
        "cate interval at level 0.9 is upside down in 2 of 4 entries, first at index (2, 0): "
        "lower=2 > upper=1; expected lower <= upper"
    )


def test_average_bounds_upside_down_are_refused() -> None:
    message = changed(lambda e: replace(e, ate_intervals=bounds(np.zeros(1), half_width=-1.0)))
    assert message.startswith("ate interval at level 0.5 is upside down in 1 of 1 entries, first at index 0: lower=0.5")


def test_bounds_of_the_wrong_length_are_refused() -> None:
    message = changed(lambda e: replace(e, cate_intervals=bounds(np.zeros(3))))
    assert (
        message == "lower bound of cate interval at level 0.5 has shape (3, 1); expected (4, 1), visitors × contrasts"
    )


def test_an_infinite_bound_is_refused() -> None:
    endless = {level: (np.zeros(4), np.full(4, np.inf)) for level in LEVELS}
    message = changed(lambda e: replace(e, cate_intervals=endless))
    assert message.startswith("upper bound of cate interval at level 0.5 holds 4 of 4 values that are not finite")


def test_a_missing_level_is_refused() -> None:
    partial = {level: interval for level, interval in bounds(np.zeros(1)).items() if level < 0.95}
    message = changed(lambda e: replace(e, ate_intervals=partial))
    assert message.startswith("ate interval at level 0.95 is missing: ate_intervals holds 0.5, 0.8, 0.9; expected")


def test_levels_that_are_texts_are_shown_as_such() -> None:
    texts = {str(level): interval for level, interval in bounds(np.zeros(1)).items()}
    message = changed(lambda e: replace(e, ate_intervals=texts))  # type: ignore[arg-type]  # what is under test
    assert message == (
        "ate interval at level 0.5 is missing: ate_intervals holds '0.5', '0.8', '0.9', '0.95'; "
        "expected 0.5, 0.8, 0.9, 0.95, or ate_draws"
    )


def test_an_estimate_without_any_interval_or_draw_is_refused() -> None:
    message = changed(lambda e: EffectEstimate(e.cate, e.ate))
    assert message.startswith("cate interval at level 0.5 is missing: cate_intervals holds none; expected")


def test_draws_laid_out_visitors_first_are_refused() -> None:
    message = changed(lambda e: replace(e, cate_draws=np.zeros((4, 100))))
    assert message == "cate_draws has shape (4, 100, 1); expected (4, 4, 1), draws × visitors × contrasts"


def test_a_nan_draw_is_refused() -> None:
    message = changed(lambda e: replace(e, ate_draws=np.array([0.0, np.nan])))
    assert message.startswith("ate_draws holds 1 of 2 values that are not finite")


def test_a_single_draw_is_refused() -> None:
    assert changed(lambda e: replace(e, ate_draws=np.zeros(1))) == "ate_draws has 1 draws; expected 2 or more"


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_duration_that_is_none_is_refused(seconds: float) -> None:
    message = changed(lambda e: replace(e, seconds=seconds))
    assert message == f"seconds={seconds}; expected None or a finite number >= 0"
