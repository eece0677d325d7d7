"""What the user sees of the cab company."""

from typing import TYPE_CHECKING, Any

from pare_harness.apps.cab_data import Ride
from pare_harness.apps.core import AppState
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.cab import StatefulCabApp  # noqa: F401 - named in the bases below


class CabHome(AppState["StatefulCabApp"]):
    """Where a ride is looked for, or looked up."""

    @user_tool(leads_to=("CabServiceOptions",))
    def list_rides(self, start_location: str, end_location: str, ride_time: str | None = None) -> list[Ride]:
        """Ask every service for a quotation and open the choice of services.

        Args:
            ride_time: wanted pickup, a UTC time like "2025-01-31 09:30:00"; now by default.
        """
        rides = self.app.list_rides(start_location, end_location, ride_time)
        self.go(CabServiceOptions(start_location, end_location, ride_time))
        return rides

    @user_tool(leads_to=("CabRideDetail",))
    def open_current_ride(self) -> Ride | None:
        """Open the current ride; an empty result means that there is none."""
        ride = self.app.on_going_ride
        if ride is not None:
            self.go(CabRideDetail(ride))
        return ride

    @user_tool()
    def get_ride_history(self, offset: int = 0, limit: int = 10) -> dict[str, Any]:
        """The rides so far, oldest first, by number, with the range shown and the total."""
        return self.app.get_ride_history(offset, limit)


class CabServiceOptions(AppState["StatefulCabApp"]):
    """The services for one route."""

    def __init__(self, start_location: str, end_location: str, ride_time: str | None = None) -> None:
        super().__init__()
        self.start_location = start_location
        self.end_location = end_location
        self.ride_time = ride_time

    @user_tool()
    def list_service_types(self) -> list[str]:
        """The services there are, in alphabetical order."""
        return sorted(self.app.d_service_config)

    @user_tool(leads_to=("CabQuotationDetail",))
    def get_quotation(self, service_type: str) -> Ride:
        """Ask a service for a quotation and open it."""
        quotation = self.app.get_quotation(self.start_location, self.end_location, service_type, self.ride_time)
        self.go(CabQuotationDetail(quotation))
        return quotation


class CabQuotationDetail(AppState["StatefulCabApp"]):
    """One quotation."""

    def __init__(self, ride: Ride) -> None:
        super().__init__()
        self.ride = ride

    @user_tool()
    def show_quotation(self) -> Ride:
        """This quotation: price, duration, delay and distance."""
        return self.ride

    @user_tool(writes=True, leads_to=("CabRideDetail",))
    def order_ride(self) -> Ride:
        """Book the ride on the terms of this quotation and open it."""
        ride = self.app.book(self.ride)
        self.go(CabRideDetail(ride))
        return ride


class CabRideDetail(AppState["StatefulCabApp"]):
    """One booked ride."""

    def __init__(self, ride: Ride) -> None:
        super().__init__()
        self.ride = ride

    @user_tool(writes=True, leads_to=("CabHome",))
    def cancel_ride(self) -> str:
        """Cancel this ride, unless it is over, and return to the start."""
        if self.app.current_ride().ride_id != self.ride.ride_id:
            raise ValueError(f"ride {self.ride.ride_id!r} is over; only the current ride can be cancelled")
        message = self.app.user_cancel_ride()
        self.to_root()
        return message
