"""Groups of repeated runs: worked numbers, and what is undefined."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import pytest

from pare_harness.rates import clustered, jackknife_error, pass_at_k, pass_hat_k, wilson
from pare_harness.repeated import Tally, rates, tallies, wanted_ks


def test_runs_become_tallies_with_infra_apart() -> None:
    runs = [("a", "success"), ("b", "limit"), ("a", "infra"), ("a", "failed"), ("b", "exception")]
    assert tallies(runs) == {"a": Tally(1, 2, 1), "b": Tally(0, 2, 0)}


def test_worked_numbers_of_two_scenarios() -> None:
    found = rates({"a": Tally(3, 4), "b": Tally(4, 4, infra=2)})
    assert (found.scenarios, found.runs, found.infra, found.successes) == (2, 8, 2, 7)
    assert found.rate == 7 / 8
    # s²/n of a: (3/4)(1/4)(4/3)/4 = 1/16; b has none; the mean of two: a half of 1/4.
    assert found.error == pytest.approx(1 / 8)
    assert found.interval == clustered([3, 4], [4, 4])
    pairs, fours = found.passes
    # a: of 6 pairs 3 succeed twice and none fails twice.
    assert (pairs.k, pairs.at, pairs.hat) == (2, 1.0, 0.75)
    assert (fours.k, fours.at, fours.hat) == (4, 1.0, 0.5)


def test_a_single_scenario_and_single_runs_have_wilsons_interval() -> None:
    assert rates({"a": Tally(3, 4)}).interval == wilson(3, 4)
    assert rates({"a": Tally(1, 1), "b": Tally(0, 1), "c": Tally(1, 1)}).interval == wilson(2, 3)


def test_scenarios_that_all_do_alike_are_so_many_trials_not_so_many_runs() -> None:
    assert clustered([4] * 15, [4] * 15) == wilson(15, 15)
    assert clustered([3, 6], [4, 8]) == wilson(1.5, 2)
    certain = rates({name: Tally(4, 4) for name in "abc"}).interval
    assert certain is not None
    assert certain.lower < 0.5


def test_what_is_undefined_is_none() -> None:
    nothing = rates({"a": Tally(infra=3)})
    assert (nothing.runs, nothing.infra, nothing.rate, nothing.error, nothing.interval) == (0, 3, None, None, None)
    once = rates({"a": Tally(1, 1)})
    assert (once.rate, once.error, once.passes) == (1.0, None, ())
    short = rates({"a": Tally(2, 2), "b": Tally(1, 1, infra=1)})
    assert [(one.k, one.at, one.hat) for one in short.passes] == [(2, None, None)]


def test_k_grows_by_doubling_up_to_all_runs() -> None:
    assert [wanted_ks(most) for most in (0, 1, 2, 5, 8, 10)] == [[], [], [2], [2, 4, 5], [2, 4, 8], [2, 4, 8, 10]]


@pytest.mark.parametrize("estimate", [pass_at_k, pass_hat_k])
@pytest.mark.parametrize(("successes", "runs", "k"), [(3, 7, 2), (6, 7, 3), (0, 4, 2), (4, 4, 2)])
def test_the_jackknife_leaves_out_each_run_once(estimate: object, successes: int, runs: int, k: int) -> None:
    outcomes = [True] * successes + [False] * (runs - successes)
    left = np.array([_of(estimate, outcomes[:i] + outcomes[i + 1 :], k) for i in range(runs)])
    expected = sqrt((runs - 1) / runs * ((left - left.mean()) ** 2).sum())
    assert jackknife_error(estimate, successes, runs, k) == pytest.approx(expected)  # type: ignore[arg-type]


def _of(estimate: object, outcomes: Sequence[bool], k: int) -> float:
    value = estimate(sum(outcomes), len(outcomes), k)  # type: ignore[operator]
    assert isinstance(value, float)
    return value


def test_the_error_of_a_rate_is_that_of_a_mean() -> None:
    outcomes = [1, 1, 1, 0, 0]
    assert jackknife_error(pass_hat_k, 3, 5, 1) == pytest.approx(np.std(outcomes, ddof=1) / sqrt(5))
    assert jackknife_error(pass_hat_k, 1, 1, 1) is None
    assert jackknife_error(pass_hat_k, 2, 2, 2) is None


def test_rates_are_plain_values_for_json() -> None:
    found = rates({"a": Tally(1, 2)}).to_dict()
    assert found["passes"] == {"2": {"pass@k": 1.0, "pass@k_error": None, "pass^k": 0.0, "pass^k_error": None}}
    assert found["interval"]["lower"] == pytest.approx(0.0945, abs=1e-4)
    assert rates({}).to_dict()["interval"] is None
