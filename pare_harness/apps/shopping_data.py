"""What a shop holds: products with their variants, a cart, and orders.

The app replaces these objects and never changes them, so what a tool has returned stays as it was.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pare_harness.clock import as_datetime
from pare_harness.context import fresh_id


@dataclass
class Item:
    """A variant of a product: what can be put into the cart."""

    price: float
    available: bool = True
    item_id: str = field(default_factory=fresh_id)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Product:
    """Something on sale, in one or more variants by item id."""

    name: str
    product_id: str = field(default_factory=fresh_id)
    variants: dict[str, Item] = field(default_factory=dict)


@dataclass
class CartItem:
    """So many of one item, at the price it had when it was put into the cart."""

    item_id: str
    quantity: int
    price: float
    available: bool = True
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Order:
    """What has been bought. A date in seconds since the Unix epoch is kept as an aware UTC datetime, like any other."""

    order_status: str
    order_date: datetime
    order_total: float
    order_id: str = field(default_factory=fresh_id)
    order_items: dict[str, CartItem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order_date = as_date(self.order_date)


def as_date(date: object) -> datetime:
    """`date`, a datetime, its ISO text (UTC if it names no zone) or seconds since the Unix epoch, aware and in UTC.

    Raises `ValueError` for anything else.
    """
    if isinstance(date, datetime):
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    if isinstance(date, int | float):
        return as_datetime(date)
    if isinstance(date, str):
        with suppress(ValueError):
            return as_date(datetime.fromisoformat(date))
    raise ValueError(f"order_date={date!r}; expected a datetime, its ISO text or seconds since the Unix epoch")
