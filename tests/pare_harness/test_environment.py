import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pare_harness.apps.core import App
from pare_harness.capture import EventRegisterer
from pare_harness.clock import DEFAULT_START
from pare_harness.environment import EnvironmentConfig, EnvironmentState, StateAwareEnvironmentWrapper
from pare_harness.errors import LimitReached, ScenarioError
from pare_harness.events import (
    AbstractEvent,
    CompletedEvent,
    ConditionCheckEvent,
    Event,
    EventType,
    OracleEvent,
    StopEvent,
)
from pare_harness.notifications import FOR_AGENT, FOR_USER
from tests.pare_harness.counter import Counter, Day, Details, Display

ROOT = str(Path(__file__).parents[2])


def ran(day: Day, **config: int) -> StateAwareEnvironmentWrapper:
    """The world after an oracle run."""
    day.initialize()
    env = StateAwareEnvironmentWrapper(EnvironmentConfig(oracle_mode=True, **config))
    env.run(day)
    return env


def seen(env: StateAwareEnvironmentWrapper) -> list[tuple[float, str]]:
    """Seconds since the start, and what happened."""
    return [((one.event_time or 0) - DEFAULT_START, one.function_name()) for one in env.event_log.list_view()]


def test_expected_actions_happen_at_their_times() -> None:
    env = ran(Day())
    assert seen(env) == [(5, "send_message_to_user"), (8, "accept_proposal"), (10, "add")]
    assert {one.event_type for one in env.event_log.list_view()} == {EventType.AGENT}
    assert (env.state, env.current_time) == (EnvironmentState.STOPPED, DEFAULT_START + 10)
    assert env.get_world_logs()[2]["args"] == {"amount": 5, "label": None}


def test_an_error_is_recorded_and_what_depends_on_it_still_happens() -> None:
    class Broken(Day):
        def flow(self) -> list[AbstractEvent]:
            refused = self.counter.refuse("no").oracle()
            return [refused, self.counter.add(5).oracle().depends_on(refused, delay_seconds=1)]

    env = ran(Broken())
    failed, added = env.event_log.list_view()
    assert (failed.failed(), failed.metadata.exception_type, failed.metadata.exception) == (True, "KeyError", "'no'")
    assert added.metadata.return_value == 5


def test_nested_calls_of_scheduled_events_are_not_logged() -> None:
    class Twice(Day):
        def flow(self) -> list[AbstractEvent]:
            return [self.counter.add_twice(2).delayed(1)]

    assert seen(ran(Twice())) == [(1, "add_twice")]


def test_events_of_no_delay_happen_in_the_same_moment() -> None:
    class Chain(Day):
        def flow(self) -> list[AbstractEvent]:
            first = self.counter.add(1).delayed(4)
            second = self.counter.read().depends_on(first)
            return [self.counter.tick().delayed(4), first, second]

    assert seen(ran(Chain())) == [(4, "tick"), (4, "add"), (4, "read")]


def test_a_condition_is_asked_until_it_is_true() -> None:
    class Waiting(Day):
        def flow(self) -> list[AbstractEvent]:
            reached = ConditionCheckEvent.from_condition(lambda env: self.counter.total >= 2, every_tick=10)
            last = self.counter.read().depends_on(reached, delay_seconds=1)
            return [reached, last, *(self.counter.tick().delayed(seconds) for seconds in (5, 15))]

    env = ran(Waiting())
    checks = [one for one in env.event_log.list_view() if one.event_type is EventType.CONDITION]
    assert [one.metadata.return_value for one in checks] == [False, False, True]
    assert [one.event_id.rpartition("-")[2] for one in checks] == ["CHECK_1", "CHECK_2", "CHECK_3"]
    assert seen(env)[-1] == (21, "read")
    assert checks[0].get_args() == {}


def test_a_condition_gives_up_at_its_timeout() -> None:
    class Never(Day):
        def flow(self) -> list[AbstractEvent]:
            never = ConditionCheckEvent.from_condition(lambda env: False, timeout=3)
            return [never, self.counter.read().depends_on(never)]

    env = ran(Never())
    assert [one.event_type for one in env.event_log.list_view()] == [EventType.CONDITION] * 4


def test_a_condition_in_a_join_is_waited_for() -> None:
    class Join(Day):
        def flow(self) -> list[AbstractEvent]:
            reached = ConditionCheckEvent.from_condition(lambda env: self.counter.total == 1)
            early = self.counter.read()
            return [reached, early, self.counter.add(1).depends_on([reached, early]), self.counter.tick().delayed(7)]

    assert seen(ran(Join()))[-1] == (7, "add")


def test_a_condition_takes_its_rhythm_from_depends_on() -> None:
    class Rhythm(Day):
        def flow(self) -> list[AbstractEvent]:
            first = self.counter.read()
            late = ConditionCheckEvent.from_condition(lambda env: self.counter.total == 1)
            late.depends_on(first, schedule_every_ticks=30, timeout=90)
            return [first, late, self.counter.tick().delayed(31)]

    times = [time for time, name in seen(ran(Rhythm())) if name == "<lambda>"]
    assert times == [0, 30, 60]


def test_a_condition_that_never_comes_true_is_a_limit_that_names_it() -> None:
    class Never(Day):
        def flow(self) -> list[AbstractEvent]:
            return [ConditionCheckEvent.from_condition(lambda env: False).with_id("waiting")]

    with pytest.raises(LimitReached, match="event 'waiting-CHECK_51' comes after 50 others; a run logs at most 50"):
        ran(Never(), max_events=50)


def test_a_condition_that_breaks_ends_the_run() -> None:
    class Broken(Day):
        def flow(self) -> list[AbstractEvent]:
            return [ConditionCheckEvent.from_condition(lambda env: 1 / 0)]

    with pytest.raises(ZeroDivisionError):
        ran(Broken())


def test_nothing_happens_after_the_duration() -> None:
    assert seen(ran(Day(duration=8))) == [(5, "send_message_to_user"), (8, "accept_proposal")]


def test_a_stop_event_ends_the_run() -> None:
    class Stopped(Day):
        def flow(self) -> list[AbstractEvent]:
            return [*super().flow(), StopEvent().delayed(6)]

    assert seen(ran(Stopped())) == [(5, "send_message_to_user")]


def test_placeholders_take_what_an_earlier_event_returned() -> None:
    class Late(Day):
        def flow(self) -> list[AbstractEvent]:
            first = self.counter.read().with_id("first")
            whole = self.counter.refuse("{{first}}").depends_on(first)
            inner = self.counter.refuse(" {{first.total}} ").depends_on(whole)
            missing = self.counter.refuse("{{first.sum}}").depends_on(inner)
            unknown = self.counter.refuse("{{nobody}} and more").depends_on(missing)
            return [first, whole, inner, missing, unknown]

    _, whole, inner, missing, unknown = ran(Late()).event_log.list_view()
    assert whole.get_args()["why"] == {"total": 0}
    assert inner.get_args()["why"] == 0
    assert inner.action.args["why"] == " {{first.total}} "
    assert missing.metadata.exception == "placeholder {{first.sum}}: key 'sum'; expected one of ['total']"
    assert unknown.get_args()["why"] == "{{nobody}} and more"


def test_a_user_acts_on_screens() -> None:
    class Screens(Day):
        def flow(self) -> list[AbstractEvent]:
            labelled = self.counter.add(1, label="one").oracle()
            home = self.system.open_app("Count").oracle().depends_on(labelled)
            opened = self.counter.screen(Display).open_details("one").oracle().depends_on(home)
            gone = self.counter.screen(Details).forget().oracle().depends_on(opened)
            wrong = self.counter.screen(Details).forget().oracle().depends_on(gone)
            return [labelled, home, opened, gone, wrong]

    env = ran(Screens())
    *done, wrong = env.event_log.list_view()
    assert [(one.event_type, one.failed()) for one in done[1:]] == [(EventType.USER, False)] * 3
    assert done[1].metadata.return_value == "Count is open"
    assert wrong.metadata.exception == "Count shows Display, not Details"
    assert type(env.active_app) is Counter


def test_reminders_are_announced_to_both_sides_once() -> None:
    class Due:
        title, description = "Tea", "green"

        def __init__(self, day: Day) -> None:
            from pare_harness.clock import as_datetime

            self.due_datetime = as_datetime(day.start_time)

    class Alarm(App):
        due: list[Due]

        def take_due(self) -> list[Due]:
            taken, self.due = self.due, []
            return taken

    class Reminded(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            super().init_and_populate_apps()
            alarm = Alarm("Alarm")
            alarm.due = [Due(self)]
            self.apps.append(alarm)

    env = ran(Reminded())
    for side in (FOR_USER, FOR_AGENT):
        texts = [one.message for one in env.notification_system.take(side, env.current_time)]
        assert texts.count("Alarm: due now\n- Tea (2025-01-01 00:00:00): green") == 1
    assert "take_due" not in [name for _, name in seen(env)]


def test_expected_actions_of_agents_release_what_depends_on_them() -> None:
    class Reaction(Day):
        def flow(self) -> list[AbstractEvent]:
            added = self.counter.add(5).oracle().delayed(1)
            return [added, self.counter.tick().depends_on(added, delay_seconds=4)]

    day = Reaction()
    day.initialize()
    env = StateAwareEnvironmentWrapper()
    with day.simulation.running():
        env.prepare(day)
        assert env.advance()
        assert not env.advance()
        assert [type(one) for one in env.expected] == [OracleEvent]
        env.time_manager.add_offset(9)
        day.counter.add(5)
        assert env.expected == []
        assert env.advance()
    assert seen(env) == [(10, "add"), (14, "tick")]


def test_an_uninitialized_scenario_is_refused() -> None:
    with pytest.raises(ScenarioError, match="scenario 'day' is not initialized; call initialize"):
        StateAwareEnvironmentWrapper().run(Day())


def test_a_phone_needs_a_home_screen() -> None:
    class Homeless(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            super().init_and_populate_apps()
            self.apps.remove(self.system)

    with pytest.raises(ScenarioError, match=r"no HomeScreenSystemApp among the apps \['Count', "):
        ran(Homeless())


def test_apps_are_found_by_name_and_class() -> None:
    env = ran(Day())
    assert env.get_app("Count") is env.get_app_with_class(Counter)
    assert env.has_app("System")
    assert env.get_app_with_class(Alien) is None
    with pytest.raises(KeyError, match="no app 'Mail'; expected one of"):
        env.get_app("Mail")
    assert env.get_state()["Count"] == {"total": 5, "labels": {}}


class Alien(App):
    """An app that no phone has."""


def test_an_event_without_an_app_calls_any_function() -> None:
    heard: list[str] = []

    class Free(Day):
        def flow(self) -> list[AbstractEvent]:
            return [Event.from_function(heard.append, EventType.ENV), Event.from_function(print_nothing, text="hello")]

    def print_nothing(text: str) -> None:
        heard.append(text)

    env = ran(Free())
    broken, fine = env.event_log.list_view()
    assert broken.metadata.exception_type == "TypeError"
    assert (heard, fine.app_class_name(), fine.get_args()) == (["hello"], "NoneType", {"text": "hello"})


def test_a_bound_method_becomes_an_event_of_its_app() -> None:
    counter = Counter("Count")
    event = Event.from_function(counter.add, amount=2)
    assert (event.app_name(), event.action.args) == ("Count", {"amount": 2})
    assert event.action.execute() == 2


def test_an_unknown_kind_of_event_is_named() -> None:
    class Odd(Day):
        def flow(self) -> list[AbstractEvent]:
            return [CompletedEvent(event_id="odd", action=self.counter.add(1).action)]

    with pytest.raises(ScenarioError, match="event 'odd' is a CompletedEvent; expected one that can be run"):
        ran(Odd())


def test_two_runs_have_byte_equal_logs_in_any_process() -> None:
    program = "from tests.pare_harness.test_environment import Day, ran\nprint(ran(Day(seed=3)).event_log.to_json())"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": ROOT},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert outputs == [ran(Day(seed=3)).event_log.to_json()] * 2
    assert outputs[0] != ran(Day(seed=4)).event_log.to_json()
    assert len(json.loads(outputs[0])["events"]) == 3


def test_capture_mode_does_not_leak_into_the_run() -> None:
    day = Day()
    day.initialize()
    assert not EventRegisterer.is_capture_mode()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda day: day.counter.add(1).delayed(-1), "delay_seconds=-1 for event 'ENV-Count.add-"),
        (lambda day: day.counter.add(1).depends_on([], delay_seconds=-2), "delay_seconds=-2"),
        (
            lambda day: day.counter.add(1).followed_by([day.counter.read()], [1, 2]),
            "delay_seconds has 2 values",
        ),
        (lambda day: day.counter.add(1).depends_on("first"), "cannot depend on 'f'; expected an event"),
        (lambda day: ConditionCheckEvent.from_condition(print, every_tick=0), "every_tick=0; expected 1 or more"),
    ],
)
def test_wrong_chains_are_refused_where_they_are_built(make: object, message: str) -> None:
    class Wrong(Day):
        def flow(self) -> list[AbstractEvent]:
            return [make(self)]

    with pytest.raises((ValueError, TypeError), match=message):
        Wrong().initialize()
