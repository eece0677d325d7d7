"""Events: calls with their time and their place among others, before and after they have happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

from pare_harness.actions import Action, ConditionCheckAction, EventMetadata, EventType, OperationType
from pare_harness.context import fresh_id

if TYPE_CHECKING:
    from pare_harness.environment import StateAwareEnvironmentWrapper

__all__ = [
    "AbstractEvent",
    "Action",
    "ActionDescription",
    "CompletedEvent",
    "ConditionCheckAction",
    "ConditionCheckEvent",
    "Event",
    "EventMetadata",
    "EventType",
    "OperationType",
    "OracleEvent",
    "StopEvent",
]


@dataclass(eq=False)
class AbstractEvent:
    """An event with its place in the graph of events.

    `event_time` is absolute, in seconds since the Unix epoch, and None until the event is scheduled;
    `event_relative_time` is the delay, in seconds, after the last of `dependencies` or after the scenario's start.
    """

    event_type: EventType = EventType.ENV
    event_time: float | None = None
    event_relative_time: float | None = None
    event_id: str = ""
    successors: list[AbstractEvent] = field(default_factory=list)
    dependencies: list[AbstractEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.event_id = self.event_id or f"{type(self).__name__}-{self.event_type.value}-{fresh_id()}"

    def delayed(self, seconds: float) -> Self:
        """Happen `seconds` after the last dependency. Raises `ValueError` for a negative delay."""
        self.event_relative_time = _delay(seconds, self)
        return self

    def depends_on(
        self, events: AbstractEvent | Sequence[AbstractEvent] | None = None, delay_seconds: float = 0
    ) -> Self:
        """Happen `delay_seconds` after all of `events`. Repeated calls add dependencies; the last delay counts."""
        self.event_relative_time = _delay(delay_seconds, self)
        for parent in _events(events):
            if parent not in self.dependencies:
                self.dependencies.append(parent)
                parent.successors.append(self)
        return self

    def followed_by(
        self, events: AbstractEvent | Sequence[AbstractEvent], delay_seconds: float | Sequence[float] = 0.0
    ) -> Self:
        """Make each of `events` depend on this one, with one delay for all or one for each (else `ValueError`)."""
        children = _events(events)
        delays = [delay_seconds] * len(children) if isinstance(delay_seconds, int | float) else list(delay_seconds)
        if len(delays) != len(children):
            raise ValueError(
                f"delay_seconds has {len(delays)} values; expected one for each of the {len(children)} events"
            )
        for child, delay in zip(children, delays, strict=True):
            child.depends_on(self, delay)
        return self

    def with_id(self, event_id: str) -> Self:
        self.event_id = event_id
        return self

    def with_type(self, event_type: EventType) -> Self:
        self.event_type = event_type
        return self

    def rewind(self) -> None:
        """Forget what an earlier run has left in this event; nothing by default."""

    def at_absolute_time(self, time: float) -> Self:
        self.event_time = time
        return self


@dataclass(eq=False)
class Event(AbstractEvent):
    """A call that the scenario has scheduled."""

    action: Action = field(kw_only=True)

    @classmethod
    def from_function(cls, function: Callable[..., Any], event_type: EventType | None = None, **kwargs: Any) -> Event:
        """An event that calls `function(**kwargs)`, an app's bound method or any other callable."""
        owner = getattr(function, "__self__", None)
        registration = getattr(function, "registration", None)
        action = Action(
            function,
            args=kwargs,
            app=getattr(owner, "app", owner),
            operation_type=OperationType.READ if registration is None else registration.operation,
        )
        return cls(event_type or EventType.ENV, action=action)

    def app_class_name(self) -> str:
        return self.action.class_name

    def app_name(self) -> str:
        return self.action.app_name

    def function_name(self) -> str:
        return self.action.function_name

    def oracle(self) -> OracleEvent:
        """What an ideal agent, or user, does: performed in an oracle run, expected of the agents in any other.

        It takes this event's place among the events that it depends on and that depend on it.
        """
        registration = getattr(
            getattr(type(self.action.args.get("self")), self.function_name(), None), "registration", None
        )
        by = EventType.USER if registration is not None and registration.navigates else EventType.AGENT
        oracle = OracleEvent(
            by, self.event_time, self.event_relative_time, self.event_id, self.successors, self.dependencies, event=self
        )
        for parent in self.dependencies:
            parent.successors[:] = [oracle if child is self else child for child in parent.successors]
        for child in self.successors:
            child.dependencies[:] = [oracle if parent is self else parent for parent in child.dependencies]
        return oracle


@dataclass(eq=False)
class OracleEvent(AbstractEvent):
    """An expected action around the event that performs it."""

    event_type: EventType = EventType.AGENT
    event: Event = field(kw_only=True)

    def make(self, env: StateAwareEnvironmentWrapper | None = None) -> Event:
        """The event that performs the action, with this one's type, id, times and place in the graph."""
        made = copy(self.event)
        made.event_type, made.event_id = self.event_type, self.event_id
        made.event_time, made.event_relative_time = self.event_time, self.event_relative_time
        made.successors, made.dependencies = self.successors, self.dependencies
        return made

    @property
    def action_desc(self) -> ActionDescription:
        action = self.event.action
        return ActionDescription(
            action.app_name,
            action.function_name,
            [{"name": n, "value": str(v), "value_type": type(v).__name__} for n, v in action.arguments.items()],
        )


@dataclass(frozen=True)
class ActionDescription:
    """An oracle action in words: app name, function name, and each argument's name, value and type."""

    app: str
    function: str
    args: list[dict[str, str]]


@dataclass(eq=False)
class ConditionCheckEvent(AbstractEvent):
    """Asks `action.function(env)` every `schedule_every_ticks` ticks until it is true or `timeout` ticks passed."""

    event_type: EventType = EventType.CONDITION
    action: ConditionCheckAction = field(kw_only=True)
    schedule_every_ticks: int = 1
    timeout: int | None = None
    checks: int = 0

    @classmethod
    def from_condition(
        cls, condition: Callable[[StateAwareEnvironmentWrapper], bool], every_tick: int = 1, timeout: int | None = None
    ) -> ConditionCheckEvent:
        """A check of `condition(env)` every `every_tick` ticks; false for `timeout` ticks gives up, None never does."""
        if every_tick < 1:
            raise ValueError(f"every_tick={every_tick}; expected 1 or more")
        return cls(action=ConditionCheckAction(condition), schedule_every_ticks=every_tick, timeout=timeout)

    def depends_on(
        self,
        events: AbstractEvent | Sequence[AbstractEvent] | None = None,
        delay_seconds: float = 0,
        schedule_every_ticks: int | None = None,
        timeout: int | None = None,
    ) -> Self:
        super().depends_on(events, delay_seconds)
        self.schedule_every_ticks = schedule_every_ticks or self.schedule_every_ticks
        self.timeout = self.timeout if timeout is None else timeout
        return self

    def rewind(self) -> None:
        self.checks = 0

    def is_timeout(self) -> bool:
        return self.timeout is not None and self.checks * self.schedule_every_ticks > self.timeout


@dataclass(eq=False)
class StopEvent(AbstractEvent):
    """Ends the run."""

    event_type: EventType = EventType.STOP


@dataclass(eq=False)
class CompletedEvent(AbstractEvent):
    """An entry of the event log: what was called, when, by whom, and what came of it."""

    action: Action | ConditionCheckAction = field(kw_only=True)
    metadata: EventMetadata = field(default_factory=EventMetadata)

    def app_class_name(self) -> str:
        return self.action.class_name

    def app_name(self) -> str:
        return self.action.app_name if isinstance(self.action, Action) else self.action.class_name

    def function_name(self) -> str:
        return self.action.function_name

    def failed(self) -> bool:
        return self.metadata.exception is not None

    def get_args(self) -> dict[str, Any]:
        """All arguments, `self` included; empty for a condition."""
        return (self.action.resolved_args or self.action.args) if isinstance(self.action, Action) else {}

    def is_write(self) -> bool:
        return isinstance(self.action, Action) and self.action.operation_type is OperationType.WRITE

    @property
    def tool_name(self) -> str:
        return f"{self.app_class_name()}__{self.function_name()}"


def _events(events: AbstractEvent | Sequence[AbstractEvent] | None) -> list[AbstractEvent]:
    given = [] if events is None else [events] if isinstance(events, AbstractEvent) else list(events)
    for event in given:
        if not isinstance(event, AbstractEvent):
            raise TypeError(
                f"an event cannot depend on {event!r}; expected an event, as calls in capture mode return them"
            )
    return given


def _delay(seconds: Any, event: AbstractEvent) -> float:
    if not isinstance(seconds, int | float) or not isfinite(seconds):
        raise ValueError(f"delay_seconds={seconds!r} for event {event.event_id!r}; expected a number of seconds")
    if seconds < 0:
        raise ValueError(f"delay_seconds={seconds} for event {event.event_id!r}; expected a delay that is not negative")
    return seconds
