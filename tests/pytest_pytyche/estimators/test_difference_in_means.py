import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from pytest_pytyche.estimators.base import LEVELS, EstimateError
from pytest_pytyche.estimators.difference_in_means import DifferenceInMeans
from pytest_pytyche.estimators.fit import fit
from tests.support.experiments import experiment


def test_effect_and_interval_by_hand() -> None:
    # Control 0, 2, 4: mean 2, variance 4. Treatment 5, 7: mean 6, variance 2. Standard error √(4/3 + 2/2) = √(7/3);
    # Welch's degrees of freedom (7/3)² / ((4/3)²/2 + 1²/1) = (49/9) / (17/9) = 49/17.
    estimate = fit(DifferenceInMeans(), experiment([0, 1, 0, 1, 0], [0, 5, 2, 7, 4]), seed=0)
    assert_allclose(estimate.ate, [4.0])
    half = stats.t.ppf(0.975, 49 / 17) * np.sqrt(7 / 3)
    assert_allclose(estimate.ate_interval(0.95), ([4.0 - half], [4.0 + half]))


def test_every_visitor_gets_the_average_and_its_interval() -> None:
    estimate = fit(DifferenceInMeans(), experiment([0, 1, 0, 1, 0], [0, 5, 2, 7, 4]), seed=0)
    assert_allclose(estimate.cate, np.full((5, 1), 4.0))
    for level in LEVELS:
        assert_allclose(
            estimate.cate_interval(level), np.broadcast_to(np.array(estimate.ate_interval(level))[:, None], (2, 5, 1))
        )


@pytest.mark.parametrize("level", LEVELS)
def test_intervals_agree_with_scipys_welch_test(level: float) -> None:
    rng = np.random.default_rng(1)
    arms = rng.integers(0, 3, 200)
    outcome = rng.normal(arms, 1.0 + arms)
    estimate = fit(DifferenceInMeans(), experiment(arms, outcome, n_arms=3), seed=0)
    for j in (0, 1):
        expected = stats.ttest_ind(outcome[arms == j + 1], outcome[arms == 0], equal_var=False).confidence_interval(
            level
        )
        lower, upper = estimate.ate_interval(level)
        assert_allclose((lower[j], upper[j]), (expected.low, expected.high), rtol=1e-9)


def test_an_outcome_that_never_varies_gives_an_interval_of_width_zero() -> None:
    estimate = fit(DifferenceInMeans(), experiment([0, 0, 1, 1], np.zeros(4)), seed=0)
    assert_allclose(estimate.ate_interval(0.95), ([0.0], [0.0]))


def test_an_outcome_that_varies_in_one_arm_only_takes_that_arms_degrees_of_freedom() -> None:
    estimate = fit(DifferenceInMeans(), experiment([0, 0, 0, 1, 1], [1, 2, 3, 0, 0]), seed=0)
    assert_allclose(estimate.ate_interval(0.5)[1], -2.0 + stats.t.ppf(0.75, 2) * np.sqrt(1 / 3))


@pytest.mark.parametrize(("arms", "n"), [([0, 0, 0], 0), ([0, 0, 1], 1)])
def test_an_arm_with_fewer_than_two_visitors_is_refused(arms: list[int], n: int) -> None:
    message = rf"^estimator 'difference_in_means': arm 'treatment' has {n} visitors; expected 2 or more$"
    with pytest.raises(EstimateError, match=message):
        fit(DifferenceInMeans(), experiment(arms, [1, 2, 3]), seed=0)


def test_the_interval_of_the_average_covers_at_its_nominal_level() -> None:
    # 2000 replicates: the Monte-Carlo standard error of a coverage of .9 is √(.9·.1/2000) = .0067; allow four of them.
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(2000):
        arms = np.repeat([0, 1], [40, 25])
        estimate = DifferenceInMeans().fit_effects(experiment(arms, rng.normal(2.0 * arms, 1.0 + 2.0 * arms)), seed=0)
        lower, upper = estimate.ate_interval(0.9)
        covered.append(bool(lower[0] <= 2.0 <= upper[0]))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.027)
