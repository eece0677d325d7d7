"""Scenario: a flat gets cheaper, and a cab to the viewing is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from are.simulation.apps.apartment_listing import Apartment
from are.simulation.scenarios.scenario import ScenarioStatus, ScenarioValidationResult
from are.simulation.types import AbstractEnvironment, Action, EventRegisterer, EventType
from pare.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulApartmentApp
from pare.apps.cab import StatefulCabApp
from pare.scenarios import PAREScenario
from pare.scenarios.utils.registry import register_scenario


@register_scenario("compat_flat_viewing")
class FlatViewing(PAREScenario):
    """The agent saves the cheaper flat, forgets the one that is gone, and books a ride to the viewing."""

    start_time = datetime(2025, 6, 20, 13, 0, 0, tzinfo=UTC).timestamp()
    status = ScenarioStatus.Valid
    is_benchmark_ready = True

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.agent_ui = PAREAgentUserInterface()
        self.system_app = HomeScreenSystemApp(name="System")
        self.apartment_app = StatefulApartmentApp(name="Apartment")
        self.cab_app = StatefulCabApp(name="Cab")

        self.loft_id = self.apartment_app.add_new_apartment(
            name="Loft by the canal",
            location="Quay 7",
            zip_code="1013",
            price=1900.0,
            number_of_bedrooms=2,
            number_of_bathrooms=1,
            square_footage=800,
            property_type="Loft",
            pet_policy="Cats allowed",
            amenities=["balcony", "lift"],
        )
        studio = Apartment(
            name="Studio at the park",
            location="Park Lane 2",
            zip_code="1071",
            price=1400.0,
            bedrooms=1,
            bathrooms=1,
            property_type="Studio",
            square_footage=420,
            apartment_id="flat-studio",
        )
        self.apartment_app.apartments["flat-studio"] = studio
        self.apartment_app.save_apartment("flat-studio")
        self.cab_app.add_new_ride(
            service_type="Default",
            start_location="Home",
            end_location="Station",
            price=11.0,
            duration=14.0,
            distance_km=9.0,
        )
        self.cab_app.on_going_ride = None
        self.apps = [self.agent_ui, self.system_app, self.apartment_app, self.cab_app]

    def build_events_flow(self) -> None:  # noqa: PLR0915 - a statement for each event, as published
        aui = self.get_typed_app(PAREAgentUserInterface)
        apartment_app = self.get_typed_app(StatefulApartmentApp, "Apartment")
        cab_app = self.get_typed_app(StatefulCabApp, "Cab")

        with EventRegisterer.capture_mode():
            cheaper = apartment_app.update_apartment(apartment_id=self.loft_id, new_price=1700.0).delayed(5)
            offered = apartment_app.add_new_apartment(
                name="Attic",
                location="Mill Road 1",
                zip_code="1052",
                price=1200.0,
                number_of_bedrooms=1,
                number_of_bathrooms=1,
                square_footage=300,
            ).delayed(6)
            proposal = (
                aui.send_message_to_user(
                    content="The loft is 1,700 now. Shall I save it and book a cab to the viewing?"
                )
                .oracle()
                .depends_on([cheaper, offered], delay_seconds=5)
            )
            accept = aui.accept_proposal(content="Yes, at three.").oracle().depends_on(proposal, delay_seconds=5)
            everything = apartment_app.list_all_apartments().oracle().depends_on(accept, delay_seconds=1)
            matching = (
                apartment_app.search_apartments(location="quay", max_price=1800, number_of_bedrooms=2)
                .oracle()
                .depends_on(everything, delay_seconds=1)
            )
            details = (
                apartment_app.get_apartment_details(apartment_id=self.loft_id)
                .oracle()
                .depends_on(matching, delay_seconds=1)
            )
            missing = (
                apartment_app.get_apartment_details(apartment_id="flat-gone")
                .oracle()
                .depends_on(details, delay_seconds=1)
            )
            saved = (
                apartment_app.save_apartment(apartment_id=self.loft_id).oracle().depends_on(details, delay_seconds=2)
            )
            favourites = apartment_app.list_saved_apartments().oracle().depends_on(saved, delay_seconds=1)
            forgotten = (
                apartment_app.remove_saved_apartment(apartment_id="flat-studio")
                .oracle()
                .depends_on(favourites, delay_seconds=1)
            )
            gone = apartment_app.delete_apartment(apartment_id="flat-studio").depends_on(forgotten, delay_seconds=1)

            history = cab_app.get_ride_history(offset=0, limit=10).oracle().depends_on(forgotten, delay_seconds=2)
            earlier = cab_app.get_ride(idx=0).oracle().depends_on(history, delay_seconds=1)
            choices = (
                cab_app.list_rides(start_location="Home", end_location="Quay 7", ride_time="2025-06-20 15:00:00")
                .oracle()
                .depends_on(earlier, delay_seconds=1)
            )
            price = (
                cab_app.get_quotation(start_location="Home", end_location="Quay 7", service_type="Premium")
                .oracle()
                .depends_on(choices, delay_seconds=1)
            )
            first = (
                cab_app.order_ride(start_location="Home", end_location="Quay 7", service_type="Default")
                .oracle()
                .depends_on(price, delay_seconds=1)
            )
            second = (
                cab_app.order_ride(start_location="Home", end_location="Quay 7", service_type="Van")
                .oracle()
                .depends_on(first, delay_seconds=1)
            )
            late = cab_app.update_ride_status(status="DELAYED", message="Traffic on the bridge").depends_on(
                second, delay_seconds=60
            )
            status = cab_app.get_current_ride_status().oracle().depends_on(late, delay_seconds=5)
            called_off = cab_app.user_cancel_ride().oracle().depends_on(status, delay_seconds=2)
            again = (
                cab_app.order_ride(start_location="Home", end_location="Quay 7", service_type="Premium")
                .oracle()
                .depends_on(called_off, delay_seconds=2)
            )
            broken_down = cab_app.cancel_ride(who_cancel="driver", message="Flat tyre").depends_on(
                again, delay_seconds=30
            )
            last = (
                cab_app.order_ride(start_location="Home", end_location="Quay 7", service_type="Default")
                .oracle()
                .depends_on(broken_down, delay_seconds=5)
            )
            arrived = cab_app.end_ride().depends_on(last, delay_seconds=900)
            nothing_left = cab_app.end_ride().depends_on(arrived, delay_seconds=1)

        self.events = [
            cheaper, offered, proposal, accept, everything, matching, details, missing, saved, favourites,
            forgotten, gone, history, earlier, choices, price, first, second, late, status, called_off, again,
            broken_down, last, arrived, nothing_left,
        ]  # fmt: skip

    def validate(self, env: AbstractEnvironment) -> ScenarioValidationResult:
        try:
            agent_events = [
                e for e in env.event_log.list_view() if e.event_type == EventType.AGENT and isinstance(e.action, Action)
            ]
            saved = any(
                e.action.class_name == "StatefulApartmentApp"
                and e.action.function_name == "save_apartment"
                and e.action.args.get("apartment_id") == self.loft_id
                for e in agent_events
            )
            rides = [e for e in agent_events if e.action.function_name == "order_ride"]
            there = all(e.action.args.get("end_location") == "Quay 7" for e in rides)
            booked = self.cab_app.ride_history[-1].end_location == "Quay 7" and self.cab_app.on_going_ride is None
            return ScenarioValidationResult(success=saved and bool(rides) and there and booked)
        except Exception as e:  # noqa: BLE001 - as published scenarios do
            return ScenarioValidationResult(success=False, exception=e)
