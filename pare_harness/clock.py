"""The one clock of a simulation. It moves only when it is told to."""

from datetime import UTC, datetime

DEFAULT_START = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
"""Where a scenario without a `start_time` begins: 2025-01-01 00:00:00 UTC, in seconds since the Unix epoch."""

_FORMAT = "%Y-%m-%d %H:%M:%S"


class TimeManager:
    """Simulated time in seconds since the Unix epoch, UTC."""

    def __init__(self, start: float = DEFAULT_START) -> None:
        self._start = self._now = float(start)

    def time(self) -> float:
        return self._now

    def time_passed(self) -> float:
        """Seconds since the start."""
        return self._now - self._start

    def reset(self, start: float = DEFAULT_START) -> None:
        self._start = self._now = float(start)

    def advance_to(self, time: float) -> None:
        """Move forward to `time`; a time that has passed leaves the clock where it is."""
        self._now = max(self._now, time)

    def add_offset(self, seconds: float) -> None:
        """Move forward by `seconds`. Raises `ValueError` for a negative number."""
        if seconds < 0:
            raise ValueError(
                f"seconds={seconds}; expected a number that is not negative: the clock never runs backwards"
            )
        self._now += seconds


def as_datetime(time: float) -> datetime:
    """`time` in seconds since the Unix epoch as an aware UTC datetime."""
    return datetime.fromtimestamp(time, UTC)


def format_time(time: float) -> str:
    """`time` in seconds since the Unix epoch as `YYYY-MM-DD HH:MM:SS`, UTC."""
    return as_datetime(time).strftime(_FORMAT)


def parse_time(text: str, what: str = "time") -> float:
    """Seconds since the Unix epoch of a UTC `text` like `2025-01-31 09:30:00`; else `ValueError` that names `what`."""
    try:
        parsed = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        parsed = None
    if parsed is None or parsed.isoformat(sep=" ") != text or parsed.tzinfo is not None or parsed.microsecond:
        raise ValueError(f"{what}={text!r}; expected a UTC time like '2025-01-31 09:30:00'")
    return parsed.replace(tzinfo=UTC).timestamp()
