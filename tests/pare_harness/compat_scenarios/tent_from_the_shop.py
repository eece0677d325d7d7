"""Scenario: the price of a tent drops, and an older order can be called off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from are.simulation.apps.shopping import CartItem, Item, Order, Product
from are.simulation.scenarios.scenario import ScenarioStatus, ScenarioValidationResult
from are.simulation.types import AbstractEnvironment, Action, EventRegisterer, EventType
from pare.apps import HomeScreenSystemApp, PAREAgentUserInterface
from pare.apps.shopping import StatefulShoppingApp
from pare.scenarios import PAREScenario
from pare.scenarios.utils.registry import register_scenario


@register_scenario("compat_tent")
class Tent(PAREScenario):
    """The agent buys the cheaper tent with a code and cancels the dear one."""

    start_time = datetime(2025, 5, 5, 10, 0, 0, tzinfo=UTC).timestamp()
    status = ScenarioStatus.Valid
    is_benchmark_ready = True

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.agent_ui = PAREAgentUserInterface()
        self.system_app = HomeScreenSystemApp(name="System")
        self.shopping_app = StatefulShoppingApp(name="Shopping")

        self.tent = self.shopping_app.add_product(name="Tent Fjord")
        self.green = self.shopping_app.add_item_to_product(
            product_id=self.tent, price=240.0, options={"colour": "green"}, available=True
        )
        self.red = self.shopping_app.add_item_to_product(product_id=self.tent, price=250, options={"colour": "red"})
        self.shopping_app.add_discount_code(item_id=self.green, discount_code={"MAY20": 20.0})
        self.shopping_app.load_products_from_dict(
            {
                "product-mat": {
                    "name": "Sleeping mat",
                    "product_id": "product-mat",
                    "variants": {"item-mat": {"price": 30.0, "available": True, "item_id": "item-mat", "options": {}}},
                }
            }
        )
        pegs = Product(name="Tent pegs", product_id="product-pegs")
        pegs.variants["item-pegs"] = Item(price=4.5, item_id="item-pegs", options={"pieces": 10})
        self.shopping_app.products["product-pegs"] = pegs
        self.shopping_app.cart["item-pegs"] = CartItem(item_id="item-pegs", quantity=1, price=4.5)
        ordered = datetime(2025, 5, 3, 10, 0, 0, tzinfo=UTC)
        self.shopping_app.add_order(
            order_id="order-red",
            order_status="processed",
            order_date=ordered.timestamp(),
            order_total=250.0,
            item_id=self.red,
            quantity=1,
        )
        self.shopping_app.add_order_multiple_items(
            order_id="order-mats",
            order_status="shipped",
            order_date=ordered.timestamp(),
            order_total=64.5,
            items={"item-mat": 2, "item-pegs": 1},
        )
        self.shopping_app.orders["order-old"] = Order(
            order_status="delivered",
            order_date=ordered,
            order_total=9.0,
            order_id="order-old",
            order_items={"item-pegs": CartItem(item_id="item-pegs", quantity=2, price=4.5)},
        )
        self.apps = [self.agent_ui, self.system_app, self.shopping_app]

    def build_events_flow(self) -> None:
        aui = self.get_typed_app(PAREAgentUserInterface)
        shopping_app = self.get_typed_app(StatefulShoppingApp, "Shopping")

        with EventRegisterer.capture_mode():
            cheaper = shopping_app.update_item(item_id=self.green, new_price=200.0).delayed(10)
            code = shopping_app.add_discount_code(item_id=self.green, discount_code={"TENT5": 5.0}).delayed(12)
            sent = shopping_app.update_order_status(order_id="order-mats", status="delivered").delayed(14)
            unsent = shopping_app.update_order_status(order_id="order-gone", status="delivered").delayed(15)
            fresh = shopping_app.add_product(name="Lantern").delayed(16)
            proposal = (
                aui.send_message_to_user(content="The green tent is 200 now. Shall I buy it and cancel the red one?")
                .oracle()
                .depends_on([cheaper, code, sent, fresh], delay_seconds=5)
            )
            accept = aui.accept_proposal(content="Yes.").oracle().depends_on(proposal, delay_seconds=5)
            listed = shopping_app.list_all_products(offset=0, limit=10).oracle().depends_on(accept, delay_seconds=1)
            found = shopping_app.search_product(product_name="tent").oracle().depends_on(listed, delay_seconds=1)
            shown = shopping_app.get_product_details(product_id=self.tent).oracle().depends_on(found, delay_seconds=1)
            info = (
                shopping_app.get_discount_code_info(discount_code="MAY20").oracle().depends_on(shown, delay_seconds=1)
            )
            put = shopping_app.add_to_cart(item_id=self.green, quantity=2).oracle().depends_on(info, delay_seconds=1)
            taken = (
                shopping_app.remove_from_cart(item_id=self.green, quantity=1).oracle().depends_on(put, delay_seconds=1)
            )
            refused = shopping_app.checkout(discount_code="MAY20").oracle().depends_on(taken, delay_seconds=1)
            pegs = (
                shopping_app.remove_from_cart(item_id="item-pegs", quantity=1)
                .oracle()
                .depends_on(refused, delay_seconds=1)
            )
            cart = shopping_app.list_cart().oracle().depends_on(pegs, delay_seconds=1)
            bought = shopping_app.checkout(discount_code="MAY20").oracle().depends_on(cart, delay_seconds=1)
            empty = shopping_app.checkout().oracle().depends_on(bought, delay_seconds=1)
            orders = shopping_app.list_orders().oracle().depends_on(bought, delay_seconds=2)
            order = shopping_app.get_order_details(order_id="order-red").oracle().depends_on(orders, delay_seconds=1)
            cancelled = shopping_app.cancel_order(order_id="order-red").oracle().depends_on(order, delay_seconds=1)
            too_late = shopping_app.cancel_order(order_id="order-mats").oracle().depends_on(cancelled, delay_seconds=1)

        self.events = [
            cheaper, code, sent, unsent, fresh, proposal, accept, listed, found, shown, info, put, taken,
            refused, pegs, cart, bought, empty, orders, order, cancelled, too_late,
        ]  # fmt: skip

    def validate(self, env: AbstractEnvironment) -> ScenarioValidationResult:
        try:
            agent_events = [
                e for e in env.event_log.list_view() if e.event_type == EventType.AGENT and isinstance(e.action, Action)
            ]
            bought = any(
                e.action.class_name == "StatefulShoppingApp"
                and e.action.function_name == "checkout"
                and e.action.args.get("discount_code") == "MAY20"
                for e in agent_events
            )
            cancelled = any(
                e.action.function_name == "cancel_order" and e.action.args.get("order_id") == "order-red"
                for e in agent_events
            )
            return ScenarioValidationResult(success=bought and cancelled)
        except Exception as e:  # noqa: BLE001 - as published scenarios do
            return ScenarioValidationResult(success=False, exception=e)
