"""Reminders: notes with a due time, which may repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pare_harness.apps.core import StatefulApp
from pare_harness.apps.reminder_data import Reminder, ReminderDraft
from pare_harness.apps.reminder_screens import EditReminder, ReminderDetail, ReminderList
from pare_harness.clock import as_datetime, parse_time
from pare_harness.tools import Kind, tool

__all__ = ["EditReminder", "Reminder", "ReminderDetail", "ReminderDraft", "ReminderList", "StatefulReminderApp"]

HORIZON = timedelta(weeks=12)
"""How far ahead of the simulated time repetitions are created, unless `max_future_datetime` says otherwise."""


class StatefulReminderApp(StatefulApp):
    """The user's reminders. A repeated one is stored with its repetitions, which are changed and deleted with it.

    Changing or deleting a repetition touches that one alone. Stored reminders are replaced, never altered.
    """

    STATE = ("reminders",)
    STATES = (ReminderList, ReminderDetail, EditReminder)
    reminders: dict[str, Reminder]

    def __init__(
        self,
        name: str | None = None,
        reminders: Mapping[str, Reminder] | None = None,
        max_future_datetime: datetime | None = None,
        max_reminder_repetitions: int = 100,
    ) -> None:
        super().__init__(name)
        self.reminders = dict(reminders or {})
        self.max_future_datetime = max_future_datetime
        self.max_reminder_repetitions = max_reminder_repetitions

    @tool(Kind.APP, writes=True, strict=False)
    def add_reminder(
        self,
        title: str,
        due_datetime: str,
        description: str,
        repetition_unit: str | None = None,
        repetition_value: int | None = 1,
    ) -> str:
        """Add a reminder and return its id. With a unit it repeats: its repetitions of the next weeks are added too.

        Args:
            due_datetime: UTC time like "2025-01-31 09:30:00".
            repetition_unit: One of second, minute, hour, day, week, month.
            repetition_value: How many units lie between two repetitions; a month's last day stands in for missing days.

        Raises:
            ValueError: The due time is badly written, or `repetition_value` is below 1.
            AssertionError: `repetition_unit` is unknown.
        """
        reminder = _reminder(self.new_id(), title, due_datetime, description, repetition_unit, repetition_value)
        self._store(reminder)
        return reminder.reminder_id

    @tool(Kind.APP, writes=True, strict=False)
    def update_reminder(
        self,
        reminder_id: str,
        title: str,
        description: str,
        due_datetime: str,
        repetition_unit: str | None,
        repetition_value: int | None,
    ) -> str:
        """Replace everything a reminder says, its repetitions included, and return its id.

        Args:
            due_datetime: UTC time like "2025-01-31 09:30:00".
            repetition_unit: One of second, minute, hour, day, week, month; null for a reminder that does not repeat.
            repetition_value: How many units lie between two repetitions.

        Raises:
            ValueError: No reminder has this id, the due time is badly written, or `repetition_value` is below 1.
            AssertionError: `repetition_unit` is unknown.
        """
        self._require(reminder_id)
        self._store(_reminder(reminder_id, title, due_datetime, description, repetition_unit, repetition_value))
        return reminder_id

    @tool(Kind.APP, writes=True, strict=False)
    def delete_reminder(self, reminder_id: str) -> None:
        """Delete a reminder and all its repetitions.

        Raises:
            ValueError: No reminder has this id.
        """
        self._require(reminder_id)
        self._remove(reminder_id)

    @tool(Kind.APP, writes=True, strict=False)
    def delete_all_reminders(self) -> None:
        """Delete all reminders."""
        self.reminders.clear()

    @tool(Kind.APP, strict=False)
    def get_all_reminders(self) -> list[Reminder]:
        """List all reminders, the one due first in front."""
        return self.ordered_reminders()

    @tool(Kind.APP, strict=False)
    def get_due_reminders(self) -> list[Reminder]:
        """List the reminders that are due by now, the one due first in front."""
        return [reminder for reminder in self.ordered_reminders() if self.is_due(reminder)]

    def get_reminder_with_id(self, reminder_id: str) -> Reminder:
        """The reminder with this id. Raises `KeyError` if there is none."""
        if reminder_id not in self.reminders:
            raise KeyError(f"reminder_id={reminder_id!r}; there is no such reminder")
        return self.reminders[reminder_id]

    def take_due(self) -> list[Reminder]:
        """The reminders that are due and have not been announced; they count as announced from now on."""
        due = [r for r in self.ordered_reminders() if self.is_due(r) and not r.already_notified]
        announced = [replace(reminder, time_notified=self.now()) for reminder in due]
        self.reminders |= {reminder.reminder_id: reminder for reminder in announced}
        return announced

    def ordered_reminders(self) -> list[Reminder]:
        """All reminders, the one due first in front; equal times in the order they were added."""
        return sorted(self.reminders.values(), key=lambda reminder: reminder.due_datetime)

    def is_due(self, reminder: Reminder) -> bool:
        """Whether its time has come."""
        return reminder.due_datetime.timestamp() <= self.now()

    def _require(self, reminder_id: str) -> None:
        if reminder_id not in self.reminders:
            raise ValueError(f"reminder_id={reminder_id!r}; there is no such reminder")

    def _store(self, reminder: Reminder) -> None:
        """Put it and its repetitions in the place of those that have its id; what was announced stays announced."""
        horizon = self.max_future_datetime or as_datetime(self.now()) + HORIZON
        series = reminder.series(horizon, self.max_reminder_repetitions)
        before = self._remove(reminder.reminder_id)
        for new in series:
            old = before.get(new.reminder_id)
            announced = old.time_notified if old is not None and old.due_datetime == new.due_datetime else None
            self.reminders[new.reminder_id] = replace(new, time_notified=announced)

    def _remove(self, reminder_id: str) -> dict[str, Reminder]:
        gone = [key for key, reminder in self.reminders.items() if reminder.belongs_to(reminder_id)]
        return {key: self.reminders.pop(key) for key in gone}


def _reminder(
    reminder_id: str, title: str, due_datetime: str, description: str, unit: str | None, value: int | None
) -> Reminder:
    due = as_datetime(parse_time(due_datetime, "due_datetime"))
    return Reminder(reminder_id, title, due, description, unit, 1 if value is None else value)
