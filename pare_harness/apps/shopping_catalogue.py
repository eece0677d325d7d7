"""What is on sale: products, their variants, and discount codes."""

from collections import Counter
from dataclasses import replace
from typing import Any

from pare_harness.apps.core import StatefulApp, page
from pare_harness.apps.shopping_data import Item, Product
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool


class Catalogue(StatefulApp):
    """The seller's side of a shop."""

    products: dict[str, Product]
    discount_codes: dict[str, dict[str, float]]

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def add_product(self, name: str) -> str:
        """Put a new product without variants on sale; returns its product id."""
        product = Product(name, self.new_id())
        self.products[product.product_id] = product
        return product.product_id

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def add_item_to_product(
        self,
        product_id: str,
        price: float,
        options: dict[str, Any] | None = {},  # noqa: B006 - copied; what a captured call shows is part of the interface
        available: bool = True,
    ) -> str:
        """Add a variant to a product; returns its item id.

        Raises `ValueError` for an unknown product.
        """
        product = self.get_product_details(product_id)
        item = Item(price, available, self.new_id(), dict(options or {}))
        self._stock(product, item)
        return item.item_id

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def update_item(self, item_id: str, new_price: float | None = None, new_availability: bool | None = None) -> str:
        """Change the price or the availability of an item; lines already in the cart keep their price.

        Raises `ValueError` for an unknown item, and when nothing is to be changed.
        """
        product = self.product_with(item_id)
        item = product.variants[item_id]
        if new_price is None and new_availability is None:
            raise ValueError(f"item {item_id!r}: expected a new_price or a new_availability")
        price = item.price if new_price is None else new_price
        available = item.available if new_availability is None else new_availability
        self._stock(product, replace(item, price=price, available=available))
        return item_id

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def add_discount_code(self, item_id: str, discount_code: dict[str, float]) -> str:
        """Offer discount codes on an item, beside those it has.

        Raises `ValueError` for an unknown item.

        Args:
            discount_code: percent off by code, such as {"SPRING": 15}.
        """
        self.product_with(item_id)
        self.discount_codes[item_id] = self.discount_codes.get(item_id, {}) | discount_code
        return f"Item {item_id} has the discount codes {', '.join(self.discount_codes[item_id])}"

    def load_products_from_dict(self, products: dict[str, Any]) -> None:
        """Put products on sale, given by id as `{name, product_id, variants: {id: fields of Item}}`."""
        for entry in products.values():
            items = [Item(**variant) for variant in entry["variants"].values()]
            variants = {item.item_id: item for item in items}
            self.products[entry["product_id"]] = Product(entry["name"], entry["product_id"], variants)

    @tool(Kind.APP, Kind.DATA, strict=False)
    def list_all_products(self, offset: int = 0, limit: int = 10) -> dict[str, Any]:
        """List the products in alphabetical order: product id by name, with the range shown and the total.

        Names that several products share have the product id added. Raises `ValueError` for an offset beyond the end.
        """
        count = Counter(product.name for product in self.products.values())
        labels = {
            product.name if count[product.name] == 1 else f"{product.name} ({product.product_id})": product.product_id
            for product in self._by_name("")
        }
        shown = page(list(labels.items()), offset, limit)
        metadata = {"range": (offset, offset + len(shown)), "total": len(labels)}
        return {"products": dict(shown), "metadata": metadata}

    @tool(Kind.APP, Kind.DATA)
    def get_product_details(self, product_id: str) -> Product:
        """A product with all its variants.

        Raises `ValueError` for an unknown product.
        """
        if product_id not in self.products:
            raise ValueError(f"product_id={product_id!r} is not on sale; expected an id from list_all_products")
        return self.products[product_id]

    @tool(Kind.APP, Kind.DATA)
    def search_product(self, product_name: str, offset: int = 0, limit: int = 10) -> list[Product]:
        """Products whose name contains a text, upper or lower case, in alphabetical order."""
        return page(self._by_name(product_name), offset, limit)

    @tool(Kind.APP, strict=False)
    def get_discount_code_info(self, discount_code: str = "") -> dict[str, float]:
        """Percent off by item id for a discount code; empty for an unknown code."""
        return {item: codes[discount_code] for item, codes in self.discount_codes.items() if discount_code in codes}

    @tool(Kind.APP, Kind.DATA, strict=False)
    def get_all_discount_codes(self) -> dict[str, list[str]]:
        """For each discount code, the ids of the items it holds for."""
        items: dict[str, list[str]] = {}
        for item_id, codes in self.discount_codes.items():
            for code in codes:
                items.setdefault(code, []).append(item_id)
        return items

    def get_item(self, item_id: str) -> dict[str, Any]:
        """An item with the name and id of its product; empty for an unknown item."""
        product = self._product_with(item_id)
        if product is None:
            return {}
        return {"name": product.name, "product_id": product.product_id} | vars(product.variants[item_id])

    def product_with(self, item_id: str) -> Product:
        """The product that the item is a variant of.

        Raises `ValueError` for an unknown item.
        """
        product = self._product_with(item_id)
        if product is None:
            raise ValueError(f"item_id={item_id!r} is not on sale; expected the id of a product's variant")
        return product

    def _product_with(self, item_id: str) -> Product | None:
        return next((product for product in self.products.values() if item_id in product.variants), None)

    def _by_name(self, part: str) -> list[Product]:
        found = [product for product in self.products.values() if part.lower() in product.name.lower()]
        return sorted(found, key=lambda product: product.name)

    def _stock(self, product: Product, item: Item) -> None:
        self.products[product.product_id] = replace(product, variants=product.variants | {item.item_id: item})
