from dataclasses import replace

import numpy as np
import pytest

from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.checks.invariants import check_domain, check_outcomes
from pytest_pytyche.generators.core import (
    AssignmentConfig,
    CalibrationBundle,
    ContinuousMode,
    CopulaConfig,
    FeatureSpec,
    LognormalRevenueConfig,
    MetricMode,
    Normal,
    ScipyMarginal,
    SurfaceConfig,
    V2GeneratorConfig,
    generate_v2_core,
    iter_v2_core,
)
from pytest_pytyche.generators.surfaces import Const, Linear, Scaled, Sum
from pytest_pytyche.generators.truth_frame import truth_frame

X = CopulaConfig((FeatureSpec("x", "continuous"),), [[1.0]])
MU = Scaled(Linear("x", 0.0), 2.0)


def config(
    n: int = 1000, taus: tuple[float, ...] = (3.0,), noise: Normal | ScipyMarginal | None = None
) -> V2GeneratorConfig:
    means = (MU, *(Sum((MU, Const(tau))) for tau in taus))
    mode = ContinuousMode(tuple(map(SurfaceConfig, means)), noise or Normal())
    shares = (1 / (len(taus) + 1),) * (len(taus) + 1)
    return V2GeneratorConfig(n, X, mode, AssignmentConfig(treatment_probabilities=shares), 0)


def noise(bundle: CalibrationBundle) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    own = bundle.truth.mean_per_visitor[np.arange(bundle.observed.n_visitors), bundle.observed.arm_codes]
    return bundle.observed.outcome - own


def test_truth_by_hand() -> None:
    observed, truth = generate_v2_core(config(4))
    x = observed.visitors["x"].to_numpy()
    assert observed.visitors.columns == ["variant", "outcome", "x"]
    assert truth.mean_per_visitor == pytest.approx(np.stack([2 * x, 2 * x + 3], axis=1))
    assert truth.cate_per_visitor is not None
    assert truth.cate_per_visitor.values == pytest.approx([3.0] * 4)
    assert (truth.effect, truth.effect_components) == (pytest.approx(3.0), {"outcome": pytest.approx(3.0)})
    assert truth.p_per_visitor is truth.m_per_visitor is truth.conv_contrast_per_visitor is None
    assert (truth.conv_cate_per_visitor, truth.aov_cate_per_visitor, truth.naive_bias) == (None, None, 0.0)


def test_variants_count_visitors_and_nothing_that_is_not_measured() -> None:
    control, treated = generate_v2_core(config(100)).observed.variants
    assert control.n_visitors + treated.n_visitors == 100
    assert (control.n_conversions, control.total_revenue) == (None, None)


def test_several_treatments_have_an_effect_each() -> None:
    truth = generate_v2_core(config(50, taus=(1.0, -2.0))).truth
    assert truth.effects == pytest.approx((1.0, -2.0))
    assert truth.effect == pytest.approx(-0.5)


def test_a_visitors_noise_is_the_same_whatever_its_arm_and_effect() -> None:
    small, large = generate_v2_core(config()), generate_v2_core(config(taus=(30.0,)))
    more = generate_v2_core(config(taus=(1.0, 2.0, 3.0)))
    assert noise(small) == pytest.approx(noise(large), abs=1e-12)
    assert noise(small) == pytest.approx(noise(more), abs=1e-12)


def test_noise_follows_its_distribution() -> None:
    heavy = ScipyMarginal("t", {"df": 5.0})
    bundle = generate_v2_core(config(100_000, noise=heavy))
    assert noise(bundle).var() == pytest.approx(5 / 3, rel=0.05)
    check_outcomes(config(noise=heavy), bundle)


def test_chunks_are_the_rows_of_the_whole() -> None:
    whole = generate_v2_core(config(1000))
    chunks = list(iter_v2_core(config(1000), rows_per_chunk=300))
    assert np.array_equal(np.concatenate([c.observed.outcome for c in chunks]), whole.observed.outcome)
    assert np.array_equal(np.concatenate([c.truth.mean_per_visitor for c in chunks]), whole.truth.mean_per_visitor)


def test_truth_as_a_table() -> None:
    assert truth_frame(generate_v2_core(config(5))).columns == ["y_control", "y_treatment", "cate"]


def test_outcomes_that_truth_does_not_account_for_are_found() -> None:
    observed, truth = generate_v2_core(config(1000))
    shifted = replace(observed, visitors=observed.visitors.with_columns(outcome=observed.visitors["outcome"] + 1))
    with pytest.raises(CheckFailed, match="outcomes of control minus their mean has mean 1"):
        check_outcomes(config(), CalibrationBundle(shifted, truth))


def test_an_outcome_that_is_not_finite_is_found() -> None:
    observed, truth = generate_v2_core(config(1000))
    broken = replace(observed, visitors=observed.visitors.with_columns(outcome=observed.visitors["outcome"] / 0.0))
    with pytest.raises(CheckFailed, match=r"outcome spans \[-inf, inf\]; expected finite numbers"):
        check_domain(CalibrationBundle(broken, truth))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ContinuousMode((SurfaceConfig(MU),)), "1 mean_surfaces; expected one per arm, at least two"),
        (lambda: config(noise=Normal(0.5)), "has mean 0.5; expected 0"),
        (lambda: replace(config(), revenue_model=LognormalRevenueConfig()), "none for any other metric"),
        (
            lambda: MetricMode("continuous_outcome", (SurfaceConfig(MU),) * 2),
            "metric_id='continuous_outcome'; expected",
        ),
        (lambda: FeatureSpec("outcome", "continuous"), "'outcome' is reserved"),
    ],
)
def test_unfit_configurations_are_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()
