"""The calendar's form: it writes a new event, or edits one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pare_harness.apps.calendar_data import EditDraft
from pare_harness.apps.core import AppState
from pare_harness.clock import parse_time
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.calendar import StatefulCalendarApp  # noqa: F401 - named in the bases below


class EditEvent(AppState["StatefulCalendarApp"]):
    """The form for an event: a new one, or the one whose id the draft has. Nothing is kept until it is saved."""

    def __init__(self, draft: EditDraft | None = None) -> None:
        super().__init__()
        self.draft = draft or EditDraft()

    @user_tool(writes=True)
    def set_title(self, title: str) -> dict[str, str]:
        """Write the title."""
        self.draft.title = title
        return {"title": title}

    @user_tool(writes=True)
    def set_time_range(self, start_datetime: str, end_datetime: str) -> dict[str, str]:
        """Write start and end, UTC times like "2025-01-31 09:30:00"."""
        if parse_time(start_datetime, "start_datetime") > parse_time(end_datetime, "end_datetime"):
            raise ValueError(f"end_datetime={end_datetime!r}; expected no time before {start_datetime!r}")
        self.draft.start_datetime, self.draft.end_datetime = start_datetime, end_datetime
        return {"start_datetime": start_datetime, "end_datetime": end_datetime}

    @user_tool(writes=True)
    def set_tag(self, tag: str) -> dict[str, str]:
        """Write the tag."""
        self.draft.tag = tag
        return {"tag": tag}

    @user_tool(writes=True)
    def set_description(self, description: str) -> dict[str, str]:
        """Write the description."""
        self.draft.description = description
        return {"description": description}

    @user_tool(writes=True)
    def set_location(self, location: str) -> dict[str, str]:
        """Write the location."""
        self.draft.location = location
        return {"location": location}

    @user_tool(writes=True)
    def set_attendees(self, attendees: list[str]) -> dict[str, list[str]]:
        """Write the whole list of attendees."""
        self.draft.attendees = list(attendees)
        return {"attendees": list(attendees)}

    @user_tool(writes=True)
    def add_attendee(self, attendee: str) -> dict[str, list[str]]:
        """Add a person to the attendees, unless already among them."""
        if attendee not in self.draft.attendees:
            self.draft.attendees = [*self.draft.attendees, attendee]
        return {"attendees": list(self.draft.attendees)}

    @user_tool(writes=True)
    def remove_attendee(self, attendee: str) -> dict[str, list[str]]:
        """Take a person off the attendees."""
        if attendee not in self.draft.attendees:
            raise ValueError(f"attendee={attendee!r}; expected one of {self.draft.attendees}")
        self.draft.attendees = [name for name in self.draft.attendees if name != attendee]
        return {"attendees": list(self.draft.attendees)}

    @user_tool(writes=True)
    def save(self) -> str:
        """Save the event and return its id."""
        event_id = self._saved()
        self.back()
        return event_id

    @user_tool()
    def discard(self) -> str:
        """Close the form without saving."""
        self.back()
        return "The draft has been discarded."

    def _saved(self) -> str:
        d = self.draft
        times = (d.start_datetime, d.end_datetime)
        if d.event_id is None:
            return self.app.add_calendar_event(d.title, *times, d.tag, d.description, d.location, d.attendees)
        # An empty text clears a field; None would leave what the event has.
        texts = (d.tag or "", d.description or "", d.location or "")
        self.app.edit_calendar_event(d.event_id, d.title, *times, *texts, d.attendees)
        return d.event_id
