"""The user's answer turned round: the agent goes on as if it had heard the other one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pare_harness.capture import EventRegisterer
from pare_harness.mutation.days import ACCEPT, REJECT, Day
from pare_harness.mutation.mutant import Mutant

OPPOSITE = {ACCEPT: (REJECT, "No."), REJECT: (ACCEPT, "Yes.")}


@dataclass(frozen=True)
class TurnRound:
    """The answer in this place is the other one."""

    position: int

    def __call__(self, day: Day) -> None:
        answer = day.oracle(self.position).event
        function, content = OPPOSITE[answer.function_name()]
        with EventRegisterer.capture_mode():
            answer.action = getattr(answer.action.app, function)(content=content).action


class Answer:
    """Each acceptance becomes a rejection, and each rejection an acceptance."""

    name = "answer"

    def mutants(self, day: Day) -> Iterator[Mutant]:
        for step in day.steps():
            if step.talks and step.action.function_name in OPPOSITE:
                does = "rejects" if step.action.function_name == ACCEPT else "accepts"
                what = f"the user {does}, and all goes on as if she had not"
                yield Mutant(f"{self.name}:{step.name}", what, TurnRound(step.position))
