"""What cab rides cost: quotations by route and service."""

from collections.abc import Iterator

from pare_harness.apps.cab_data import CabService, Ride
from pare_harness.apps.core import StatefulApp
from pare_harness.clock import parse_time
from pare_harness.tools import Kind, tool

DISTANCE_KM = (5.0, 20.0)
SPEED_KM_PER_MINUTE = 50 / 60
PRICE_VARIATION = 0.1
"""How far the price of a route may move from its first quotation, as a share of it."""


class Quotations(StatefulApp):
    """The price desk of a cab company.

    A route keeps its distance from one quotation to the next, and its price within `PRICE_VARIATION`.
    """

    quotation_history: list[Ride]
    d_service_config: dict[str, CabService]

    @tool(Kind.APP)
    def get_quotation(
        self, start_location: str, end_location: str, service_type: str, ride_time: str | None = None
    ) -> Ride:
        """Ask what a ride would cost, how long it would take (minutes) and how late the cab would come (minutes).

        Args:
            ride_time: wanted pickup, a UTC time like "2025-01-31 09:30:00"; now by default.

        Raises `ValueError` for an unknown service, a badly written time, and a route too long for the service.
        """
        service = self._service(service_type)
        time_stamp = self.now() if ride_time is None else parse_time(ride_time, "ride_time")
        distance = self._distance(start_location, end_location)
        if distance > service.max_distance_km:
            raise ValueError(f"distance_km={distance}; expected at most {service.max_distance_km} for {service_type}")
        ride = Ride(
            self.new_id(),
            service_type=service_type,
            start_location=start_location,
            end_location=end_location,
            price=self._price(start_location, end_location, service_type, distance),
            duration=distance / SPEED_KM_PER_MINUTE + self.rng.randint(0, 10),
            time_stamp=time_stamp,
            distance_km=distance,
            delay=service.base_delay + self.rng.randint(1, 5),
        )
        self.quotation_history.append(ride)
        return ride

    @tool(Kind.APP, Kind.DATA)
    def list_rides(self, start_location: str, end_location: str, ride_time: str | None = None) -> list[Ride]:
        """Ask every service for a quotation.

        Args:
            ride_time: wanted pickup, a UTC time like "2025-01-31 09:30:00"; now by default.
        """
        return [self.get_quotation(start_location, end_location, name, ride_time) for name in self.d_service_config]

    def _service(self, service_type: str) -> CabService:
        if service_type not in self.d_service_config:
            raise ValueError(f"service_type={service_type!r}; expected one of {list(self.d_service_config)}")
        return self.d_service_config[service_type]

    def _quoted(self, start: str, end: str) -> Iterator[Ride]:
        return (ride for ride in self.quotation_history if (ride.start_location, ride.end_location) == (start, end))

    def _distance(self, start: str, end: str) -> float:
        # A ride that a scenario added without a distance has 0.
        known = next((ride.distance_km for ride in self._quoted(start, end) if ride.distance_km), None)
        return self.rng.uniform(*DISTANCE_KM) if known is None else known

    def _price(self, start: str, end: str, service_type: str, distance: float) -> float:
        quoted = (ride.price for ride in self._quoted(start, end) if ride.service_type == service_type)
        first = next((price for price in quoted if price is not None), None)
        if first is None:
            return distance * self.d_service_config[service_type].price_per_km
        return first * self.rng.uniform(1 - PRICE_VARIATION, 1 + PRICE_VARIATION)
