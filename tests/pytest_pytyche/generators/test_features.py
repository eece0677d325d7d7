import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pytest_pytyche.generators.features import CopulaConfig, Features, FeatureSpec, MixtureConfig, lower_factor, sample
from pytest_pytyche.generators.marginals import Bernoulli, Categorical, Normal, ScipyMarginal
from pytest_pytyche.generators.schema import TWO_CLUSTERS, clustered_sampler, visitor_sampler
from pytest_pytyche.generators.streams import Draws

DRAWS = Draws(11, 0, 0, 20_000)
X, Y = FeatureSpec("x", "continuous"), FeatureSpec("y", "continuous")


def test_the_default_schema_has_its_documented_shares() -> None:
    x = sample(visitor_sampler(2), DRAWS)
    assert list(x) == ["session_recency", "browse_depth", "device_type", "is_returning", "channel", "z0", "z1"]
    shares = np.bincount(x["device_type"]) / 20_000
    assert shares == pytest.approx([0.55, 0.35, 0.10], abs=0.02)
    assert x["session_recency"].std() == pytest.approx(1.5, abs=0.05)
    assert x.cluster is None


def test_level_codes_mean_the_same_level_in_every_cluster() -> None:
    sampler = clustered_sampler((0.6, 0.4), TWO_CLUSTERS, 0, 0)
    x = sample(sampler, DRAWS)
    assert x.cluster is not None
    direct = x.levels["channel"].index("direct")
    shares = [np.mean(x["channel"][x.cluster == c] == direct) for c in (0, 1)]
    assert shares == pytest.approx([0.40, 0.15], abs=0.02)


def test_copula_features_have_their_marginals_and_latent_correlation() -> None:
    gamma = ScipyMarginal("gamma", {"a": 2.0})
    config = CopulaConfig(
        (X, FeatureSpec("g", "continuous", gamma), FeatureSpec("b", "binary", Bernoulli(0.3))),
        [[1.0, 0.6, 0.0], [0.6, 1.0, 0.5], [0.0, 0.5, 1.0]],
    )
    x = sample(config, DRAWS)
    assert stats.kstest(x["g"], stats.gamma(2.0).cdf).pvalue > 1e-3
    rank = stats.spearmanr(x["x"], x["g"]).statistic
    assert rank == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.03)
    assert x["b"].mean() == pytest.approx(0.3, abs=0.02)
    assert np.mean(x["g"][x["b"] == 1]) > np.mean(x["g"][x["b"] == 0]) + 0.5


@given(st.lists(st.lists(st.floats(-2, 2), min_size=4, max_size=4), min_size=2, max_size=4))
def test_lower_factor_reproduces_any_covariance_even_a_singular_one(rows: list[list[float]]) -> None:
    matrix = np.array(rows).T @ np.array(rows)
    factor = lower_factor(matrix)
    assert np.allclose(factor @ factor.T, matrix, atol=1e-5)
    assert np.array_equal(factor, np.tril(factor))


def test_appending_a_feature_to_a_copula_leaves_the_others_unchanged() -> None:
    two = sample(CopulaConfig((X, Y), [[1.0, 0.7], [0.7, 1.0]]), DRAWS)
    three = CopulaConfig((X, Y, FeatureSpec("w", "continuous")), [[1, 0.7, 0.2], [0.7, 1, 0.1], [0.2, 0.1, 1]])
    assert np.array_equal(two["y"], sample(three, DRAWS)["y"])


def test_take_keeps_rows_together() -> None:
    x = Features({"x": np.arange(4.0)}, {}, np.array([0, 1, 0, 1], dtype=np.uint8), 4).take(np.array([3, 0]))
    assert x["x"].tolist() == [3.0, 0.0]
    assert x.cluster is not None
    assert (x.cluster.tolist(), x.n) == ([1, 0], 2)
    with pytest.raises(KeyError, match="no feature 'q'; expected one of"):
        x["q"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeatureSpec("x", "continous"), "kind='continous'; expected one of"),
        (lambda: FeatureSpec("revenue", "continuous"), "'revenue' is reserved"),
        (lambda: FeatureSpec("x", "binary", Normal()), "feature 'x' is binary, which Normal"),
        (lambda: FeatureSpec("x", "categorical", Bernoulli(0.5)), "feature 'x' is categorical"),
        (lambda: MixtureConfig((X,), (0.5, 0.6), ({}, {})), "sums to 1.1"),
        (lambda: MixtureConfig((X,), (1.0,), ({}, {})), "1 weights for 2 clusters"),
        (lambda: MixtureConfig((X,), (1.0,), ({"q": Normal()},)), r"names \['q'\]; the features are \['x'\]"),
        (lambda: MixtureConfig((X, X), (1.0,), ({},)), r"features named twice: \['x'\]"),
        (lambda: MixtureConfig((FeatureSpec("c", "categorical"),), (1.0,), ({},)), "'c' has no marginal in cluster 0"),
        (lambda: CopulaConfig((X, Y), [[1.0]]), r"shape \(1, 1\); expected \(2, 2\)"),
        (lambda: CopulaConfig((X, Y), [[1, 0.5], [0.4, 1]]), "not symmetric"),
        (
            lambda: CopulaConfig(
                (X, Y, FeatureSpec("w", "continuous")), [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
            ),
            "not positive semi-definite: its smallest eigenvalue is -0.8; expected >= 0",
        ),
        (lambda: CopulaConfig((FeatureSpec("c", "categorical"),), [[1.0]]), "has no marginal"),
        (lambda: FeatureSpec("c", "binary", Categorical.of({"a": 1.0})), "is binary"),
    ],
)
def test_unfit_samplers_are_refused_by_name(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # each parameter is a callable
