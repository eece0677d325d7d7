import numpy as np
import pytest
from scipy import stats

from pytest_pytyche.calibration.ranks import pit, rank_metrics
from pytest_pytyche.calibration.uniformity import uniformity
from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.generators.truth import CalibrationTruth
from tests.support.experiments import truth_of
from tests.support.posteriors import posterior_draws, posterior_estimate

NAMES = {"pit_ate", "pit_cate", "pit_cate_low", "pit_cate_high", "ess_ate"}


def truth(tau: np.ndarray) -> CalibrationTruth:
    return truth_of(np.column_stack([np.zeros_like(tau), tau]))


def test_a_rank_by_hand() -> None:
    # Two of four draws are below: the truth is third of five, 2/5 to 3/5.
    draws = np.array([1.0, 2.0, 4.0, 5.0])
    assert pit(draws, 3.0, 0.0) == pytest.approx(0.4)
    assert pit(draws, 3.0, 0.5) == pytest.approx(0.5)


def test_ties_spread_the_rank_over_all_places_that_the_truth_could_have() -> None:
    # One below, two tied: places 2 to 4 of 5, that is 1/5 to 4/5.
    draws = np.array([1.0, 3.0, 3.0, 5.0])
    assert pit(draws, 3.0, 0.0) == pytest.approx(0.2)
    assert pit(draws, 3.0, 0.999) == pytest.approx(0.8, abs=0.001)


@pytest.mark.parametrize("draws", [1, 4, 50])
def test_of_exchangeable_values_that_are_often_tied_the_rank_is_exactly_uniform(draws: int) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 3, size=(3_000, draws + 1)).astype(float)
    pits = [pit(row[1:], row[0], rng.random()) for row in values]
    assert stats.kstest(pits, "uniform").pvalue > 0.01


def test_an_estimate_with_draws_has_a_rank_for_each_quantity() -> None:
    rng = np.random.default_rng(2)
    tau = rng.normal(size=50)
    found = rank_metrics(posterior_estimate(posterior_draws(rng, tau, 100)), truth(tau), contrast=0, seed=1, key="a")
    assert found.keys() == NAMES
    assert all(0.0 <= found[name] < 1.0 for name in NAMES - {"ess_ate"})
    assert all(type(value) is float for value in found.values())


def test_ranks_repeat_and_depend_on_seed_and_key() -> None:
    rng = np.random.default_rng(3)
    tau = rng.normal(size=50)
    estimate = posterior_estimate(posterior_draws(rng, tau, 100))
    first, again, other, elsewhere = (
        rank_metrics(estimate, truth(tau), contrast=0, seed=seed, key=key)
        for seed, key in ((1, "a"), (1, "a"), (2, "a"), (1, "b"))
    )
    assert first == again
    assert first["pit_ate"] not in {other["pit_ate"], elsewhere["pit_ate"]}


def test_the_low_and_the_high_visitor_are_those_of_the_estimated_order() -> None:
    # Visitor i has the estimate i and draws around it; only visitors 1 and 9 of 0 … 10 have a truth far off.
    draws = np.arange(11.0) + np.random.default_rng(0).uniform(-0.5, 0.5, size=(99, 1))
    tau = np.arange(11.0)
    tau[1], tau[9] = -5.0, 50.0
    found = rank_metrics(posterior_estimate(draws), truth(tau), contrast=0, seed=0, key="")
    assert found["pit_cate_low"] < 0.05
    assert found["pit_cate_high"] > 0.95


def test_an_estimate_with_draws_of_the_ate_only_has_the_rank_of_that() -> None:
    bounds = {level: (np.zeros(5), np.ones(5)) for level in (0.5, 0.8, 0.9, 0.95)}
    estimate = EffectEstimate(np.full(5, 0.5), 0.5, cate_intervals=bounds, ate_draws=np.linspace(0, 1, 9))
    assert rank_metrics(estimate, truth(np.full(5, 2.0)), contrast=0, seed=0, key="").keys() == {"pit_ate", "ess_ate"}


def test_an_autocorrelated_chain_ranks_uniformly_only_after_thinning() -> None:
    rng = np.random.default_rng(4)
    theta = rng.normal(size=600)
    draws = posterior_draws(rng, theta, 200, rho=0.9)
    raw = np.array([pit(column, true, rng.random()) for column, true in zip(draws.T, theta, strict=True)])
    assert uniformity(raw).pattern == "∪: draws too narrow"
    left = np.array(
        [
            rank_metrics(_of_one(column), truth(np.array([true])), contrast=0, seed=row, key="")["pit_ate"]
            for row, (column, true) in enumerate(zip(draws.T, theta, strict=True))
        ]
    )
    assert uniformity(left).pattern == "uniform"


def test_choosing_a_visitor_by_the_estimate_keeps_ranks_uniform_and_choosing_by_the_truth_does_not() -> None:
    rng = np.random.default_rng(5)
    by_estimate, by_truth = [], []
    for seed in range(300):
        tau = rng.normal(size=40)
        draws = posterior_draws(rng, tau, 99)
        found = rank_metrics(posterior_estimate(draws), truth(tau), contrast=0, seed=seed, key="")
        by_estimate.append(found["pit_cate_high"])
        highest = int(np.argsort(tau)[35])
        by_truth.append(pit(draws[:, highest], tau[highest], rng.random()))
    assert uniformity(np.array(by_estimate)).pattern == "uniform"
    assert uniformity(np.array(by_truth)).pattern == "slope up: draws too low"


def _of_one(chain: np.ndarray) -> EffectEstimate:
    return posterior_estimate(chain[:, np.newaxis])
