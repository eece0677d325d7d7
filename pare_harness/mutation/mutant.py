"""A mutant: one change of what is expected, to be performed in a fresh simulation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pare_harness.mutation.days import Day


class Edit(Protocol):
    """A change of the expected actions, as a frozen value."""

    def __call__(self, day: Day) -> None:
        """Change the events of `day`, which belong to a scenario that has not run."""


class Operator(Protocol):
    """One way in which days go wrong."""

    name: str

    def mutants(self, day: Day) -> Iterator[Mutant]:
        """All mutants of this kind; `day` is only read."""


@dataclass(frozen=True)
class Mutant:
    """A day with one thing wrong: its name for patterns, what is wrong in words, and the change."""

    name: str
    what: str
    edit: Edit

    def apply(self, day: Day) -> None:
        """Change the scenario of `day`."""
        self.edit(day)
        day.scenario.events = day.events
