from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binomtest

from pare_harness.rates import clustered, pass_at_k, pass_hat_k, wilson


def test_worked_examples() -> None:
    assert pass_at_k(2, 4, 2) == pytest.approx(1 - 1 / 6)
    assert pass_hat_k(2, 4, 2) == pytest.approx(1 / 6)
    assert pass_at_k(0, 4, 2) == 0
    assert pass_hat_k(4, 4, 4) == 1


@pytest.mark.parametrize(("n", "k"), list(product(range(1, 6), range(1, 4))))
def test_both_are_shares_of_all_draws_of_k_runs(n: int, k: int) -> None:
    for successes in range(n + 1):
        draws = list(combinations([True] * successes + [False] * (n - successes), k))
        if not draws:
            assert pass_at_k(successes, n, k) is pass_hat_k(successes, n, k) is None
            continue
        assert pass_at_k(successes, n, k) == pytest.approx(np.mean([any(draw) for draw in draws]))
        assert pass_hat_k(successes, n, k) == pytest.approx(np.mean([all(draw) for draw in draws]))


@pytest.mark.parametrize(("successes", "runs", "k"), [(3, 2, 1), (-1, 2, 1), (1, 2, 0)])
def test_counts_that_cannot_be_are_refused(successes: int, runs: int, k: int) -> None:
    for estimate in (pass_at_k, pass_hat_k):
        with pytest.raises(
            ValueError, match=f"successes={successes}, runs={runs}, k={k}; expected 0 ≤ successes ≤ runs"
        ):
            estimate(successes, runs, k)


@pytest.mark.parametrize(("successes", "runs"), [(0, 5), (3, 5), (5, 5), (37, 120)])
def test_wilson_is_that_of_scipy(successes: int, runs: int) -> None:
    expected = binomtest(successes, runs).proportion_ci(method="wilson")
    assert wilson(successes, runs) == pytest.approx((expected.low, expected.high))


def test_no_runs_have_no_interval() -> None:
    assert wilson(0, 0) is None
    assert clustered([], []) is None
    assert clustered([1], [2]) is None
    assert clustered([1, 0], [2, 0]) is None


def test_clusters_of_one_size_are_compared_by_their_rates() -> None:
    rates = np.array([0.25, 0.5, 0.75, 0.5])
    half = 3.182446 * rates.std(ddof=1) / 2  # t with 3 degrees of freedom
    assert clustered([1, 2, 3, 2], [4, 4, 4, 4]) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-6)


def test_runs_that_agree_within_scenarios_are_worth_less() -> None:
    alike = clustered([5, 0, 5, 0, 5, 0], [5] * 6)
    independent = wilson(15, 30)
    assert alike is not None
    assert independent is not None
    assert alike.upper - alike.lower > 1.5 * (independent.upper - independent.lower)
