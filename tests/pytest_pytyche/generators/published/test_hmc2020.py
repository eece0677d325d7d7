import numpy as np
import pytest
from scipy import stats

from pytest_pytyche.generators.published.hmc2020 import PROGNOSES
from pytest_pytyche.generators.scenarios import DESIGNS, spec_id
from tests.pytest_pytyche.generators.published.columns import generated, means, propensity

G = {"1": 2.0, "2": -1.0, "3": -4.0}
FIRST = {"effect": "homogeneous", "prognosis": "linear"}
CELLS = [spec[1] for spec in DESIGNS["hmc2020"].specs()]


def test_the_catalog_has_the_eight_cells() -> None:
    cells = {(cell["effect"], cell["prognosis"], cell["n_visitors"]) for cell in CELLS}
    assert len(cells) == len({spec_id(spec) for spec in DESIGNS["hmc2020"].specs()}) == 8
    assert {cell[2] for cell in cells} == {250, 500}


@pytest.mark.parametrize("effect", ["homogeneous", "heterogeneous"])
@pytest.mark.parametrize("prognosis", ["linear", "nonlinear"])
def test_truth_follows_the_published_formulas(effect: str, prognosis: str) -> None:
    bundle, x = generated("hmc2020", effect=effect, prognosis=prognosis, n_visitors=500)
    g = np.array([G[level] for level in x["x5"]])
    mu = 1 + g + x["x1"] * x["x3"] if prognosis == "linear" else -6 + g + 6 * np.abs(x["x3"] - 1)
    tau = np.full(500, 3.0) if effect == "homogeneous" else 1 + 2 * x["x2"] * x["x4"]
    sd = np.sqrt(7.0) if prognosis == "linear" else 5.385454
    assert means(bundle)[0] == pytest.approx(mu)
    assert means(bundle)[1] == pytest.approx(tau)
    expected = 0.8 * stats.norm.cdf(3 * mu / sd - 0.5 * x["x1"]) + 0.1
    assert propensity(bundle) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("prognosis", ["linear", "nonlinear"])
def test_the_spread_of_the_prognosis_is_that_of_its_population(prognosis: str) -> None:
    bundle, _ = generated("hmc2020", effect="homogeneous", prognosis=prognosis, n_visitors=200_000)
    assert PROGNOSES[prognosis].sd == pytest.approx(means(bundle)[0].std(), rel=0.01)


def test_treatment_goes_to_those_who_fare_better_so_the_naive_difference_is_too_high() -> None:
    bundle, _ = generated("hmc2020", **FIRST, n_visitors=100_000)
    observed = bundle.observed
    y, z = observed.outcome, observed.arm_codes
    assert observed.design.probabilities is None
    assert bundle.truth.effect == pytest.approx(3.0)
    assert bundle.truth.naive_bias == pytest.approx(y[z == 1].mean() - y[z == 0].mean() - 3.0, abs=0.06)
    assert bundle.truth.naive_bias > 2.0


def test_noise_has_unit_variance_whatever_the_arm() -> None:
    bundle, _ = generated("hmc2020", **FIRST, n_visitors=100_000)
    z = bundle.observed.arm_codes
    noise = bundle.observed.outcome - bundle.truth.mean_per_visitor[np.arange(100_000), z]
    assert [noise[z == arm].std() for arm in (0, 1)] == pytest.approx([1.0, 1.0], abs=0.015)


def test_an_unknown_prognosis_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="prognosis='cubic'; expected one of \\['linear', 'nonlinear'\\]"):
        DESIGNS["hmc2020"](effect="homogeneous", prognosis="cubic")
