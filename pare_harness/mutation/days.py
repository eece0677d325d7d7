"""What a scenario expects to happen, action by action, with the times at which it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pare_harness.agents.replay import is_proposal, is_users
from pare_harness.events import AbstractEvent, Action, OperationType, OracleEvent

if TYPE_CHECKING:
    from pare_harness.scenarios.scenario import PAREScenario

INTERFACE = "PAREAgentUserInterface"
ACCEPT, REJECT = "accept_proposal", "reject_proposal"


@dataclass(frozen=True)
class Step:
    """An expected action: its place among the events of the day, and its name in mutants and their patterns.

    The name is `<app>.<function>`, with `#2` for the second action of that name, and so on.
    """

    position: int
    name: str
    event: OracleEvent

    @property
    def action(self) -> Action:
        return self.event.event.action

    @property
    def by_user(self) -> bool:
        """Whether the user does it: an answer, or something on a screen."""
        return is_users(self.event)

    @property
    def talks(self) -> bool:
        """Whether it is part of the conversation between the user and the agent."""
        return self.action.class_name == INTERFACE

    @property
    def changes(self) -> bool:
        """Whether it changes an app, the conversation aside."""
        return not self.talks and self.action.operation_type is OperationType.WRITE


@dataclass(frozen=True)
class Day:
    """The events of an initialized scenario in a fixed order, and when they happen if all goes as expected.

    `times`: by event id, in seconds since the Unix epoch; an event that never happened has none.
    """

    scenario: PAREScenario
    events: list[AbstractEvent]
    times: Mapping[str, float]

    def steps(self) -> list[Step]:
        """The expected actions, in the order in which the scenario lists them."""
        seen: Counter[str] = Counter()
        found = []
        for position, event in enumerate(self.events):
            if isinstance(event, OracleEvent):
                name = f"{event.event.app_name()}.{event.event.function_name()}"
                seen[name] += 1
                found.append(Step(position, name if seen[name] == 1 else f"{name}#{seen[name]}", event))
        return found

    def oracle(self, position: int) -> OracleEvent:
        """The expected action in that place."""
        event = self.events[position]
        if not isinstance(event, OracleEvent):
            raise TypeError(f"event {event.event_id!r} is a {type(event).__name__}; expected an OracleEvent")
        return event

    def pin(self, event: AbstractEvent) -> None:
        """Let `event` happen when it did, whatever it waits for."""
        event.event_time = self.times.get(event.event_id, event.event_time)


def day_of(scenario: PAREScenario, times: Mapping[str, float]) -> Day:
    """All events of an initialized scenario: those that it lists, then those that follow them unlisted."""
    events = list(dict.fromkeys(scenario.events))
    known = set(events)
    for event in events:  # grows while it is walked through
        new = [child for child in event.successors if child not in known]
        events += new
        known.update(new)
    return Day(scenario, events, times)


def ancestors(event: AbstractEvent) -> Iterator[AbstractEvent]:
    """What must happen before `event`, the nearest first."""
    found = list(event.dependencies)
    for one in found:  # grows while it is walked through
        yield one
        found += [parent for parent in one.dependencies if parent not in found]


def descendants(event: AbstractEvent) -> Iterator[AbstractEvent]:
    """What cannot happen without `event`, the nearest first."""
    found = list(event.successors)
    for one in found:  # grows while it is walked through
        yield one
        found += [child for child in one.successors if child not in found]


def proposal_before(event: OracleEvent) -> OracleEvent | None:
    """The nearest message to the user, answered by her, that `event` waits for."""
    return next((one for one in ancestors(event) if isinstance(one, OracleEvent) and is_proposal(one)), None)
