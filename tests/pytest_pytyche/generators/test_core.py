import pickle
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_pytyche.generators.core import (
    AssignmentConfig,
    CopulaConfig,
    FeatureSpec,
    LognormalRevenueConfig,
    MetricMode,
    SurfaceConfig,
    V2GeneratorConfig,
    generate_v2_core,
    iter_v2_core,
    observed_columns,
)
from pytest_pytyche.generators.observed import ObservedExperimentData
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.generators.streams import BLOCK_ROWS
from pytest_pytyche.generators.surfaces import Const, Linear, Scaled
from pytest_pytyche.generators.truth import CalibrationTruth

HALF = SurfaceConfig(Const(0.5))
FLAT = SurfaceConfig(Const(0.0))
X = CopulaConfig((FeatureSpec("x", "continuous"),), [[1.0]])


def config(metric: str = "revenue_per_visitor", **knobs: object) -> V2GeneratorConfig:
    return TEMPLATES["clustered_realistic"](metric, 1.0, **knobs)[0]


def small(
    p: tuple[SurfaceConfig, ...], severity: tuple[SurfaceConfig, ...] | None = None, n: int = 4
) -> V2GeneratorConfig:
    metric = "conversion_rate" if severity is None else "revenue_per_visitor"
    model = None if severity is None else LognormalRevenueConfig(sigma=0.0)
    return V2GeneratorConfig(n, X, MetricMode(metric, p, severity), AssignmentConfig(), 0, revenue_model=model)


def test_truth_by_hand() -> None:
    p = (HALF, SurfaceConfig(Const(0.6)))
    severity = (FLAT, SurfaceConfig(Const(np.log(1.2))))
    truth = generate_v2_core(small(p, severity)).truth
    assert truth.conv_cate_per_visitor is not None
    assert truth.aov_cate_per_visitor is not None
    assert truth.cate_per_visitor is not None
    # m0 = 50, m1 = 60: conv = .1·50 = 5, aov = .6·10 = 6
    assert truth.conv_cate_per_visitor.values == pytest.approx([5.0] * 4)
    assert truth.aov_cate_per_visitor.values == pytest.approx([6.0] * 4)
    assert truth.cate_per_visitor.values == pytest.approx([11.0] * 4)
    assert truth.mean_per_visitor == pytest.approx(np.array([[25.0, 36.0]] * 4))
    assert truth.effect == pytest.approx(11.0)
    assert truth.effect_components == pytest.approx({"conv": 5.0, "aov": 6.0})


def test_estimators_are_told_the_probabilities_of_randomised_arms() -> None:
    observed = generate_v2_core(config(K=3, treatment_allocation=0.5, n_visitors=10)).observed
    assert observed.design.randomised
    assert observed.design.probabilities == pytest.approx((0.5, 0.25, 0.25))


def test_data_of_no_stated_design_are_observational() -> None:
    observed = ObservedExperimentData("mine", "conversion_rate", pl.DataFrame())
    assert not observed.design.randomised
    assert observed.design.probabilities is None


def test_k_arms_have_visitors_by_arms_truth_and_no_two_arm_views() -> None:
    bundle = generate_v2_core(config(K=4, n_visitors=300))
    truth = bundle.truth
    assert bundle.observed.arms == ("control", "treatment_1", "treatment_2", "treatment_3")
    assert (truth.p_per_visitor.shape, truth.contrast_cate_per_visitor.shape) == ((300, 4), (300, 3))
    assert truth.cate_per_visitor is None
    assert truth.effect == pytest.approx(np.mean(truth.effects))
    assert truth.effects == pytest.approx(truth.contrast_cate_per_visitor.values.mean(axis=0))
    assert sum(truth.effect_components.values()) == pytest.approx(truth.effect)


def test_observed_holds_outcomes_and_features_and_nothing_latent() -> None:
    observed = generate_v2_core(config(n_visitors=500)).observed
    assert observed.visitors.columns[:3] == ["variant", "converted", "revenue"]
    assert observed.feature_names[:2] == ("session_recency", "browse_depth")
    assert not {"cluster", "cluster_id"} & set(observed.visitors.columns)
    assert observed.visitors.schema["is_returning"] == pl.Boolean
    assert observed.outcome.tolist() == observed.visitors["revenue"].to_list()


def test_conversion_rate_has_no_revenue() -> None:
    bundle = generate_v2_core(config("conversion_rate", n_visitors=200))
    assert bundle.observed.visitors["revenue"].null_count() == 200
    assert bundle.truth.m_per_visitor is None
    assert bundle.truth.aov_cate_per_visitor is None
    assert list(bundle.truth.effect_components) == ["conv"]
    assert bundle.observed.outcome.sum() == bundle.observed.visitors["converted"].sum()


def test_variants_partition_the_visitors() -> None:
    observed = generate_v2_core(config(n_visitors=400)).observed
    control, treatment = observed.variants
    assert (control.name, treatment.name) == ("control", "treatment")
    assert control.n_visitors + treatment.n_visitors == 400
    assert control.n_conversions == control.visitors["converted"].sum()
    assert treatment.total_revenue == pytest.approx(float(treatment.visitors["revenue"].sum()))
    assert np.array_equal(observed.arm_codes == 1, (observed.visitors["variant"] == "treatment").to_numpy())


def test_codes_are_the_positions_of_levels_and_leave_other_columns_as_they_are() -> None:
    observed = generate_v2_core(config(n_visitors=50)).observed
    levels = ["mobile", "desktop", "tablet"]
    assert observed.codes["device_type"].tolist() == [levels.index(name) for name in observed.visitors["device_type"]]
    assert np.array_equal(observed.codes["is_returning"], observed.visitors["is_returning"].to_numpy())
    assert np.array_equal(observed.codes["browse_depth"], observed.visitors["browse_depth"].to_numpy())


@pytest.mark.parametrize("metric", ["conversion_rate", "revenue_per_visitor"])
def test_observed_columns_are_the_codes_of_the_observed_frame(metric: str) -> None:
    short = config(metric, n_visitors=50)
    columns, codes = observed_columns(short), generate_v2_core(short).observed.codes
    assert list(columns) == [name for name in codes if (metric, name) != ("conversion_rate", "revenue")]
    for name, column in columns.items():
        assert np.array_equal(column, codes[name])


def assert_same(
    left: tuple[ObservedExperimentData, CalibrationTruth], right: tuple[ObservedExperimentData, CalibrationTruth]
) -> None:
    assert left[0].visitors.equals(right[0].visitors)
    assert np.array_equal(left[1].mean_per_visitor, right[1].mean_per_visitor)
    assert np.array_equal(left[1].contrast_cate_per_visitor, right[1].contrast_cate_per_visitor)


def test_the_same_bits_on_one_and_two_threads() -> None:
    many = config(n_visitors=2 * BLOCK_ROWS + 77, n_nuisance=1)
    assert_same(generate_v2_core(many, n_threads=1), generate_v2_core(many, n_threads=2))


@given(n=st.integers(1, 300), rows=st.integers(1, 400))
def test_chunks_hold_the_rows_of_the_whole_in_order(n: int, rows: int) -> None:
    whole = generate_v2_core(config(n_visitors=n))
    chunks = list(iter_v2_core(config(n_visitors=n), rows_per_chunk=rows))
    assert [chunk.observed.n_visitors for chunk in chunks] == [min(rows, n - start) for start in range(0, n, rows)]
    assert pl.concat([chunk.observed.visitors for chunk in chunks]).equals(whole.observed.visitors)
    cates = np.concatenate([chunk.truth.contrast_cate_per_visitor.values for chunk in chunks])
    assert cates == pytest.approx(whole.truth.contrast_cate_per_visitor.values, rel=1e-12)


def test_chunks_may_cut_across_blocks() -> None:
    many = config("conversion_rate", n_visitors=BLOCK_ROWS + 5000, n_nuisance=0)
    chunks = list(iter_v2_core(many, rows_per_chunk=40_000))
    assert pl.concat([c.observed.visitors for c in chunks]).equals(generate_v2_core(many).observed.visitors)
    with pytest.raises(ValueError, match="rows_per_chunk=0; expected a number >= 1"):
        next(iter_v2_core(many, rows_per_chunk=0))


def test_no_visitors_make_an_empty_experiment() -> None:
    bundle = generate_v2_core(replace(config(), n_visitors=0))
    assert bundle.observed.visitors.height == 0
    assert bundle.truth.contrast_cate_per_visitor.shape == (0, 1)


def test_a_config_is_a_value_and_its_label_is_not_content() -> None:
    one = config(seed=3)
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(one) == hash(config(seed=3))
    relabelled = replace(one, experiment_id="another label")
    assert (one, one.digest) == (relabelled, relabelled.digest)
    assert one.digest != config(seed=4).digest
    assert "clustered_realistic" in one.experiment_id


def test_truth_arrays_are_read_only() -> None:
    truth = generate_v2_core(config(n_visitors=10)).truth
    with pytest.raises(ValueError, match="read-only"):
        truth.p_per_visitor.values[0] = 0.0
    assert len(truth.p_per_visitor) == truth.p_per_visitor.n_visitors == 10
    assert np.asarray(truth.p_per_visitor).shape == (10, 2)
    assert [row.tolist() for row in truth.p_per_visitor] == truth.p_per_visitor[:].tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MetricMode("revenue", (HALF, HALF)), "metric_id='revenue'; expected one of"),
        (lambda: MetricMode("conversion_rate", (HALF,)), "1 p_surfaces; expected one per arm, at least two"),
        (lambda: MetricMode("conversion_rate", (HALF, HALF), (FLAT, FLAT)), "takes no severity_surfaces"),
        (lambda: MetricMode("revenue_per_visitor", (HALF, HALF), (FLAT,)), "1 severity_surfaces for 2 arms"),
        (lambda: small((HALF, HALF, HALF)), "3 arms for 2 assignment probabilities"),
        (lambda: replace(small((HALF, HALF)), revenue_model=LognormalRevenueConfig()), "none for any other metric"),
        (lambda: replace(small((HALF, HALF), (FLAT, FLAT)), revenue_model=None), "expected a revenue model"),
        (lambda: replace(small((HALF, HALF)), n_visitors=-1), "n_visitors=-1; expected a whole number >= 0"),
        (lambda: AssignmentConfig(1.0), "treatment_allocation=1.0; expected a number between 0 and 1"),
        (lambda: AssignmentConfig(treatment_probabilities=(0.5, 0.6)), "sums to 1.1"),
    ],
)
def test_unfit_configurations_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # each parameter is a callable


def test_a_surface_out_of_domain_stops_generation_naming_surface_and_value() -> None:
    wild = small((HALF, SurfaceConfig(Linear("x", 0.0))), n=100)
    with pytest.raises(ValueError, match=r"p_surfaces\[1\] gives -.*; expected finite numbers in \[0, 1\]"):
        generate_v2_core(wild)
    steep = small((HALF, HALF), (FLAT, SurfaceConfig(Scaled(Linear("x", 0.0), 1e3))), n=100)
    with pytest.raises(ValueError, match=r"severity_surfaces\[1\] gives .*; expected finite numbers in \[-100, 100\]"):
        generate_v2_core(steep)
