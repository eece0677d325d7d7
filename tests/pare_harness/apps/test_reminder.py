import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.reminder import EditReminder, Reminder, ReminderDetail, ReminderList, StatefulReminderApp
from pare_harness.apps.reminder_data import UNITS
from pare_harness.clock import DEFAULT_START, TimeManager
from pare_harness.events import EventType, OperationType
from tests.pare_harness.driving import Phone, phone

NINE = "2025-01-01 09:00:00"


@pytest.fixture
def app() -> StatefulReminderApp:
    """The clock stands at 2025-01-01 00:00:00."""
    reminders = StatefulReminderApp()
    reminders.register_time_manager(TimeManager(DEFAULT_START))
    return reminders


def add(app: StatefulReminderApp, title: str = "Call", due: str = NINE, **repetition: Any) -> str:
    return app.add_reminder(title, due, "about the boat", **repetition)


def due_days(app: StatefulReminderApp) -> list[str]:
    return [f"{reminder.due_datetime:%m-%d}" for reminder in app.get_all_reminders()]


def suffixes(app: StatefulReminderApp, reminder_id: str) -> list[str]:
    return [key.removeprefix(reminder_id) for key in app.reminders]


class TestReminder:
    def test_keeps_its_time_in_utc(self) -> None:
        tokyo = timezone(timedelta(hours=9))
        reminder = Reminder("r", "Call", datetime(2025, 1, 1, 9, tzinfo=tokyo), "")
        assert reminder.due_datetime.isoformat() == "2025-01-01T00:00:00+00:00"
        assert not reminder.already_notified

    def test_needs_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="due_datetime=2025-01-01 09:00:00; expected a time with a time zone"):
            Reminder("r", "Call", datetime(2025, 1, 1, 9), "")


class TestAdding:
    def test_keeps_what_it_was_told(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app)
        assert app.reminders == {
            reminder_id: Reminder(reminder_id, "Call", datetime(2025, 1, 1, 9, tzinfo=UTC), "about the boat")
        }

    def test_repetitions_are_numbered_from_the_first(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="week", repetition_value=3)
        assert suffixes(app, reminder_id) == ["", "_rep_1", "_rep_2", "_rep_3"]
        assert due_days(app) == ["01-01", "01-22", "02-12", "03-05"]

    def test_the_horizon_follows_the_simulated_clock(self, app: StatefulReminderApp) -> None:
        app.time_manager.advance_to(DEFAULT_START + timedelta(weeks=3).total_seconds())
        add(app, repetition_unit="week", repetition_value=3)
        assert due_days(app) == ["01-01", "01-22", "02-12", "03-05", "03-26"]

    def test_the_horizon_can_be_given(self) -> None:
        app = StatefulReminderApp(max_future_datetime=datetime(2025, 1, 4, 9, tzinfo=UTC))
        add(app, repetition_unit="day")
        assert due_days(app) == ["01-01", "01-02", "01-03"]

    def test_the_number_of_repetitions_is_limited(self, app: StatefulReminderApp) -> None:
        add(app, repetition_unit="minute")
        assert len(app.reminders) == 101

    def test_the_limit_can_be_given(self) -> None:
        app = StatefulReminderApp(max_reminder_repetitions=2)
        add(app, repetition_unit="hour")
        assert len(app.reminders) == 3

    def test_months_stop_at_their_last_day_without_forgetting_the_first(self) -> None:
        app = StatefulReminderApp(max_future_datetime=datetime(2026, 3, 1, tzinfo=UTC))
        add(app, due="2025-12-31 09:00:00", repetition_unit="month")
        assert due_days(app) == ["12-31", "01-31", "02-28"]

    def test_months_reach_into_the_next_year(self) -> None:
        app = StatefulReminderApp(max_future_datetime=datetime(2027, 1, 1, tzinfo=UTC))
        add(app, due="2025-10-31 09:00:00", repetition_unit="month", repetition_value=7)
        assert due_days(app) == ["10-31", "05-31", "12-31"]

    @pytest.mark.parametrize("unit", UNITS)
    def test_every_unit_takes_its_time(self, unit: str | None) -> None:
        app = StatefulReminderApp(max_reminder_repetitions=1)
        reminder_id = add(app, repetition_unit=unit, repetition_value=2)
        first, second = app.reminders[reminder_id], app.reminders[f"{reminder_id}_rep_1"]
        days = {"second": 2 / 86400, "minute": 2 / 1440, "hour": 2 / 24, "day": 2, "week": 14, "month": 31 + 28}
        assert second.due_datetime - first.due_datetime == timedelta(days=days[unit])

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"due": "noon"}, ValueError, "due_datetime='noon'; expected a UTC time"),
            ({"repetition_unit": "year"}, AssertionError, "repetition_unit='year'; expected None or one of"),
            ({"repetition_unit": "day", "repetition_value": 0}, ValueError, "repetition_value=0; expected a whole"),
        ],
    )
    def test_refuses_values_by_name(
        self, app: StatefulReminderApp, change: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            add(app, **change)
        assert app.reminders == {}


class TestUpdating:
    def test_replaces_everything_and_rebuilds_the_repetitions(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="week", repetition_value=3)
        update = ("Write", "to the bank", "2025-01-02 09:00:00", "week", 6)
        assert app.update_reminder(reminder_id, *update) == reminder_id
        assert suffixes(app, reminder_id) == ["", "_rep_1"]
        assert due_days(app) == ["01-02", "02-13"]
        assert {(r.title, r.description) for r in app.get_all_reminders()} == {("Write", "to the bank")}

    def test_without_a_unit_the_repetitions_go(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="week")
        app.update_reminder(reminder_id, "Call", "", NINE, None, None)
        assert list(app.reminders) == [reminder_id]

    def test_a_repetition_is_changed_alone(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="week", repetition_value=3)
        app.update_reminder(f"{reminder_id}_rep_1", "Write", "", "2025-01-23 09:00:00", "week", 3)
        assert sorted(suffixes(app, reminder_id)) == ["", "_rep_1", "_rep_2", "_rep_3"]
        assert [reminder.title for reminder in app.get_all_reminders()] == ["Call", "Write", "Call", "Call"]

    def test_is_announced_again_only_when_it_moves(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app, due="2025-01-01 00:00:00")
        assert len(app.take_due()) == 1
        app.update_reminder(reminder_id, "Other title", "", "2025-01-01 00:00:00", None, 1)
        assert app.take_due() == []
        app.update_reminder(reminder_id, "Other title", "", "2024-12-31 00:00:00", None, 1)
        assert len(app.take_due()) == 1

    @pytest.mark.parametrize(("due", "unit", "error"), [("noon", None, ValueError), (NINE, "year", AssertionError)])
    def test_a_refused_update_changes_nothing(
        self, app: StatefulReminderApp, due: str, unit: str | None, error: type[Exception]
    ) -> None:
        reminder_id = add(app, repetition_unit="week")
        before = app.get_state()
        with pytest.raises(error):
            app.update_reminder(reminder_id, "Write", "", due, unit, 1)
        assert app.get_state() == before

    def test_is_an_action_of_the_agent_that_calls_it(self, app: StatefulReminderApp) -> None:
        env = phone(app)
        reminder_id = add(app)
        app.update_reminder(reminder_id, "Write", "", NINE, None, 1)
        assert [event.event_type for event in env.logged()] == [EventType.AGENT, EventType.AGENT]
        assert isinstance(app.current_state, ReminderList)


class TestDeleting:
    def test_takes_all_repetitions_along(self, app: StatefulReminderApp) -> None:
        kept = add(app, "Keep", repetition_unit="week", repetition_value=6)
        app.delete_reminder(add(app, repetition_unit="week"))
        assert suffixes(app, kept) == ["", "_rep_1"]

    def test_a_repetition_goes_alone(self, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="week", repetition_value=3)
        app.delete_reminder(f"{reminder_id}_rep_2")
        assert suffixes(app, reminder_id) == ["", "_rep_1", "_rep_3"]

    def test_can_clear_everything(self, app: StatefulReminderApp) -> None:
        add(app, repetition_unit="week")
        app.delete_all_reminders()
        assert app.get_all_reminders() == []


@pytest.mark.parametrize(("method", "more"), [("delete_reminder", ()), ("update_reminder", ("", "", NINE, None, 1))])
def test_an_unknown_reminder_is_a_value_error(app: StatefulReminderApp, method: str, more: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="reminder_id='nope'; there is no such reminder"):
        getattr(app, method)("nope", *more)


def test_looking_up_an_unknown_id_is_a_key_error(app: StatefulReminderApp) -> None:
    with pytest.raises(KeyError, match="reminder_id='nope'; there is no such reminder"):
        app.get_reminder_with_id("nope")


class TestTime:
    def test_due_ones_stay_due_when_announced(self, app: StatefulReminderApp) -> None:
        add(app, "Later", "2025-01-01 00:00:01")
        now = add(app, "Now", "2025-01-01 00:00:00")
        app.take_due()
        assert app.get_due_reminders() == [app.get_reminder_with_id(now)]

    def test_each_is_announced_once_and_earliest_first(self, app: StatefulReminderApp) -> None:
        add(app, "Second", "2025-01-01 09:00:00")
        add(app, "First", "2025-01-01 08:00:00")
        assert app.take_due() == []
        app.time_manager.advance_to(DEFAULT_START + 10 * 3600)
        announced = app.take_due()
        assert [reminder.title for reminder in announced] == ["First", "Second"]
        assert {reminder.time_notified for reminder in announced} == {DEFAULT_START + 10 * 3600}
        assert all(reminder.already_notified for reminder in app.get_all_reminders())
        assert app.take_due() == []


class TestScreens:
    @pytest.fixture
    def env(self, app: StatefulReminderApp) -> Phone:
        return phone(app)

    def test_all_can_be_reached(self, app: StatefulReminderApp) -> None:
        assert app.get_reachable_states() == ["ReminderList", "EditReminder", "ReminderDetail"]

    def test_the_list_tells_due_from_upcoming(self, env: Phone, app: StatefulReminderApp) -> None:
        now, later = add(app, due="2025-01-01 00:00:00"), add(app)
        assert [r.reminder_id for r in env.user(app, "list_all_reminders")] == [now, later]
        assert [r.reminder_id for r in env.user(app, "list_due_reminders")] == [now]
        assert [r.reminder_id for r in env.user(app, "list_upcoming_reminders")] == [later]
        assert isinstance(app.current_state, ReminderList)

    def test_a_new_reminder_is_kept_when_saved(self, env: Phone, app: StatefulReminderApp) -> None:
        env.user(app, "create_new")
        env.user(app, "set_title", title="Call")
        env.user(app, "set_description", description="the bank")
        env.user(app, "set_due_datetime", due_datetime=NINE)
        draft = env.user(app, "set_repetition", unit="week", value=6)
        assert (draft.title, draft.description, draft.due_datetime) == ("Call", "the bank", NINE)
        assert app.reminders == {}
        reminder_id = env.user(app, "save")
        assert app.current_state.reminder_id == reminder_id
        assert isinstance(app.current_state, ReminderDetail)
        assert due_days(app) == ["01-01", "02-12"]

    def test_user_actions_are_logged_once(self, env: Phone, app: StatefulReminderApp) -> None:
        env.user(app, "create_new")
        env.user(app, "set_due_datetime", due_datetime=NINE)
        env.user(app, "save")
        logged = env.logged()
        assert [event.action.function_name for event in logged] == ["create_new", "set_due_datetime", "save"]
        assert {event.event_type for event in logged} == {EventType.USER}
        assert logged[-1].action.operation_type is OperationType.WRITE

    def test_going_back_to_a_saved_form_edits_what_it_saved(self, env: Phone, app: StatefulReminderApp) -> None:
        env.user(app, "create_new")
        env.user(app, "set_due_datetime", due_datetime=NINE)
        env.user(app, "save")
        app.go_back()
        env.user(app, "set_title", title="Again")
        env.user(app, "save")
        assert [reminder.title for reminder in app.get_all_reminders()] == ["Again"]

    def test_a_reminder_is_opened_and_edited(self, env: Phone, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="day")
        assert env.user(app, "open_reminder", reminder_id=reminder_id).title == "Call"
        assert env.user(app, "edit").title == "Call"
        draft = env.user(app, "set_repetition", unit=None)
        assert (draft.title, draft.description, draft.due_datetime) == ("Call", "about the boat", NINE)
        assert env.user(app, "save") == reminder_id
        assert isinstance(app.current_state, ReminderDetail)
        assert list(app.reminders) == [reminder_id]

    def test_cancelling_keeps_the_reminder_as_it_was(self, env: Phone, app: StatefulReminderApp) -> None:
        reminder_id = add(app)
        before = app.get_state()
        env.user(app, "open_reminder", reminder_id=reminder_id)
        env.user(app, "edit")
        env.user(app, "set_title", title="Other")
        env.user(app, "cancel")
        assert isinstance(app.current_state, ReminderDetail)
        assert app.get_state() == before

    def test_cancelling_a_new_one_shows_the_list(self, env: Phone, app: StatefulReminderApp) -> None:
        env.user(app, "create_new")
        env.user(app, "cancel")
        assert isinstance(app.current_state, ReminderList)
        assert app.reminders == {}

    def test_deleting_shows_the_list(self, env: Phone, app: StatefulReminderApp) -> None:
        reminder_id = add(app, repetition_unit="week")
        env.user(app, "open_reminder", reminder_id=reminder_id)
        env.user(app, "delete")
        assert isinstance(app.current_state, ReminderList)
        assert app.reminders == {}

    def test_an_unknown_reminder_does_not_open(self, env: Phone, app: StatefulReminderApp) -> None:
        with pytest.raises(KeyError, match="reminder_id='nope'"):
            env.user(app, "open_reminder", reminder_id="nope")
        assert isinstance(app.current_state, ReminderList)

    def test_a_reminder_without_a_time_is_not_saved(self, env: Phone, app: StatefulReminderApp) -> None:
        env.user(app, "create_new")
        with pytest.raises(ValueError, match="due_datetime=''; expected a UTC time"):
            env.user(app, "save")
        assert isinstance(app.current_state, EditReminder)

    @pytest.mark.parametrize(
        ("tool", "args", "refusal"),
        [
            ("set_due_datetime", {"due_datetime": "noon"}, pytest.RaisesExc(ValueError, match="due_datetime='noon'")),
            ("set_repetition", {"unit": "year"}, pytest.RaisesExc(AssertionError, match="repetition_unit='year'")),
            ("set_repetition", {"unit": "day", "value": 0}, pytest.RaisesExc(ValueError, match="repetition_value=0")),
        ],
    )
    def test_the_form_refuses_values_at_once(
        self,
        env: Phone,
        app: StatefulReminderApp,
        tool: str,
        args: dict[str, Any],
        refusal: pytest.RaisesExc[Exception],
    ) -> None:
        env.user(app, "create_new")
        before = app.current_state.draft
        with refusal:
            env.user(app, tool, **args)
        assert app.current_state.draft == before

    def test_a_reminder_deleted_meanwhile_is_not_edited(self, env: Phone, app: StatefulReminderApp) -> None:
        reminder_id = add(app)
        env.user(app, "open_reminder", reminder_id=reminder_id)
        app.delete_reminder(reminder_id)
        with pytest.raises(KeyError, match="there is no such reminder"):
            env.user(app, "edit")
        assert isinstance(app.current_state, ReminderDetail)


@given(
    st.lists(
        st.builds(
            Reminder,
            reminder_id=st.text(),
            title=st.text(),
            due_datetime=st.datetimes(
                datetime(1900, 1, 1),
                datetime(2200, 1, 1),
                timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))]),
            ),
            description=st.text(),
            repetition_unit=st.none() | st.sampled_from(UNITS),
            repetition_value=st.integers(1, 1000),
            time_notified=st.none() | st.floats(0, 4e9),
        )
    )
)
def test_the_state_survives_json(reminders: list[Reminder]) -> None:
    app, other = StatefulReminderApp(reminders={r.reminder_id: r for r in reminders}), StatefulReminderApp()
    other.load_state(json.loads(json.dumps(app.get_state())))
    assert list(other.reminders.items()) == list(app.reminders.items())
    assert {r.due_datetime.tzinfo for r in other.reminders.values()} <= {UTC}
