"""What a reminder app holds: reminders that may repeat, and the draft of one that is being edited."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from pare_harness.clock import format_time

UNITS = ("second", "minute", "hour", "day", "week", "month")
"""The units of repetition."""


@dataclass
class Reminder:
    """A reminder; `due_datetime` is aware and kept in UTC, `time_notified` in seconds since the Unix epoch.

    Raises `AssertionError` for an unknown `repetition_unit`, `ValueError` for a due time without a time zone and for a
    `repetition_value` below 1.
    """

    reminder_id: str
    title: str
    due_datetime: datetime
    description: str
    repetition_unit: str | None = None
    repetition_value: int = 1
    time_notified: float | None = None

    def __post_init__(self) -> None:
        if self.due_datetime.tzinfo is None:
            raise ValueError(f"due_datetime={self.due_datetime}; expected a time with a time zone")
        self.due_datetime = self.due_datetime.astimezone(UTC)
        check_repetition(self.repetition_unit, self.repetition_value)

    @property
    def already_notified(self) -> bool:
        """Whether the user has been told."""
        return self.time_notified is not None

    @property
    def is_repetition(self) -> bool:
        """Whether it is a copy that belongs to the first reminder of a series."""
        return "_rep_" in self.reminder_id

    def belongs_to(self, reminder_id: str) -> bool:
        """Whether it is the reminder with this id, or one of its repetitions."""
        return self.reminder_id == reminder_id or self.reminder_id.startswith(f"{reminder_id}_rep_")

    def series(self, horizon: datetime, most: int) -> list[Reminder]:
        """Itself and its repetitions `<id>_rep_1`, `<id>_rep_2`, … due before `horizon`, `most` of them at most."""
        if self.repetition_unit is None or self.is_repetition:
            return [self]
        ahead = takewhile(lambda copy: copy.due_datetime < horizon, self._repetitions(most))
        return [self, *ahead]

    def _repetitions(self, most: int) -> Iterator[Reminder]:
        for n in range(1, most + 1):
            yield replace(self, reminder_id=f"{self.reminder_id}_rep_{n}", due_datetime=self._due(n))

    def _due(self, n: int) -> datetime:
        """When the `n`-th repetition is due, counted from the first: 31 January leads to 28 February, then 31 March."""
        steps = n * self.repetition_value
        if self.repetition_unit == "month":
            return later_month(self.due_datetime, steps)
        return self.due_datetime + timedelta(**{f"{self.repetition_unit}s": steps})


@dataclass
class ReminderDraft:
    """A reminder being edited; `due_datetime` is a UTC text like `2025-01-31 09:30:00`."""

    title: str = ""
    description: str = ""
    due_datetime: str = ""
    repetition_unit: str | None = None
    repetition_value: int | None = None

    @classmethod
    def of(cls, reminder: Reminder) -> ReminderDraft:
        """The draft that, saved as it is, leaves `reminder` unchanged."""
        return cls(
            title=reminder.title,
            description=reminder.description,
            due_datetime=format_time(reminder.due_datetime.timestamp()),
            repetition_unit=reminder.repetition_unit,
            repetition_value=reminder.repetition_value,
        )


def check_repetition(unit: str | None, value: int) -> None:
    """Raise `AssertionError` for an unknown unit, `ValueError` for a value below 1."""
    if unit is not None and unit not in UNITS:
        raise AssertionError(f"repetition_unit={unit!r}; expected None or one of {UNITS}")
    if value < 1:
        raise ValueError(f"repetition_value={value!r}; expected a whole number from 1 on")


def later_month(time: datetime, months: int) -> datetime:
    """The same day `months` later, or that month's last day if it has fewer."""
    year, month = divmod(12 * time.year + time.month - 1 + months, 12)
    return time.replace(year=year, month=month + 1, day=min(time.day, monthrange(year, month + 1)[1]))
