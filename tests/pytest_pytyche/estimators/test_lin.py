import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from pytest_pytyche.estimators.base import LEVELS, EffectEstimate, EstimateError
from pytest_pytyche.estimators.design import design_matrix
from pytest_pytyche.estimators.difference_in_means import DifferenceInMeans
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.observed import ObservedExperimentData
from tests.support.experiments import enum, experiment, linear_experiment


def se_of(estimate: EffectEstimate, dof: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors of CATE and ATE, taken back from the 95 % intervals."""
    quantile = stats.t.ppf(0.975, dof)
    (lower, upper), (ate_lower, ate_upper) = estimate.cate_interval(0.95), estimate.ate_interval(0.95)
    return (upper - lower) / (2 * quantile), (ate_upper - ate_lower) / (2 * quantile)


def brute_force(observed: ObservedExperimentData) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One regression on [x, 1(arm 1)·x, …] over all visitors, HC2 from the full hat matrix: CATE, se, ATE, se."""
    x = design_matrix(observed)
    p = x.shape[1]
    K = len(observed.arms)
    full = np.column_stack([x, *(x * (observed.arm_codes == k)[:, None] for k in range(1, K))])
    inverse = np.linalg.inv(full.T @ full)
    hat = full @ inverse @ full.T
    residuals = observed.outcome - hat @ observed.outcome
    covariance = inverse @ full.T @ np.diag(residuals**2 / (1 - np.diag(hat))) @ full @ inverse
    beta = inverse @ full.T @ observed.outcome
    blocks = [slice(k * p, (k + 1) * p) for k in range(1, K)]
    cate = np.column_stack([x @ beta[b] for b in blocks])
    cate_se = np.column_stack([np.sqrt(np.diag(x @ covariance[b, b] @ x.T)) for b in blocks])
    mean = x.mean(axis=0)
    ate_se = np.array([np.sqrt(mean @ covariance[b, b] @ mean) for b in blocks])
    return cate, cate_se, cate.mean(axis=0), ate_se


@pytest.mark.parametrize("n_arms", [2, 3, 4])
def test_lin_is_the_fully_interacted_regression(n_arms: int) -> None:
    observed, _ = linear_experiment(150, n_arms=n_arms)
    estimate = fit(Lin(), observed, seed=0)
    cate, cate_se, ate, ate_se = brute_force(observed)
    columns = design_matrix(observed).shape[1]
    assert columns == 6
    assert_allclose(estimate.cate, cate, rtol=1e-8)
    assert_allclose(estimate.ate, ate, rtol=1e-8)
    got_cate_se, got_ate_se = se_of(estimate, 150 - n_arms * columns)
    assert_allclose(got_cate_se, cate_se, rtol=1e-8)
    assert_allclose(got_ate_se, ate_se, rtol=1e-8)


def test_without_features_lin_is_the_difference_in_means_with_pooled_degrees_of_freedom() -> None:
    rng = np.random.default_rng(3)
    observed = experiment(rng.integers(0, 2, 50), rng.normal(size=50))
    lin, means = fit(Lin(), observed, seed=0), fit(DifferenceInMeans(), observed, seed=0)
    assert_allclose(lin.ate, means.ate)
    arms, y = observed.arm_codes, observed.outcome
    neyman = np.sqrt(sum(y[arms == k].var(ddof=1) / np.sum(arms == k) for k in (0, 1)))
    assert_allclose(se_of(lin, 48)[1], neyman)


def test_two_flags_and_two_arms_by_hand() -> None:
    # Cell means: control 1 (flag off) and 3 (on), treatment 2 and 8: effects 1 and 5; 3 of 8 visitors have the flag on.
    flag = np.array([False, False, True, True, False, False, False, True])
    arms = [0, 0, 0, 0, 1, 1, 1, 1]
    estimate = fit(Lin(), experiment(arms, [0, 2, 3, 3, 1, 2, 3, 8], {"flag": flag}), seed=0)
    assert_allclose(estimate.cate[:, 0], np.where(flag, 5.0, 1.0))
    assert_allclose(estimate.ate, [1.0 + 4.0 * 3 / 8])


def test_effects_without_noise_are_recovered() -> None:
    x, arms = np.arange(30.0), np.arange(30) % 3
    estimate = fit(Lin(), experiment(arms, 2.0 + x + arms * (3.0 - x), {"x": x}, n_arms=3), seed=0)
    assert_allclose(estimate.cate, np.column_stack([3.0 - x, 6.0 - 2.0 * x]), atol=1e-9)


@pytest.mark.parametrize("level", [*LEVELS, 0.99])
def test_intervals_are_there_at_any_level_and_centred(level: float) -> None:
    observed, _ = linear_experiment(100)
    estimate = fit(Lin(), observed, seed=0)
    lower, upper = estimate.cate_interval(level)
    assert_allclose((lower + upper) / 2.0, estimate.cate, atol=1e-10)
    assert np.all(lower < upper)


def test_the_average_effect_is_the_mean_of_the_effects() -> None:
    observed, _ = linear_experiment(200, n_arms=3)
    estimate = fit(Lin(), observed, seed=0)
    assert_allclose(estimate.ate, estimate.cate.mean(axis=0))


@given(scale=st.floats(0.01, 100.0), shift=st.floats(-1000.0, 1000.0))
def test_rescaling_a_feature_changes_nothing(scale: float, shift: float) -> None:
    observed, _ = linear_experiment(80)
    rescaled = observed.visitors.with_columns(pl.col("x0") * scale + shift)
    before = Lin().fit_effects(observed, seed=0)
    after = Lin().fit_effects(ObservedExperimentData("r", observed.metric, rescaled), seed=0)
    assert_allclose(after.cate, before.cate, rtol=1e-6, atol=1e-8)
    assert_allclose(after.cate_interval(0.95), before.cate_interval(0.95), rtol=1e-6, atol=1e-8)


@given(seed=st.integers(0, 10**6))
def test_the_order_of_visitors_does_not_matter(seed: int) -> None:
    observed, _ = linear_experiment(60)
    order = np.random.default_rng(seed).permutation(60)
    shuffled = ObservedExperimentData("s", observed.metric, observed.visitors[order])
    before, after = Lin().fit_effects(observed, seed=0), Lin().fit_effects(shuffled, seed=0)
    assert_allclose(after.cate, before.cate[order], rtol=1e-8, atol=1e-10)


def test_a_feature_given_twice_changes_neither_effects_nor_intervals() -> None:
    observed, _ = linear_experiment(120)
    doubled = ObservedExperimentData(
        "d", observed.metric, observed.visitors.with_columns(again=2.0 * pl.col("x0") + 1.0)
    )
    before, after = fit(Lin(), observed, seed=0), fit(Lin(), doubled, seed=0)
    assert_allclose(after.cate, before.cate, rtol=1e-8)
    assert_allclose(after.cate_interval(0.95), before.cate_interval(0.95), rtol=1e-8)


def test_a_level_seen_in_one_arm_only_is_merged_with_the_reference() -> None:
    rng = np.random.default_rng(0)
    arms = np.arange(40) % 2
    outcome = rng.normal(size=40)
    common = ["a", "a", "b", "b"] * 10
    rare = [*common[:-1], "c"]
    merged = [*common[:-1], "a"]
    levels = ["a", "b", "c"]
    with_rare = fit(Lin(), experiment(arms, outcome, {"c": enum(rare, levels)}), seed=0)
    without = fit(Lin(), experiment(arms, outcome, {"c": enum(merged, levels)}), seed=0)
    assert_allclose(with_rare.cate, without.cate)
    assert_allclose(with_rare.cate_interval(0.9), without.cate_interval(0.9))


def lacking_experiment(seed: int = 0) -> ObservedExperimentData:
    """The second of three arms lacks level a, so that b + c = 1; in the third the flag is level c; both lack level d.

    Of the columns 1, x, flag, b, c, d, all arms together identify 1, x, flag and b.
    """
    rng = np.random.default_rng(seed)
    arms = np.arange(120) % 3
    group = np.choose(arms, [rng.choice([*"abcd"], 120), rng.choice([*"bc"], 120), rng.choice([*"abc"], 120)])
    flag = np.where(arms == 2, group == "c", rng.random(120) < 0.4)
    x = rng.normal(size=120)
    outcome = 1.0 + x * arms + flag + rng.normal(size=120)
    return experiment(arms, outcome, {"x": x, "flag": flag, "group": enum(list(group), [*"abcd"])}, n_arms=3)


def test_what_some_arm_does_not_identify_is_left_out_of_all_arms() -> None:
    observed = lacking_experiment()
    estimate = fit(Lin(), observed, seed=0)
    visitors = observed.visitors
    identified = {"x": visitors["x"], "flag": visitors["flag"], "b": visitors["group"] == "b"}
    kept = experiment(observed.arm_codes, observed.outcome, identified, n_arms=3)
    cate, cate_se, ate, ate_se = brute_force(kept)
    assert_allclose(estimate.cate, cate, rtol=1e-8)
    assert_allclose(estimate.ate, ate, rtol=1e-8)
    got_cate_se, got_ate_se = se_of(estimate, 120 - 3 * 4)
    assert_allclose(got_cate_se, cate_se, rtol=1e-8)
    assert_allclose(got_ate_se, ate_se, rtol=1e-8)


def test_without_the_first_level_in_an_arm_the_last_one_is_merged_with_it() -> None:
    rng = np.random.default_rng(0)
    arms, outcome = np.arange(60) % 2, 100.0 + rng.normal(size=60)
    group = np.where(arms == 1, rng.choice([*"bc"], 60), rng.choice([*"abc"], 60))
    merged = np.where(group == "c", "a", group)
    lacking = fit(Lin(), experiment(arms, outcome, {"g": enum(list(group), [*"abc"])}), seed=0)
    expected = fit(Lin(), experiment(arms, outcome, {"g": enum(list(merged), [*"abc"])}), seed=0)
    assert_allclose(lacking.cate, expected.cate)
    assert_allclose(lacking.cate_interval(0.9), expected.cate_interval(0.9))


@given(seed=st.integers(0, 10**6), shift=st.floats(-1000.0, 1000.0), scale=st.floats(0.01, 100.0))
def test_effects_follow_the_unit_of_the_outcome_and_not_its_zero(seed: int, shift: float, scale: float) -> None:
    observed = lacking_experiment(seed)
    moved = observed.visitors.with_columns(revenue=shift + scale * pl.col("revenue"))
    before = Lin().fit_effects(observed, seed=0)
    after = Lin().fit_effects(ObservedExperimentData("m", observed.metric, moved), seed=0)
    rounding = 1e-9 * (scale + abs(shift))
    assert_allclose(after.cate, scale * before.cate, rtol=1e-8, atol=rounding)
    assert_allclose(after.ate, scale * before.ate, rtol=1e-8, atol=rounding)
    for interval in ("cate_interval", "ate_interval"):
        expected = scale * np.array(getattr(before, interval)(0.95))
        assert_allclose(getattr(after, interval)(0.95), expected, rtol=1e-8, atol=rounding)


@given(seed=st.integers(0, 10**6), shift=st.floats(-1000.0, 1000.0), scale=st.floats(0.01, 100.0))
def test_where_a_feature_has_its_zero_does_not_matter_to_arms_short_of_rank(
    seed: int, shift: float, scale: float
) -> None:
    observed = lacking_experiment(seed)
    moved = observed.visitors.with_columns(pl.col("x") * scale + shift)
    before = Lin().fit_effects(observed, seed=0)
    after = Lin().fit_effects(ObservedExperimentData("m", observed.metric, moved), seed=0)
    assert_allclose(after.cate, before.cate, rtol=1e-6, atol=1e-8)
    assert_allclose(after.cate_interval(0.95), before.cate_interval(0.95), rtol=1e-6, atol=1e-8)


def test_a_visitor_alone_with_its_level_in_an_arm_gets_an_interval_of_the_residual_variance() -> None:
    rng = np.random.default_rng(0)
    flag = np.zeros(40, dtype=bool)
    flag[:2] = True
    observed = experiment(np.arange(40) % 2, rng.normal(size=40), {"flag": flag})
    estimate = fit(Lin(), observed, seed=0)
    rest = ~flag
    arms, y = observed.arm_codes, observed.outcome
    pooled = sum(((y - y[rest & (arms == k)].mean()) ** 2)[rest & (arms == k)].sum() for k in (0, 1)) / 36
    assert_allclose(se_of(estimate, 36)[0][0, 0], np.sqrt(2.0 * pooled))


def test_an_arm_without_visitors_is_named() -> None:
    with pytest.raises(EstimateError) as caught:
        fit(Lin(), experiment([0, 0, 0, 2, 2, 2], np.arange(6.0), n_arms=3), seed=0)
    assert (
        str(caught.value)
        == "estimator 'lin': arm 'treatment_1' has 0 rows for 1 columns; expected as many rows or more"
    )


def test_an_arm_with_fewer_rows_than_columns_is_named() -> None:
    features = {"x": np.arange(8.0), "z": np.arange(8.0) ** 2}
    with pytest.raises(EstimateError) as caught:
        fit(Lin(), experiment([0, 0, 0, 0, 0, 0, 1, 1], np.arange(8.0), features), seed=0)
    assert (
        str(caught.value) == "estimator 'lin': arm 'treatment' has 2 rows for 3 columns; expected as many rows or more"
    )


def test_data_without_a_degree_of_freedom_is_refused() -> None:
    with pytest.raises(EstimateError) as caught:
        fit(Lin(), experiment([0, 1, 0, 1], np.arange(4.0), {"x": np.array([0.0, 1.0, 2.0, 5.0])}), seed=0)
    assert str(caught.value) == "estimator 'lin': 4 visitors leave 0 residual degrees of freedom; expected 1 or more"


def test_intervals_cover_at_their_nominal_level_when_the_truth_is_linear() -> None:
    # 400 replicates. ATE: one binary outcome per replicate, Monte-Carlo standard error √(.95·.05/400) = .011. CATE:
    # shares of visitors, standard error s/√400. Allow four of either, plus .01 for HC2 at n = 400.
    covered: dict[str, list[float]] = {"ate": [], "cate": []}
    for seed in range(400):
        observed, effects = linear_experiment(400, n_arms=3, seed=seed)
        estimate = Lin().fit_effects(observed, seed=0)
        lower, upper = estimate.ate_interval(0.95)
        covered["ate"].append(float(lower[1] <= effects[:, 1].mean() <= upper[1]))
        below, above = estimate.cate_interval(0.95)
        covered["cate"].append(float(np.mean((below <= effects) & (effects <= above))))
    assert np.mean(covered["ate"]) == pytest.approx(0.95, abs=4 * 0.011 + 0.01)
    assert np.mean(covered["cate"]) == pytest.approx(0.95, abs=4 * np.std(covered["cate"], ddof=1) / 20 + 0.01)


def test_fitted_without_interactions_the_same_data_would_not_cover() -> None:
    # The counterpart of the test above: a constant effect misses a strongly heterogeneous truth.
    observed, effects = linear_experiment(400)
    lower, upper = fit(DifferenceInMeans(), observed, seed=0).cate_interval(0.95)
    assert np.mean((lower <= effects) & (effects <= upper)) < 0.8
