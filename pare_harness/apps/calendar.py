"""The calendar: events with attendees, which others may add or withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pare_harness.apps.calendar_data import HOUR, CalendarEvent, EditDraft, day_window, event_page
from pare_harness.apps.calendar_form import EditEvent
from pare_harness.apps.calendar_screens import AgendaView, EventDetail
from pare_harness.apps.core import AppState, StatefulApp
from pare_harness.clock import parse_time
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

__all__ = ["AgendaView", "CalendarEvent", "EditDraft", "EditEvent", "EventDetail", "StatefulCalendarApp"]


class StatefulCalendarApp(StatefulApp):
    """The user's calendar. Stored events are replaced, never altered: an edit that fails leaves nothing behind."""

    STATE = ("events",)
    STATES = (AgendaView, EventDetail, EditEvent)
    events: dict[str, CalendarEvent]

    def __init__(self, name: str | None = None, events: Mapping[str, CalendarEvent] | None = None) -> None:
        self.events = dict(events or {})
        super().__init__(name)

    def create_root_state(self) -> AppState[Any]:
        start, end = day_window(self.now())
        return AgendaView(start_datetime=start, end_datetime=end)

    @tool(Kind.APP, Kind.DATA, writes=True)
    def add_calendar_event(
        self,
        title: str = "Event",
        start_datetime: str | None = None,
        end_datetime: str | None = None,
        tag: str | None = None,
        description: str | None = None,
        location: str | None = None,
        attendees: list[str] | None = None,
    ) -> str:
        """Add an event to the calendar and return its id.

        Args:
            start_datetime: UTC time like "2025-01-31 09:30:00"; now if omitted.
            end_datetime: UTC time like "2025-01-31 10:30:00"; one hour after the start if omitted.
            attendees: Names of the people who attend.

        Raises:
            ValueError: A time is badly written, or the end is before the start.
        """
        start = self.now() if start_datetime is None else parse_time(start_datetime, "start_datetime")
        end = start + HOUR if end_datetime is None else parse_time(end_datetime, "end_datetime")
        event = CalendarEvent(self.new_id(), title, start, end, tag, description, location, list(attendees or ()))
        self.events[event.event_id] = event
        return event.event_id

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
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
        """Add an event on behalf of another person and return its id.

        Args:
            who_add: Name of the person who adds the event; an attendee too.
        """
        names = list(attendees or ())
        guests = names if who_add in names else [*names, who_add]
        note = f"Added by {who_add}"
        title, description = f"{note}: {title}", f"{note}: {description}" if description else note
        return self.add_calendar_event(title, start_datetime, end_datetime, tag, description, location, guests)

    @tool(writes=True, strict=False)
    def set_calendar_event(self, event: CalendarEvent | Mapping[str, Any]) -> None:
        """Put an event into the calendar, in place of the one with its id if there is one."""
        if not isinstance(event, CalendarEvent):
            derived = {"start_strftime", "end_strftime"}
            event = CalendarEvent(**{name: value for name, value in event.items() if name not in derived})
        self.events[event.event_id] = event

    @tool(Kind.APP)
    def get_calendar_event(self, event_id: str) -> CalendarEvent:
        """Show the event with this id.

        Raises:
            ValueError: No event has this id.
        """
        return self.find(event_id)

    @tool(Kind.APP, Kind.DATA, writes=True)
    def edit_calendar_event(
        self,
        event_id: str,
        title: str | None = None,
        start_datetime: str | None = None,
        end_datetime: str | None = None,
        tag: str | None = None,
        description: str | None = None,
        location: str | None = None,
        attendees: list[str] | None = None,
    ) -> str:
        """Change an event. What is omitted or null stays; an empty text or list clears the field, but for a time.

        Args:
            start_datetime: UTC time like "2025-01-31 09:30:00".
            end_datetime: UTC time like "2025-01-31 10:30:00".

        Raises:
            ValueError: No event has this id, a time is badly written, or the end is before the start.
        """
        event = self.find(event_id)
        times = {"start_datetime": start_datetime, "end_datetime": end_datetime}
        texts = {"tag": tag, "description": description, "location": location}
        changes: dict[str, Any] = {name: parse_time(time, name) for name, time in times.items() if time}
        changes |= {name: text or None for name, text in texts.items() if text is not None}
        if title is not None:
            changes["title"] = title
        if attendees is not None:
            changes["attendees"] = list(attendees)
        self.events[event_id] = replace(event, **changes)
        return f"Event {event_id} has been changed."

    @tool(Kind.APP, Kind.DATA, writes=True)
    def delete_calendar_event(self, event_id: str) -> str:
        """Delete an event.

        Raises:
            ValueError: No event has this id.
        """
        del self.events[self.find(event_id).event_id]
        return f"Event {event_id} has been deleted."

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def delete_calendar_event_by_attendee(self, event_id: str, who_delete: str) -> str:
        """Delete an event on behalf of one of its attendees.

        Raises:
            ValueError: No event has this id, or `who_delete` does not attend it.
        """
        attendees = self.find(event_id).attendees
        if who_delete not in attendees:
            raise ValueError(f"who_delete={who_delete!r}; expected one of {attendees}")
        self.delete_calendar_event(event_id)
        return f"Event {event_id} has been deleted by {who_delete}."

    @tool(Kind.APP)
    def get_calendar_events_from_to(
        self, start_datetime: str, end_datetime: str, offset: int = 0, limit: int = 10
    ) -> dict[str, Any]:
        """List the events of a time span, earliest first: `limit` of them from the one at `offset`.

        Args:
            start_datetime: UTC time like "2025-01-31 00:00:00".
            end_datetime: UTC time like "2025-02-01 00:00:00".

        Raises:
            ValueError: A time is badly written, the end is before the start, or there is no such offset.
        """
        return event_page(self.events_within(start_datetime, end_datetime), offset, limit)

    @tool(Kind.APP, strict=False)
    def read_today_calendar_events(self) -> dict[str, Any]:
        """List all events of today (UTC), earliest first."""
        events = self.events_within(*day_window(self.now()))
        return event_page(events, 0, len(events))

    @tool(Kind.APP)
    def get_all_tags(self) -> list[str]:
        """List the tags in use, in alphabetical order."""
        return sorted({event.tag for event in self.events.values() if event.tag})

    @tool(Kind.APP)
    def get_calendar_events_by_tag(self, tag: str) -> list[CalendarEvent]:
        """List the events with exactly this tag, earliest first.

        Raises:
            ValueError: The tag is empty.
        """
        if not tag:
            raise ValueError(f"tag={tag!r}; expected a text that is not empty")
        return [event for event in self.ordered_events() if event.tag == tag]

    @tool(Kind.APP, Kind.DATA)
    def search_events(self, query: str) -> list[CalendarEvent]:
        """Find the events whose title, description, location or attendees contain `query`, in any case."""
        return [event for event in self.ordered_events() if event.mentions(query)]

    def find(self, event_id: str) -> CalendarEvent:
        """The event with this id. Raises `ValueError` if there is none."""
        if event_id not in self.events:
            raise ValueError(f"event_id={event_id!r}; the calendar has no such event")
        return self.events[event_id]

    def ordered_events(self) -> list[CalendarEvent]:
        """All events, earliest first; equal times in the order they were added."""
        return sorted(self.events.values(), key=lambda event: event.start_datetime)

    def events_within(self, start_datetime: str, end_datetime: str) -> list[CalendarEvent]:
        """The events that overlap a time span, earliest first. Raises `ValueError` for a bad or reversed span."""
        start, end = parse_time(start_datetime, "start_datetime"), parse_time(end_datetime, "end_datetime")
        if start > end:
            raise ValueError(f"end_datetime={end_datetime!r}; expected no time before {start_datetime!r}")
        return [event for event in self.ordered_events() if event.overlaps(start, end)]
