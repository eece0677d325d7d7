"""Shopping: a catalogue of products, a cart, discount codes and orders."""

from dataclasses import replace

from pare_harness.apps.shopping_catalogue import Catalogue
from pare_harness.apps.shopping_data import CartItem, Item, Order, Product, as_date
from pare_harness.apps.shopping_screens import (
    CartView,
    OrderDetailView,
    OrderListView,
    ProductDetail,
    ShoppingHome,
    VariantDetail,
)
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

__all__ = [
    "CartItem",
    "CartView",
    "EmptyCartError",
    "Item",
    "Order",
    "OrderDetailView",
    "OrderListView",
    "Product",
    "ProductDetail",
    "ShoppingHome",
    "StatefulShoppingApp",
    "VariantDetail",
]

STATUSES = ("processed", "shipped", "delivered", "cancelled")
CANCELLABLE = ("processed", "shipped")


class EmptyCartError(Exception):
    """There is nothing to check out. Deliberately no `ValueError`: no argument would help."""


class StatefulShoppingApp(Catalogue):
    """A shop with one customer. Orders from the past may have any status; `CANCELLABLE` ones can be cancelled."""

    STATE = ("products", "cart", "discount_codes", "orders")
    STATES = (ShoppingHome, ProductDetail, VariantDetail, CartView, OrderListView, OrderDetailView)

    cart: dict[str, CartItem]
    orders: dict[str, Order]

    def __init__(
        self,
        name: str | None = None,
        products: dict[str, Product] | None = None,
        cart: dict[str, CartItem] | None = None,
        orders: dict[str, Order] | None = None,
        discount_codes: dict[str, dict[str, float]] | None = None,
    ) -> None:
        super().__init__(name)
        self.products = dict(products or {})
        self.cart = dict(cart or {})
        self.orders = dict(orders or {})
        self.discount_codes = dict(discount_codes or {})

    @tool(Kind.DATA, writes=True, by=EventType.ENV)
    def add_order(
        self, order_id: str, order_status: str, order_date: float, order_total: float, item_id: str, quantity: int
    ) -> str:
        """Record an order of one item from the past; returns its id.

        Raises `ValueError` for an unknown item.

        Args:
            order_date: seconds since the Unix epoch.
        """
        return self.add_order_multiple_items(order_id, order_status, order_date, order_total, {item_id: quantity})

    @tool(Kind.DATA, writes=True, by=EventType.ENV)
    def add_order_multiple_items(
        self, order_id: str, order_status: str, order_date: float, order_total: float, items: dict[str, int]
    ) -> str:
        """Record an order from the past; returns its id.

        Raises `ValueError` for an unknown item.

        Args:
            order_date: seconds since the Unix epoch.
            items: quantity by item id.
        """
        lines = {item_id: self._line(item_id, quantity) for item_id, quantity in items.items()}
        self.orders[order_id] = Order(order_status, as_date(order_date), order_total, order_id, lines)
        return order_id

    @tool(Kind.APP, writes=True)
    def add_to_cart(self, item_id: str, quantity: int = 1) -> str:
        """Put an item into the cart; returns the item id.

        Raises `ValueError` for an unknown or unavailable item and for a quantity below 1.
        """
        _check_quantity(quantity)
        line = self._line(item_id, quantity)
        if not line.available:
            raise ValueError(f"item_id={item_id!r} is not available; expected an available item")
        present = self.cart.get(item_id)
        self.cart[item_id] = replace(present, quantity=present.quantity + quantity) if present else line
        return item_id

    @tool(Kind.APP, writes=True)
    def remove_from_cart(self, item_id: str, quantity: int = 1) -> str:
        """Take so many of an item out of the cart; returns the item id.

        Raises `ValueError` for an item that is not in the cart, and for a quantity below 0 or above what is there.
        """
        _check_quantity(quantity, least=0)
        if item_id not in self.cart:
            raise ValueError(f"item_id={item_id!r} is not in the cart; expected one of {list(self.cart)}")
        line = self.cart[item_id]
        if quantity > line.quantity:
            raise ValueError(f"quantity={quantity} of item {item_id!r}; expected at most {line.quantity}")
        if quantity == line.quantity:
            del self.cart[item_id]
        else:
            self.cart[item_id] = replace(line, quantity=line.quantity - quantity)
        return item_id

    @tool(Kind.APP, strict=False)
    def list_cart(self) -> dict[str, CartItem]:
        """What is in the cart, by item id."""
        return self.get_cart()

    @tool(Kind.APP, writes=True, strict=False)
    def checkout(self, discount_code: str | None = None) -> str:
        """Order what is in the cart, which is empty afterwards; returns the order id.

        Raises `EmptyCartError` for an empty cart, `ValueError` for a discount code that does not hold for every item.
        """
        if not self.cart:
            raise EmptyCartError("the cart is empty; add an item before checking out")
        total = sum(
            line.price * line.quantity * (1 - self._percent_off(line, discount_code) / 100)
            for line in self.cart.values()
        )
        order = Order("processed", as_date(self.now()), total, self.new_id(), self.cart)
        self.orders[order.order_id] = order
        self.cart = {}
        return order.order_id

    @tool(Kind.APP, strict=False)
    def list_orders(self) -> dict[str, Order]:
        """All orders by order id."""
        return dict(self.orders)

    @tool(Kind.APP)
    def get_order_details(self, order_id: str) -> Order:
        """An order.

        Raises `ValueError` for an unknown one.
        """
        if order_id not in self.orders:
            raise ValueError(f"order_id={order_id!r} is unknown; expected an id from list_orders")
        return self.orders[order_id]

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def update_order_status(self, order_id: str, status: str = "shipped") -> None:
        """Report that an order is now `processed`, `shipped`, `delivered` or `cancelled`.

        Raises `ValueError` for an unknown order and any other status.
        """
        order = self.get_order_details(order_id)
        if status not in STATUSES:
            raise ValueError(f"status={status!r}; expected one of {list(STATUSES)}")
        self.orders[order_id] = replace(order, order_status=status)

    @tool(Kind.APP, Kind.ENV, writes=True)
    def cancel_order(self, order_id: str) -> str:
        """Cancel an order that is `processed` or `shipped`; returns its id.

        Raises `ValueError` for an unknown order and one of another status.
        """
        order = self.get_order_details(order_id)
        if order.order_status not in CANCELLABLE:
            raise ValueError(f"order {order_id!r} is {order.order_status!r}; expected one of {list(CANCELLABLE)}")
        self.orders[order_id] = replace(order, order_status="cancelled")
        return order_id

    def get_cart(self) -> dict[str, CartItem]:
        """What is in the cart, by item id."""
        return dict(self.cart)

    def _line(self, item_id: str, quantity: int) -> CartItem:
        item = self.product_with(item_id).variants[item_id]
        return CartItem(item_id, quantity, item.price, item.available, dict(item.options))

    def _percent_off(self, line: CartItem, code: str | None) -> float:
        if not code:
            return 0.0
        codes = self.discount_codes.get(line.item_id, {})
        if code not in codes:
            raise ValueError(f"discount_code={code!r} for item {line.item_id!r}; expected one of {list(codes)}")
        return codes[code]


def _check_quantity(quantity: int, least: int = 1) -> None:
    if quantity < least:
        raise ValueError(f"quantity={quantity}; expected at least {least}")
