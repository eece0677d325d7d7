import pytest

from pare_harness.capture import EventRegisterer
from pare_harness.clock import DEFAULT_START
from tests.pare_harness.counter import Counter
from tests.pare_harness.driving import phone


def test_the_time_is_told_three_ways() -> None:
    env = phone()
    assert env.agent(env.phone.home, "get_current_time") == {
        "current_timestamp": DEFAULT_START,
        "current_datetime": "2025-01-01 00:00:00",
        "current_weekday": "Wednesday",
    }


def test_apps_are_opened_left_and_switched_by_the_user() -> None:
    counter = Counter("Count")
    env = phone(counter)
    home = env.phone.home
    assert home.open_app(app_name="Count") == "Count is open"
    assert home.go_home() == "the home screen is shown"
    assert home.switch_app("Count") == "Count is shown"
    assert [(one.event_type.value, one.function_name()) for one in env.logged()] == [
        ("USER", "open_app"),
        ("USER", "go_home"),
        ("USER", "switch_app"),
    ]


@pytest.mark.parametrize(("timeout", "passed"), [(0, 30), (10, 10), (60, 30)])
def test_waiting_ends_with_the_next_event_or_the_timeout(timeout: int, passed: float) -> None:
    env = phone(counter := Counter())
    with EventRegisterer.capture_mode():
        event = counter.add(1).delayed(30)
    env.schedule.add([event])
    env.phone.home.wait_for_notification(timeout)
    assert env.time_manager.time_passed() == passed


def test_waiting_for_nothing_takes_no_time() -> None:
    env = phone()
    env.phone.home.wait_for_notification()
    assert env.time_manager.time_passed() == 0
    with pytest.raises(AssertionError, match="timeout=-1; expected a number of seconds"):
        env.phone.home.wait_for_notification(-1)


def test_time_can_be_let_pass() -> None:
    env = phone()
    env.phone.home.wait(5)
    assert env.time_manager.time_passed() == 5
