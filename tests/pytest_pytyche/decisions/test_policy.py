import numpy as np
import pytest

from pytest_pytyche.decisions.policy import best_value, decision_metrics, policy, policy_value
from tests.support.experiments import truth_of
from tests.support.posteriors import posterior_estimate

# Three visitors under control and two treatments.
MEANS = np.array([[1.0, 2.0, 4.0], [1.0, 1.5, 0.0], [2.0, 1.0, 1.0]])


def test_the_value_of_a_policy_by_hand() -> None:
    # Gains 3, 0.5 and −1, each at a cost of 1: (2 − 0.5 − 2)/3.
    assert policy_value(np.array([2, 1, 1]), MEANS, cost=1.0) == pytest.approx(-0.5 / 3)


def test_treating_nobody_is_worth_nothing_at_any_cost() -> None:
    assert policy_value(np.zeros(3, dtype=np.intp), MEANS, cost=9.0) == 0.0


def test_the_best_policy_by_hand() -> None:
    # At a cost of 1 only the first visitor is worth treating: (3 − 1)/3. Free: (3 + 0.5)/3.
    assert best_value(MEANS, cost=1.0) == pytest.approx(2 / 3)
    assert best_value(MEANS) == pytest.approx(3.5 / 3)


def test_a_policy_treats_where_the_estimate_exceeds_the_cost() -> None:
    estimates = np.array([[0.5, 1.0], [0.5, 0.5], [-1.0, 0.4]])
    assert policy(estimates, 0.4).tolist() == [2, 1, 0]


def test_no_policy_beats_the_best_one() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(30, 3))
    values = [policy_value(rng.integers(0, 3, 30), means, 0.2) for _ in range(200)]
    assert max(values) <= best_value(means, 0.2)


def test_what_an_estimate_decides_is_scored_by_the_truth() -> None:
    # Effects 3, 0 and −1; estimated as 2, 1 and −1, with a cost of 0.5: the first two are treated.
    means = np.array([[0.0, 3.0], [0.0, 0.0], [0.0, -1.0]])
    found = decision_metrics(posterior_estimate(np.array([[2.0, 1.0, -1.0]])), truth_of(means), contrast=0, cost=0.5)
    assert found["policy_value"] == pytest.approx((2.5 - 0.5) / 3)
    assert found["policy_value_best"] == pytest.approx(2.5 / 3)
    assert found["policy_regret"] == pytest.approx(0.5 / 3)
    # TOC is 3 − 2/3, 3/2 − 2/3 and 0.
    assert found["autoc"] == pytest.approx((7 / 3 + 5 / 6) / 3)
    assert found.keys() == {"policy_value", "policy_value_best", "policy_regret", "autoc", "qini", "auuc"}


def test_arms_that_do_not_fit_the_means_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^arms \(2,\) and means \(3, 3\); expected visitors and visitors × arms"):
        policy_value(np.zeros(2, dtype=np.intp), MEANS)
