import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy import stats

from pytest_pytyche import metrics
from pytest_pytyche.estimators import intervals
from pytest_pytyche.estimators.base import LEVELS, EffectEstimate
from pytest_pytyche.estimators.difference_in_means import DifferenceInMeans
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.intervals import StudentIntervals
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES
from tests.support.experiments import truth_of

NUMBERS = st.floats(-100.0, 100.0)
VECTORS = arrays(np.float64, st.integers(2, 30), elements=NUMBERS)
KEYS = {
    *("pehe", "ate_error", "interval_score", "crps", "spearman", "policy_regret", "ate_hat", "ate"),
    *("coverage_cate", "coverage_ate", "width_cate", "width_ate", "interval_score_ate", "crps_ate"),
    *(f"coverage_{of}_{percent}" for of in ("cate", "ate") for percent in (50, 80, 90, 95)),
}


def a(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


class TestPehe:
    def test_by_hand(self) -> None:
        # Errors 3 and 4: √((9 + 16)/2).
        assert metrics.pehe(a(3, 5), a(0, 1)) == pytest.approx(math.sqrt(12.5))

    @given(tau=VECTORS, shift=NUMBERS)
    def test_a_constant_shift_is_its_own_error(self, tau: np.ndarray, shift: float) -> None:
        assert metrics.pehe(tau + shift, tau) == pytest.approx(abs(shift), abs=1e-9)

    def test_agrees_with_a_loop(self) -> None:
        rng = np.random.default_rng(0)
        tau_hat, tau = rng.normal(size=20), rng.normal(size=20)
        expected = math.sqrt(math.fsum((x - y) ** 2 for x, y in zip(tau_hat, tau, strict=True)) / 20)
        assert metrics.pehe(tau_hat, tau) == pytest.approx(expected)

    def test_shapes_are_never_broadcast(self) -> None:
        with pytest.raises(
            ValueError, match=r"^shapes differ or are empty: tau_hat \(2, 1\), tau \(2,\); expected one"
        ):
            metrics.pehe(np.zeros((2, 1)), np.zeros(2))

    def test_no_visitors_have_no_error(self) -> None:
        with pytest.raises(ValueError, match=r"^shapes differ or are empty: tau_hat \(0,\), tau \(0,\)"):
            metrics.pehe(np.zeros(0), np.zeros(0))


class TestAteError:
    def test_by_hand(self) -> None:
        assert metrics.ate_error(1.5, a(1, 2, 6)) == pytest.approx(1.5)

    @given(tau=VECTORS, error=NUMBERS)
    def test_agrees_with_a_loop_and_is_symmetric(self, tau: np.ndarray, error: float) -> None:
        ate = math.fsum(tau) / len(tau)
        assert metrics.ate_error(ate + error, tau) == pytest.approx(abs(error), abs=1e-9)
        assert metrics.ate_error(ate - error, tau) == pytest.approx(abs(error), abs=1e-9)


class TestCoverage:
    def test_by_hand_with_both_bounds_inside(self) -> None:
        # In, on the lower bound, on the upper bound, below, above: 3 of 5.
        assert metrics.coverage(a(0, 1, 0, 2, 0), a(2, 2, 1, 3, 0.5), a(1, 1, 1, 1, 1)) == pytest.approx(0.6)

    @given(tau=VECTORS, narrow=st.floats(0.0, 50.0), more=st.floats(0.0, 50.0))
    def test_wider_intervals_never_cover_less(self, tau: np.ndarray, narrow: float, more: float) -> None:
        shares = [
            metrics.coverage(np.full_like(tau, -half), np.full_like(tau, half), tau) for half in (narrow, narrow + more)
        ]
        assert shares == sorted(shares)

    @given(center=VECTORS, se=st.floats(0.01, 10.0), dof=st.floats(1.0, 100.0))
    def test_coverage_rises_with_the_level(self, center: np.ndarray, se: float, dof: float) -> None:
        stated = StudentIntervals(center, np.full(len(center), se), dof)
        tau = center[::-1]
        shares = [metrics.coverage(*stated[level], tau) for level in LEVELS]
        assert shares == sorted(shares)

    def test_shapes_are_never_broadcast(self) -> None:
        with pytest.raises(ValueError, match=r"lower \(1,\), upper \(3,\), tau \(3,\); expected one entry per visitor"):
            metrics.coverage(np.zeros(1), np.ones(3), np.zeros(3))


class TestMeanWidth:
    def test_by_hand(self) -> None:
        assert metrics.mean_width(a(0, -1), a(1, 2)) == pytest.approx(2.0)

    @given(lower=VECTORS, width=st.floats(0.0, 100.0))
    def test_equal_intervals_have_their_own_width(self, lower: np.ndarray, width: float) -> None:
        assert metrics.mean_width(lower, lower + width) == pytest.approx(width, abs=1e-9)


class TestIntervalScore:
    def test_by_hand(self) -> None:
        # Level .95, so 2/α = 40. Widths 2, 2, 2; missed by 0, ½ above and ¼ below: (2 + 22 + 12) / 3.
        assert metrics.interval_score(a(0, 0, 0), a(2, 2, 2), a(1, 2.5, -0.25)) == pytest.approx(12.0)

    def test_the_penalty_follows_the_level(self) -> None:
        assert metrics.interval_score(a(0), a(1), a(2), level=0.5) == pytest.approx(1.0 + 4.0 * 1.0)

    @given(tau=VECTORS, lower=NUMBERS, width=st.floats(0.0, 100.0), level=st.sampled_from(LEVELS))
    def test_never_below_the_width_and_equal_to_it_without_a_miss(
        self, tau: np.ndarray, lower: float, width: float, level: float
    ) -> None:
        below, above = np.full(len(tau), lower), np.full(len(tau), lower + width)
        value = metrics.interval_score(below, above, tau, level)
        assert value >= metrics.mean_width(below, above) - 1e-9
        missed = metrics.coverage(below, above, tau) < 1.0
        assert missed or value == pytest.approx(width, abs=1e-9)

    def test_is_the_sum_of_two_pinball_losses(self) -> None:
        # A second form (Gneiting & Raftery 2007): the interval score is 2/α times the pinball losses of both bounds.
        rng = np.random.default_rng(0)
        lower, tau = rng.normal(size=50), rng.normal(size=50)
        upper = lower + rng.random(50)
        pinball = [
            (0.05 - (t < lo)) * (t - lo) + (0.95 - (t < up)) * (t - up)
            for lo, up, t in zip(lower, upper, tau, strict=True)
        ]
        assert metrics.interval_score(lower, upper, tau, 0.9) == pytest.approx(20.0 * np.mean(pinball))

    def test_the_true_quantiles_score_best(self) -> None:
        tau = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
        scores = [metrics.interval_score(np.full(2000, -z), np.full(2000, z), tau) for z in (1.6, 1.96, 2.3)]
        assert min(scores) == scores[1]


class TestCrps:
    def test_by_hand(self) -> None:
        # Draws 0, 1, 5 and truth 2: mean|x − 2| = 2; mean|x − x'| = 2·(1 + 5 + 4)/9, half of it 10/9.
        assert metrics.crps(a(5, 0, 1)[:, None], a(2)) == pytest.approx(2.0 - 10.0 / 9.0)

    @given(
        draws=arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=NUMBERS),
        tau=st.tuples(*[NUMBERS] * 3),
    )
    def test_agrees_with_all_pairs_of_draws(self, draws: np.ndarray, tau: tuple[float, ...]) -> None:
        per_visitor = []
        for column, truth in zip(draws.T, tau, strict=True):
            pairs = [abs(x - y) for x, y in product(column, column)]
            per_visitor.append(np.mean([abs(x - truth) for x in column]) - np.mean(pairs) / 2.0)
        assert metrics.crps(draws, a(*tau)) == pytest.approx(np.mean(per_visitor), abs=1e-9)

    def test_is_the_integrated_squared_distance_of_distribution_functions(self) -> None:
        draws, tau = a(0.5, 1.25, 3.0, 3.5), 2.0
        grid = np.linspace(-1.0, 5.0, 600_001)
        squared = (np.searchsorted(np.sort(draws), grid, side="right") / 4 - (grid >= tau)) ** 2
        assert metrics.crps(draws[:, None], a(tau)) == pytest.approx(float(np.trapezoid(squared, grid)), abs=1e-4)

    def test_a_single_draw_gives_the_absolute_error(self) -> None:
        assert metrics.crps(a(3, 7)[None, :], a(1, 10)) == pytest.approx(2.5)

    def test_blocks_of_visitors_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rng = np.random.default_rng(0)
        draws, tau = rng.normal(size=(30, 17)), rng.normal(size=17)
        whole = metrics.crps(draws, tau)
        monkeypatch.setattr(intervals, "BLOCK_ELEMENTS", 100)
        assert metrics.crps(draws, tau) == pytest.approx(whole, rel=1e-12)

    def test_single_precision_draws_are_summed_in_double(self) -> None:
        draws = np.random.default_rng(0).normal(1e3, 1.0, size=(500, 4)).astype(np.float32)
        assert metrics.crps(draws, np.full(4, 1e3)) == pytest.approx(metrics.crps(draws.astype(float), np.full(4, 1e3)))

    def test_the_draws_are_left_in_their_order(self) -> None:
        draws = a(5, 0, 1)[:, None]
        metrics.crps(draws, a(2))
        assert_allclose(draws[:, 0], [5, 0, 1])

    @pytest.mark.parametrize("shape", [(4, 3), (0, 2), (2,)])
    def test_draws_of_another_shape_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"^draws has shape .*; expected \(draws, 2\) with one draw or more$"):
            metrics.crps(np.zeros(shape), np.zeros(2))

    def test_draws_from_a_normal_have_the_score_of_the_normal(self) -> None:
        # Gneiting & Raftery (2007), equation 21: σ·(z·(2Φ(z) − 1) + 2φ(z) − 1/√π); draws at equal probabilities.
        draws = stats.norm.ppf((np.arange(4_000) + 0.5) / 4_000, loc=1.0, scale=2.0)
        for true in (-1.0, 1.0, 6.0):
            z = (true - 1.0) / 2.0
            expected = 2.0 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi))
            assert metrics.crps(draws[:, None], a(true)) == pytest.approx(expected, rel=2e-3)


class TestSpearman:
    def test_by_hand_with_a_tie(self) -> None:
        # Ranks of tau_hat 1, 2.5, 2.5, 4 and of tau 1, 2, 3, 4: covariance 4.5, sums of squares 4.5 and 5.
        assert metrics.spearman(a(1, 2, 2, 9), a(1, 2, 3, 4)) == pytest.approx(4.5 / math.sqrt(4.5 * 5.0))

    @given(
        pairs=st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=25).filter(
            lambda pairs: all(len(set(side)) > 1 for side in zip(*pairs, strict=True))
        )
    )
    def test_agrees_with_scipy_on_ties(self, pairs: list[tuple[int, int]]) -> None:
        tau_hat, tau = (a(*side) for side in zip(*pairs, strict=True))
        assert metrics.spearman(tau_hat, tau) == pytest.approx(stats.spearmanr(tau_hat, tau).statistic, abs=1e-12)

    def test_only_the_order_matters(self) -> None:
        tau = np.linspace(-2.0, 2.0, 11)
        assert metrics.spearman(np.exp(tau), tau) == pytest.approx(1.0)
        assert metrics.spearman(-(tau**3), tau) == pytest.approx(-1.0)

    @pytest.mark.parametrize("constant", [a(0, 0, 0), a(0.1, 0.1, 0.1), 0.1 * (1.0 + 1e-15 * a(0, 1, 2))])
    def test_is_undefined_where_either_side_is_constant(self, constant: np.ndarray) -> None:
        assert metrics.spearman(a(1, 2, 3), constant) is None
        assert metrics.spearman(constant, a(1, 2, 3)) is None

    def test_small_but_real_variation_counts(self) -> None:
        assert metrics.spearman(1.0 + 1e-9 * a(0, 1, 2), a(1, 2, 3)) == pytest.approx(1.0)


class TestPolicyRegret:
    def test_two_arms_by_hand(self) -> None:
        # True effects +2, −1, +3; treated are the first two (tau_hat > 0): regrets 0, 1 and 3.
        assert metrics.policy_regret(a(1, 1, 0)[:, None], a(0, 2, 5, 4, 1, 4).reshape(3, 2)) == pytest.approx(4.0 / 3.0)

    def test_three_arms_by_hand(self) -> None:
        # Best means 3, 5, 2. Chosen: arm 2 (mean 3), arm 1 (mean 1), control (mean 2, though no arm is better).
        cate_hat = np.array([[0.5, 0.6], [2.0, 1.0], [-1.0, 0.0]])
        means = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0], [2.0, 2.0, 1.0]])
        assert metrics.policy_regret(cate_hat, means) == pytest.approx(4.0 / 3.0)

    @given(arrays(np.float64, st.tuples(st.integers(1, 10), st.just(4)), elements=NUMBERS), st.integers(0, 10**6))
    def test_agrees_with_a_loop_and_is_never_negative(self, means: np.ndarray, seed: int) -> None:
        cate_hat = np.random.default_rng(seed).normal(size=(len(means), 3))
        losses = []
        for hats, row in zip(cate_hat, means, strict=True):
            values = [0.0, *hats]
            losses.append(max(row) - row[values.index(max(values))])
        assert metrics.policy_regret(cate_hat, means) == pytest.approx(np.mean(losses), abs=1e-12)
        assert metrics.policy_regret(cate_hat, means) >= 0.0

    def test_the_truth_itself_has_no_regret(self) -> None:
        means = np.random.default_rng(0).random((50, 3))
        assert metrics.policy_regret(means[:, 1:] - means[:, :1], means) == 0.0

    def test_means_of_another_shape_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^cate_hat \(3, 1\) and means \(3, 3\); expected visitors × contrasts"):
            metrics.policy_regret(np.zeros((3, 1)), np.zeros((3, 3)))


class TestMonteCarloStandardErrors:
    def test_of_a_mean_by_hand(self) -> None:
        # Variance of 1, 2, 3, 6 is 14/3, so √(14/3/4).
        assert metrics.mcse([1.0, 2.0, 3.0, 6.0]) == pytest.approx(math.sqrt(14.0 / 12.0))

    def test_of_a_mean_agrees_with_scipy(self) -> None:
        values = np.random.default_rng(0).normal(size=30).tolist()
        assert metrics.mcse(values) == pytest.approx(stats.sem(values))

    def test_of_a_coverage_by_hand(self) -> None:
        assert metrics.mcse_coverage([1.0, 1.0, 1.0, 0.0]) == pytest.approx(math.sqrt(0.75 * 0.25 / 4.0))

    def test_of_a_coverage_takes_truth_values(self) -> None:
        assert metrics.mcse_coverage([True, False]) == pytest.approx(math.sqrt(0.125))

    @pytest.mark.parametrize("values", [[], [1.0]])
    def test_are_undefined_below_two_replicates(self, values: list[float]) -> None:
        assert metrics.mcse(values) is None
        assert metrics.mcse_coverage(values) is None

    def test_a_share_is_no_binary_outcome(self) -> None:
        with pytest.raises(ValueError, match=r"^covered holds 0.9; expected 0 or 1 per replicate$"):
            metrics.mcse_coverage([1.0, 0.9])

    def test_a_coverage_error_describes_the_spread_of_repeated_runs(self) -> None:
        # 4000 runs of 50 outcomes: the spread of their shares is known to within 1/√8000, about 1 %.
        shares = np.random.default_rng(0).binomial(50, 0.9, 4000) / 50
        assert np.std(shares) == pytest.approx(metrics.mcse_coverage([1] * 45 + [0] * 5), rel=0.05)


def estimate_of(cate: np.ndarray, ate: np.ndarray, half_width: float = 1.0) -> EffectEstimate:
    return EffectEstimate(
        cate,
        ate,
        cate_intervals={level: (cate - level * half_width, cate + level * half_width) for level in LEVELS},
        ate_intervals={level: (ate - level * half_width, ate + level * half_width) for level in LEVELS},
    )


class TestScore:
    # True effects of the two contrasts: (.1, .3) and (.2, −.1).
    truth = truth_of(np.array([[0.2, 0.3, 0.4], [0.3, 0.6, 0.2]]))

    def test_by_hand(self) -> None:
        values = metrics.score(estimate_of(np.array([[0.2, 0.0], [0.2, 0.0]]), a(0.25, 0.0), 0.12), self.truth)
        assert values.keys() == KEYS
        expected = {
            "pehe": 0.1,  # errors +.1, −.1
            "ate_error": 0.05,  # .25 against .2
            "interval_score": 0.228,  # half width .95·.12 = .114 reaches both effects
            "coverage_cate": 1.0,
            "coverage_ate": 1.0,
            "width_cate": 0.228,
            "width_ate": 0.228,
            "coverage_cate_50": 0.0,  # half width .06 misses .1
            "coverage_cate_80": 0.0,  # .096 still does
            "coverage_cate_90": 1.0,  # .108 does not
            "coverage_cate_95": 1.0,
            "coverage_ate_50": 1.0,  # .06 reaches .05
            "coverage_ate_80": 1.0,
            "coverage_ate_90": 1.0,
            "coverage_ate_95": 1.0,
            "crps": None,  # no draws
            "spearman": None,  # the estimate is constant
            "policy_regret": 0.05,  # arm 1 for both: best means .4 and .6 against .3 and .6
            "ate_hat": 0.25,
            "ate": 0.2,
            "interval_score_ate": 0.228,
            "crps_ate": None,
        }
        assert values == {name: pytest.approx(value) if value is not None else None for name, value in expected.items()}

    def test_each_contrast_has_its_own_values(self) -> None:
        estimate = estimate_of(np.array([[0.1, 0.2], [0.3, 0.2]]), a(0.2, 0.05))
        first, second = (metrics.score(estimate, self.truth, contrast=j) for j in (0, 1))
        assert first["pehe"] == pytest.approx(0.0)
        assert second["pehe"] == pytest.approx(math.sqrt(0.045))
        assert second["ate"] == pytest.approx(0.05)
        assert first["spearman"] == pytest.approx(1.0)
        assert second["spearman"] is None

    @pytest.mark.parametrize("contrast", [-1, 2])
    def test_a_contrast_that_does_not_exist_is_refused_with_the_choices(self, contrast: int) -> None:
        with pytest.raises(ValueError, match=rf"^contrast={contrast}; expected one of \[0, 1\]$"):
            metrics.score(estimate_of(np.zeros((2, 2)), np.zeros(2)), self.truth, contrast=contrast)

    def test_an_estimate_of_other_data_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^shapes differ or are empty: tau_hat \(3,\), tau \(2,\)"):
            metrics.score(estimate_of(np.zeros((3, 2)), np.zeros(2)), self.truth)

    def test_draws_are_scored_for_their_contrast(self) -> None:
        draws = np.random.default_rng(0).normal(size=(40, 2, 2))
        estimate = replace(estimate_of(np.zeros((2, 2)), np.zeros(2)), cate_draws=draws)
        for j in (0, 1):
            expected = metrics.crps(draws[:, :, j], self.truth.contrast_cate_per_visitor.values[:, j])
            assert metrics.score(estimate, self.truth, contrast=j)["crps"] == expected

    def test_draws_of_the_average_effect_are_scored_too(self) -> None:
        draws = np.array([[0.2, 0.0], [0.4, 0.0]])
        values = metrics.score(replace(estimate_of(np.zeros((2, 2)), np.zeros(2)), ate_draws=draws), self.truth)
        # |X − .2| is 0 and .2 with mean .1; |X − X'| has mean .1.
        assert values["crps_ate"] == pytest.approx(0.05)

    @pytest.mark.parametrize("estimator", [Lin(), DifferenceInMeans()])
    @pytest.mark.parametrize("metric", ["conversion_rate", "revenue_per_visitor"])
    def test_generated_experiments_are_scored_in_builtin_floats(self, estimator: Lin, metric: str) -> None:
        config, _ = TEMPLATES["reversal"](metric, 1.0, seed=3)
        observed, truth = generate_v2_core(config)
        values = metrics.score(fit(estimator, observed, seed=0), truth)
        assert values.keys() == KEYS
        assert {type(value) for value in values.values()} <= {float, type(None)}
        assert (values["spearman"] is None) == isinstance(estimator, DifferenceInMeans)

    def test_a_constant_effect_leaves_the_rank_correlation_undefined(self) -> None:
        config, _ = TEMPLATES["constant"]("conversion_rate", 1.0, seed=3)
        observed, truth = generate_v2_core(config)
        assert metrics.score(fit(Lin(), observed, seed=0), truth)["spearman"] is None
