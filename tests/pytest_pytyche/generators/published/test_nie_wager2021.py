from collections.abc import Callable

import numpy as np
import pytest

from pytest_pytyche.generators.scenarios import DESIGNS
from tests.pytest_pytyche.generators.published.columns import Array, generated, means, propensity

Columns = dict[str, Array]


def positive(values: Array) -> Array:
    return np.where(values > 0, values, 0.0)


MAIN: dict[str, Callable[[Columns], Array]] = {
    "A": lambda x: np.sin(np.pi * x["x1"] * x["x2"]) + 2 * (x["x3"] - 0.5) ** 2 + x["x4"] + 0.5 * x["x5"],
    "B": lambda x: np.stack([x["x1"] + x["x2"], x["x3"], 0 * x["x3"]]).max(axis=0) + positive(x["x4"] + x["x5"]),
    "C": lambda x: 2 * np.log(1 + np.exp(x["x1"] + x["x2"] + x["x3"])),
    "D": lambda x: 0.5 * (positive(x["x1"] + x["x2"] + x["x3"]) + positive(x["x4"] + x["x5"])),
}
EFFECT: dict[str, Callable[[Columns], Array]] = {
    "A": lambda x: (x["x1"] + x["x2"]) / 2,
    "B": lambda x: x["x1"] + np.log(1 + np.exp(x["x2"])),
    "C": lambda x: np.ones(len(x["x1"])),
    "D": lambda x: positive(x["x1"] + x["x2"] + x["x3"]) - positive(x["x4"] + x["x5"]),
}
PROPENSITY: dict[str, Callable[[Columns], Array]] = {
    "A": lambda x: np.maximum(0.1, np.minimum(np.sin(np.pi * x["x1"] * x["x2"]), 0.9)),
    "C": lambda x: 1 / (1 + np.exp(x["x2"] + x["x3"])),
    "D": lambda x: 1 / (1 + np.exp(-x["x1"]) + np.exp(-x["x2"])),
}


@pytest.mark.parametrize("setup", MAIN)
def test_truth_follows_the_published_formulas(setup: str) -> None:
    bundle, x = generated("nie-wager2021", setup=setup)
    control, effect = means(bundle)
    assert effect == pytest.approx(EFFECT[setup](x))
    assert control + 0.5 * effect == pytest.approx(MAIN[setup](x))
    if setup in PROPENSITY:
        assert propensity(bundle) == pytest.approx(PROPENSITY[setup](x))


def test_setup_b_is_a_randomised_trial_and_the_others_are_observational() -> None:
    designs = {setup: generated("nie-wager2021", setup=setup)[0].observed.design for setup in MAIN}
    assert designs["B"].probabilities == (0.5, 0.5)
    assert not any(designs[setup].randomised for setup in PROPENSITY)


def test_features_are_uniform_in_setup_a_and_normal_elsewhere() -> None:
    _, a = generated("nie-wager2021", setup="A", n_features=12, n_visitors=2000)
    _, c = generated("nie-wager2021", setup="C", n_visitors=2000)
    assert (len(a), len(c)) == (12, 6)
    assert all(column.min() >= 0 and column.max() <= 1 for column in a.values())
    assert [column.std() for column in c.values()] == pytest.approx([1.0] * 6, abs=0.06)


def test_noise_has_the_standard_deviation_asked_for() -> None:
    bundle, _ = generated("nie-wager2021", setup="B", noise_sd=3.0, n_visitors=20_000)
    residual = bundle.observed.outcome - bundle.truth.mean_per_visitor[np.arange(20_000), bundle.observed.arm_codes]
    assert residual.std() == pytest.approx(3.0, abs=0.06)


def test_fewer_features_than_the_formulas_need_are_refused() -> None:
    with pytest.raises(ValueError, match="n_features=4; expected a whole number >= 5"):
        DESIGNS["nie-wager2021"](setup="A", n_features=4)
