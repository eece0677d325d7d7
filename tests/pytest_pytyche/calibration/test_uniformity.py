from itertools import product

import numpy as np
import pytest
from scipy import stats

from pytest_pytyche.calibration.uniformity import band, ecdf, inside_probability, uniformity
from tests.support.posteriors import posterior_draws


def ranks(seed: int, n: int = 400, draws: int = 99, theta: float | None = None, **kind: float) -> np.ndarray:
    """Ranks of a parameter among draws of its posterior; drawn from the prior unless it is fixed."""
    rng = np.random.default_rng(seed)
    true = rng.normal(size=n) if theta is None else np.full(n, theta)
    below = (posterior_draws(rng, true, draws, **kind) < true).sum(axis=0)
    return (below + rng.random(n)) / (draws + 1)


def test_the_probability_of_staying_inside_is_that_of_every_way_to_fall() -> None:
    # Three values in three cells: 27 ways, all alike.
    lower, upper = np.array([0, 1]), np.array([2, 3])
    inside = 0
    for cells in product(range(3), repeat=3):
        counts = [sum(cell <= i for cell in cells) for i in (0, 1)]
        inside += all(low <= count <= high for low, count, high in zip(lower, counts, upper, strict=True))
    assert inside_probability(3, lower, upper) == pytest.approx(inside / 27)


def test_the_bounds_of_the_band_are_binomial_quantiles() -> None:
    found = band(73)
    lower = stats.binom.ppf(found.gamma / 2, 73, found.points)
    # The largest count with P(X ≥ count) ≥ γ/2.
    upper = stats.binom.isf(found.gamma / 2, 73, found.points)
    assert np.array_equal(np.round(found.lower * 73), lower)
    assert np.array_equal(np.round(found.upper * 73), upper)


@pytest.mark.parametrize(("n", "runs"), [(5, 40_000), (20, 20_000), (100, 8_000), (350, 4_000)])
def test_the_band_holds_the_whole_ecdf_as_often_as_it_says(n: int, runs: int) -> None:
    found = band(n)
    values = np.sort(np.random.default_rng(n).random((runs, n)), axis=1)
    functions = np.array([np.searchsorted(row, found.points, side="right") for row in values]) / n
    inside = np.all((functions >= found.lower - 1e-12) & (functions <= found.upper + 1e-12), axis=1).mean()
    error = np.sqrt(0.95 * 0.05 / runs)
    # Counts are whole numbers, so that few values cannot have 95 % exactly.
    assert 0.95 - 4 * error <= inside <= 0.95 + 4 * error + 0.3 / n


def test_gamma_is_the_quantile_that_simulation_gives() -> None:
    # Algorithm 1 of the paper: γ is the 5 % quantile of 2·min over points of the smaller binomial tail.
    n = 60
    found = band(n)
    values = np.random.default_rng(0).random((20_000, n))
    counts = (values[:, :, np.newaxis] <= found.points).sum(axis=1)
    tails = np.minimum(stats.binom.cdf(counts, n, found.points), stats.binom.sf(counts - 1, n, found.points))
    assert found.gamma == pytest.approx(np.quantile(2 * tails.min(axis=1), 0.05), rel=0.1)


@pytest.mark.parametrize("n", [10, 40])
def test_uniform_values_are_rejected_as_often_as_five_percent_says(n: int) -> None:
    values = np.random.default_rng(n).random((1_500, n))
    rejected = np.mean([uniformity(row).p_value < 0.05 for row in values])
    assert rejected == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 1_500))


def test_the_p_value_is_the_share_of_uniform_samples_that_are_further_out() -> None:
    n = 30
    values = np.random.default_rng(3).random((4_000, n))
    points = band(n).points
    counts = (values[:, :, np.newaxis] <= points).sum(axis=1)
    tails = np.minimum(stats.binom.cdf(counts, n, points), stats.binom.sf(counts - 1, n, points)).min(axis=1)
    expected = np.mean(tails <= tails[0] * (1 + 1e-9))
    assert uniformity(values[0]).p_value == pytest.approx(expected, abs=0.03)


def test_being_outside_of_the_band_and_a_small_p_value_are_the_same() -> None:
    for seed in range(60):
        values = np.random.default_rng(seed).beta(1.0, 1.5, 40)
        found, function = band(40), ecdf(values)
        outside = bool(np.any((function < found.lower - 1e-12) | (function > found.upper + 1e-12)))
        assert (uniformity(values).p_value <= 0.05) == outside


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ({}, "uniform"),
        ({"scale": 0.5}, "∪: draws too narrow"),
        ({"scale": 2.0}, "∩: draws too wide"),
        ({"shift": 1.0}, "slope down: draws too high"),
        ({"shift": -1.0}, "slope up: draws too low"),
    ],
)
def test_posteriors_too_narrow_too_wide_and_off_are_told_apart(kind: dict[str, float], pattern: str) -> None:
    assert [uniformity(ranks(seed, n=200, **kind)).pattern for seed in (2, 3, 4)] == [pattern] * 3


def test_a_correct_posterior_of_a_fixed_truth_has_no_uniform_ranks() -> None:
    # The prior N(0, 1) pulls towards 0, away from a truth of 2, and is right on average over truths from it.
    assert uniformity(ranks(1, theta=2.0)).pattern == "slope up: draws too low"
    assert uniformity(ranks(1, theta=0.0)).pattern == "∩: draws too wide"


def test_a_shape_that_is_neither_shift_nor_spread_has_no_name_but_is_seen() -> None:
    # Mean and variance of a uniform variable, on three points only: ½ and ½ ± √(1/8), at 1/3 each.
    values = np.tile([0.5 - 8**-0.5, 0.5, 0.5 + 8**-0.5], 60)
    assert uniformity(values).pattern == "not uniform"


def test_a_cluster_of_equal_values_counts_as_one() -> None:
    values = np.random.default_rng(8).random(25)
    once, thrice = uniformity(values), uniformity(np.tile(values, 3), np.tile(np.arange(25), 3))
    assert thrice.n == 25
    assert thrice.p_value == pytest.approx(once.p_value)
    assert (thrice.shift, thrice.spread) == pytest.approx((once.shift, once.spread))


def test_clusters_of_values_that_depend_are_not_rejected_too_often() -> None:
    rng = np.random.default_rng(9)
    clusters = np.repeat(np.arange(25), 8)
    rejected = []
    for _ in range(400):
        common = np.repeat(rng.normal(size=25), 8)
        values = stats.norm.cdf(np.sqrt(0.6) * common + np.sqrt(0.4) * rng.normal(size=200))
        rejected.append((uniformity(values, clusters).p_value < 0.05, uniformity(values).p_value < 0.05))
    with_clusters, without = np.mean(rejected, axis=0)
    assert with_clusters <= 0.06
    assert without > 0.2


def test_the_ecdf_by_hand() -> None:
    # Cluster 0 has .1 and .6, cluster 1 has .3: at .5, ½·½ + ½·1.
    values, clusters = np.array([0.1, 0.6, 0.3]), np.array([0, 0, 1])
    assert ecdf(values, clusters, np.array([0.2, 0.5, 0.7])).tolist() == [0.25, 0.75, 1.0]


@pytest.mark.parametrize("values", [np.zeros(400), np.ones(400), np.full(5_000, 0.5)])
def test_ranks_that_are_all_alike_are_as_unlikely_as_can_be(values: np.ndarray) -> None:
    assert uniformity(values).p_value < 1e-9


def test_one_value_is_not_enough() -> None:
    with pytest.raises(ValueError, match=r"^n=1; expected 2 values or more"):
        uniformity(np.array([0.5]))
