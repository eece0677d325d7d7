"""Arguments that are not what they should be."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pare_harness.event_log import plain
from pare_harness.mutation.days import Day, Step
from pare_harness.mutation.mutant import Mutant
from pare_harness.mutation.values import Perturbation, perturbations


@dataclass(frozen=True)
class Change:
    """The action in this place is done with another value of one argument."""

    position: int
    argument: str
    value: Any

    def __call__(self, day: Day) -> None:
        action = day.oracle(self.position).event.action
        action.args = action.args | {self.argument: self.value}


class Perturb:
    """Each argument that the scenario gives is perturbed by its type.

    Left alone are arguments at their default, which the scenario leaves to the app, and the words of the user to the
    agent, of which only the answer counts.
    """

    name = "perturb"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        for step in day.steps():
            if not (step.by_user and step.talks):
                for argument, value in _given(step):
                    for one in perturbations(value):
                        yield self._mutant(step, argument, one)

    def _mutant(self, step: Step, argument: str, one: Perturbation) -> Mutant:
        part = ".".join(map(str, (step.name, argument, *one.path)))
        what = f"{part} is {plain(one.new)!r} instead of {plain(one.old)!r}"
        return Mutant(f"{self.name}:{part}", what, Change(step.position, argument, one.whole))


def _given(step: Step) -> Iterator[tuple[str, Any]]:
    parameters = inspect.signature(step.action.function).parameters
    for name, value in step.action.arguments.items():
        default = parameters[name].default if name in parameters else inspect.Parameter.empty
        if default is inspect.Parameter.empty or type(value) is not type(default) or value != default:
            yield name, value
