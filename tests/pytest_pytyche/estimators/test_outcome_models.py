from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from pytest_pytyche.estimators.encoding import Encoded
from pytest_pytyche.estimators.outcome_models import Gaussian, Hurdle, Probit, Surfaces

THREE_ARMS = Encoded(
    covariates=np.zeros((6, 1)),
    arm=np.array([0, 0, 1, 1, 2, 2]),
    outcome=np.array([0.0, 1.0, 0.0, 5.0, 7.0, 0.0]),
    propensity=np.full((6, 3), 1 / 3),
)


@dataclass
class Flat:
    """Two draws, the same for everybody: control 0.1 and 0.2, effects 1 and −1."""

    calls: list[tuple[list[float], list[bool], bool, int]] = field(default_factory=list)

    def sample(
        self, data: Encoded, rows: NDArray[np.bool_], outcome: NDArray[np.float64], *, probit: bool, seed: int
    ) -> Surfaces:
        self.calls.append((outcome.tolist(), rows.tolist(), probit, seed))
        n = len(data.arm)
        control = np.broadcast_to(np.array([0.1, 0.2])[:, None, None], (2, n, 2))
        return Surfaces(control, np.broadcast_to(np.array([1.0, -1.0]), (2, n, 2)))


def test_a_continuous_outcome_is_the_surface_itself() -> None:
    control, treatment = Gaussian().sample(Flat(), THREE_ARMS, seed=1)
    np.testing.assert_allclose(control[:, 0, 0], [0.1, 0.2])
    np.testing.assert_allclose(treatment[0, 0], [1.1, -0.9])


def test_a_binary_outcome_is_a_probability() -> None:
    sampler = Flat()
    control, treatment = Probit().sample(sampler, THREE_ARMS, seed=1)
    assert sampler.calls[0][0] == [0, 1, 0, 1, 1, 0]
    assert sampler.calls[0][2]
    np.testing.assert_allclose(control[:, 0, 0], norm.cdf([0.1, 0.2]))
    np.testing.assert_allclose(treatment[1, 3], norm.cdf([1.2, -0.8]))


BUYERS = Encoded(
    covariates=np.zeros((7, 1)),
    arm=np.array([0, 0, 1, 1, 2, 2, 0]),
    outcome=np.array([1.0, 3.0, 2.0, 5.0, 7.0, 2.0, 0.0]),
    propensity=np.full((7, 3), 1 / 3),
)


def test_revenue_is_chance_times_amount_draw_by_draw() -> None:
    visitors = Encoded(
        np.zeros((8, 1)),
        np.array([0, 0, 0, 1, 1, 1, 0, 1]),
        np.array([1.0, 3.0, 0.0, 2.0, 5.0, 0.0, 0.0, 0.0]),
        np.full((8, 2), 0.5),
    )
    control, treatment = Hurdle().sample(OneDraw(), visitors, seed=1)
    # Amounts 1 and 3 against a fitted exp(0.5), 2 and 5 against a fitted exp(0.5 + 0.2): one factor for both arms.
    factor = np.mean([1 / np.exp(0.5), 3 / np.exp(0.5), 2 / np.exp(0.7), 5 / np.exp(0.7)])
    np.testing.assert_allclose(control[0, :, 0], norm.cdf(-0.3) * np.exp(0.5) * factor)
    np.testing.assert_allclose(treatment[0, :, 0], norm.cdf(-0.1) * np.exp(0.7) * factor)


class OneDraw:
    """Control −0.3 as a probit and 0.5 for amounts, effect 0.2."""

    def sample(
        self, data: Encoded, rows: NDArray[np.bool_], outcome: NDArray[np.float64], *, probit: bool, seed: int
    ) -> Surfaces:
        shape = (1, len(data.arm), 1)
        return Surfaces(np.full(shape, -0.3 if probit else 0.5), np.full(shape, 0.2))


def test_amounts_are_learned_from_those_who_bought_with_another_seed() -> None:
    sampler = Flat()
    Hurdle().sample(sampler, BUYERS, seed=1)
    (_, everybody, probit, one), (amounts, bought, latent, other) = sampler.calls
    assert (all(everybody), probit, latent) == (True, True, False)
    assert one != other
    np.testing.assert_allclose(amounts, np.log(BUYERS.outcome[:6]))
    assert bought == [True] * 6 + [False]


def test_an_arm_in_which_nobody_bought_is_refused_with_the_counts() -> None:
    with pytest.raises(ValueError, match=r"^\[1, 1, 1\] visitors of the arms have revenue; expected 2 or more in each"):
        Hurdle().sample(Flat(), THREE_ARMS, seed=1)


def bought(*outcome: float) -> Encoded:
    return Encoded(np.zeros((6, 1)), np.array([0, 0, 0, 1, 1, 1]), np.array(outcome), np.full((6, 2), 0.5))


def test_a_price_that_everybody_pays_is_known() -> None:
    control, treatment = Hurdle().sample(OneDraw(), bought(10, 10, 0, 10, 10, 0), seed=1)
    np.testing.assert_allclose(control, np.full((1, 6, 1), 10 * norm.cdf(-0.3)))
    np.testing.assert_allclose(treatment, np.full((1, 6, 1), 10 * norm.cdf(-0.1)))


def test_where_everybody_buys_only_amounts_are_learned() -> None:
    sampler = Flat()
    Hurdle().sample(sampler, replace(THREE_ARMS, outcome=np.arange(1.0, 7.0)), seed=1)
    assert [probit for _, _, probit, _ in sampler.calls] == [False]
