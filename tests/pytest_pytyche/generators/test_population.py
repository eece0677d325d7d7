import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_pytyche.generators.features import CopulaConfig, FeatureSpec, MixtureConfig, sample
from pytest_pytyche.generators.marginals import (
    Bernoulli,
    Beta,
    Gamma,
    LogNormal,
    Marginal,
    Normal,
    Poisson,
    ScipyMarginal,
)
from pytest_pytyche.generators.schema import SIX_CLUSTERS, clustered_sampler
from pytest_pytyche.generators.streams import Draws

TWO = MixtureConfig(
    (FeatureSpec("x", "continuous"), FeatureSpec("y", "continuous")),
    (0.25, 0.75),
    ({"x": Normal(0.0, 1.0), "y": Normal(4.0, 1.0)}, {"x": Normal(4.0, 2.0), "y": Normal(0.0, 1.0)}),
)


def test_moments_of_a_mixture_by_hand() -> None:
    population = TWO.population
    assert population.mean("x") == 3.0
    # within .25·1 + .75·4 = 3.25, between .25·9 + .75·1 = 3
    assert population.variance("x") == 6.25
    # between only: .25·(0-3)(4-1) + .75·(4-3)(0-1) = -3
    assert population.covariance("x", "y") == -3.0
    assert population.cluster(1).mean("x") == 4.0
    assert population.cluster(1).covariance("x", "y") == 0.0


def test_quantile_of_a_mixture_inverts_its_distribution_function() -> None:
    value = TWO.population.quantile("x", 0.85)
    shares = [
        w * float(m.cdf(np.asarray(value))) for w, m in zip((0.25, 0.75), TWO.population.components("x"), strict=True)
    ]
    assert sum(shares) == pytest.approx(0.85, abs=1e-9)


COUNTS = MixtureConfig(
    (FeatureSpec("n", "continuous"), FeatureSpec("part", "continuous")),
    (0.3, 0.7),
    ({"n": Poisson(2.0), "part": Poisson(2.0)}, {"n": Poisson(0.5), "part": Normal(0.0, 1.0)}),
)


@given(q=st.floats(0.01, 0.999))
def test_quantile_of_a_mixture_of_counts_is_the_smallest_count_that_reaches_it(q: float) -> None:
    shares = 0.3 * stats.poisson.cdf(np.arange(40), 2.0) + 0.7 * stats.poisson.cdf(np.arange(40), 0.5)
    assert COUNTS.population.quantile("n", q) == np.argmax(shares >= q)


def test_quantile_of_counts_in_one_cluster_and_a_normal_in_the_other() -> None:
    # The share up to 1 jumps by .3·2/e²: from .3/e² + .7·Φ(1) = .6295 to .7107. Beyond it, the normal goes on.
    population = COUNTS.population
    assert population.quantile("part", 0.65) == population.quantile("part", 0.7) == 1.0
    assert 1.0 < population.quantile("part", 0.72) < 2.0
    assert population.share_above("part", population.quantile("part", 0.72)) == pytest.approx(0.28)


def test_share_above_by_hand() -> None:
    assert COUNTS.population.share_above("n", 0.0) == pytest.approx(1.0 - 0.3 * np.exp(-2.0) - 0.7 * np.exp(-0.5))
    assert COUNTS.population.share_above("n", -0.5) == 1.0
    assert TWO.population.cluster(0).share_above("x", 0.0) == 0.5


def test_features_that_hold_counts_in_some_cluster_have_ties() -> None:
    assert [COUNTS.population.has_ties(name) for name in ("n", "part")] == [True, True]
    assert not TWO.population.has_ties("x")


def test_probabilities_are_weighted_over_clusters() -> None:
    sampler = clustered_sampler((0.25, 0.20, 0.20, 0.15, 0.12, 0.08), SIX_CLUSTERS, 0, 0)
    expected = 0.25 * 0.70 + 0.20 * 0.15 + 0.20 * 0.40 + 0.15 * 0.20 + 0.12 * 0.60 + 0.08 * 0.25
    assert sampler.population.probabilities("is_returning")[True] == pytest.approx(expected)
    assert sum(sampler.population.probabilities("channel").values()) == pytest.approx(1.0)


@given(st.floats(-0.95, 0.95))
def test_copula_covariance_of_lognormals_matches_the_closed_form(rho: float) -> None:
    lognormal = ScipyMarginal("lognorm", {"s": 0.5})
    config = CopulaConfig(
        (FeatureSpec("x", "continuous", lognormal), FeatureSpec("y", "continuous", lognormal)), [[1, rho], [rho, 1]]
    )
    closed = np.exp(0.25) * np.expm1(rho * 0.25)
    assert config.population.covariance("x", "y") == pytest.approx(closed, rel=1e-8, abs=1e-10)


@settings(max_examples=25)
@given(a=st.floats(0.8, 5.0), b=st.floats(0.8, 5.0), rho=st.floats(-0.95, 0.95))
def test_copula_covariance_of_a_bounded_marginal_matches_a_direct_integral(a: float, b: float, rho: float) -> None:
    # z and t standard normal with correlation rho, y = F⁻¹(Φ(t)): Cov(z, y) = rho·E[y·t], a mean over quantiles u of t.
    beta = ScipyMarginal("beta", {"a": a, "b": b})
    config = CopulaConfig((FeatureSpec("z", "continuous"), FeatureSpec("y", "continuous", beta)), [[1, rho], [rho, 1]])
    u = (np.arange(20_000) + 0.5) / 20_000
    direct = rho * float(np.mean(stats.beta(a, b).ppf(u) * stats.norm.ppf(u)))
    assert config.population.covariance("z", "y") == pytest.approx(direct, rel=1e-3, abs=1e-9)


def test_sampled_moments_agree_with_the_exact_ones() -> None:
    x = sample(TWO, Draws(3, 0, 0, 60_000))
    assert x["x"].mean() == pytest.approx(3.0, abs=5 * 2.5 / np.sqrt(60_000))
    assert np.cov(x["x"], x["y"])[0, 1] == pytest.approx(-3.0, abs=0.2)


@pytest.mark.parametrize(
    ("first", "second", "rho"),
    [
        (Poisson(3.0), Poisson(1.5), 0.6),
        (Poisson(0.4), Gamma(2.0), -0.5),
        (Normal(1.0, 2.0), Poisson(3.0), 0.9),
        (LogNormal(1.0, 0.5), Beta(2.0, 5.0), 0.7),
    ],
)
def test_covariances_of_counts_and_skewed_features_are_those_of_draws(
    first: Marginal, second: Marginal, rho: float
) -> None:
    features = (FeatureSpec("a", "continuous", first), FeatureSpec("b", "continuous", second))
    sampler = CopulaConfig(features, ((1.0, rho), (rho, 1.0)))
    x = sample(sampler, Draws(0, 0, 0, 60_000))
    products = (x["a"] - x["a"].mean()) * (x["b"] - x["b"].mean())
    error = products.std() / np.sqrt(len(products))
    assert sampler.population.covariance("a", "b") == pytest.approx(products.mean(), abs=5 * error)
    assert sampler.population.covariance("b", "a") == pytest.approx(sampler.population.covariance("a", "b"))


def test_covariance_of_counts_is_exact() -> None:
    # Latent correlation 1: both counts are the same, so their covariance is the variance, 3.
    sampler = CopulaConfig(
        (FeatureSpec("a", "continuous", Poisson(3.0)), FeatureSpec("b", "continuous", Poisson(3.0))),
        ((1.0, 1.0), (1.0, 1.0)),
    )
    assert sampler.population.covariance("a", "b") == pytest.approx(3.0, abs=1e-9)


def test_the_quantile_of_a_mixture_of_counts_is_one_of_them() -> None:
    few, many = {"x": Poisson(1.0)}, {"x": Poisson(1.2)}
    population = MixtureConfig((FeatureSpec("x", "continuous"),), (0.5, 0.5), (few, many)).population
    assert population.quantile("x", 0.5) == 1.0


def test_squares_of_a_mixture_by_hand() -> None:
    population = TWO.population
    # E[(x - 3)⁴] of Normal(0, 1) is 3 + 6·9 + 81 = 138, of Normal(4, 2) it is 48 + 6·4 + 1 = 73
    assert population.square("x", 3.0) == 6.25
    assert population.squares("x", 3.0, "x", 3.0) == pytest.approx(0.25 * 138 + 0.75 * 73)
    # independent within clusters, y about 1: .25·(1 + 9)·(1 + 9) + .75·(4 + 1)·(1 + 1)
    assert population.squares("x", 3.0, "y", 1.0) == pytest.approx(0.25 * 100 + 0.75 * 10)


@pytest.mark.parametrize("marginal", [Gamma(2.0, 1.5), LogNormal(1.0, 0.5), Beta(2.0, 5.0), Normal(1.0, 2.0)], ids=str)
def test_moments_about_a_point_are_integrals(marginal: Normal | ScipyMarginal) -> None:
    points = marginal.from_normal(np.linspace(-9.0, 9.0, 100_001))
    weights = stats.norm.pdf(np.linspace(-9.0, 9.0, 100_001)) * 18.0 / 100_000
    expected = [float(np.sum(weights * (points - 0.7) ** power)) for power in (2, 4)]
    assert [marginal.square_about(0.7), marginal.fourth_about(0.7)] == pytest.approx(expected, rel=1e-6)


def test_moments_of_counts_and_levels_are_sums() -> None:
    k = np.arange(60)
    assert Poisson(1.3).square_about(1.0) == pytest.approx(stats.poisson.pmf(k, 1.3) @ (k - 1.0) ** 2)
    assert Poisson(1.3).fourth_about(1.0) == pytest.approx(stats.poisson.pmf(k, 1.3) @ (k - 1.0) ** 4)
    assert Bernoulli(0.25).square_about(0.5) == 0.25
    assert Bernoulli(0.25).fourth_about(0.5) == 0.0625


@pytest.mark.parametrize(("name", "parameters"), [("t", {"df": 3.0}), ("pareto", {"b": 2.5}), ("zipf", {"a": 3.5})])
def test_a_fourth_moment_that_is_not_finite_is_infinite(name: str, parameters: dict[str, float]) -> None:
    marginal = ScipyMarginal(name, parameters)
    assert marginal.square_about(marginal.mean) == marginal.variance
    assert marginal.fourth_about(marginal.mean) == np.inf


def test_the_square_under_a_copula_is_bounded() -> None:
    tied = CopulaConfig((FeatureSpec("a", "continuous"), FeatureSpec("b", "continuous")), [[1.0, 0.6], [0.6, 1.0]])
    # E[a²·b²] = 1 + 2·.6² for normals, which Cauchy-Schwarz bounds by 3
    assert tied.population.squares("a", 0.0, "b", 0.0) == pytest.approx(3.0)
