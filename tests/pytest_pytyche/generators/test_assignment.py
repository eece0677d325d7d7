from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.checks.invariants import check_alignment, check_domain, check_invariants, check_outcomes
from pytest_pytyche.generators.core import (
    AlignedVisitorArray,
    CalibrationBundle,
    ContinuousMode,
    CopulaConfig,
    FeatureSpec,
    ObservationalAssignment,
    SurfaceConfig,
    V2GeneratorConfig,
    generate_v2_core,
    iter_v2_core,
)
from pytest_pytyche.generators.scenarios import TEMPLATES, ScenarioSpec, spec_id
from pytest_pytyche.generators.surfaces import Const, Linear, Sigmoid
from pytest_pytyche.generators.truth_frame import truth_frame

X = CopulaConfig((FeatureSpec("x", "continuous"),), [[1.0]])
KNOBS = {"metric_id": "conversion_rate", "effect_scale": 1.0, "prognostic_features": ("browse_depth",)}


def observational(*surfaces: object, n: int = 500) -> V2GeneratorConfig:
    mode = ContinuousMode((SurfaceConfig(Linear("x", 0.0)),) * (len(surfaces) + 1))
    assignment = ObservationalAssignment(tuple(map(SurfaceConfig, surfaces)))  # type: ignore[arg-type]  # any surface
    return V2GeneratorConfig(n, X, mode, assignment, 0)


def confounded(template: str = "constant", **knobs: object) -> tuple[V2GeneratorConfig, CalibrationBundle]:
    config = TEMPLATES[template](**{"seed": 1, "confounding": 1.0, **KNOBS, **knobs})[0]
    return config, generate_v2_core(config)


def test_arms_come_as_often_as_their_propensity_says() -> None:
    config = observational(Const(0.2), Const(0.3), n=50_000)
    observed, truth = generate_v2_core(config)
    assert truth.propensity is not None
    assert truth.propensity.values[0] == pytest.approx([0.5, 0.2, 0.3])
    assert np.bincount(observed.arm_codes) / 50_000 == pytest.approx([0.5, 0.2, 0.3], abs=0.01)


def test_estimators_are_not_told_the_propensity() -> None:
    observed, _ = generate_v2_core(observational(Const(0.2)))
    assert observed.design.probabilities is None
    assert observed.visitors.columns == ["variant", "outcome", "x"]


def test_naive_bias_by_hand() -> None:
    # Two halves of visitors, y = ±1 whatever the arm: treated with .8 where y = 1 and .2 where y = -1, so the mean of
    # the treated is (.8 - .2)/(.8 + .2) = .6, that of control -.6, and the difference 1.2 though there is no effect.
    _, truth = generate_v2_core(observational(Const(0.5), n=4))
    y = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]])
    e = np.array([[0.2, 0.8], [0.8, 0.2], [0.2, 0.8], [0.8, 0.2]])
    fixed = replace(
        truth,
        y_per_visitor=AlignedVisitorArray(y),
        propensity=AlignedVisitorArray(e),
        contrast_cate_per_visitor=AlignedVisitorArray(y[:, 1:] - y[:, :1]),
    )
    assert fixed.naive_biases == pytest.approx((1.2,))


def test_naive_bias_is_what_the_difference_in_means_is_off_by() -> None:
    observed, truth = generate_v2_core(observational(Sigmoid(Linear("x", 0.0)), n=200_000))
    y, z = observed.outcome, observed.arm_codes
    assert truth.naive_bias == pytest.approx(y[z == 1].mean() - y[z == 0].mean() - truth.effect, abs=0.02)
    assert truth.naive_bias > 0.5


@pytest.mark.parametrize(("surface", "value"), [(Const(0.0), "1"), (Const(1.0), "0")])
def test_certain_assignment_is_refused(surface: Const, value: str) -> None:
    with pytest.raises(ValueError, match=rf"the propensity of control is {value} for some visitor; expected \(0, 1\)"):
        generate_v2_core(observational(surface))


def test_treatments_that_leave_nothing_to_control_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the propensity of control is -0\.2 for some visitor"):
        generate_v2_core(observational(Const(0.6), Const(0.6)))


def test_an_observational_study_needs_a_treatment() -> None:
    with pytest.raises(ValueError, match="0 propensity_surfaces; expected one per treatment"):
        ObservationalAssignment(())


def test_a_propensity_that_is_not_that_of_the_rows_is_found() -> None:
    config = observational(Sigmoid(Linear("x", 0.0)))
    observed, truth = generate_v2_core(config)
    assert truth.propensity is not None
    swapped = CalibrationBundle(observed, replace(truth, propensity=AlignedVisitorArray(truth.propensity.values[::-1])))
    with pytest.raises(CheckFailed, match="propensity is not aligned to the observed rows"):
        check_alignment(config, swapped)
    with pytest.raises(CheckFailed, match=r"propensity spans \[.*\]; expected numbers in \(0, 1\)"):
        check_domain(
            CalibrationBundle(observed, replace(truth, propensity=AlignedVisitorArray(truth.propensity.values * 2)))
        )


def test_arms_that_ignore_the_propensity_are_found() -> None:
    config = observational(Const(0.2), n=2000)
    other = generate_v2_core(observational(Const(0.5), n=2000))
    stated = replace(other.truth, propensity=generate_v2_core(config).truth.propensity)
    with pytest.raises(CheckFailed, match="share of control has mean"):
        check_outcomes(config, CalibrationBundle(other.observed, stated))


def test_confounding_is_the_log_odds_per_unit_of_the_prognostic_signal() -> None:
    _, bundle = confounded(confounding=0.7, overlap=0.2, treatment_allocation=0.3, n_visitors=400)
    depth = (bundle.observed.visitors["browse_depth"].to_numpy() - 3.0) / 2.0
    tilted = special.expit(special.logit(0.3) + 0.7 * depth)
    assert bundle.truth.propensity is not None
    assert bundle.truth.propensity.values[:, 1] == pytest.approx(0.2 * 0.3 + 0.8 * tilted)


def test_without_confounding_nothing_changes() -> None:
    plain = TEMPLATES["constant"](**KNOBS)[0]
    assert TEMPLATES["constant"](**KNOBS, confounding=0.0)[0].digest == plain.digest


def test_more_overlap_means_less_bias() -> None:
    biases = [confounded(overlap=overlap, n_visitors=5000)[1].truth.naive_bias for overlap in (0.01, 0.3, 0.8)]
    assert biases == sorted(biases, reverse=True)
    assert biases[2] > 0


@given(
    st.sampled_from(sorted(TEMPLATES)),
    st.integers(2, 4),
    st.floats(-3, 3).filter(lambda slope: abs(slope) > 0.01),
    st.floats(0.01, 0.9),
    st.integers(0, 2**32),
)
def test_confounded_designs_keep_the_rules(template: str, K: int, slope: float, overlap: float, seed: int) -> None:
    knobs = {**KNOBS, "K": K, "confounding": slope, "overlap": overlap, "n_visitors": 400}
    spec: ScenarioSpec = (TEMPLATES[template], knobs)
    config, _ = spec[0](seed=seed, **knobs)
    bundle = generate_v2_core(config)
    check_invariants(spec, seed, config, bundle)
    assert bundle.truth.propensity is not None
    assert bundle.truth.propensity.values.min() >= overlap / K * (1 - 1e-12)


@given(st.integers(1, 300), st.integers(1, 200), st.integers(0, 2**32))
def test_the_first_rows_of_a_larger_observational_study_are_the_smaller_one(n: int, more: int, seed: int) -> None:
    config = replace(confounded(n_visitors=n)[0], seed=seed)
    bundle, larger = generate_v2_core(config), generate_v2_core(replace(config, n_visitors=n + more))
    assert larger.observed.visitors.head(n).equals(bundle.observed.visitors)
    assert bundle.truth.propensity is not None
    assert larger.truth.propensity is not None
    assert np.array_equal(larger.truth.propensity[:n], bundle.truth.propensity)


def test_assignment_shares_its_draw_with_the_randomised_design() -> None:
    _, weak = confounded(confounding=0.01, n_visitors=2000)
    plain = generate_v2_core(TEMPLATES["constant"](seed=1, **KNOBS, n_visitors=2000)[0])
    assert (weak.observed.arm_codes == plain.observed.arm_codes).mean() > 0.98
    assert weak.observed.visitors["browse_depth"].equals(plain.observed.visitors["browse_depth"])


def test_chunks_hold_the_propensities_of_their_rows() -> None:
    config, whole = confounded(n_visitors=500)
    parts = [chunk.truth.propensity for chunk in iter_v2_core(config, rows_per_chunk=200)]
    assert whole.truth.propensity is not None
    assert np.array_equal(np.concatenate([part for part in parts if part is not None]), whole.truth.propensity)


def test_the_truth_table_has_the_propensities() -> None:
    _, bundle = confounded(K=3, n_visitors=20)
    columns = truth_frame(bundle).columns
    assert [name for name in columns if name.startswith("propensity")] == [
        "propensity_control",
        "propensity_treatment_1",
        "propensity_treatment_2",
    ]


def test_ids_name_confounding_and_overlap() -> None:
    spec = (TEMPLATES["constant"], {**KNOBS, "prognostic_features": (), "confounding": 1.0, "overlap": 0.2})
    assert spec_id(spec) == "constant-cr-es1-conf1-overlap-0.2"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"confounding": 1.0, "prognostic_features": ()}, r"confounding=1\.0 without prognostic_features"),
        ({"overlap": 0.2}, r"overlap=0\.2 would have no effect: confounding=0 randomises the arms"),
        ({"confounding": 1.0, "overlap": 1.0}, r"overlap=1\.0; expected a number between 0 and 1"),
        ({"confounding": float("nan")}, "confounding=nan; expected a finite number"),
    ],
)
def test_unfit_knobs_are_refused(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TEMPLATES["constant"](**{**KNOBS, **knobs})
