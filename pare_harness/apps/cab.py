"""Cabs: quotations, one ride at a time, and the rides so far."""

from dataclasses import replace
from typing import Any

from pare_harness.apps.cab_data import (
    ARRIVED_AT_PICKUP,
    BOOKED,
    CANCELLED,
    COMPLETED,
    DELAYED,
    IN_PROGRESS,
    SERVICES,
    CabService,
    Ride,
)
from pare_harness.apps.cab_quotations import Quotations
from pare_harness.apps.cab_screens import CabHome, CabQuotationDetail, CabRideDetail, CabServiceOptions
from pare_harness.apps.core import page
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

__all__ = [
    "CabHome",
    "CabQuotationDetail",
    "CabRideDetail",
    "CabService",
    "CabServiceOptions",
    "Ride",
    "StatefulCabApp",
]

UPDATES = (DELAYED, IN_PROGRESS, ARRIVED_AT_PICKUP)


class StatefulCabApp(Quotations):
    """A cab company with one customer, who has one ride at a time."""

    STATE = ("ride_history", "quotation_history", "d_service_config", "on_going_ride")
    STATES = (CabHome, CabServiceOptions, CabQuotationDetail, CabRideDetail)

    on_going_ride: Ride | None
    ride_history: list[Ride]

    def __init__(
        self,
        name: str | None = None,
        quotation_history: list[Ride] | None = None,
        on_going_ride: Ride | None = None,
        ride_history: list[Ride] | None = None,
        MESSAGE_CANCEL: str = "The ride has been cancelled.",
        d_service_config: dict[str, CabService] | None = None,
    ) -> None:
        super().__init__(name)
        self.quotation_history = list(quotation_history or ())
        self.on_going_ride = on_going_ride
        self.ride_history = list(ride_history or ())
        self.MESSAGE_CANCEL = MESSAGE_CANCEL
        self.d_service_config = dict(SERVICES if d_service_config is None else d_service_config)

    @tool(Kind.DATA, writes=True)
    def add_new_ride(
        self,
        service_type: str,
        start_location: str,
        end_location: str,
        price: float,
        duration: float = 0.0,
        time_stamp: float = 0.0,
        distance_km: float = 0.0,
    ) -> str:
        """Record a ride booked in the past; returns its id.

        Args:
            duration: minutes.
            time_stamp: pickup, in seconds since the Unix epoch.
        """
        ride = Ride(
            self.new_id(),
            BOOKED,
            service_type,
            start_location,
            end_location,
            price=price,
            duration=duration,
            time_stamp=time_stamp,
            distance_km=distance_km,
        )
        self.ride_history.append(ride)
        self.quotation_history.append(replace(ride))
        return ride.ride_id

    @tool(Kind.APP, Kind.DATA, writes=True)
    def order_ride(
        self, start_location: str, end_location: str, service_type: str, ride_time: str | None = None
    ) -> Ride:
        """Book a ride at a new quotation; it becomes the current ride.

        Args:
            ride_time: wanted pickup, a UTC time like "2025-01-31 09:30:00"; now by default.

        Raises `ValueError` while there is a current ride, and for what `get_quotation` refuses.
        """
        self._check_free()
        return self.book(self.get_quotation(start_location, end_location, service_type, ride_time))

    def book(self, quotation: Ride) -> Ride:
        """Book a ride on the terms of `quotation`, which stays as it is.

        Raises `ValueError` while there is a current ride.
        """
        self._check_free()
        ride = replace(quotation, ride_id=self.new_id(), delay_history=[])
        ride.set_booked()
        self.ride_history.append(ride)
        self.on_going_ride = ride
        return ride

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def cancel_ride(self, who_cancel: str = "driver", message: str | None = None) -> str:
        """Cancel the current ride, as the `driver` or the `user`; returns the message about it.

        Raises `ValueError` for anybody else, and when there is no current ride.
        """
        if who_cancel not in {"driver", "user"}:
            raise ValueError(f"who_cancel={who_cancel!r}; expected 'driver' or 'user'")
        self._close(CANCELLED)
        return message or self.MESSAGE_CANCEL

    @tool(Kind.APP, writes=True)
    def user_cancel_ride(self) -> str:
        """Cancel the current ride.

        Raises `ValueError` when there is none.
        """
        return self.cancel_ride("user")

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def end_ride(self) -> str:
        """Complete the current ride.

        Raises `ValueError` when there is none.
        """
        ride = self._close(COMPLETED)
        return f"The ride from {ride.start_location} to {ride.end_location} is completed."

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def update_ride_status(self, status: str, message: str | None = None) -> str:
        """Report that the current ride is `DELAYED`, `IN_PROGRESS` or `ARRIVED_AT_PICKUP`; returns a message about it.

        A delay pushes the pickup back. Raises `ValueError` for another status and without a current ride.
        """
        if status not in UPDATES:
            raise ValueError(f"status={status!r}; expected one of {list(UPDATES)}")
        ride = self.current_ride()
        revised = replace(ride, status=status, delay_history=list(ride.delay_history))
        if status == DELAYED and ride.delay is not None:
            revised.update_delay(self.now(), self.rng)
        self._revise(revised)
        return message or f"The ride is now {status}."

    @tool(Kind.APP)
    def get_current_ride_status(self) -> Ride:
        """The current ride; its delay is how many minutes are left until the cab is there.

        Raises `ValueError` when there is none, or one without an estimated delay.
        """
        ride = self.current_ride()
        return replace(ride, delay=ride.minutes_to_pickup(self.now()))

    @tool(Kind.APP, Kind.DATA)
    def get_ride(self, idx: int) -> Ride:
        """A ride by its number in the history, from 0 on.

        Raises `IndexError` for a number outside the history.
        """
        if not 0 <= idx < len(self.ride_history):
            raise IndexError(f"idx={idx}; expected a number from 0 to {len(self.ride_history) - 1}")
        return self.ride_history[idx]

    @tool(Kind.APP, Kind.DATA)
    def get_ride_history(self, offset: int = 0, limit: int = 10) -> dict[str, Any]:
        """The rides so far, oldest first, by number, with the range shown and the total.

        Raises `ValueError` for an offset beyond the end.
        """
        rides = page(self.ride_history, offset, limit)
        shown = (offset, offset + len(rides))
        return {"rides": dict(enumerate(rides, offset)), "range": shown, "total": len(self.ride_history)}

    @tool(Kind.APP, Kind.DATA)
    def get_ride_history_length(self) -> int:
        """How many rides there are in the history."""
        return len(self.ride_history)

    def current_ride(self) -> Ride:
        """The ride that is booked or under way.

        Raises `ValueError` when there is none.
        """
        if self.on_going_ride is None:
            raise ValueError("there is no current ride; expected one booked by order_ride")
        return self.on_going_ride

    def _check_free(self) -> None:
        if self.on_going_ride is not None:
            raise ValueError(
                f"ride {self.on_going_ride.ride_id!r} is not over; end or cancel it before ordering another"
            )

    def _close(self, status: str) -> Ride:
        ride = replace(self.current_ride(), status=status)
        self._revise(ride)
        self.on_going_ride = None
        return ride

    def _revise(self, ride: Ride) -> None:
        """Put `ride` in place of the current one, also in the history if it is there."""
        self.on_going_ride = ride
        for idx, known in enumerate(self.ride_history):
            if known.ride_id == ride.ride_id:
                self.ride_history[idx] = ride
