"""Changes that are made twice, and changes that are made before anybody was asked."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace

from pare_harness.events import OracleEvent
from pare_harness.mutation.days import Day, proposal_before
from pare_harness.mutation.leaving_out import bypass
from pare_harness.mutation.mutant import Mutant


@dataclass(frozen=True)
class DoAgain:
    """The action in this place is done once more in the same moment, before anything else happens."""

    position: int

    def __call__(self, day: Day) -> None:
        first = day.oracle(self.position)
        event = copy(first.event)
        event.action = replace(event.action, resolved_args={}, action_id=f"{event.action.action_id}-again")
        again = OracleEvent(first.event_type, event_id=f"{first.event_id}-again", event=event)
        again.depends_on(first)
        first.successors.insert(0, first.successors.pop())
        day.events.insert(self.position + 1, again)


@dataclass(frozen=True)
class BringForward:
    """The action in this place is done just before the event in the other one, in the same moment.

    Expected actions that waited for it happen when they would have happened; the world answers to it earlier.
    """

    position: int
    before: int

    def __call__(self, day: Day) -> None:
        moved, later = day.oracle(self.position), day.oracle(self.before)
        bypass(moved, day)
        moved.dependencies.clear()
        moved.depends_on(later.dependencies, later.event_relative_time or 0.0)
        moved.event_time = later.event_time
        later.depends_on(moved)


class Repeat:
    """Each change of an app is made twice, whoever makes it."""

    name = "repeat"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        for step in day.steps():
            if step.changes:
                yield Mutant(f"{self.name}:{step.name}", f"{step.name} is done twice", DoAgain(step.position))


class Early:
    """Each change that the agent makes after a proposal is made before it."""

    name = "early"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        for step in day.steps():
            proposal = proposal_before(step.event) if step.changes and not step.by_user else None
            if proposal is not None:
                edit = BringForward(step.position, day.events.index(proposal))
                yield Mutant(f"{self.name}:{step.name}", f"the agent does {step.name} before it asks", edit)
