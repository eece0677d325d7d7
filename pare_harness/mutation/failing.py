"""Calls that fail, and are not tried again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pare_harness.errors import ToolFailure
from pare_harness.mutation.days import Day
from pare_harness.mutation.mutant import Mutant


@dataclass(frozen=True)
class FailCall:
    """The call in this place fails without having done anything, and the day goes on."""

    position: int

    def __call__(self, day: Day) -> None:
        event = day.oracle(self.position).event
        event.action = replace(event.action, function=_failing(event.action.function))


class Fail:
    """Each call of the agent fails once; the conversation is spared, as in noise."""

    name = "fail"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        for step in day.steps():
            if not (step.by_user or step.talks):
                what = f"{step.name} fails, and the agent does not try again"
                yield Mutant(f"{self.name}:{step.name}", what, FailCall(step.position))


def _failing(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def fails(*_args: Any, **_kwargs: Any) -> None:
        raise ToolFailure(f"{function.__name__} is not available at the moment; try again later")

    return fails
