"""Cab rides and the services that offer them.

The app replaces rides and never changes them, so what a tool has returned stays as it was.
"""

import random
from dataclasses import dataclass, field
from typing import Final

from pare_harness.context import fresh_id

BOOKED: Final = "BOOKED"
DELAYED: Final = "DELAYED"
IN_PROGRESS: Final = "IN_PROGRESS"
ARRIVED_AT_PICKUP: Final = "ARRIVED_AT_PICKUP"
COMPLETED: Final = "COMPLETED"
CANCELLED: Final = "CANCELLED"


@dataclass(frozen=True)
class CabService:
    """A class of cab: price per km, minutes until pickup at the least, and how far it goes in km."""

    seats: int
    price_per_km: float
    base_delay: float
    max_distance_km: float = 25.0


SERVICES = {
    "Default": CabService(seats=4, price_per_km=1.0, base_delay=5.0),
    "Premium": CabService(seats=4, price_per_km=2.0, base_delay=3.0),
    "Van": CabService(seats=6, price_per_km=1.5, base_delay=7.0),
}


@dataclass
class Ride:
    """A ride, quoted (no status yet) or booked.

    `time_stamp` is the wanted pickup in seconds since the Unix epoch; the cab comes `delay` minutes after it.
    `duration` is in minutes. `delay_history` holds each estimate of the delay with the time it was made.
    """

    ride_id: str = field(default_factory=fresh_id)
    status: str | None = None
    service_type: str | None = None
    start_location: str | None = None
    end_location: str | None = None
    price: float | None = None
    duration: float | None = None
    time_stamp: float | None = None
    distance_km: float | None = None
    delay: float | None = None
    delay_history: list[dict[str, float | None]] = field(default_factory=list)

    def set_booked(self) -> None:
        """Book the ride at the delay it was quoted with."""
        self.status = BOOKED
        self.delay_history.append({"delay": self.delay, "time_stamp": self.time_stamp})

    def update_delay(self, now: float, rng: random.Random) -> None:
        """Push the pickup back by one to five minutes.

        Raises `ValueError` for a ride without a pickup time or delay.
        """
        _, delay = self._pickup()
        self.delay = delay + rng.randint(1, 5)
        self.delay_history.append({"delay": self.delay, "time_stamp": now})

    def minutes_to_pickup(self, now: float) -> float:
        """Minutes from `now` until the cab is there: 0 once it has come.

        Raises `ValueError` for a ride without a pickup time or delay.
        """
        time_stamp, delay = self._pickup()
        if self.status in {ARRIVED_AT_PICKUP, IN_PROGRESS}:
            return 0.0
        return max(0.0, delay - (now - time_stamp) / 60)

    def _pickup(self) -> tuple[float, float]:
        if self.time_stamp is None or self.delay is None:
            missing = "time_stamp" if self.time_stamp is None else "delay"
            raise ValueError(f"ride {self.ride_id!r}: {missing}=None; expected a number, as every booked ride has")
        return self.time_stamp, self.delay
