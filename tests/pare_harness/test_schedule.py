from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.errors import ScenarioError
from pare_harness.events import Action, Event
from pare_harness.schedule import Schedule


def event(name: str) -> Event:
    return Event(event_id=name, action=Action(print))


def names_in_order(schedule: Schedule) -> list[tuple[float, str]]:
    seen = []
    while (due := schedule.pop(float("inf"))) is not None:
        time, one = due
        seen.append((time, one.event_id))
        schedule.happened(one, time)
    return seen


def test_events_come_in_the_order_of_time_then_insertion() -> None:
    schedule = Schedule(100)
    schedule.add([event("c").delayed(5), event("a").delayed(5), event("b")])
    assert names_in_order(schedule) == [(100, "b"), (105, "c"), (105, "a")]


@given(st.lists(st.integers(0, 3), max_size=20))
def test_equal_times_keep_their_order(delays: list[int]) -> None:
    schedule = Schedule(0)
    schedule.add([event(f"{number}").delayed(delay) for number, delay in enumerate(delays)])
    expected = sorted(((float(delay), number) for number, delay in enumerate(delays)), key=lambda pair: pair)
    assert names_in_order(schedule) == [(time, str(number)) for time, number in expected]


def test_a_join_waits_for_its_last_parent() -> None:
    early, late = event("early").delayed(1), event("late").delayed(9)
    schedule = Schedule(0)
    schedule.add([early, late, event("join").depends_on([early, late], delay_seconds=2)])
    assert names_in_order(schedule) == [(1, "early"), (9, "late"), (11, "join")]


def test_followed_by_is_depends_on_the_other_way_round() -> None:
    first, second, third = event("1"), event("2"), event("3")
    first.followed_by([second, third], delay_seconds=[4, 3])
    schedule = Schedule(0)
    schedule.add([first, second, third])
    assert names_in_order(schedule) == [(0, "1"), (3, "3"), (4, "2")]


def test_what_follows_a_scheduled_event_happens_even_unlisted() -> None:
    first = event("1")
    event("2").depends_on(first, delay_seconds=1)
    schedule = Schedule(0)
    schedule.add([first])
    assert names_in_order(schedule) == [(0, "1"), (1, "2")]


def test_an_absolute_time_goes_before_delays() -> None:
    first = event("1")
    schedule = Schedule(0)
    schedule.add([first, event("2").depends_on(first, delay_seconds=3).at_absolute_time(50)])
    assert names_in_order(schedule) == [(0, "1"), (50, "2")]


def test_an_oracle_event_takes_the_place_of_its_event() -> None:
    first = event("1")
    oracle = event("2").depends_on(first, delay_seconds=3).oracle()
    last = event("3").depends_on(oracle, delay_seconds=1)
    assert first.successors == [oracle]
    schedule = Schedule(0)
    schedule.add([first, oracle, last])
    assert names_in_order(schedule) == [(0, "1"), (3, "2"), (4, "3")]


def test_a_cycle_is_named() -> None:
    a, b = event("a"), event("b")
    a.depends_on(b)
    b.depends_on(a)
    with pytest.raises(ScenarioError, match="events depend on each other in a cycle: 'a' -> 'b' -> 'a'"):
        Schedule(0).add([event("start"), a, b])


def test_an_event_behind_one_that_nobody_schedules_is_named() -> None:
    missing = event("missing")
    with pytest.raises(ScenarioError, match="event 'child' can never happen: 'missing' is not among"):
        Schedule(0).add([event("start"), event("child").depends_on(missing)])


def test_two_events_of_one_id_are_named() -> None:
    with pytest.raises(ScenarioError, match="two events have the id 'same'"):
        Schedule(0).add([event("same"), event("same")])


def test_an_event_listed_twice_happens_once() -> None:
    one = event("1")
    schedule = Schedule(0)
    schedule.add([one, one])
    assert names_in_order(schedule) == [(0, "1")]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (None, "events is None; expected a list of events"),
        ([event("a"), "4ce1bc"], r"events\[1\] is '4ce1bc'; expected an event, which a call gives inside "),
    ],
)
def test_what_is_no_event_is_named(events: Any, message: str) -> None:
    with pytest.raises(ScenarioError, match=f"^{message}"):
        Schedule(0.0).add(events)


@pytest.mark.parametrize("seconds", ["5", float("nan"), None])
def test_a_delay_is_a_number(seconds: Any) -> None:
    with pytest.raises(ValueError, match=f"^delay_seconds={seconds!r} for event 'a'; expected a number of seconds$"):
        event("a").delayed(seconds)
