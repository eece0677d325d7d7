import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pytest_pytyche.estimators import least_squares
from pytest_pytyche.estimators.least_squares import LeastSquares, identified_columns, quadratic_form


def problem(n: int = 40, p: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    return design, design @ np.arange(1.0, p + 1.0) + (1.0 + design[:, 1] ** 2) * rng.normal(size=n)


def dense_hc2(design: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """(X'X)⁻¹ X' diag(e²/(1 − h)) X (X'X)⁻¹ with the full n × n hat matrix."""
    inverse = np.linalg.inv(design.T @ design)
    hat = design @ inverse @ design.T
    residuals = outcome - hat @ outcome
    return inverse @ design.T @ np.diag(residuals**2 / (1.0 - np.diag(hat))) @ design @ inverse


def test_a_line_through_four_points_by_hand() -> None:
    # y on x = −1, −1, 1, 1: means 1 and 4, so intercept 2.5 and slope 1.5; every leverage is 1/4 + 1/4 = 1/2.
    # e = ∓1, ±2: e²/(1−h) = 2, 2, 8, 8, so the variance of either coefficient is (2+2+8+8)/16 and their covariance
    # is (8+8−2−2)/16.
    design = np.array([[1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [1.0, 1.0]])
    fit = LeastSquares.of(design, np.array([0.0, 2.0, 2.0, 6.0]))
    assert_allclose(fit.coefficients, [2.5, 1.5])
    assert fit.residual_dof == 2
    assert fit.residual_sum_of_squares == pytest.approx(10.0)
    assert_allclose(fit.hc2(0.0), [[1.25, 0.75], [0.75, 1.25]])


@given(n=st.integers(12, 60), p=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_fit_and_covariance_agree_with_dense_formulas(n: int, p: int, seed: int) -> None:
    design, outcome = problem(n, p + 1, seed)
    fit = LeastSquares.of(design, outcome)
    assert_allclose(fit.coefficients, np.linalg.lstsq(design, outcome)[0], rtol=1e-7, atol=1e-9)
    assert_allclose(fit.hc2(0.0), dense_hc2(design, outcome), rtol=1e-6, atol=1e-9)
    assert fit.residual_dof == n - p - 1


def test_hc2_is_unbiased_under_homoskedastic_noise() -> None:
    # Deterministic form: with e = M·y and y's covariance σ²I, E[e_i²/(1 − h_i)] = σ², so averaging e_i² over the basis
    # vectors of the noise gives exactly σ² per row.
    design, _ = problem(15, 3)
    total = sum(LeastSquares.of(design, basis).hc2(0.0) for basis in np.eye(15))
    assert_allclose(total, np.linalg.inv(design.T @ design), rtol=1e-10)


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    design, outcome = problem(100)
    whole = LeastSquares.of(design, outcome).hc2(1.0)
    monkeypatch.setattr(least_squares, "BLOCK_ROWS", 7)
    assert_allclose(LeastSquares.of(design, outcome).hc2(1.0), whole, rtol=1e-12)


def test_a_duplicated_column_shares_the_coefficient_and_leaves_the_fit_unchanged() -> None:
    design, outcome = problem()
    doubled = np.column_stack([design, design[:, 1]])
    single, double = LeastSquares.of(design, outcome), LeastSquares.of(doubled, outcome)
    assert_allclose(double.residuals, single.residuals, atol=1e-10)
    assert_allclose(double.coefficients[[1, 4]], np.full(2, single.coefficients[1] / 2.0))
    assert double.residual_dof == single.residual_dof
    assert_allclose(quadratic_form(doubled, double.hc2(1.0)), quadratic_form(design, single.hc2(1.0)), rtol=1e-9)


def test_a_direction_that_no_row_spans_has_coefficient_and_variance_zero() -> None:
    design, outcome = problem()
    fit = LeastSquares.of(np.column_stack([design, np.zeros(len(design))]), outcome)
    assert fit.coefficients[-1] == pytest.approx(0.0, abs=1e-12)
    assert fit.hc2(1.0)[-1, -1] == pytest.approx(0.0, abs=1e-12)


def test_full_rank_is_told_from_a_column_too_many() -> None:
    design, outcome = problem()
    assert LeastSquares.of(design, outcome).full_rank
    assert not LeastSquares.of(np.column_stack([design, design[:, 1]]), outcome).full_rank


def test_the_columns_that_two_designs_identify_by_hand() -> None:
    # Columns 1, a, b, c. In the first design b = 1 − a, in the second a is constant; without a, b varies in both.
    first = np.array([[1, 1, 0, 0], [1, 0, 1, 1], [1, 1, 0, 2], [1, 0, 1, 0]], dtype=float)
    second = np.array([[1, 0, 0, 1], [1, 0, 1, 0], [1, 0, 1, 3]], dtype=float)
    assert identified_columns([first]) == [0, 1, 3]
    assert identified_columns([second]) == [0, 2, 3]
    assert identified_columns([first, second]) == [0, 2, 3]


@given(seed=st.integers(0, 10**6), n_designs=st.integers(1, 3), n_columns=st.integers(1, 7))
def test_identified_columns_are_those_that_raise_every_rank(seed: int, n_designs: int, n_columns: int) -> None:
    rng = np.random.default_rng(seed)
    flags = [rng.integers(0, 2, (6, n_columns)).astype(float) for _ in range(n_designs)]
    designs = [np.column_stack([np.ones(6), part]) for part in flags]
    expected: list[int] = []
    for column in range(n_columns + 1):
        tried = [*expected, column]
        if all(np.linalg.matrix_rank(design[:, tried]) == len(tried) for design in designs):
            expected = tried
    assert identified_columns(designs) == expected


def test_a_row_of_leverage_one_takes_the_given_variance() -> None:
    # The last row alone has the indicator: its coefficient is y_last − mean(others), its variance v + Σe²/(1 − 1/3)/3².
    design = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    fit = LeastSquares.of(design, np.array([1.0, 2.0, 3.0, 10.0]))
    assert_allclose(fit.coefficients, [2.0, 8.0])
    others = (1.0 + 0.0 + 1.0) / (2.0 / 3.0) / 9.0
    assert_allclose(fit.hc2(5.0), [[others, -others], [-others, 5.0 + others]], atol=1e-12)


def test_quadratic_form_by_hand() -> None:
    assert_allclose(quadratic_form(np.array([[1.0, 2.0]]), np.array([[2.0, 1.0], [1.0, 3.0]])), [2.0 + 4.0 + 12.0])


def test_quadratic_form_never_rounds_below_zero() -> None:
    assert quadratic_form(np.array([[1.0]]), np.array([[-1e-20]]))[0] == 0.0
