import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.calendar import AgendaView, CalendarEvent, EditEvent, EventDetail, StatefulCalendarApp
from pare_harness.capture import EventRegisterer
from pare_harness.clock import parse_time
from pare_harness.events import EventType, OperationType
from tests.pare_harness.driving import Phone, phone

NINE = "2025-01-01 09:00:00"
TEN = "2025-01-01 10:00:00"
ELEVEN = "2025-01-01 11:00:00"
NOON = "2025-01-01 12:00:00"


@pytest.fixture
def calendar() -> StatefulCalendarApp:
    return StatefulCalendarApp()


@pytest.fixture
def busy(calendar: StatefulCalendarApp) -> StatefulCalendarApp:
    """Added out of order: 10 to 11 Review (work), 9 to 10 Standup (work), 11 to 12 Dentist at Oak Street."""
    calendar.add_calendar_event("Review", TEN, ELEVEN, tag="work", attendees=["Ada", "Bob"])
    calendar.add_calendar_event("Standup", NINE, TEN, tag="work", attendees=["Ada"])
    calendar.add_calendar_event("Dentist", ELEVEN, NOON, tag="health", location="Oak Street", description="Check-up")
    return calendar


def titles(events: Iterable[CalendarEvent]) -> list[str]:
    return [event.title for event in events]


def id_of(calendar: StatefulCalendarApp, title: str) -> str:
    return next(event.event_id for event in calendar.events.values() if event.title == title)


class TestCalendarEvent:
    def test_writes_its_times_out_with_the_weekday(self) -> None:
        event = CalendarEvent(title="Standup", start_datetime=parse_time(NINE), end_datetime=parse_time(TEN))
        assert event.start_strftime == "Wednesday, 2025-01-01 09:00:00"
        assert event.end_strftime == "Wednesday, 2025-01-01 10:00:00"
        assert event.summary == "Standup: Wednesday, 2025-01-01 09:00:00 to Wednesday, 2025-01-01 10:00:00"

    def test_lasts_an_hour_from_the_simulated_time_by_default(self) -> None:
        event = CalendarEvent()
        assert (event.title, event.end_datetime - event.start_datetime) == ("Event", 3600)
        assert event.event_id != CalendarEvent().event_id

    def test_cannot_end_before_it_starts(self) -> None:
        with pytest.raises(ValueError, match="end_datetime='Thursday, 1970-01-01 00:00:01'; expected no time before"):
            CalendarEvent(start_datetime=2.0, end_datetime=1.0)

    def test_takes_numbers_for_its_times_only(self) -> None:
        with pytest.raises(AssertionError, match="start_datetime='noon'; expected seconds"):
            CalendarEvent(start_datetime="noon")


class TestAdding:
    def test_keeps_what_it_was_told(self, calendar: StatefulCalendarApp) -> None:
        event_id = calendar.add_calendar_event("Standup", NINE, TEN, "work", "Daily", "Room 1", ["Ada"])
        event = calendar.events[event_id]
        assert event == CalendarEvent(
            event_id, "Standup", parse_time(NINE), parse_time(TEN), "work", "Daily", "Room 1", ["Ada"]
        )

    def test_without_times_it_starts_now_and_lasts_an_hour(self, calendar: StatefulCalendarApp) -> None:
        event = calendar.events[calendar.add_calendar_event()]
        assert (event.start_datetime, event.end_datetime) == (calendar.now(), calendar.now() + 3600)

    def test_without_an_end_it_lasts_an_hour_from_its_start(self, calendar: StatefulCalendarApp) -> None:
        event = calendar.events[calendar.add_calendar_event(start_datetime=NINE)]
        assert event.end_datetime == parse_time(TEN)

    @pytest.mark.parametrize(
        ("start", "end", "message"),
        [
            ("tomorrow", TEN, "start_datetime='tomorrow'; expected a UTC time"),
            (NINE, "10:00", "end_datetime='10:00'; expected a UTC time"),
            (TEN, NINE, "expected no time before 'Wednesday, 2025-01-01 10:00:00'"),
        ],
    )
    def test_refuses_times_that_make_no_sense(
        self, calendar: StatefulCalendarApp, start: str, end: str, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            calendar.add_calendar_event("Standup", start, end)
        assert calendar.events == {}

    def test_refuses_arguments_of_other_types(self, calendar: StatefulCalendarApp) -> None:
        with pytest.raises(TypeError, match="title=7"):
            calendar.add_calendar_event(title=7)

    def test_ids_stay_unique_when_the_seed_is_set_after_seeding(self, calendar: StatefulCalendarApp) -> None:
        calendar.set_seed(1)
        first = calendar.add_calendar_event()
        calendar.set_seed(1)
        assert calendar.add_calendar_event() != first

    def test_another_person_is_named_and_attends(self, calendar: StatefulCalendarApp) -> None:
        guests = ["Ada"]
        event = calendar.events[calendar.add_calendar_event_by_attendee("Bob", "Lunch", NINE, TEN, attendees=guests)]
        assert (event.title, event.description) == ("Added by Bob: Lunch", "Added by Bob")
        assert event.attendees == ["Ada", "Bob"]
        assert guests == ["Ada"]

    def test_another_person_attends_once(self, calendar: StatefulCalendarApp) -> None:
        event_id = calendar.add_calendar_event_by_attendee("Bob", description="Pizza", attendees=["Bob"])
        assert calendar.events[event_id].attendees == ["Bob"]
        assert calendar.events[event_id].description == "Added by Bob: Pizza"

    def test_a_ready_event_replaces_the_one_with_its_id(self, calendar: StatefulCalendarApp) -> None:
        calendar.set_calendar_event(CalendarEvent(event_id="e", title="Old"))
        calendar.set_calendar_event({"event_id": "e", "title": "New", "start_strftime": "", "end_strftime": ""})
        assert titles(calendar.events.values()) == ["New"]

    def test_a_ready_event_has_known_fields_only(self, calendar: StatefulCalendarApp) -> None:
        with pytest.raises(TypeError, match="colour"):
            calendar.set_calendar_event({"colour": "red"})


class TestEditing:
    def test_changes_what_is_given_and_keeps_the_rest(self, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Dentist")
        answer = busy.edit_calendar_event(event_id, title="Dr. Oak", start_datetime=TEN, attendees=["Ada"])
        event = busy.get_calendar_event(event_id)
        assert answer == f"Event {event_id} has been changed."
        assert (event.title, event.location, event.tag, event.attendees) == ("Dr. Oak", "Oak Street", "health", ["Ada"])
        assert event.start_strftime == "Wednesday, 2025-01-01 10:00:00"

    def test_empty_values_clear_fields_but_not_times(self, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Review")
        busy.edit_calendar_event(event_id, tag="", attendees=[], start_datetime="", end_datetime="")
        event = busy.events[event_id]
        assert (event.tag, event.attendees) == (None, [])
        assert (event.start_datetime, event.end_datetime) == (parse_time(TEN), parse_time(ELEVEN))

    @pytest.mark.parametrize("end", ["2025-01-01 09:59:59", "soon"])
    def test_a_refused_edit_changes_nothing(self, busy: StatefulCalendarApp, end: str) -> None:
        before = busy.get_state()
        with pytest.raises(ValueError, match="end_datetime="):
            busy.edit_calendar_event(id_of(busy, "Review"), title="Changed", end_datetime=end)
        assert busy.get_state() == before

    def test_is_offered_as_a_write(self, calendar: StatefulCalendarApp) -> None:
        tools = {tool.name: tool.write_operation for tool in calendar.get_tools()}
        assert tools["StatefulCalendarApp__edit_calendar_event"] is True
        assert tools["StatefulCalendarApp__search_events"] is False


class TestDeleting:
    def test_removes_the_event(self, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Review")
        assert busy.delete_calendar_event(event_id) == f"Event {event_id} has been deleted."
        assert titles(busy.ordered_events()) == ["Standup", "Dentist"]

    def test_by_one_who_attends(self, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Review")
        assert busy.delete_calendar_event_by_attendee(event_id, "Bob") == f"Event {event_id} has been deleted by Bob."
        assert event_id not in busy.events

    def test_not_by_one_who_does_not_attend(self, busy: StatefulCalendarApp) -> None:
        with pytest.raises(ValueError, match=r"who_delete='Eve'; expected one of \['Ada', 'Bob'\]"):
            busy.delete_calendar_event_by_attendee(id_of(busy, "Review"), "Eve")
        assert len(busy.events) == 3


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("get_calendar_event", {}),
        ("edit_calendar_event", {"title": "New"}),
        ("delete_calendar_event", {}),
        ("delete_calendar_event_by_attendee", {"who_delete": "Ada"}),
    ],
)
def test_an_unknown_event_is_a_value_error(calendar: StatefulCalendarApp, method: str, more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="event_id='nope'; the calendar has no such event"):
        getattr(calendar, method)("nope", **more)


class TestReading:
    def test_a_span_leaves_out_what_only_touches_its_edges(self, busy: StatefulCalendarApp) -> None:
        found = busy.get_calendar_events_from_to(TEN, ELEVEN)
        assert (titles(found["events"]), found["range"], found["total"]) == (["Review"], (0, 1), 1)

    def test_pages_are_in_order_of_time(self, busy: StatefulCalendarApp) -> None:
        found = busy.get_calendar_events_from_to(NINE, NOON, offset=1, limit=1)
        assert (titles(found["events"]), found["range"], found["total"]) == (["Review"], (1, 2), 3)

    def test_a_span_must_not_run_backwards(self, busy: StatefulCalendarApp) -> None:
        with pytest.raises(ValueError, match=f"end_datetime='{NINE}'; expected no time before '{TEN}'"):
            busy.get_calendar_events_from_to(TEN, NINE)

    @pytest.mark.parametrize("offset", [-1, 4])
    def test_a_page_must_exist(self, busy: StatefulCalendarApp, offset: int) -> None:
        with pytest.raises(ValueError, match=f"offset={offset}; expected a number from 0 to 3"):
            busy.get_calendar_events_from_to(NINE, NOON, offset=offset)

    def test_today_is_the_whole_utc_day(self, calendar: StatefulCalendarApp) -> None:
        for hour in range(12):
            calendar.add_calendar_event(f"{hour}", f"2025-01-01 {hour:02}:00:00")
        calendar.add_calendar_event("tomorrow", "2025-01-02 00:00:00")
        found = calendar.read_today_calendar_events()
        assert (len(found["events"]), found["range"], found["total"]) == (12, (0, 12), 12)

    def test_tags_are_sorted_and_named_once(self, busy: StatefulCalendarApp) -> None:
        busy.add_calendar_event("untagged")
        assert busy.get_all_tags() == ["health", "work"]

    def test_a_tag_must_match_exactly(self, busy: StatefulCalendarApp) -> None:
        assert titles(busy.get_calendar_events_by_tag("work")) == ["Standup", "Review"]
        assert busy.get_calendar_events_by_tag("Work") == []

    def test_an_empty_tag_is_refused(self, busy: StatefulCalendarApp) -> None:
        with pytest.raises(ValueError, match="tag=''; expected a text that is not empty"):
            busy.get_calendar_events_by_tag("")

    @pytest.mark.parametrize(
        ("query", "found"),
        [("review", ["Review"]), ("CHECK", ["Dentist"]), ("oak", ["Dentist"]), ("ada", ["Standup", "Review"])],
    )
    def test_search_looks_at_title_description_location_and_attendees(
        self, busy: StatefulCalendarApp, query: str, found: list[str]
    ) -> None:
        assert titles(busy.search_events(query)) == found


class TestScreens:
    @pytest.fixture
    def env(self, busy: StatefulCalendarApp) -> Phone:
        return phone(busy)

    def test_all_can_be_reached(self, calendar: StatefulCalendarApp) -> None:
        assert calendar.get_reachable_states("AgendaView") == ["AgendaView", "EditEvent", "EventDetail"]
        assert isinstance(calendar.current_state, AgendaView)

    def test_the_agenda_shows_today(self, env: Phone, busy: StatefulCalendarApp) -> None:
        busy.add_calendar_event("Tomorrow", "2025-01-02 09:00:00")
        assert titles(env.user(busy, "list_events")["events"]) == ["Standup", "Review", "Dentist"]
        assert titles(env.user(busy, "search_events", query="st")) == ["Standup", "Dentist"]

    def test_pages_are_cut_after_filtering(self, env: Phone, busy: StatefulCalendarApp) -> None:
        assert titles(env.user(busy, "filter_by_tag", tag="work")) == ["Standup", "Review"]
        found = env.user(busy, "list_events", offset=1, limit=1)
        assert (titles(found["events"]), found["range"], found["total"]) == (["Review"], (1, 2), 2)

    def test_filters_add_up_and_can_be_undone(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "filter_by_tag", tag="work")
        assert titles(env.user(busy, "filter_by_attendee", attendee="bob")) == ["Review"]
        assert (busy.current_state.tag_filter, busy.current_state.attendee_filter) == ("work", "bob")
        busy.go_back()
        assert titles(env.user(busy, "list_events")["events"]) == ["Standup", "Review"]

    def test_another_day_keeps_the_filters(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "filter_by_tag", tag="work")
        window = env.user(busy, "set_day", date="2025-01-02")
        assert window == {"start_datetime": "2025-01-02 00:00:00", "end_datetime": "2025-01-03 00:00:00"}
        assert (busy.current_state.start_datetime, busy.current_state.tag_filter) == ("2025-01-02 00:00:00", "work")

    def test_a_badly_written_day_changes_nothing(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "list_events")
        screen = busy.current_state
        with pytest.raises(ValueError, match="date='2 January'; expected a day like '2025-01-31'"):
            env.user(busy, "set_day", date="2 January")
        assert busy.current_state is screen

    def test_other_lists_do_not_depend_on_the_agenda(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "set_day", date="2025-01-02")
        assert env.user(busy, "get_all_tags") == ["health", "work"]
        assert titles(env.user(busy, "get_calendar_events_by_tag", tag="work")) == ["Standup", "Review"]
        assert env.user(busy, "read_today_calendar_events")["total"] == 3

    def test_an_event_opens_by_id_or_by_its_place(self, env: Phone, busy: StatefulCalendarApp) -> None:
        assert env.user(busy, "open_event_by_index", index=1).title == "Review"
        assert busy.current_state.event_id == id_of(busy, "Review")
        busy.go_back()
        assert env.user(busy, "open_event_by_id", event_id=id_of(busy, "Dentist")).title == "Dentist"
        assert isinstance(busy.current_state, EventDetail)

    @pytest.mark.parametrize("index", [-1, 3])
    def test_a_place_must_be_on_the_agenda(self, env: Phone, busy: StatefulCalendarApp, index: int) -> None:
        with pytest.raises(IndexError, match=f"index={index}; the agenda shows 3 events"):
            env.user(busy, "open_event_by_index", index=index)
        assert isinstance(busy.current_state, AgendaView)

    def test_an_unknown_event_does_not_open(self, env: Phone, busy: StatefulCalendarApp) -> None:
        with pytest.raises(ValueError, match="event_id='nope'"):
            env.user(busy, "open_event_by_id", event_id="nope")
        assert isinstance(busy.current_state, AgendaView)

    def test_adding_for_another_person_logs_the_user_alone(self, env: Phone, busy: StatefulCalendarApp) -> None:
        event_id = env.user(busy, "add_calendar_event_by_attendee", who_add="Bob", title="Lunch", start_datetime=NOON)
        assert busy.events[event_id].title == "Added by Bob: Lunch"
        (logged,) = env.logged()
        assert (logged.event_type, logged.action.operation_type) == (EventType.USER, OperationType.WRITE)

    def test_an_open_event_can_be_read(self, env: Phone, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Review")
        env.user(busy, "open_event_by_id", event_id=event_id)
        busy.edit_calendar_event(event_id, title="Moved")
        assert env.user(busy, "refresh").title == "Moved"
        assert env.user(busy, "list_attendees") == ["Ada", "Bob"]

    def test_deleting_returns_to_the_agenda(self, env: Phone, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Review")
        env.user(busy, "open_event_by_id", event_id=event_id)
        env.user(busy, "delete")
        assert isinstance(busy.current_state, AgendaView)
        assert event_id not in busy.events

    def test_only_an_attendee_can_withdraw_an_event(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "open_event_by_id", event_id=id_of(busy, "Review"))
        with pytest.raises(ValueError, match="who_delete='Eve'"):
            env.user(busy, "delete_by_attendee", who_delete="Eve")
        assert isinstance(busy.current_state, EventDetail)
        env.user(busy, "delete_by_attendee", who_delete="Ada")
        assert isinstance(busy.current_state, AgendaView)

    def test_an_event_deleted_meanwhile_is_not_shown_again(self, env: Phone, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Review")
        env.user(busy, "open_event_by_id", event_id=event_id)
        env.user(busy, "edit_event")
        busy.delete_calendar_event(event_id)
        env.user(busy, "discard")
        assert isinstance(busy.current_state, AgendaView)


class TestForm:
    @pytest.fixture
    def env(self, busy: StatefulCalendarApp) -> Phone:
        return phone(busy)

    def test_a_new_event_is_kept_when_saved(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "start_create_event")
        assert env.user(busy, "set_title", title="Party") == {"title": "Party"}
        assert env.user(busy, "set_tag", tag="fun") == {"tag": "fun"}
        assert env.user(busy, "set_description", description="Cake") == {"description": "Cake"}
        assert env.user(busy, "set_location", location="Roof") == {"location": "Roof"}
        times = {"start_datetime": TEN, "end_datetime": NOON}
        assert env.user(busy, "set_time_range", **times) == times
        assert env.user(busy, "set_attendees", attendees=["Ada"]) == {"attendees": ["Ada"]}
        assert env.user(busy, "add_attendee", attendee="Bob") == {"attendees": ["Ada", "Bob"]}
        assert env.user(busy, "add_attendee", attendee="Bob") == {"attendees": ["Ada", "Bob"]}
        assert env.user(busy, "remove_attendee", attendee="Ada") == {"attendees": ["Bob"]}
        assert len(busy.events) == 3
        event_id = env.user(busy, "save")
        assert isinstance(busy.current_state, AgendaView)
        assert busy.events[event_id] == CalendarEvent(
            event_id, "Party", parse_time(TEN), parse_time(NOON), "fun", "Cake", "Roof", ["Bob"]
        )

    def test_an_edited_event_keeps_its_id_and_loses_what_was_cleared(
        self, env: Phone, busy: StatefulCalendarApp
    ) -> None:
        event_id = id_of(busy, "Dentist")
        env.user(busy, "open_event_by_id", event_id=event_id)
        draft = env.user(busy, "edit_event")["draft"]
        assert draft == {
            "event_id": event_id,
            "title": "Dentist",
            "start_datetime": ELEVEN,
            "end_datetime": NOON,
            "tag": "health",
            "description": "Check-up",
            "location": "Oak Street",
            "attendees": [],
        }
        env.user(busy, "set_location", location="")
        assert env.user(busy, "save") == event_id
        assert isinstance(busy.current_state, EventDetail)
        assert env.user(busy, "refresh").location is None
        assert env.user(busy, "refresh").description == "Check-up"

    def test_discarding_keeps_the_event_as_it_was(self, env: Phone, busy: StatefulCalendarApp) -> None:
        before = busy.get_state()
        env.user(busy, "open_event_by_id", event_id=id_of(busy, "Dentist"))
        env.user(busy, "edit_event")
        env.user(busy, "set_title", title="Other")
        env.user(busy, "discard")
        assert isinstance(busy.current_state, EventDetail)
        assert busy.get_state() == before

    def test_a_reversed_time_range_is_refused_at_once(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "start_create_event")
        with pytest.raises(ValueError, match=f"end_datetime='{NINE}'; expected no time before '{TEN}'"):
            env.user(busy, "set_time_range", start_datetime=TEN, end_datetime=NINE)
        assert busy.current_state.draft.start_datetime is None

    def test_one_who_does_not_attend_cannot_be_removed(self, env: Phone, busy: StatefulCalendarApp) -> None:
        env.user(busy, "start_create_event")
        with pytest.raises(ValueError, match=r"attendee='Eve'; expected one of \[\]"):
            env.user(busy, "remove_attendee", attendee="Eve")

    def test_a_failed_save_stays_on_the_form(self, env: Phone, busy: StatefulCalendarApp) -> None:
        event_id = id_of(busy, "Dentist")
        env.user(busy, "open_event_by_id", event_id=event_id)
        env.user(busy, "edit_event")
        busy.delete_calendar_event(event_id)
        with pytest.raises(ValueError, match="the calendar has no such event"):
            env.user(busy, "save")
        assert isinstance(busy.current_state, EditEvent)


def test_calls_are_captured_as_events(calendar: StatefulCalendarApp) -> None:
    with EventRegisterer.capture_mode():
        event = calendar.add_calendar_event_by_attendee(who_add="Bob", title="Lunch")
    assert event.action.args["who_add"] == "Bob"
    assert event.action.args["attendees"] is None
    assert calendar.events == {}


times = st.floats(0, 4e9)
texts = st.none() | st.text()


@given(
    st.lists(
        st.builds(
            lambda span, **rest: CalendarEvent(start_datetime=min(span), end_datetime=max(span), **rest),
            span=st.tuples(times, times),
            event_id=st.text(),
            title=st.text(),
            tag=texts,
            description=texts,
            location=texts,
            attendees=st.lists(st.text()),
        )
    )
)
def test_the_state_survives_json(events: list[CalendarEvent]) -> None:
    calendar, other = StatefulCalendarApp(events={event.event_id: event for event in events}), StatefulCalendarApp()
    other.load_state(json.loads(json.dumps(calendar.get_state())))
    assert list(other.events.items()) == list(calendar.events.items())
