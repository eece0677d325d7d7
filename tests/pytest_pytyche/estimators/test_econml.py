import numpy as np
import pytest
from econml.dml import CausalForestDML

from pytest_pytyche.estimators import EstimatorNotFound, load_estimator
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.observed import ObservedExperimentData
from pytest_pytyche.generators.scenarios import TEMPLATES

FOREST, DR = "econml-causal-forest(n_estimators=40)", "econml-dr(cv=2)"


def observed(template: str = "reversal", metric: str = "conversion_rate", **knobs: object) -> ObservedExperimentData:
    config, _ = TEMPLATES[template](metric, 2.0, seed=1, n_visitors=300, baseline_rate=0.2, **knobs)
    return generate_v2_core(config).observed


@pytest.mark.parametrize("name", [FOREST, DR])
def test_effects_follow_the_feature_that_drives_them(name: str) -> None:
    data = observed()
    estimate = fit(load_estimator(name), data, seed=1)
    assert np.corrcoef(estimate.cate[:, 0], data.visitors["session_recency"])[0, 1] > 0.7


@pytest.mark.parametrize("name", [FOREST, DR])
def test_every_arm_has_its_contrast(name: str) -> None:
    estimate = fit(load_estimator(name), observed("clustered_realistic", "revenue_per_visitor", K=3), seed=1)
    assert estimate.cate.shape == (300, 2)
    assert estimate.ate.shape == (2,)
    assert not np.array_equal(estimate.cate[:, 0], estimate.cate[:, 1])


@pytest.mark.parametrize("name", [FOREST, DR])
def test_a_seed_repeats_and_another_differs(name: str) -> None:
    data = observed()
    one, same, other = (fit(load_estimator(name), data, seed=seed).cate for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_average_of_a_linear_effect_is_the_mean_of_the_effects() -> None:
    estimate = fit(load_estimator(DR), observed(), seed=1)
    np.testing.assert_allclose(estimate.ate, estimate.cate.mean(axis=0))


def test_parameters_reach_the_library_and_others_are_refused_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    class Noting(CausalForestDML):  # type: ignore[misc]  # econml ships no types
        def __init__(self, **parameters: object) -> None:
            given.update(parameters)
            raise RuntimeError("seen")

    monkeypatch.setattr("econml.dml.CausalForestDML", Noting)
    with pytest.raises(ValueError, match="seen"):
        fit(load_estimator("econml-causal-forest(n_estimators=8, max_depth=3)"), observed(), seed=1)
    assert (given["n_estimators"], given["max_depth"], given["n_jobs"]) == (8, 3, 1)
    with pytest.raises(
        EstimatorNotFound, match=r"unknown parameter n_trees=8; expected one of \['n_estimators', 'min_"
    ):
        load_estimator("econml-causal-forest(n_trees=8)")


def test_a_number_of_trees_that_the_library_would_refuse_is_refused_at_once() -> None:
    with pytest.raises(EstimatorNotFound, match="n_estimators=30; expected a multiple of 4"):
        load_estimator("econml-causal-forest(n_estimators=30)")


def test_intervals_of_several_averages_are_as_wide_as_the_data_allow() -> None:
    data = observed("constant", K=3)
    forest, plain = (fit(load_estimator(name), data, seed=1) for name in (FOREST, "difference_in_means"))
    widths = [np.subtract(*one.ate_interval(0.95)[::-1]) for one in (forest, plain)]
    np.testing.assert_allclose(widths[0], widths[1], rtol=0.35)
