"""What a calendar holds: events, and the draft of one that is being edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pare_harness.apps.core import page
from pare_harness.clock import as_datetime, format_time
from pare_harness.context import fresh_id, now

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass
class CalendarEvent:
    """An event; its times are seconds since the Unix epoch, UTC.

    `start_strftime` and `end_strftime` follow from them, like `Wednesday, 2025-01-01 09:00:00`.
    Raises `ValueError` if the event ends before it starts and `AssertionError` if a time is not a number.
    """

    event_id: str = field(default_factory=fresh_id)
    title: str = "Event"
    start_datetime: float = field(default_factory=now)
    end_datetime: float = field(default_factory=lambda: now() + HOUR)
    tag: str | None = None
    description: str | None = None
    location: str | None = None
    attendees: list[str] = field(default_factory=list)
    start_strftime: str = field(init=False)
    end_strftime: str = field(init=False)

    def __post_init__(self) -> None:
        for name in ("start_datetime", "end_datetime"):
            if not isinstance(getattr(self, name), int | float):
                raise AssertionError(f"{name}={getattr(self, name)!r}; expected seconds since the Unix epoch")
        self.start_strftime, self.end_strftime = _with_weekday(self.start_datetime), _with_weekday(self.end_datetime)
        if self.start_datetime > self.end_datetime:
            raise ValueError(f"end_datetime={self.end_strftime!r}; expected no time before {self.start_strftime!r}")

    @property
    def summary(self) -> str:
        """The event in one line."""
        place = f" at {self.location}" if self.location else ""
        return f"{self.title}{place}: {self.start_strftime} to {self.end_strftime}"

    def overlaps(self, start: float, end: float) -> bool:
        """Whether it shares more than an edge with the time from `start` to `end`."""
        return self.start_datetime < end and self.end_datetime > start

    def mentions(self, query: str) -> bool:
        """Whether `query`, in any case, is part of the title, description, location or an attendee's name."""
        texts = (self.title, self.description or "", self.location or "", *self.attendees)
        return any(query.lower() in text.lower() for text in texts)

    def attended_by(self, name: str) -> bool:
        """Whether `name`, in any case, is an attendee."""
        return any(name.lower() == attendee.lower() for attendee in self.attendees)


@dataclass
class EditDraft:
    """An event being edited; its times are UTC texts like `2025-01-31 09:30:00`, and without an id it is a new one."""

    title: str = "Event"
    start_datetime: str | None = None
    end_datetime: str | None = None
    tag: str | None = None
    description: str | None = None
    location: str | None = None
    attendees: list[str] = field(default_factory=list)
    event_id: str | None = None

    @classmethod
    def of(cls, event: CalendarEvent) -> EditDraft:
        """The draft that, saved as it is, leaves `event` unchanged."""
        return cls(
            title=event.title,
            start_datetime=format_time(event.start_datetime),
            end_datetime=format_time(event.end_datetime),
            tag=event.tag,
            description=event.description,
            location=event.location,
            attendees=list(event.attendees),
            event_id=event.event_id,
        )


def event_page(events: list[CalendarEvent], offset: int, limit: int) -> dict[str, Any]:
    """`limit` events from the one at `offset`, with the range they take up among all of them."""
    shown = page(events, offset, limit)
    return {"events": shown, "range": (offset, offset + len(shown)), "total": len(events)}


def day_window(time: float) -> tuple[str, str]:
    """The UTC day that holds `time`, from midnight to midnight."""
    midnight = time - time % DAY
    return format_time(midnight), format_time(midnight + DAY)


def _with_weekday(time: float) -> str:
    return f"{as_datetime(time):%A, %Y-%m-%d %H:%M:%S}"
