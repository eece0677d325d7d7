import numpy as np
import pytest

from pytest_pytyche.calibration.chains import autocorrelation_time, effective_draws, thinned


def chain(rho: float, draws: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = rng.normal(size=draws)
    for t in range(1, draws):
        found[t] = rho * found[t - 1] + np.sqrt(1 - rho**2) * found[t]
    return found


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_an_autoregressive_chain_has_the_time_that_theory_gives(rho: float) -> None:
    # Of an AR(1) chain: (1 + ρ)/(1 − ρ) = 1, 3, 19.
    assert autocorrelation_time(chain(rho, 40_000)) == pytest.approx((1 + rho) / (1 - rho), rel=0.1)


def test_the_covariances_are_those_of_a_loop() -> None:
    # x − mean = (−1.5, −.5, .5, 1.5): ρ = 1, .25, −.3, −.45. The first pair is 1.25, the second negative: 2·1.25 − 1.
    assert autocorrelation_time(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(1.5)


@pytest.mark.parametrize("draws", [[2.0], [2.0, 2.0, 2.0], [1.0, 3.0, 1.0, 3.0]])
def test_a_chain_that_stands_still_or_swings_is_not_thinned(draws: list[float]) -> None:
    assert autocorrelation_time(np.array(draws)) == 1.0
    assert thinned(np.array(draws)).tolist() == draws


def test_thinning_leaves_about_as_many_draws_as_are_effective() -> None:
    draws = chain(0.9, 4_000).astype(np.float32)
    left = thinned(draws)
    assert len(left) == pytest.approx(effective_draws(draws), rel=0.1)
    assert autocorrelation_time(left) < 2.0
