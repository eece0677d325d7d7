"""The calendar's screens for reading: an agenda, and one event."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pare_harness.apps.calendar_data import CalendarEvent, EditDraft, day_window, event_page
from pare_harness.apps.calendar_form import EditEvent
from pare_harness.apps.core import AppState
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.calendar import StatefulCalendarApp  # noqa: F401 - named in the bases below

PAGE = 10
"""How many events the agenda shows at once."""


class AgendaView(AppState["StatefulCalendarApp"]):
    """The events of a time span, earliest first; with a filter, those of one tag or one attendee."""

    def __init__(
        self,
        start_datetime: str,
        end_datetime: str,
        tag_filter: str | None = None,
        attendee_filter: str | None = None,
    ) -> None:
        super().__init__()
        self.start_datetime = start_datetime
        self.end_datetime = end_datetime
        self.tag_filter = tag_filter
        self.attendee_filter = attendee_filter

    @property
    def events(self) -> list[CalendarEvent]:
        """What the span and the filters leave."""
        return [e for e in self.app.events_within(self.start_datetime, self.end_datetime) if self._passes(e)]

    @user_tool()
    def list_events(self, offset: int = 0, limit: int = PAGE) -> dict[str, Any]:
        """List the events of the agenda, earliest first: `limit` of them from the one at `offset`."""
        return event_page(self.events, offset, limit)

    @user_tool()
    def search_events(self, query: str) -> list[CalendarEvent]:
        """Find the agenda's events whose title, description, location or attendees contain `query`, in any case."""
        return [event for event in self.events if event.mentions(query)]

    @user_tool(leads_to=("EventDetail",))
    def open_event_by_id(self, event_id: str) -> CalendarEvent:
        """Open the event with this id."""
        event = self.app.get_calendar_event(event_id)
        self.go(EventDetail(event_id))
        return event

    @user_tool(leads_to=("EventDetail",))
    def open_event_by_index(self, index: int) -> CalendarEvent:
        """Open an event by its place on the agenda's first page, counted from 0."""
        shown = self.events[:PAGE]
        if not 0 <= index < len(shown):
            raise IndexError(f"index={index}; the agenda shows {len(shown)} events, counted from 0")
        self.go(EventDetail(shown[index].event_id))
        return shown[index]

    @user_tool(leads_to=("AgendaView",))
    def filter_by_tag(self, tag: str) -> list[CalendarEvent]:
        """Show only the agenda's events with this tag."""
        return self._show(AgendaView(self.start_datetime, self.end_datetime, tag, self.attendee_filter))

    @user_tool(leads_to=("AgendaView",))
    def filter_by_attendee(self, attendee: str) -> list[CalendarEvent]:
        """Show only the agenda's events that this person attends."""
        return self._show(AgendaView(self.start_datetime, self.end_datetime, self.tag_filter, attendee))

    @user_tool(writes=True)
    def add_calendar_event_by_attendee(
        self,
        who_add: str,
        title: str = "Event",
        start_datetime: str | None = None,
        end_datetime: str | None = None,
        tag: str | None = None,
        description: str | None = None,
        location: str | None = None,
        attendees: list[str] | None = None,
    ) -> str:
        """Add an event on behalf of another person and return its id."""
        return self.app.add_calendar_event_by_attendee(
            who_add, title, start_datetime, end_datetime, tag, description, location, attendees
        )

    @user_tool()
    def read_today_calendar_events(self) -> dict[str, Any]:
        """List all events of today (UTC), earliest first."""
        return self.app.read_today_calendar_events()

    @user_tool()
    def get_all_tags(self) -> list[str]:
        """List the tags in use, in alphabetical order."""
        return self.app.get_all_tags()

    @user_tool()
    def get_calendar_events_by_tag(self, tag: str) -> list[CalendarEvent]:
        """List the events of any day with exactly this tag, earliest first."""
        return self.app.get_calendar_events_by_tag(tag)

    @user_tool(leads_to=("AgendaView",))
    def set_day(self, date: str) -> dict[str, str]:
        """Show another day, written like "2025-01-31"."""
        try:
            day = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(f"date={date!r}; expected a day like '2025-01-31'") from None
        start, end = day_window(day.timestamp())
        self.go(AgendaView(start, end, self.tag_filter, self.attendee_filter))
        return {"start_datetime": start, "end_datetime": end}

    @user_tool(leads_to=("EditEvent",))
    def start_create_event(self) -> str:
        """Open the form for a new event."""
        self.go(EditEvent())
        return "The form for a new event is open."

    def _passes(self, event: CalendarEvent) -> bool:
        tagged = self.tag_filter is None or event.tag == self.tag_filter
        return tagged and (self.attendee_filter is None or event.attended_by(self.attendee_filter))

    def _show(self, view: AgendaView) -> list[CalendarEvent]:
        self.go(view)
        return [event for event in self.events if view._passes(event)]


class EventDetail(AppState["StatefulCalendarApp"]):
    """One event, always as the calendar has it now."""

    def __init__(self, event_id: str) -> None:
        super().__init__()
        self.event_id = event_id

    @property
    def event(self) -> CalendarEvent:
        """The event shown. Raises `ValueError` if it has been deleted meanwhile."""
        return self.app.find(self.event_id)

    def on_enter(self) -> None:
        """Refuse to show an event that is gone."""
        self.app.find(self.event_id)

    @user_tool()
    def refresh(self) -> CalendarEvent:
        """Show the event as it is now."""
        return self.event

    @user_tool()
    def list_attendees(self) -> list[str]:
        """List who attends the event."""
        return list(self.event.attendees)

    @user_tool(writes=True)
    def delete(self) -> str:
        """Delete the event."""
        deleted = self.app.delete_calendar_event(self.event_id)
        self.back()
        return deleted

    @user_tool(writes=True)
    def delete_by_attendee(self, who_delete: str) -> str:
        """Delete the event on behalf of one of its attendees."""
        deleted = self.app.delete_calendar_event_by_attendee(self.event_id, who_delete)
        self.back()
        return deleted

    @user_tool(leads_to=("EditEvent",))
    def edit_event(self) -> dict[str, dict[str, Any]]:
        """Open the form that edits the event."""
        draft = EditDraft.of(self.event)
        self.go(EditEvent(draft))
        return {"draft": asdict(draft)}
