import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.shopping import (
    CartItem,
    CartView,
    EmptyCartError,
    Item,
    Order,
    OrderDetailView,
    OrderListView,
    Product,
    ProductDetail,
    ShoppingHome,
    StatefulShoppingApp,
    VariantDetail,
)
from pare_harness.capture import EventRegisterer
from pare_harness.clock import DEFAULT_START
from pare_harness.events import EventType
from tests.pare_harness.driving import phone

JUNE = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture
def shop() -> StatefulShoppingApp:
    return StatefulShoppingApp("Shopping")


def mug(shop: StatefulShoppingApp, price: float = 10.0, *, available: bool = True) -> str:
    return shop.add_item_to_product(shop.add_product("Mug"), price, {"colour": "blue"}, available)


class TestCatalogue:
    def test_a_variant_is_found_with_its_product(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        (product_id,) = shop.products
        assert shop.get_item(item) == {
            "name": "Mug",
            "product_id": product_id,
            "price": 10.0,
            "available": True,
            "item_id": item,
            "options": {"colour": "blue"},
        }
        assert shop.get_product_details(product_id).variants[item] == Item(10.0, True, item, {"colour": "blue"})

    def test_an_unknown_item_is_empty(self, shop: StatefulShoppingApp) -> None:
        assert shop.get_item("none") == {}

    def test_options_are_not_shared_between_variants(self, shop: StatefulShoppingApp) -> None:
        product = shop.add_product("Mug")
        first, second = shop.add_item_to_product(product, 1), shop.add_item_to_product(product, 2)
        shop.products[product].variants[first].options["colour"] = "red"
        assert shop.products[product].variants[second].options == {}

    def test_an_update_changes_what_it_names(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        assert shop.update_item(item, new_price=0.0) == item
        assert (shop.get_item(item)["price"], shop.get_item(item)["available"]) == (0.0, True)
        shop.update_item(item, new_availability=False)
        assert (shop.get_item(item)["price"], shop.get_item(item)["available"]) == (0.0, False)

    def test_an_update_needs_something_to_change(self, shop: StatefulShoppingApp) -> None:
        with pytest.raises(ValueError, match="expected a new_price or a new_availability"):
            shop.update_item(mug(shop))

    def test_what_was_returned_stays_as_it_was(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        (before,) = shop.search_product("mug")
        shop.update_item(item, new_price=99.0)
        assert before.variants[item].price == 10.0

    def test_products_are_listed_by_name_in_pages(self, shop: StatefulShoppingApp) -> None:
        ids = {name: shop.add_product(name) for name in ("Tray", "Cup", "Mug")}
        listing = shop.list_all_products(offset=1, limit=1)
        assert listing == {"products": {"Mug": ids["Mug"]}, "metadata": {"range": (1, 2), "total": 3}}
        assert list(shop.list_all_products()["products"]) == ["Cup", "Mug", "Tray"]

    def test_products_of_one_name_are_listed_and_found_one_by_one(self, shop: StatefulShoppingApp) -> None:
        first, second = shop.add_product("Mug"), shop.add_product("Mug")
        assert shop.list_all_products()["products"] == {f"Mug ({first})": first, f"Mug ({second})": second}
        assert [product.product_id for product in shop.search_product("MUG")] == [first, second]

    def test_a_page_beyond_the_end_is_refused(self, shop: StatefulShoppingApp) -> None:
        with pytest.raises(ValueError, match="offset=1; expected a number from 0 to 0"):
            shop.list_all_products(offset=1)
        with pytest.raises(ValueError, match="offset=1"):
            shop.search_product("Mug", offset=1)

    def test_products_load_from_a_dictionary(self, shop: StatefulShoppingApp) -> None:
        variants = {"v": {"price": 3.5, "available": False, "item_id": "v", "options": {"size": "L"}}}
        shop.load_products_from_dict({"p": {"name": "Shirt", "product_id": "p", "variants": variants}})
        assert shop.products == {"p": Product("Shirt", "p", {"v": Item(3.5, False, "v", {"size": "L"})})}

    def test_a_scenario_may_put_products_in_directly(self, shop: StatefulShoppingApp) -> None:
        shop.products["p"] = Product("Shirt", "p", {"v": Item(3.5, item_id="v")})
        shop.cart["v"] = CartItem("v", 2, 3.0)
        shop.orders["o"] = Order("processed", JUNE, 3.5, "o", {})
        assert shop.add_to_cart("v") == "v"
        assert shop.list_cart() == {"v": CartItem("v", 3, 3.0)}
        assert shop.cancel_order("o") == "o"


class TestDiscountCodes:
    def test_codes_add_up_and_are_found_both_ways(self, shop: StatefulShoppingApp) -> None:
        item, other = mug(shop), mug(shop)
        shop.add_discount_code(item, {"SPRING": 10.0})
        assert shop.add_discount_code(item, {"VIP": 50}) == f"Item {item} has the discount codes SPRING, VIP"
        shop.add_discount_code(other, {"VIP": 20.0})
        assert shop.get_discount_code_info("VIP") == {item: 50, other: 20.0}
        assert shop.get_discount_code_info() == {}
        assert shop.get_all_discount_codes() == {"SPRING": [item], "VIP": [item, other]}

    def test_listing_them_can_be_scheduled_like_any_call(self, shop: StatefulShoppingApp) -> None:
        with EventRegisterer.capture_mode():
            events = [shop.get_all_discount_codes(), shop.add_order("o", "new", 0.0, 1.0, "item", 1)]
        assert [event.function_name() for event in events] == ["get_all_discount_codes", "add_order"]
        assert shop.orders == {}


class TestCart:
    def test_a_line_keeps_the_price_it_started_with(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        shop.add_to_cart(item, 2)
        shop.update_item(item, new_price=99.0)
        shop.add_to_cart(item)
        assert shop.list_cart() == shop.get_cart() == {item: CartItem(item, 3, 10.0, True, {"colour": "blue"})}

    def test_taking_everything_out_removes_the_line(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        shop.add_to_cart(item, 3)
        assert shop.remove_from_cart(item) == item
        assert shop.cart[item].quantity == 2
        shop.remove_from_cart(item, 2)
        assert shop.cart == {}

    def test_the_listing_is_not_the_cart_itself(self, shop: StatefulShoppingApp) -> None:
        shop.list_cart()["item"] = CartItem("item", 1, 1.0)
        assert shop.cart == {}

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_quantities_start_at_one(self, shop: StatefulShoppingApp, quantity: int) -> None:
        item = mug(shop)
        shop.add_to_cart(item)
        with pytest.raises(ValueError, match=f"quantity={quantity}; expected at least 1"):
            shop.add_to_cart(item, quantity)

    def test_none_can_be_taken_out_and_fewer_cannot(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        shop.add_to_cart(item)
        assert shop.remove_from_cart(item, 0) == item
        assert shop.cart[item].quantity == 1
        with pytest.raises(ValueError, match="quantity=-1; expected at least 0"):
            shop.remove_from_cart(item, -1)

    def test_only_what_is_there_can_be_taken_out(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        with pytest.raises(ValueError, match=r"is not in the cart; expected one of \[\]"):
            shop.remove_from_cart(item)
        shop.add_to_cart(item)
        with pytest.raises(ValueError, match=r"quantity=2 of item .*; expected at most 1"):
            shop.remove_from_cart(item, 2)

    def test_an_unavailable_item_stays_out(self, shop: StatefulShoppingApp) -> None:
        with pytest.raises(ValueError, match="is not available"):
            shop.add_to_cart(mug(shop, available=False))
        assert shop.cart == {}


class TestCheckout:
    def test_the_total_takes_the_percentage_off_each_line(self, shop: StatefulShoppingApp) -> None:
        mugs, trays = mug(shop, 10.0), mug(shop, 40.0)
        shop.add_discount_code(mugs, {"VIP": 50.0})
        shop.add_discount_code(trays, {"VIP": 25.0})
        shop.add_to_cart(mugs, 3)
        shop.add_to_cart(trays)
        order = shop.get_order_details(shop.checkout("VIP"))
        assert order.order_total == 3 * 10 * 0.5 + 40 * 0.75
        assert order.order_status == "processed"
        assert order.order_date.timestamp() == DEFAULT_START
        assert {line.item_id: line.quantity for line in order.order_items.values()} == {mugs: 3, trays: 1}
        assert shop.list_orders() == {order.order_id: order}
        assert shop.cart == {}

    @pytest.mark.parametrize("code", [None, ""])
    def test_no_code_is_full_price(self, shop: StatefulShoppingApp, code: str | None) -> None:
        shop.add_to_cart(mug(shop, 10.0))
        assert shop.get_order_details(shop.checkout(code)).order_total == 10.0

    def test_a_code_must_hold_for_every_item(self, shop: StatefulShoppingApp) -> None:
        item, other = mug(shop), mug(shop)
        shop.add_discount_code(item, {"VIP": 50.0})
        shop.add_to_cart(item)
        shop.add_to_cart(other)
        with pytest.raises(ValueError, match=rf"discount_code='VIP' for item '{other}'; expected one of \[\]"):
            shop.checkout("VIP")
        assert len(shop.cart) == 2
        assert shop.orders == {}

    def test_an_empty_cart_is_its_own_error(self, shop: StatefulShoppingApp) -> None:
        with pytest.raises(EmptyCartError, match="the cart is empty"):
            shop.checkout()
        assert not issubclass(EmptyCartError, ValueError)


class TestOrders:
    def test_dates_are_aware_datetimes_however_they_are_given(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        shop.add_order("seconds", "processed", JUNE.timestamp(), 1.0, item, 2)
        shop.add_order_multiple_items("several", "processed", JUNE.timestamp(), 1.0, {item: 1})
        shop.orders["naive"] = Order("processed", datetime(2025, 6, 1), 1.0, "naive")
        east = datetime(2025, 6, 1, 2, tzinfo=timezone(timedelta(hours=2)))
        shop.orders["zoned"] = Order("processed", east, 1.0, "zoned")
        assert {(order.order_date, order.order_date.tzinfo) for order in shop.orders.values()} == {(JUNE, UTC)}
        assert {order["order_date"] for order in shop.get_state()["orders"].values()} == {"2025-06-01T00:00:00Z"}

    def test_a_date_may_be_a_text(self) -> None:
        assert Order("processed", "2025-11-10", 1.0).order_date == datetime(2025, 11, 10, tzinfo=UTC)  # type: ignore[arg-type]  # what is tested

    def test_a_date_that_is_none_is_refused(self) -> None:
        with pytest.raises(ValueError, match="order_date='June'; expected a datetime, its ISO text or seconds"):
            Order("processed", "June", 1.0)  # type: ignore[arg-type]  # what is tested

    def test_any_status_can_be_recorded_but_two_can_be_cancelled(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop)
        for status in ("processed", "shipped", "confirmed"):
            shop.add_order(status, status, 0.0, 1.0, item, 1)
        assert [shop.cancel_order("processed"), shop.cancel_order("shipped")] == ["processed", "shipped"]
        with pytest.raises(ValueError, match=r"'confirmed'; expected one of \['processed', 'shipped'\]"):
            shop.cancel_order("confirmed")
        with pytest.raises(ValueError, match="order 'processed' is 'cancelled'"):
            shop.cancel_order("processed")

    def test_the_shop_reports_progress(self, shop: StatefulShoppingApp) -> None:
        shop.add_order("o", "processed", 0.0, 1.0, mug(shop), 1)
        before = shop.get_order_details("o")
        shop.update_order_status("o")
        assert (before.order_status, shop.orders["o"].order_status) == ("processed", "shipped")
        with pytest.raises(ValueError, match="status='lost'; expected one of"):
            shop.update_order_status("o", "lost")


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("get_product_details", ["x"]),
        ("add_item_to_product", ["x", 1.0]),
        ("update_item", ["x", 1.0]),
        ("add_discount_code", ["x", {"VIP": 1.0}]),
        ("add_to_cart", ["x"]),
        ("add_order", ["o", "processed", 0.0, 1.0, "x", 1]),
        ("get_order_details", ["x"]),
        ("update_order_status", ["x"]),
        ("cancel_order", ["x"]),
    ],
)
def test_unknown_ids_are_named(shop: StatefulShoppingApp, method: str, args: list[object]) -> None:
    with pytest.raises(ValueError, match=r"='x' is .*; expected"):
        getattr(shop, method)(*args)


def test_wrong_types_are_refused_and_whole_numbers_are_prices(shop: StatefulShoppingApp) -> None:
    with pytest.raises(TypeError, match="price='free'"):
        shop.add_item_to_product(shop.add_product("Mug"), "free")  # type: ignore[arg-type]  # what is tested
    assert shop.get_item(mug(shop, 3))["price"] == 3


class TestUser:
    def test_buys_a_variant_and_looks_at_the_order(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop, 10.0)
        (product,) = shop.products.values()
        env = phone(shop)
        assert env.user(shop, "list_products")["products"] == {"Mug": product.product_id}
        assert env.user(shop, "search", product_name="mug") == [product]
        assert env.user(shop, "view_product", product_id=product.product_id) == product
        assert isinstance(shop.current_state, ProductDetail)
        assert env.user(shop, "view_variant", item_id=item)["price"] == 10.0
        assert isinstance(shop.current_state, VariantDetail)
        assert env.user(shop, "add_to_cart", quantity=2) == item
        assert isinstance(shop.current_state, CartView)
        assert env.user(shop, "list_cart") == {item: CartItem(item, 2, 10.0, True, {"colour": "blue"})}
        assert env.user(shop, "remove_item", item_id=item) == item
        order_id = env.user(shop, "checkout")
        assert isinstance(shop.current_state, OrderDetailView)
        assert env.user(shop, "view_order").order_total == 10.0
        assert env.user(shop, "cancel_order") == order_id
        assert shop.orders[order_id].order_status == "cancelled"

    def test_logs_her_own_actions_only(self, shop: StatefulShoppingApp) -> None:
        shop.add_to_cart(mug(shop))
        env = phone(shop)
        env.user(shop, "view_cart")
        env.user(shop, "checkout")
        events = [event for event in env.logged() if event.app_name() == "Shopping"]
        assert [(event.event_type, event.function_name()) for event in events] == [
            (EventType.USER, "view_cart"),
            (EventType.USER, "checkout"),
        ]

    def test_opens_an_order_from_the_list(self, shop: StatefulShoppingApp) -> None:
        shop.add_order("o", "processed", 0.0, 1.0, mug(shop), 1)
        env = phone(shop)
        assert list(env.user(shop, "list_orders")) == ["o"]
        assert isinstance(shop.current_state, OrderListView)
        assert env.user(shop, "view_order", order_id="o") == shop.orders["o"]
        assert isinstance(shop.current_state, OrderDetailView)

    def test_stays_where_she_is_when_something_fails(self, shop: StatefulShoppingApp) -> None:
        item = mug(shop, available=False)
        env = phone(shop)
        with pytest.raises(ValueError, match="product_id='x'"):
            env.user(shop, "view_product", product_id="x")
        assert isinstance(shop.current_state, ShoppingHome)
        env.user(shop, "view_product", product_id=next(iter(shop.products)))
        env.user(shop, "view_variant", item_id=item)
        with pytest.raises(ValueError, match="not available"):
            env.user(shop, "add_to_cart")
        assert isinstance(shop.current_state, VariantDetail)

    def test_sees_variants_of_the_product_she_looks_at_only(self, shop: StatefulShoppingApp) -> None:
        mug(shop)
        other = mug(shop)
        env = phone(shop)
        env.user(shop, "view_product", product_id=next(iter(shop.products)))
        assert env.user(shop, "view_variant", item_id=other) == {}
        assert env.user(shop, "view_variant", item_id="x") == {}
        assert isinstance(shop.current_state, ProductDetail)

    def test_can_reach_every_screen(self, shop: StatefulShoppingApp) -> None:
        assert set(shop.get_reachable_states()) == set(shop.get_state_graph())
        assert set(shop.get_state_graph()) == {state.__name__ for state in StatefulShoppingApp.STATES}


MONEY = st.floats(0, 1e6)
OPTIONS = st.dictionaries(st.text(), st.text() | st.integers(), max_size=2)
ITEMS = st.builds(Item, price=MONEY, available=st.booleans(), item_id=st.text(), options=OPTIONS)
LINES = st.builds(CartItem, item_id=st.text(), quantity=st.integers(1, 99), price=MONEY, options=OPTIONS)


@given(
    products=st.lists(
        st.builds(
            Product, name=st.text(), product_id=st.text(), variants=st.dictionaries(st.text(), ITEMS, max_size=2)
        ),
        max_size=2,
    ),
    cart=st.dictionaries(st.text(), LINES, max_size=2),
    orders=st.dictionaries(
        st.text(),
        st.builds(
            Order,
            order_status=st.text(),
            order_date=st.datetimes(timezones=st.just(UTC)) | st.floats(0, 4e9),
            order_total=MONEY,
            order_id=st.text(),
            order_items=st.dictionaries(st.text(), LINES, max_size=2),
        ),
        max_size=2,
    ),
    codes=st.dictionaries(st.text(), st.dictionaries(st.text(), st.floats(0, 100), max_size=2), max_size=2),
)
def test_the_state_survives_json(
    products: list[Product],
    cart: dict[str, CartItem],
    orders: dict[str, Order],
    codes: dict[str, dict[str, float]],
) -> None:
    full = StatefulShoppingApp("Shopping", {one.product_id: one for one in products}, cart, orders, codes)
    copy = StatefulShoppingApp("Shopping")
    copy.load_state(json.loads(json.dumps(full.get_state())))
    assert (copy.products, copy.cart, copy.orders, copy.discount_codes) == (
        full.products,
        full.cart,
        full.orders,
        full.discount_codes,
    )
    assert copy.get_state() == full.get_state()
