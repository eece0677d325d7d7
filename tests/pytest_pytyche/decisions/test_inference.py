import numpy as np
import pytest

from pytest_pytyche.decisions.inference import Estimated, estimated_targeting, policy_gain, uplift_curve
from pytest_pytyche.decisions.scores import dr_scores
from pytest_pytyche.decisions.targeting import targeting, uplift

N = 400


def trial(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A ranking that knows the effects in part, the effects, and scores from outcomes of a randomised trial."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N)
    tau = 0.5 + x
    w = (rng.random(N) < 0.5).astype(float)
    y = w * tau + rng.normal(size=N)
    return x + rng.normal(size=N), tau, dr_scores(y, w, 0.5, np.zeros(N), tau)


def test_intervals_hold_the_areas_of_the_true_effects_as_often_as_they_say() -> None:
    held = {"autoc": 0, "qini": 0, "auuc": 0}
    # The same visitors throughout vary less than the standard error allows, as that is for a sample of them.
    for seed in range(120):
        priority, tau, scores = trial(seed)
        true = targeting(priority, tau)._asdict()
        for name, found in estimated_targeting(priority, scores, seed=seed, replicates=60).items():
            lower, upper = found.interval()
            held[name] += lower <= true[name] <= upper
    assert all(count / 120 >= 0.9 for count in held.values()), held


def test_the_standard_error_is_how_much_the_estimate_varies_over_trials() -> None:
    found = [estimated_targeting(*trial(seed)[::2], seed=seed, replicates=60) for seed in range(120)]
    for name in ("autoc", "qini", "auuc"):
        spread = np.std([each[name].value for each in found], ddof=1)
        assert np.mean([each[name].se for each in found]) == pytest.approx(spread, rel=0.2)


def test_the_band_holds_the_whole_true_curve_as_often_as_it_says() -> None:
    held = 0
    for seed in range(120):
        priority, tau, scores = trial(seed)
        band = uplift_curve(priority, scores, seed=seed, replicates=80)
        true = uplift(priority, tau)[np.round(band.shares * N).astype(int)]
        held += bool(np.all((band.lower <= true) & (true <= band.upper)))
    assert held / 120 >= 0.9


def test_a_curve_ends_at_the_average_score() -> None:
    priority, _, scores = trial(1)
    band = uplift_curve(priority, scores, seed=0, points=4, replicates=20)
    assert band.shares.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert band.gain[-1] == pytest.approx(scores.mean())
    assert np.all(band.lower < band.upper)


def test_a_seed_repeats_the_errors() -> None:
    priority, _, scores = trial(2)
    first, again, other = (estimated_targeting(priority, scores, seed=seed, replicates=20) for seed in (1, 1, 2))
    assert first == again
    assert first["qini"].se != other["qini"].se


def test_the_gain_of_a_policy_by_hand() -> None:
    # Gains 2, 0, 0: mean 2/3, sd √(4/3), error √(4/3)/√3.
    found = policy_gain(np.array([True, False, False]), np.array([3.0, 9.0, -9.0]), cost=1.0)
    assert found == pytest.approx((2 / 3, 2 / 3))
    assert Estimated(1.0, 2.0).interval() == pytest.approx((1 - 1.96 * 2, 1 + 1.96 * 2), abs=1e-3)


def test_too_few_visitors_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^3 visitors; expected 4 or more"):
        estimated_targeting(np.zeros(3), np.zeros(3), seed=0)
    with pytest.raises(ValueError, match=r"expected one entry for each of two or more"):
        policy_gain(np.array([True]), np.zeros(1))
