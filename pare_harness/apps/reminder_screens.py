"""The reminder app's screens: the list, one reminder, and the form that edits one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pare_harness.apps.core import AppState
from pare_harness.apps.reminder_data import Reminder, ReminderDraft, check_repetition
from pare_harness.clock import parse_time
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.reminder import StatefulReminderApp  # noqa: F401 - named in the bases below


class ReminderList(AppState["StatefulReminderApp"]):
    """All reminders."""

    @user_tool()
    def list_all_reminders(self) -> list[Reminder]:
        """List all reminders, the one due first in front."""
        return self.app.get_all_reminders()

    @user_tool()
    def list_upcoming_reminders(self) -> list[Reminder]:
        """List the reminders that are due later than now, the one due first in front."""
        return [reminder for reminder in self.app.ordered_reminders() if not self.app.is_due(reminder)]

    @user_tool()
    def list_due_reminders(self) -> list[Reminder]:
        """List the reminders that are due by now, the one due first in front."""
        return self.app.get_due_reminders()

    @user_tool(leads_to=("ReminderDetail",))
    def open_reminder(self, reminder_id: str) -> Reminder:
        """Open the reminder with this id."""
        reminder = self.app.get_reminder_with_id(reminder_id)
        self.go(ReminderDetail(reminder_id))
        return reminder

    @user_tool(writes=True, leads_to=("EditReminder",))
    def create_new(self) -> str:
        """Open the form for a new reminder."""
        self.go(EditReminder())
        return "The form for a new reminder is open."


class ReminderDetail(AppState["StatefulReminderApp"]):
    """One reminder."""

    def __init__(self, reminder_id: str) -> None:
        super().__init__()
        self.reminder_id = reminder_id

    @property
    def reminder(self) -> Reminder:
        """The reminder as it is now. Raises `KeyError` if it has been deleted meanwhile."""
        return self.app.get_reminder_with_id(self.reminder_id)

    def on_enter(self) -> None:
        """Refuse to show a reminder that is gone."""
        self.app.get_reminder_with_id(self.reminder_id)

    @user_tool(writes=True, leads_to=("EditReminder",))
    def edit(self) -> Reminder:
        """Open the form that edits the reminder."""
        reminder = self.reminder
        self.go(EditReminder(self.reminder_id))
        return reminder

    @user_tool(writes=True, leads_to=("ReminderList",))
    def delete(self) -> str:
        """Delete the reminder and all its repetitions."""
        self.app.delete_reminder(self.reminder_id)
        self.to_root()
        return f"Reminder {self.reminder_id} has been deleted."


class EditReminder(AppState["StatefulReminderApp"]):
    """The form for a reminder: a new one, or the one with `reminder_id`. Nothing is kept until it is saved."""

    def __init__(self, reminder_id: str | None = None) -> None:
        super().__init__()
        self.reminder_id = reminder_id
        self.draft = ReminderDraft()

    def on_enter(self) -> None:
        """Load what the reminder says now."""
        if self.reminder_id is not None:
            self.draft = ReminderDraft.of(self.app.get_reminder_with_id(self.reminder_id))

    @user_tool(writes=True)
    def set_title(self, title: str) -> ReminderDraft:
        """Write the title."""
        return self._write(replace(self.draft, title=title))

    @user_tool(writes=True)
    def set_description(self, description: str) -> ReminderDraft:
        """Write the description."""
        return self._write(replace(self.draft, description=description))

    @user_tool(writes=True)
    def set_due_datetime(self, due_datetime: str) -> ReminderDraft:
        """Write when it is due, a UTC time like "2025-01-31 09:30:00"."""
        parse_time(due_datetime, "due_datetime")
        return self._write(replace(self.draft, due_datetime=due_datetime))

    @user_tool(writes=True)
    def set_repetition(self, unit: str | None, value: int | None = None) -> ReminderDraft:
        """Let it repeat, or not.

        Args:
            unit: One of second, minute, hour, day, week, month; null for a reminder that does not repeat.
            value: How many units lie between two repetitions; 1 if omitted.
        """
        check_repetition(unit, 1 if value is None else value)
        return self._write(replace(self.draft, repetition_unit=unit, repetition_value=value))

    @user_tool(writes=True, leads_to=("ReminderDetail",))
    def save(self) -> str:
        """Save the reminder and return its id."""
        d = self.draft
        repetition = (d.repetition_unit, d.repetition_value)
        if self.reminder_id is None:
            self.reminder_id = self.app.add_reminder(d.title, d.due_datetime, d.description, *repetition)
        else:
            self.app.update_reminder(self.reminder_id, d.title, d.description, d.due_datetime, *repetition)
        self.go(ReminderDetail(self.reminder_id))
        return self.reminder_id

    @user_tool()
    def cancel(self) -> str:
        """Close the form without saving."""
        self.back()
        return "The changes have been discarded."

    def _write(self, draft: ReminderDraft) -> ReminderDraft:
        self.draft = draft
        return draft
