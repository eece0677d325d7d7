"""Revenue given conversion: models with an exact mean, drawn with common random numbers across arms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pytest_pytyche.generators.streams import Array, Draws
from pytest_pytyche.generators.surfaces import LOGIT_LIMIT, Values, logit


class RevenueModel(Protocol):
    """Revenue of a converting visitor as a function of the severity shift, on the log scale of its mean."""

    def mean(self, shift: Values) -> Values: ...
    def draw(self, shift: Array, rows: NDArray[np.intp], draws: Draws) -> Array: ...


@dataclass(frozen=True)
class LognormalRevenueConfig:
    """LogNormal revenue with mean `base_mean`·exp(shift) and standard deviation `sigma` on the log scale."""

    base_mean: float = 50.0
    sigma: float = 0.5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.base_mean) and self.base_mean > 0):
            raise ValueError(f"base_mean={self.base_mean}; expected a positive finite number")
        if not (math.isfinite(self.sigma) and self.sigma >= 0):
            raise ValueError(f"severity_sigma={self.sigma}; expected a finite number >= 0")

    def mean(self, shift: Values) -> Values:
        """Expected revenue given conversion: base_mean·exp(shift)."""
        return self.base_mean * np.exp(shift)

    def draw(self, shift: Array, rows: NDArray[np.intp], draws: Draws) -> Array:
        """Revenue of the given rows of a block: base_mean·exp(shift + sigma·z - sigma²/2)."""
        z = draws.normal("revenue", "")[rows]
        return self.base_mean * np.exp(shift + self.sigma * z - 0.5 * self.sigma**2)


@dataclass(frozen=True)
class ProductCategory:
    """What a cart may hold: a price, Normal truncated below at half its base, and the probability of a purchase."""

    name: str
    base_price: float
    price_std: float
    base_purchase_prob: float

    def __post_init__(self) -> None:
        if not (self.base_price > 0 and self.price_std > 0):
            raise ValueError(f"category {self.name!r}: {self}; expected a positive base_price and price_std")
        if not 0.0 < self.base_purchase_prob < 1.0:
            raise ValueError(
                f"category {self.name!r}: base_purchase_prob={self.base_purchase_prob}; expected a number in (0, 1)"
            )

    @property
    def _floor(self) -> float:
        """The truncation point in standard units."""
        return -0.5 * self.base_price / self.price_std

    @cached_property
    def mean_price(self) -> float:
        """Mean of the truncated price: base + std·φ(a)/(1 - Φ(a)), a = -base/(2·std)."""
        density = math.exp(-0.5 * self._floor**2) / math.sqrt(2 * math.pi)
        return self.base_price + self.price_std * density / float(special.ndtr(-self._floor))

    def price(self, u: Array) -> Array:
        """Price of uniform draws, by the inverse distribution function."""
        below = float(special.ndtr(self._floor))
        return self.base_price + self.price_std * special.ndtri(below + (1.0 - below) * u)


DEFAULT_CATEGORIES = (
    ProductCategory("budget", 15.0, 3.0, 0.6),
    ProductCategory("mid", 45.0, 8.0, 0.3),
    ProductCategory("premium", 120.0, 20.0, 0.1),
)


@dataclass(frozen=True)
class CartRevenueConfig:
    """Revenue as the sum of a cart: each category is bought or not, independently.

    The log odds of buying category j rise by `sensitivity`·shift·(base probability j / sum of base probabilities). An
    empty cart is charged a price of the cheapest category. With the default categories a sensitivity of 10 makes a
    shift of 0.1 raise the mean by 12 %, close to the 10.5 % of a log-scale shift.
    """

    categories: Sequence[ProductCategory] = DEFAULT_CATEGORIES
    sensitivity: float = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(self.categories))
        names = [category.name for category in self.categories]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"cart categories {names}; expected at least one, with distinct names")

    @cached_property
    def _cheapest(self) -> int:
        return min(range(len(self.categories)), key=lambda j: self.categories[j].base_price)

    def _odds(self, shift: Values, j: int) -> Values:
        total = math.fsum(category.base_purchase_prob for category in self.categories)
        category = self.categories[j]
        weight = self.sensitivity * category.base_purchase_prob / total
        log_odds = logit(category.base_purchase_prob) + weight * shift
        odds: Values = np.exp(np.clip(log_odds, -LOGIT_LIMIT, LOGIT_LIMIT))
        return odds

    def mean(self, shift: Values) -> Values:
        """Expected revenue given conversion: Σ pⱼ·E[priceⱼ] + Π(1 - pⱼ)·E[price of the cheapest]."""
        total: Values = 0.0
        empty: Values = 1.0
        for j, category in enumerate(self.categories):
            missing = 1.0 / (1.0 + self._odds(shift, j))
            total = total + (1.0 - missing) * category.mean_price
            empty = empty * missing
        return total + empty * self.categories[self._cheapest].mean_price

    def draw(self, shift: Array, rows: NDArray[np.intp], draws: Draws) -> Array:
        """Revenue of the given rows of a block."""
        total = np.zeros(len(rows))
        for j, category in enumerate(self.categories):
            odds = self._odds(shift, j)
            bought = draws.uniform("purchase", category.name)[rows] < odds / (1.0 + odds)
            total += np.where(bought, category.price(draws.uniform("price", category.name)[rows]), 0.0)
        cheapest = self.categories[self._cheapest]
        return np.where(total > 0, total, cheapest.price(draws.uniform("price", cheapest.name)[rows]))
