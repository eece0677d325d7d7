import numpy as np
import pytest
from scipy import stats

from pytest_pytyche.generators.scenarios import DESIGNS
from tests.pytest_pytyche.generators.published.columns import Array, generated, means, propensity


def standard(x: dict[str, Array], *names: str) -> Array:
    """The features less their means over their standard deviations, cut off at ±3; levels against the rest."""
    by_hand = {
        "x1": x["x1"],
        "x2": x["x2"],
        "x3": (x["x3"] - 2) / np.sqrt(2),
        "x4": (x["x4"] - 3) / np.sqrt(3),
        "x5": (x["x5"] - 2 / 7) / np.sqrt(10 / (49 * 8)),
        "x6": (x["x6"] - stats.lognorm(0.5).mean()) / stats.lognorm(0.5).std(),
        "x7": np.where(x["x7"], -0.7, 0.3) / np.sqrt(0.21),
        "x8": ((x["x8"] == "a") - 0.4) / np.sqrt(0.24),
    }
    return np.clip(np.stack([by_hand[name] for name in names], axis=1), -3, 3)


def test_default_truth_follows_the_documented_formulas() -> None:
    bundle, x = generated("acic2016-like")
    control, effect = means(bundle)
    assert control == pytest.approx(2 * np.exp(0.25 * standard(x, "x1", "x3", "x4", "x7").sum(axis=1)))
    assert effect == pytest.approx(1 + np.exp(0.5 * standard(x, "x1", "x5").sum(axis=1) / np.sqrt(2)))
    polynomial = []
    for names in (("x1", "x3", "x4", "x7"), ("x2", "x5", "x6", "x8")):
        s = standard(x, *names)
        polynomial.append((s.sum(axis=1) + 0.5 * (s[:, :3] * s[:, 1:]).sum(axis=1)) / 2)
    score = np.log(0.35 / 0.65) + 0.75 * polynomial[0] + np.sqrt(1 - 0.75**2) * polynomial[1]
    assert propensity(bundle) == pytest.approx(0.05 + 0.9 / (1 + np.exp(-score)))


def test_steps_count_features_above_their_mean() -> None:
    bundle, x = generated("acic2016-like", response_model="step")
    above = (standard(x, "x1", "x3", "x4", "x7") > 0).sum(axis=1)
    assert means(bundle)[0] == pytest.approx(2 * (2 * above - 4) / 2)


def test_penalised_overlap_spares_those_with_a_high_x1() -> None:
    full, x = generated("acic2016-like")
    penalised, _ = generated("acic2016-like", overlap="penalised")
    ratio = propensity(penalised) / propensity(full)
    assert ratio == pytest.approx(np.where(x["x1"] > 1, 0.1, 1.0))


def test_without_heterogeneity_everybody_has_the_same_effect() -> None:
    bundle, _ = generated("acic2016-like", heterogeneity="none")
    assert means(bundle)[1] == pytest.approx(np.ones(1000))


def test_alignment_confounds() -> None:
    biases = [
        generated("acic2016-like", alignment=alignment, n_visitors=20_000)[0].truth.naive_bias
        for alignment in (0.0, 0.25, 0.75)
    ]
    assert biases == sorted(biases)
    assert biases[2] > 2 * biases[0]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"treated_share": 1.0}, "treated_share=1.0; expected a number between 0 and 1"),
        ({"alignment": 1.5}, "alignment=1.5; expected a number from 0 to 1"),
        ({"overlap": "none"}, "overlap='none'; expected one of \\['full', 'penalised'\\]"),
        ({"response": "step"}, "takes no knob 'response' \\(did you mean 'response_model'\\?\\)"),
    ],
)
def test_unfit_knobs_are_refused(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DESIGNS["acic2016-like"](**knobs)
