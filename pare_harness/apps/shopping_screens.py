"""What the user sees of the shop."""

from typing import TYPE_CHECKING, Any

from pare_harness.apps.core import AppState
from pare_harness.apps.shopping_data import CartItem, Order, Product
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.shopping import StatefulShoppingApp  # noqa: F401 - named in the bases below


class ShoppingHome(AppState["StatefulShoppingApp"]):
    """The catalogue."""

    @user_tool()
    def list_products(self, offset: int = 0, limit: int = 10) -> dict[str, Any]:
        """List the products in alphabetical order: product id by name, with the range shown and the total."""
        return self.app.list_all_products(offset, limit)

    @user_tool()
    def search(self, product_name: str, offset: int = 0, limit: int = 10) -> list[Product]:
        """Find products whose name contains a text, upper or lower case."""
        return self.app.search_product(product_name, offset, limit)

    @user_tool(leads_to=("ProductDetail",))
    def view_product(self, product_id: str) -> Product:
        """Open a product with all its variants."""
        product = self.app.get_product_details(product_id)
        self.go(ProductDetail(product_id))
        return product

    @user_tool(leads_to=("CartView",))
    def view_cart(self) -> dict[str, CartItem]:
        """Open the cart."""
        self.go(CartView())
        return self.app.list_cart()

    @user_tool(leads_to=("OrderListView",))
    def list_orders(self) -> dict[str, Order]:
        """Open the list of orders."""
        self.go(OrderListView())
        return self.app.list_orders()


class ProductDetail(AppState["StatefulShoppingApp"]):
    """One product."""

    def __init__(self, product_id: str) -> None:
        super().__init__()
        self.product_id = product_id

    @user_tool(leads_to=("VariantDetail",))
    def view_variant(self, item_id: str) -> dict[str, Any]:
        """Open a variant of this product; an empty result means that the product has no such variant."""
        item = self.app.get_item(item_id)
        if item.get("product_id") != self.product_id:
            return {}
        self.go(VariantDetail(item_id))
        return item


class VariantDetail(AppState["StatefulShoppingApp"]):
    """One variant of a product."""

    def __init__(self, item_id: str) -> None:
        super().__init__()
        self.item_id = item_id

    @user_tool(writes=True, leads_to=("CartView",))
    def add_to_cart(self, quantity: int = 1) -> str:
        """Put this variant into the cart and open the cart."""
        added = self.app.add_to_cart(self.item_id, quantity)
        self.go(CartView())
        return added


class CartView(AppState["StatefulShoppingApp"]):
    """The cart."""

    @user_tool()
    def list_cart(self) -> dict[str, CartItem]:
        """What is in the cart, by item id."""
        return self.app.list_cart()

    @user_tool(writes=True)
    def remove_item(self, item_id: str, quantity: int = 1) -> str:
        """Take so many of an item out of the cart."""
        return self.app.remove_from_cart(item_id, quantity)

    @user_tool(writes=True, leads_to=("OrderDetailView",))
    def checkout(self, discount_code: str | None = None) -> str:
        """Order what is in the cart and open the order; returns the order id."""
        order_id = self.app.checkout(discount_code)
        self.go(OrderDetailView(order_id))
        return order_id


class OrderListView(AppState["StatefulShoppingApp"]):
    """All orders."""

    @user_tool(leads_to=("OrderDetailView",))
    def view_order(self, order_id: str) -> Order:
        """Open an order."""
        order = self.app.get_order_details(order_id)
        self.go(OrderDetailView(order_id))
        return order


class OrderDetailView(AppState["StatefulShoppingApp"]):
    """One order."""

    def __init__(self, order_id: str) -> None:
        super().__init__()
        self.order_id = order_id

    @user_tool()
    def view_order(self) -> Order:
        """This order with its items."""
        return self.app.get_order_details(self.order_id)

    @user_tool(writes=True)
    def cancel_order(self) -> str:
        """Cancel this order, which must be processed or shipped."""
        return self.app.cancel_order(self.order_id)
