from contextlib import nullcontext

import pytest

from pare_harness.capture import EventRegisterer, disable_events
from pare_harness.events import CompletedEvent, Event, EventType, OperationType
from tests.pare_harness.counter import Counter


def heard(counter: Counter) -> list[CompletedEvent]:
    events: list[CompletedEvent] = []
    counter.register_to_env("test", events.append)
    return events


def test_a_call_runs_and_is_logged_with_every_argument() -> None:
    counter = Counter("Count")
    events = heard(counter)
    assert counter.add(3) == 3
    [event] = events
    assert event.get_args() == {"self": counter, "amount": 3, "label": None}
    assert (event.event_type, event.action.operation_type) == (EventType.AGENT, OperationType.WRITE)
    assert (event.event_time, event.metadata.return_value) == (counter.now(), 3)
    assert (event.app_class_name(), event.app_name(), event.function_name()) == ("Counter", "Count", "add")
    assert event.tool_name == "Counter__add"


def test_a_method_logs_itself_and_not_what_it_calls() -> None:
    counter = Counter()
    events = heard(counter)
    assert counter.add_twice(2) == 4
    assert [event.function_name() for event in events] == ["add_twice"]


def test_an_error_is_logged_and_raised() -> None:
    counter = Counter()
    events = heard(counter)
    with pytest.raises(KeyError, match="no"):
        counter.refuse("no")
    [event] = events
    assert event.failed()
    assert (event.metadata.exception, event.metadata.exception_type) == ("'no'", "KeyError")
    assert "refuse" in (event.metadata.exception_stack_trace or "")


def test_a_captured_call_does_not_run() -> None:
    counter = Counter("Count")
    events = heard(counter)
    with EventRegisterer.capture_mode():
        assert EventRegisterer.is_capture_mode()
        event = counter.tick()
    assert isinstance(event, Event)
    assert (counter.total, events) == (0, [])
    assert event.event_type is EventType.ENV
    assert event.event_id.startswith("ENV-Count.tick-")
    assert (event.app_class_name(), event.app_name(), event.function_name()) == ("Counter", "Count", "tick")


def test_unregistered_methods_run_in_capture_mode() -> None:
    counter = Counter()
    with EventRegisterer.capture_mode():
        counter.seed_total(9)
    assert counter.total == 9


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {"amnt": 1}, "unexpected keyword argument 'amnt'"),
        ((1, "a", 2), {}, "too many positional arguments"),
        ((1,), {"amount": 1}, "multiple values for argument 'amount'"),
        (("1",), {}, r"Counter.add\(\): amount='1'; expected int"),
        ((), {"label": 3}, r"Counter.add\(\): label=3; expected str \| None"),
    ],
)
@pytest.mark.parametrize("capture", [True, False])
def test_wrong_arguments_are_refused_at_once(
    args: tuple[object, ...], kwargs: dict[str, object], message: str, capture: bool
) -> None:
    counter = Counter()
    events = heard(counter)
    mode = EventRegisterer.capture_mode() if capture else nullcontext()
    with mode, pytest.raises(TypeError, match=message):
        counter.add(*args, **kwargs)
    assert (counter.total, events) == (0, [])


def test_a_missing_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'amount'"):
        Counter().add_twice()


def test_nothing_is_logged_where_registration_is_off() -> None:
    counter = Counter()
    events = heard(counter)
    with disable_events():
        assert not EventRegisterer.is_active()
        counter.add(1)
    assert (counter.total, events) == (1, [])


def test_modes_end_with_their_block_also_on_an_error() -> None:
    with pytest.raises(ZeroDivisionError), EventRegisterer.capture_mode():
        raise ZeroDivisionError
    assert EventRegisterer.is_active()
    assert not EventRegisterer.is_capture_mode()


def test_modes_can_be_set_by_hand() -> None:
    with EventRegisterer.disable():
        EventRegisterer.set_active(True)
        EventRegisterer.set_capture_mode(True)
        assert isinstance(Counter().add(1), Event)
    assert not EventRegisterer.is_capture_mode()


def test_users_own_methods_are_registered_by_the_decorator() -> None:
    class Lamp(Counter):
        @EventRegisterer.event_registered(operation_type=OperationType.WRITE, event_type=EventType.ENV)
        def flash(self) -> str:
            return "on"

    lamp = Lamp()
    events = heard(lamp)
    assert lamp.flash() == "on"
    assert [(one.event_type, one.function_name(), one.is_write()) for one in events] == [(EventType.ENV, "flash", True)]
