import pytest

from pare_harness.clock import DEFAULT_START, as_datetime
from pare_harness.events import CompletedEvent
from pare_harness.notifications import (
    FOR_AGENT,
    FOR_USER,
    Message,
    MessageType,
    PARENotificationSystem,
    VerbosityLevel,
)
from tests.pare_harness.counter import Counter
from tests.pare_harness.driving import phone


def at(seconds: float, kind: MessageType = MessageType.AGENT_MESSAGE, text: str = "") -> Message:
    return Message(kind, text or f"{seconds}", as_datetime(DEFAULT_START + seconds))


def test_messages_are_read_once_in_the_order_of_time() -> None:
    system = PARENotificationSystem()
    for seconds in (2, 1, 3):
        system.put(at(seconds))
    assert [one.message for one in system.take(FOR_USER, DEFAULT_START + 2)] == ["1", "2"]
    assert [one.message for one in system.take(FOR_USER, DEFAULT_START + 9)] == ["3"]
    assert system.take(FOR_USER, DEFAULT_START + 9) == []


def test_each_side_reads_its_own() -> None:
    system = PARENotificationSystem()
    for kind in MessageType:
        system.put(at(0, kind, kind.value))
    assert {one.message for one in system.take(FOR_USER, DEFAULT_START)} == {
        "agent_message",
        "environment_notification_user",
    }
    assert {one.message for one in system.take(FOR_AGENT, DEFAULT_START)} == {
        "user_message",
        "user_action",
        "environment_notification_agent",
    }


def test_equal_messages_are_both_read() -> None:
    system = PARENotificationSystem()
    system.put(at(1))
    system.put(at(1))
    assert len(system.take(FOR_USER, DEFAULT_START + 1)) == 2


@pytest.mark.parametrize(("level", "heard"), [(VerbosityLevel.LOW, 0), (VerbosityLevel.MEDIUM, 1)])
def test_the_agent_hears_of_the_users_actions_unless_told_not_to(level: VerbosityLevel, heard: int) -> None:
    counter = Counter("Count")
    env = phone(counter)
    env.notification_system.verbosity_level = level
    env.user(counter, "press", times=2)
    told = [one.message for one in env.notification_system.take(FOR_AGENT, env.current_time)]
    assert told == ["Counter__press(times=2)"][:heard]


def test_what_has_no_text_is_not_told() -> None:
    system = PARENotificationSystem()
    counter = Counter("Count")
    events: list[CompletedEvent] = []
    counter.register_to_env("test", events.append)
    counter.tick()
    system.tell(events[0])
    assert system.take(frozenset(MessageType), DEFAULT_START + 9) == []
