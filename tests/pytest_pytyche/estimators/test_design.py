import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from pytest_pytyche.estimators.base import EstimateError
from pytest_pytyche.estimators.design import design_matrix
from tests.support.experiments import enum, experiment


def design_of(**features: pl.Series | np.ndarray) -> np.ndarray:
    n = len(next(iter(features.values())))
    return design_matrix(experiment(np.arange(n) % 2, np.zeros(n), features))


def test_an_experiment_without_features_has_only_an_intercept() -> None:
    assert_allclose(design_matrix(experiment([0, 1, 0], np.zeros(3))), np.ones((3, 1)))


def test_a_number_is_standardised() -> None:
    # Mean 4, population standard deviation 2.
    assert_allclose(design_of(x=np.array([2.0, 2.0, 6.0, 6.0]))[:, 1], [-1.0, -1.0, 1.0, 1.0])


def test_a_flag_is_zero_or_one() -> None:
    assert_allclose(design_of(b=np.array([True, False, True]))[:, 1], [1.0, 0.0, 1.0])


def test_a_category_has_an_indicator_for_each_level_but_the_first() -> None:
    design = design_of(c=enum(["b", "a", "c", "a"], ["a", "b", "c"]))
    assert_allclose(design[:, 1:], [[1, 0], [0, 0], [0, 1], [0, 0]])


def test_levels_that_are_absent_get_no_column_and_the_first_present_is_the_reference() -> None:
    design = design_of(c=enum(["c", "b", "c", "e"], ["a", "b", "c", "d", "e"]))
    assert_allclose(design[:, 1:], [[1, 0], [0, 0], [1, 0], [0, 1]])


def test_columns_without_variance_are_left_out() -> None:
    design = design_of(x=np.full(4, 0.1), b=np.ones(4, dtype=bool), c=enum(["a"] * 4, ["a", "b"]))
    assert design.shape == (4, 1)


def test_integers_count_as_numbers() -> None:
    assert_allclose(design_of(k=pl.Series([1, 3]))[:, 1], [-1.0, 1.0])


def test_numbers_come_before_indicators() -> None:
    design = design_of(b=np.array([True, False]), x=np.array([0.0, 1.0]))
    assert_allclose(design, [[1, -1, 1], [1, 1, 0]])


def test_the_frame_is_left_unchanged() -> None:
    observed = experiment([0, 1, 0], np.zeros(3), {"x": np.array([1.0, 2.0, 6.0])})
    design_matrix(observed)
    assert observed.visitors["x"].to_list() == [1.0, 2.0, 6.0]


def test_missing_entries_are_refused() -> None:
    with pytest.raises(EstimateError, match=r"^feature 'x' has 2 missing entries; expected none$"):
        design_of(x=pl.Series([1.0, None, None]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(
        EstimateError, match=r"^feature 'x' ranges from \S+ to \S+; expected finite numbers without NaN$"
    ):
        design_of(x=np.array([1.0, bad, 3.0]))


def test_text_is_refused() -> None:
    with pytest.raises(EstimateError, match=r"^feature 's' has type String; expected a number, Boolean or Enum$"):
        design_of(s=pl.Series(["a", "b"]))
