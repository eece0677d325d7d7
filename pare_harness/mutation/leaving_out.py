"""Actions that are left out: one of them, or all of the agent's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pare_harness.agents.replay import is_proposal
from pare_harness.events import AbstractEvent, OracleEvent
from pare_harness.mutation.days import ACCEPT, REJECT, Day, descendants
from pare_harness.mutation.mutant import Mutant


@dataclass(frozen=True)
class LeaveOut:
    """Nobody does what stands in these places.

    Expected actions that waited for it happen when they would have happened; what the world does in answer to it, and
    all that waits for such an answer, does not. Answers to a proposal that was not made are left out with it.
    """

    positions: tuple[int, ...]

    def __call__(self, day: Day) -> None:
        wanted: list[AbstractEvent] = [day.oracle(position) for position in self.positions]
        gone = dict.fromkeys([*wanted, *(answer for event in wanted for answer in _answers(event))])
        lost = dict.fromkeys(one for event in gone for child in event.successors for one in _unasked(child))
        for event in gone:
            bypass(event, day)
        for event in lost:
            for parent in event.dependencies:
                parent.successors[:] = [child for child in parent.successors if child is not event]
        day.events[:] = [event for event in day.events if event not in gone and event not in lost]


class Drop:
    """Each expected action is left out, of the agent and of the user."""

    name = "drop"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        for step in day.steps():
            who = "the user" if step.by_user else "the agent"
            yield Mutant(f"{self.name}:{step.name}", f"{who} leaves out {step.name}", LeaveOut((step.position,)))


class NoAgent:
    """The agent does nothing at all."""

    name = "no-agent"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        positions = tuple(step.position for step in day.steps() if not step.by_user)
        if positions:
            yield Mutant(self.name, "the agent does nothing", LeaveOut(positions))


def bypass(event: AbstractEvent, day: Day) -> None:
    """Let the expected actions that wait for `event` wait for what it waits for, and happen when they did."""
    for parent in event.dependencies:
        parent.successors[:] = [child for child in parent.successors if child is not event]
    for child in [one for one in event.successors if isinstance(one, OracleEvent)]:
        event.successors.remove(child)
        child.dependencies[:] = [parent for parent in child.dependencies if parent is not event]
        child.depends_on(event.dependencies, (child.event_relative_time or 0.0) + (event.event_relative_time or 0.0))
        day.pin(child)


def _answers(event: AbstractEvent) -> Iterator[AbstractEvent]:
    if isinstance(event, OracleEvent) and is_proposal(event):
        for child in event.successors:
            if isinstance(child, OracleEvent) and child.event.function_name() in (ACCEPT, REJECT):
                yield child


def _unasked(child: AbstractEvent) -> Iterator[AbstractEvent]:
    """The world's answer to an action, and what comes of it; nothing for an expected action."""
    if not isinstance(child, OracleEvent):
        yield child
        yield from descendants(child)
