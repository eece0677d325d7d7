"""What a call of an app's method means: run it, run and log it, or only note it down as an event for later."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pare_harness.events import Action, CompletedEvent, Event, EventMetadata, EventType, OperationType
from pare_harness.signatures import Parameters

if TYPE_CHECKING:
    from enum import Enum

    from pare_harness.apps.core import App

F = TypeVar("F", bound=Callable[..., Any])


class _Mode(NamedTuple):
    active: bool = True
    capture: bool = False


_OFF = _Mode(active=False)
_MODE: ContextVar[_Mode] = ContextVar("pare_registration", default=_Mode())  # noqa: B039 - the value cannot change


class EventRegisterer:
    """Switches for the current thread or task: are calls of registered methods logged, or captured as events?"""

    @staticmethod
    def is_active() -> bool:
        return _MODE.get().active

    @staticmethod
    def is_capture_mode() -> bool:
        return _MODE.get().capture

    @staticmethod
    def set_active(active: bool) -> None:
        _MODE.set(_MODE.get()._replace(active=active))

    @staticmethod
    def set_capture_mode(capture: bool) -> None:
        _MODE.set(_MODE.get()._replace(capture=capture))

    @staticmethod
    def capture_mode() -> AbstractContextManager[None]:
        """Within this block, a registered method does not run: its call returns an `Event` to be scheduled."""
        return _switched(_Mode(active=True, capture=True))

    @staticmethod
    def disable() -> AbstractContextManager[None]:
        """Within this block, registered methods just run; nothing is logged."""
        return _switched(_OFF)

    @staticmethod
    def event_registered(
        operation_type: OperationType = OperationType.READ, event_type: EventType = EventType.AGENT
    ) -> Callable[[F], F]:
        """A decorator: calls of the method are logged as events of `event_type`."""
        return lambda function: registered(function, operation=operation_type, by=event_type)


event_registered = EventRegisterer.event_registered
disable_events = EventRegisterer.disable


@contextmanager
def _switched(mode: _Mode) -> Iterator[None]:
    token = _MODE.set(mode)
    try:
        yield
    finally:
        _MODE.reset(token)


@dataclass(frozen=True, eq=False)
class Registration:
    """What is declared about a method: how it is logged and who may call it as a tool.

    `navigates` marks a method of a user's screen, or one that changes which screen is shown.
    """

    function: Callable[..., Any]
    parameters: Parameters
    operation: OperationType
    by: EventType
    strict: bool = False
    kinds: frozenset[Enum] = frozenset()
    leads_to: tuple[str, ...] = ()
    navigates: bool = False

    def captured(self, owner: Any, args: dict[str, Any]) -> Event:
        app = app_of(owner)
        action = Action(self.function, args, app=app, operation_type=self.operation, action_id=app.event_id(self.label))
        return Event(event_id=f"ENV-{app.name}.{self.label}-{action.action_id[-32:]}", action=action)

    def logged(self, owner: Any, args: dict[str, Any]) -> Any:
        app = app_of(owner)
        action = Action(self.function, args, app=app, operation_type=self.operation, action_id=app.event_id(self.label))
        event_id = f"{self.by.value}-{app.name}.{self.label}-{action.action_id[-32:]}"
        time = app.now()
        metadata, error = perform(action)
        app.add_event(CompletedEvent(self.by, time, event_id=event_id, action=action, metadata=metadata))
        if error is not None:
            raise error
        return metadata.return_value

    @cached_property
    def label(self) -> str:
        return self.function.__name__


def registered(function: F, *, operation: OperationType, by: EventType, **declared: Any) -> F:
    """`function`, a method of an app or a screen, with its calls logged or captured as `Registration` says."""
    registration = Registration(function, Parameters(function), operation, by, **declared)

    @functools.wraps(function)
    def call(owner: Any, /, *args: Any, **kwargs: Any) -> Any:
        mode = _MODE.get()
        if not mode.active:
            return function(owner, *args, **kwargs)
        bound = registration.parameters.bind(owner, args, kwargs)
        if registration.strict:
            registration.parameters.check(function, bound, args, kwargs)
        return registration.captured(owner, bound) if mode.capture else registration.logged(owner, bound)

    call.registration = registration  # type: ignore[attr-defined]  # functions carry their declaration
    return call  # type: ignore[return-value]  # same parameters, same result


def registration_of(function: object) -> Registration | None:
    """What was declared about a method; None for a plain one."""
    found = getattr(function, "registration", None)
    return found if isinstance(found, Registration) else None


def app_of(owner: Any) -> App:
    """The app that `owner` is, or whose screen it is."""
    app: App = getattr(owner, "app", owner)
    return app


def perform(action: Action) -> tuple[EventMetadata, Exception | None]:
    """Run `action` with registration off; an error is kept and returned, never lost."""
    token = _MODE.set(_OFF)
    try:
        return EventMetadata(return_value=action.execute()), None
    except Exception as error:  # noqa: BLE001 - whatever an app raises is an outcome, recorded with its trace
        trace = "".join(traceback.format_exception(error))
        kind = type(error).__name__
        return EventMetadata(exception=str(error), exception_type=kind, exception_stack_trace=trace), error
    finally:
        _MODE.reset(token)
