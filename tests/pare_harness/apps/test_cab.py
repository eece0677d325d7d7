import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.cab import (
    CabHome,
    CabQuotationDetail,
    CabRideDetail,
    CabService,
    CabServiceOptions,
    Ride,
    StatefulCabApp,
)
from pare_harness.clock import DEFAULT_START, parse_time
from pare_harness.events import EventType
from tests.pare_harness.driving import phone

NINE = "2025-01-02 09:00:00"
ROUTE = ("Home", "Airport")


@pytest.fixture
def cab() -> StatefulCabApp:
    return StatefulCabApp("Cab")


class TestRide:
    def test_waits_for_the_rest_of_the_delay(self) -> None:
        ride = Ride(time_stamp=600.0, delay=8.0)
        assert [ride.minutes_to_pickup(now) for now in (0.0, 600.0, 780.0, 9999.0)] == [18.0, 8.0, 5.0, 0.0]

    @pytest.mark.parametrize("status", ["ARRIVED_AT_PICKUP", "IN_PROGRESS"])
    def test_waits_no_longer_once_the_cab_is_there(self, status: str) -> None:
        assert Ride(status=status, time_stamp=600.0, delay=8.0).minutes_to_pickup(600.0) == 0.0

    def test_is_booked_at_the_delay_it_was_quoted_with(self) -> None:
        ride = Ride(time_stamp=600.0, delay=8.0)
        ride.set_booked()
        assert (ride.status, ride.delay_history) == ("BOOKED", [{"delay": 8.0, "time_stamp": 600.0}])

    def test_comes_one_to_five_minutes_later_for_each_delay(self) -> None:
        ride = Ride(time_stamp=600.0, delay=8.0)
        ride.update_delay(700.0, Random(0))
        assert ride.delay in {9, 10, 11, 12, 13}
        assert ride.delay_history == [{"delay": ride.delay, "time_stamp": 700.0}]

    @pytest.mark.parametrize(
        ("ride", "missing"), [(Ride("r", delay=1.0), "time_stamp"), (Ride("r", time_stamp=1.0), "delay")]
    )
    def test_has_no_estimate_without_a_time_and_a_delay(self, ride: Ride, missing: str) -> None:
        with pytest.raises(ValueError, match=f"ride 'r': {missing}=None; expected a number"):
            ride.minutes_to_pickup(0.0)
        with pytest.raises(ValueError, match=f"ride 'r': {missing}=None; expected a number"):
            ride.update_delay(0.0, Random(0))


class TestQuotation:
    @pytest.mark.parametrize(("service", "rate", "base"), [("Default", 1.0, 5), ("Premium", 2.0, 3), ("Van", 1.5, 7)])
    def test_follows_the_service(self, cab: StatefulCabApp, service: str, rate: float, base: float) -> None:
        ride = cab.get_quotation(*ROUTE, service)
        assert (ride.status, ride.service_type, ride.time_stamp) == (None, service, DEFAULT_START)
        assert ride.distance_km is not None
        assert 5 <= ride.distance_km <= 20
        assert ride.price == ride.distance_km * rate
        assert ride.delay in {base + late for late in range(1, 6)}
        assert ride.duration is not None
        assert round(ride.duration - ride.distance_km / 50 * 60, 9) in range(11)
        assert cab.quotation_history == [ride]

    def test_of_the_same_route_keeps_the_distance_and_nearly_the_price(self, cab: StatefulCabApp) -> None:
        first = cab.get_quotation(*ROUTE, "Default")
        again = [cab.get_quotation(*ROUTE, "Default") for _ in range(50)]
        assert first.price is not None
        assert {ride.distance_km for ride in again} == {first.distance_km}
        assert all(0.9 * first.price <= (ride.price or 0) <= 1.1 * first.price for ride in again)
        assert len({ride.price for ride in again}) > 1

    def test_starts_from_the_price_of_a_past_ride(self, cab: StatefulCabApp) -> None:
        cab.add_new_ride("Default", *ROUTE, price=100.0)
        ride = cab.get_quotation(*ROUTE, "Default")
        assert 90 <= (ride.price or 0) <= 110
        assert 5 <= (ride.distance_km or 0) <= 20  # the past ride does not know its distance

    def test_is_for_the_wanted_time(self, cab: StatefulCabApp) -> None:
        assert cab.get_quotation(*ROUTE, "Default", NINE).time_stamp == parse_time(NINE)

    def test_needs_a_service_that_exists(self, cab: StatefulCabApp) -> None:
        with pytest.raises(ValueError, match=r"service_type='Boat'; expected one of \['Default', 'Premium', 'Van'\]"):
            cab.get_quotation(*ROUTE, "Boat")

    def test_needs_a_proper_time(self, cab: StatefulCabApp) -> None:
        with pytest.raises(ValueError, match="ride_time='9am'; expected a UTC time"):
            cab.get_quotation(*ROUTE, "Default", "9am")

    def test_is_not_given_for_too_long_a_route(self, cab: StatefulCabApp) -> None:
        cab.add_new_ride("Default", *ROUTE, price=100.0, distance_km=25.5)
        with pytest.raises(ValueError, match=r"distance_km=25.5; expected at most 25.0 for Default"):
            cab.get_quotation(*ROUTE, "Default")

    def test_is_given_by_every_service(self, cab: StatefulCabApp) -> None:
        rides = cab.list_rides(*ROUTE, NINE)
        assert [ride.service_type for ride in rides] == ["Default", "Premium", "Van"]
        assert len({ride.distance_km for ride in rides}) == 1
        assert cab.quotation_history == rides

    def test_depends_on_seed_and_name_alone(self) -> None:
        same, other = StatefulCabApp("Cab"), StatefulCabApp("Cab")
        assert same.list_rides(*ROUTE) == other.list_rides(*ROUTE)
        other.set_seed(1)
        assert same.get_quotation("A", "B", "Van").distance_km != other.get_quotation("A", "B", "Van").distance_km

    def test_follows_services_of_a_scenario(self) -> None:
        cab = StatefulCabApp(d_service_config={"Rickshaw": CabService(2, 10.0, 1)})
        (ride,) = cab.list_rides(*ROUTE)
        assert ride.price == 10 * (ride.distance_km or 0)


class TestOrder:
    def test_books_a_ride_and_keeps_the_quotation(self, cab: StatefulCabApp) -> None:
        ride = cab.order_ride(*ROUTE, "Van", NINE)
        assert ride == cab.on_going_ride == cab.ride_history[-1]
        assert ride.delay_history == [{"delay": ride.delay, "time_stamp": parse_time(NINE)}]
        (quotation,) = cab.quotation_history
        assert quotation == replace(ride, ride_id=quotation.ride_id, status=None, delay_history=[])

    def test_is_refused_while_a_ride_is_on(self, cab: StatefulCabApp) -> None:
        ride = cab.order_ride(*ROUTE, "Van")
        with pytest.raises(ValueError, match=f"ride '{ride.ride_id}' is not over"):
            cab.order_ride(*ROUTE, "Van")
        assert len(cab.quotation_history) == 1

    def test_a_past_ride_is_not_on(self, cab: StatefulCabApp) -> None:
        ride_id = cab.add_new_ride("Van", *ROUTE, 30, 20.0, 1000.0, 9.5)
        expected = Ride(ride_id, "BOOKED", "Van", *ROUTE, 30, 20.0, 1000.0, 9.5)
        assert cab.ride_history == cab.quotation_history == [expected]
        assert cab.on_going_ride is None


class TestCurrentRide:
    @pytest.mark.parametrize(
        ("call", "args"),
        [
            ("get_current_ride_status", []),
            ("user_cancel_ride", []),
            ("cancel_ride", []),
            ("end_ride", []),
            ("update_ride_status", ["DELAYED"]),
        ],
    )
    def test_must_be_there(self, cab: StatefulCabApp, call: str, args: list[str]) -> None:
        cab.add_new_ride("Van", *ROUTE, 30.0)
        with pytest.raises(ValueError, match="there is no current ride"):
            getattr(cab, call)(*args)

    def test_reports_the_minutes_left_and_changes_nothing(self, cab: StatefulCabApp) -> None:
        env = phone(cab)
        ride = cab.order_ride(*ROUTE, "Premium")
        before = cab.get_state()
        env.time_manager.add_offset(120)
        assert cab.get_current_ride_status() == replace(ride, delay=(ride.delay or 0) - 2)
        assert cab.get_state() == before

    def test_without_a_delay_has_no_status(self, cab: StatefulCabApp) -> None:
        cab.add_new_ride("Van", *ROUTE, 30.0, time_stamp=1000.0)
        cab.on_going_ride = cab.ride_history[0]
        with pytest.raises(ValueError, match="delay=None; expected a number"):
            cab.get_current_ride_status()
        assert cab.update_ride_status("DELAYED") == "The ride is now DELAYED."
        assert cab.ride_history[0].status == "DELAYED"

    def test_may_be_any_ride_of_the_history(self, cab: StatefulCabApp) -> None:
        first = cab.add_new_ride("Van", *ROUTE, 30.0)
        cab.add_new_ride("Default", *ROUTE, 20.0)
        cab.on_going_ride = cab.ride_history[0]
        cab.on_going_ride.status = "IN_PROGRESS"
        assert cab.end_ride() == "The ride from Home to Airport is completed."
        assert [(ride.ride_id == first, ride.status) for ride in cab.ride_history] == [
            (True, "COMPLETED"),
            (False, "BOOKED"),
        ]

    def test_may_be_missing_from_the_history(self, cab: StatefulCabApp) -> None:
        cab.on_going_ride = Ride("r", "BOOKED")
        cab.cancel_ride()
        assert (cab.on_going_ride, cab.ride_history) == (None, [])

    def test_a_delay_pushes_the_pickup_back(self, cab: StatefulCabApp) -> None:
        ride = cab.order_ride(*ROUTE, "Van")
        assert cab.update_ride_status("DELAYED", "Heavy traffic") == "Heavy traffic"
        assert cab.on_going_ride is not None
        assert (cab.on_going_ride.status, len(cab.on_going_ride.delay_history)) == ("DELAYED", 2)
        assert (cab.on_going_ride.delay or 0) > (ride.delay or 0)
        assert cab.ride_history == [cab.on_going_ride]

    def test_what_was_returned_stays_as_it_was(self, cab: StatefulCabApp) -> None:
        ride = cab.order_ride(*ROUTE, "Van")
        cab.update_ride_status("DELAYED")
        cab.end_ride()
        assert (ride.status, len(ride.delay_history)) == ("BOOKED", 1)

    @pytest.mark.parametrize("status", ["COMPLETED", "delayed", ""])
    def test_takes_three_updates_only(self, cab: StatefulCabApp, status: str) -> None:
        cab.order_ride(*ROUTE, "Van")
        with pytest.raises(ValueError, match=f"status='{status}'; expected one of"):
            cab.update_ride_status(status)

    def test_ends_by_a_cancellation(self, cab: StatefulCabApp) -> None:
        cab.order_ride(*ROUTE, "Van")
        assert cab.cancel_ride() == cab.MESSAGE_CANCEL
        cab.order_ride(*ROUTE, "Van")
        assert cab.cancel_ride("driver", "Flat tyre") == "Flat tyre"
        cab.order_ride(*ROUTE, "Van")
        assert cab.user_cancel_ride() == cab.MESSAGE_CANCEL
        assert [ride.status for ride in cab.ride_history] == ["CANCELLED"] * 3
        assert cab.on_going_ride is None

    def test_is_cancelled_by_driver_or_user(self, cab: StatefulCabApp) -> None:
        cab.order_ride(*ROUTE, "Van")
        with pytest.raises(ValueError, match="who_cancel='cat'; expected 'driver' or 'user'"):
            cab.cancel_ride("cat")


class TestHistory:
    def test_is_read_by_number_and_by_page(self, cab: StatefulCabApp) -> None:
        for price in (10.0, 20.0, 30.0):
            cab.add_new_ride("Van", *ROUTE, price)
        assert cab.get_ride(2).price == 30.0
        page = cab.get_ride_history(offset=1, limit=5)
        assert page == {"rides": {1: cab.ride_history[1], 2: cab.ride_history[2]}, "range": (1, 3), "total": 3}
        assert cab.get_ride_history_length() == 3

    @pytest.mark.parametrize("idx", [-1, 1])
    def test_has_no_ride_outside(self, cab: StatefulCabApp, idx: int) -> None:
        cab.add_new_ride("Van", *ROUTE, 10.0)
        with pytest.raises(IndexError, match=f"idx={idx}; expected a number from 0 to 0"):
            cab.get_ride(idx)

    def test_has_no_page_beyond_the_end(self, cab: StatefulCabApp) -> None:
        with pytest.raises(ValueError, match="offset=1"):
            cab.get_ride_history(1)


def test_wrong_types_are_refused(cab: StatefulCabApp) -> None:
    with pytest.raises(TypeError, match="idx='first'"):
        cab.get_ride("first")  # type: ignore[arg-type]  # what is tested


class TestUser:
    def test_books_the_quotation_that_is_shown(self, cab: StatefulCabApp) -> None:
        env = phone(cab)
        assert len(env.user(cab, "list_rides", start_location="Home", end_location="Airport", ride_time=NINE)) == 3
        assert isinstance(cab.current_state, CabServiceOptions)
        assert env.user(cab, "list_service_types") == ["Default", "Premium", "Van"]
        quotation = env.user(cab, "get_quotation", service_type="Premium")
        assert isinstance(cab.current_state, CabQuotationDetail)
        assert env.user(cab, "show_quotation") == quotation
        env.time_manager.add_offset(60)
        ride = env.user(cab, "order_ride")
        assert isinstance(cab.current_state, CabRideDetail)
        assert (ride.price, ride.time_stamp) == (quotation.price, parse_time(NINE))
        assert len(cab.quotation_history) == 4
        assert env.user(cab, "cancel_ride") == cab.MESSAGE_CANCEL
        assert isinstance(cab.current_state, CabHome)
        assert cab.navigation_stack == []
        assert {event.event_type for event in env.logged()} == {EventType.USER}

    def test_opens_the_current_ride_if_there_is_one(self, cab: StatefulCabApp) -> None:
        env = phone(cab)
        assert env.user(cab, "open_current_ride") is None
        assert isinstance(cab.current_state, CabHome)
        ride = cab.order_ride(*ROUTE, "Van")
        assert env.user(cab, "open_current_ride") == ride
        assert isinstance(cab.current_state, CabRideDetail)

    def test_cancels_the_ride_that_is_shown_and_no_other(self, cab: StatefulCabApp) -> None:
        env = phone(cab)
        shown = cab.order_ride(*ROUTE, "Van")
        env.user(cab, "open_current_ride")
        cab.end_ride()
        cab.order_ride(*ROUTE, "Default")
        with pytest.raises(ValueError, match=f"ride '{shown.ride_id}' is over"):
            env.user(cab, "cancel_ride")
        assert cab.on_going_ride is not None
        assert isinstance(cab.current_state, CabRideDetail)

    def test_reads_the_history(self, cab: StatefulCabApp) -> None:
        cab.add_new_ride("Van", *ROUTE, 10.0)
        assert phone(cab).user(cab, "get_ride_history")["total"] == 1

    def test_stays_where_she_is_when_something_fails(self, cab: StatefulCabApp) -> None:
        env = phone(cab)
        with pytest.raises(ValueError, match="ride_time='soon'"):
            env.user(cab, "list_rides", start_location="Home", end_location="Airport", ride_time="soon")
        assert isinstance(cab.current_state, CabHome)

    def test_can_reach_every_screen(self, cab: StatefulCabApp) -> None:
        assert set(cab.get_reachable_states()) == set(cab.get_state_graph())
        assert set(cab.get_state_graph()) == {state.__name__ for state in StatefulCabApp.STATES}


NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.none() | st.text()
RIDES = st.builds(
    Ride,
    ride_id=st.text(),
    status=TEXTS,
    service_type=TEXTS,
    start_location=TEXTS,
    end_location=TEXTS,
    price=NUMBERS,
    duration=NUMBERS,
    time_stamp=NUMBERS,
    distance_km=NUMBERS,
    delay=NUMBERS,
    delay_history=st.lists(st.fixed_dictionaries({"delay": NUMBERS, "time_stamp": NUMBERS}), max_size=2),
)


@given(quoted=st.lists(RIDES, max_size=3), current=st.none() | RIDES, taken=st.lists(RIDES, max_size=3))
def test_the_state_survives_json(quoted: list[Ride], current: Ride | None, taken: list[Ride]) -> None:
    full = StatefulCabApp("Cab", quoted, current, taken, d_service_config={"Boat": CabService(9, 1.25, 3)})
    copy = StatefulCabApp("Cab")
    copy.load_state(json.loads(json.dumps(full.get_state())))
    assert (copy.quotation_history, copy.on_going_ride, copy.ride_history) == (quoted, current, taken)
    assert copy.d_service_config == full.d_service_config


def test_a_loaded_ride_is_still_the_one_in_the_history(cab: StatefulCabApp) -> None:
    cab.order_ride(*ROUTE, "Van")
    copy = StatefulCabApp("Cab")
    copy.load_state(json.loads(json.dumps(cab.get_state())))
    copy.end_ride()
    assert [ride.status for ride in copy.ride_history] == ["COMPLETED"]
