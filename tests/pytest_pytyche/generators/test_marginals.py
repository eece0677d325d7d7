import math

import numpy as np
import pytest
from scipy import stats

from pytest_pytyche.generators.marginals import (
    Bernoulli,
    Beta,
    Categorical,
    Gamma,
    LogNormal,
    Normal,
    Poisson,
    ScipyMarginal,
)


def test_normal_transforms_by_hand() -> None:
    marginal = Normal(2.0, 1.5)
    assert marginal.from_normal(np.array([-1.0, 0.0, 2.0])).tolist() == [0.5, 2.0, 5.0]
    assert marginal.variance == 2.25
    assert marginal.quantile(0.5) == 2.0
    assert marginal.cdf(np.array([3.5]))[0] == pytest.approx(stats.norm.cdf(1.0))


def test_scipy_marginal_has_the_moments_and_order_of_its_distribution() -> None:
    marginal = ScipyMarginal("gamma", {"a": 4.0, "scale": 0.5})
    assert (marginal.mean, marginal.variance) == pytest.approx((2.0, 1.0))
    z = np.linspace(-3, 3, 7)
    assert marginal.from_normal(z) == pytest.approx(stats.gamma.ppf(stats.norm.cdf(z), 4.0, scale=0.5))
    assert marginal.cdf(np.array([marginal.quantile(0.9)]))[0] == pytest.approx(0.9)


def test_named_distributions_have_the_moments_that_their_parameters_say() -> None:
    assert (LogNormal(2.0, 0.5).quantile(0.5), Gamma(3.0, 2.0).mean) == pytest.approx((2.0, 6.0))
    assert (Beta(2.0, 6.0).mean, Poisson(3.0).mean, Poisson(3.0).variance) == pytest.approx((0.25, 3.0, 3.0))


def test_counts_are_quantiles_of_the_latent_draw() -> None:
    z = np.linspace(-4, 4, 81)
    assert Poisson(3.0).from_normal(z).tolist() == stats.poisson(3.0).ppf(stats.norm.cdf(z)).tolist()
    assert Poisson(3.0).steps(8.0)[:2] == pytest.approx(stats.norm.ppf(stats.poisson(3.0).cdf([0, 1])))
    assert len(Normal().steps(8.0)) == len(Gamma(2.0).steps(8.0)) == 0


def test_ranks_of_counts_share_ties_so_that_their_mean_is_one_half() -> None:
    counts = np.arange(60.0)
    assert Poisson(3.0).rank(counts) @ stats.poisson(3.0).pmf(counts) == pytest.approx(0.5)
    assert Gamma(2.0).rank(counts) == pytest.approx(Gamma(2.0).cdf(counts))


def test_categorical_codes_follow_the_cumulative_probabilities() -> None:
    marginal = Categorical.of({"a": 0.5, "b": 0.3, "c": 0.2})
    assert marginal.codes(np.array([0.0, 0.49, 0.5, 0.79, 0.8, 0.999])).tolist() == [0, 0, 1, 1, 2, 2]


def test_bernoulli_gives_true_with_its_probability() -> None:
    assert Bernoulli(0.35).codes(np.array([0.64, 0.66])).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(0.0, 0.0), "positive finite sd"),
        (lambda: Normal(math.nan), "expected a finite mean"),
        (lambda: Categorical.of({"a": 0.5, "b": 0.4}), "sums to 0.9; expected non-negative numbers that sum to 1"),
        (lambda: Categorical.of({"a": 1.5, "b": -0.5}), "expected non-negative numbers"),
        (lambda: Categorical(("a", "a"), (0.5, 0.5)), "one per distinct level"),
        (lambda: Categorical(tuple(range(257)), (1 / 257,) * 257), "257 levels; expected at most 256"),
        (lambda: ScipyMarginal("gama", {"a": 1.0}), "distribution='gama'; expected the name"),
        (lambda: ScipyMarginal("multivariate_normal", {}), "expected the name of a distribution"),
        (lambda: ScipyMarginal("gamma", {"b": 1.0}), "parameters={'b': 1.0} of 'gamma'"),
        (lambda: ScipyMarginal("cauchy", {}), "finite mean and variance"),
    ],
)
def test_unfit_distributions_are_refused_with_their_value(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        make()  # type: ignore[operator]  # each parameter is a callable
