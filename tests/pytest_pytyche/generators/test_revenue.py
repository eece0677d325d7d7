import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pytest_pytyche.generators.revenue import CartRevenueConfig, LognormalRevenueConfig, ProductCategory
from pytest_pytyche.generators.streams import Draws

ROWS = np.arange(200_000)
DRAWS = Draws(5, 0, 0, 200_000)
MID = ProductCategory("mid", 45.0, 8.0, 0.3)


def test_truncated_price_mean_matches_integration() -> None:
    wide = ProductCategory("wide", 10.0, 20.0, 0.5)
    law = stats.norm(10.0, 20.0)
    area = law.sf(5.0)
    expected = integrate.quad(lambda price: price * law.pdf(price) / area, 5.0, 250.0)[0]
    assert wide.mean_price == pytest.approx(expected, rel=1e-9)


def test_prices_never_fall_below_half_their_base() -> None:
    assert MID.price(np.array([0.0]))[0] == pytest.approx(22.5)
    u = (np.arange(100_000) + 0.5) / 100_000
    assert MID.price(u).mean() == pytest.approx(MID.mean_price, rel=1e-4)


@given(st.floats(-0.5, 0.5))
def test_cart_mean_equals_the_sum_over_all_carts(shift: float) -> None:
    cart = CartRevenueConfig()
    shares = [c.base_purchase_prob for c in cart.categories]
    logits = [math.log(q / (1 - q)) + 10.0 * shift * q / sum(shares) for q in shares]
    p = [1 / (1 + math.exp(-value)) for value in logits]
    expected = 0.0
    for bought in itertools.product([False, True], repeat=3):
        chance = math.prod(q if b else 1 - q for q, b in zip(p, bought, strict=True))
        prices = [c.mean_price for c, b in zip(cart.categories, bought, strict=True) if b]
        expected += chance * (sum(prices) or cart.categories[0].mean_price)
    assert cart.mean(shift) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("model", [LognormalRevenueConfig(50.0, 0.8), CartRevenueConfig()])
@pytest.mark.parametrize("shift", [-0.2, 0.0, 0.3])
def test_draws_have_the_analytic_mean(model: LognormalRevenueConfig | CartRevenueConfig, shift: float) -> None:
    revenue = model.draw(np.full(len(ROWS), shift), ROWS, DRAWS)
    error = revenue.std() / math.sqrt(len(ROWS))
    assert revenue.mean() == pytest.approx(float(model.mean(shift)), abs=5 * error)
    assert revenue.min() > 0


@pytest.mark.parametrize("model", [LognormalRevenueConfig(), CartRevenueConfig()])
def test_arms_share_their_random_numbers(model: LognormalRevenueConfig | CartRevenueConfig) -> None:
    low, high = (model.draw(np.full(1000, shift), ROWS[:1000], DRAWS) for shift in (0.0, 0.1))
    baskets = np.corrcoef(low, high)[0, 1]
    assert baskets > 0.7
    assert np.array_equal(low, model.draw(np.zeros(1000), ROWS[:1000], DRAWS))


def test_rows_draw_the_same_whichever_rows_convert_beside_them() -> None:
    model = LognormalRevenueConfig()
    alone = model.draw(np.zeros(1), np.array([77]), DRAWS)
    assert alone[0] == model.draw(np.zeros(100), ROWS[:100], DRAWS)[77]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LognormalRevenueConfig(sigma=-0.1), "severity_sigma=-0.1; expected a finite number >= 0"),
        (lambda: LognormalRevenueConfig(base_mean=0.0), "base_mean=0.0; expected a positive"),
        (lambda: ProductCategory("x", 10.0, 1.0, 1.0), "base_purchase_prob=1.0; expected a number in"),
        (lambda: ProductCategory("x", -1.0, 1.0, 0.5), "positive base_price and price_std"),
        (lambda: CartRevenueConfig([]), "expected at least one, with distinct names"),
        (lambda: CartRevenueConfig([MID, MID]), "with distinct names"),
    ],
)
def test_unfit_models_are_refused_with_their_value(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # each parameter is a callable
