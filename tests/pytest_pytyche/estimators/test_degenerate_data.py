"""What estimators and metrics make of data that hardly say anything."""

import pytest

from pytest_pytyche.checks.invariants import check_invariants
from pytest_pytyche.checks.truth import describe_truth
from pytest_pytyche.estimators import load_estimator
from pytest_pytyche.estimators.base import EstimateError
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.generators.core import (
    AssignmentConfig,
    CalibrationBundle,
    Categorical,
    ContinuousMode,
    FeatureSpec,
    MixtureConfig,
    SurfaceConfig,
    V2GeneratorConfig,
    generate_v2_core,
)
from pytest_pytyche.generators.scenarios import TEMPLATES, ScenarioSpec
from pytest_pytyche.generators.surfaces import Const, Linear
from pytest_pytyche.metrics import score

BUILT_IN = pytest.mark.parametrize("estimator", ["lin", "difference_in_means"])


def reversal(**knobs: object) -> tuple[ScenarioSpec, V2GeneratorConfig, CalibrationBundle]:
    given = {"metric_id": "conversion_rate", "effect_scale": 1.0, "n_visitors": 60, **knobs}
    config = TEMPLATES["reversal"](seed=0, **given)[0]
    return (TEMPLATES["reversal"], given), config, generate_v2_core(config)


def single_level(n: int) -> CalibrationBundle:
    features = (FeatureSpec("group", "categorical", Categorical.of({"a": 1.0})), FeatureSpec("x", "continuous"))
    sampler = MixtureConfig(features, (1.0,), ({},))
    mode = ContinuousMode((SurfaceConfig(Const(0.0)), SurfaceConfig(Linear("x", 0.0))))
    return generate_v2_core(V2GeneratorConfig(n, sampler, mode, AssignmentConfig(), 0))


@BUILT_IN
def test_an_arm_without_visitors_is_named(estimator: str) -> None:
    _, _, bundle = reversal(treatment_allocation=1e-9)
    with pytest.raises(EstimateError, match="arm 'treatment' has 0"):
        fit(load_estimator(estimator), bundle.observed, seed=0)


def test_the_truth_of_an_arm_without_visitors_is_defined() -> None:
    spec, config, bundle = reversal(treatment_allocation=1e-9)
    check_invariants(spec, 0, config, bundle)
    assert bundle.truth.effect != 0.0
    assert "treatment                                           0" in describe_truth(bundle, "x")


@BUILT_IN
def test_a_constant_outcome_gives_no_effect_and_no_width(estimator: str) -> None:
    _, _, bundle = reversal(baseline_rate=1e-12)
    scores = score(fit(load_estimator(estimator), bundle.observed, seed=0), bundle.truth)
    assert (scores["ate_hat"], scores["width_cate"], scores["coverage_cate"]) == (0.0, 0.0, 0.0)
    assert scores["spearman"] is None
    assert scores["pehe"] == pytest.approx(0.0, abs=1e-9)


@BUILT_IN
def test_a_single_level_is_as_good_as_no_feature(estimator: str) -> None:
    observed, truth = single_level(200)
    without = CalibrationBundle(
        type(observed)("x", observed.metric, observed.visitors.drop("group"), observed.design), truth
    )
    scores, expected = (
        score(fit(load_estimator(estimator), bundle.observed, seed=0), truth) for bundle in (single_level(200), without)
    )
    assert scores == expected


def test_a_constant_effect_has_no_ranks() -> None:
    _, _, bundle = reversal(effect_scale=0.0)
    assert score(fit(load_estimator("lin"), bundle.observed, seed=0), bundle.truth)["spearman"] is None
