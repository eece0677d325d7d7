import numpy as np
import pytest
from scipy import stats

from pytest_pytyche.generators.published.kunzel2019 import SIMULATIONS, coefficients, vine_correlation
from pytest_pytyche.generators.scenarios import DESIGNS
from tests.pytest_pytyche.generators.published.columns import Array, generated, means, propensity


def matrix(x: dict[str, Array]) -> Array:
    return np.column_stack([x[f"x{j}"] for j in range(1, len(x) + 1)])


def test_the_catalog_has_the_six_simulations() -> None:
    assert [spec[1]["simulation"] for spec in DESIGNS["kunzel2019"].specs()] == list(SIMULATIONS)


def test_unbalanced_treats_one_in_a_hundred_with_a_step_effect() -> None:
    bundle, x = generated("kunzel2019", simulation="unbalanced")
    control, effect = means(bundle)
    beta = np.array(coefficients("unbalanced", 20, -5.0, 5.0))
    assert control == pytest.approx(matrix(x) @ beta + 5 * (x["x1"] > 0.5))
    assert effect == pytest.approx(8.0 * (x["x2"] > 0.1))
    assert bundle.observed.design.probabilities == (0.99, 0.01)


def test_complex_linear_has_coefficients_of_its_own_per_arm() -> None:
    bundle, x = generated("kunzel2019", simulation="complex-linear")
    arms = [np.array(coefficients(f"complex-linear-{arm}", 20, 1.0, 30.0)) for arm in (0, 1)]
    assert bundle.truth.mean_per_visitor == pytest.approx(matrix(x) @ np.stack(arms, axis=1))


def test_complex_nonlinear_is_half_a_product_of_steep_sigmoids() -> None:
    bundle, x = generated("kunzel2019", simulation="complex-nonlinear")
    control, effect = means(bundle)
    product = np.prod([2 / (1 + np.exp(-12 * (x[name] - 0.5))) for name in ("x1", "x2")], axis=0)
    assert control == pytest.approx(-0.5 * product)
    assert control + effect == pytest.approx(0.5 * product, abs=1e-12)


def test_global_linear_has_no_effect() -> None:
    bundle, x = generated("kunzel2019", simulation="global-linear")
    beta = np.array(coefficients("global-linear", 5, 1.0, 30.0))
    assert means(bundle)[0] == pytest.approx(matrix(x) @ beta)
    assert not means(bundle)[1].any()


def test_piecewise_linear_takes_the_slopes_that_x20_points_to() -> None:
    bundle, x = generated("kunzel2019", simulation="piecewise-linear")
    beta = np.array(coefficients("piecewise-linear", 20, -15.0, 15.0))
    first = np.select([x["x20"] < -0.4, x["x20"] <= 0.4], [0, 5], 10)
    expected = [row[j : j + 5] @ beta[j : j + 5] for row, j in zip(matrix(x), first, strict=True)]
    assert means(bundle)[0] == pytest.approx(np.array(expected))
    assert not means(bundle)[1].any()


def test_beta_confounded_has_the_density_of_a_beta_in_its_propensity() -> None:
    bundle, x = generated("kunzel2019", simulation="beta-confounded")
    assert propensity(bundle) == pytest.approx(0.25 * (1 + stats.beta(2, 4).pdf(x["x1"])))
    assert means(bundle)[0] == pytest.approx(2 * x["x1"] - 1)
    assert bundle.truth.effect == 0.0
    assert bundle.truth.naive_bias < -0.2


def test_vine_correlations_are_correlations_of_full_rank() -> None:
    correlation = np.array(vine_correlation(20))
    assert correlation == pytest.approx(correlation.T)
    assert np.diag(correlation) == pytest.approx(np.ones(20))
    assert np.linalg.eigvalsh(correlation).min() > 0


def test_partial_correlations_of_the_vine_give_its_third_entry() -> None:
    # r23 = r12·r13 + p·√((1 - r12²)(1 - r13²)) with the partial correlation p given the first, |p| < 1.
    (_, r12, r13), (_, _, r23), _ = vine_correlation(3)
    assert abs((r23 - r12 * r13) / np.sqrt((1 - r12**2) * (1 - r13**2))) < 1


def test_coefficients_lie_between_their_bounds_and_stay() -> None:
    beta = coefficients("unbalanced", 20, -5.0, 5.0)
    assert all(-5 <= b <= 5 for b in beta)
    assert beta == coefficients("unbalanced", 20, -5.0, 5.0)
    assert beta[:5] == coefficients("unbalanced", 5, -5.0, 5.0)
