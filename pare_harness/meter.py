"""What one run uses: counted, and held against the budgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

from pare_harness.agents.chat import Usage
from pare_harness.budgets import RUN, SPENDABLE, Budget, Ledger

Number = TypeVar("Number", int, float)

NO_BUDGET = Budget()


@dataclass
class ModelUse:
    """What models did in one run.

    Tokens and cost are None as long as no model has answered, and from the first answer on that does not tell them.
    """

    model_calls: int = 0
    model_retries: int = 0
    malformed_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


@dataclass
class Meter:
    """Counts for one run; every `require` raises `BudgetReached` where the run or its session has used up a budget."""

    budget: Budget = NO_BUDGET
    ledger: Ledger | None = None
    use: ModelUse = field(default_factory=ModelUse)
    used: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*SPENDABLE, "seconds"), 0.0))
    answers: int = 0
    _started: float = field(default_factory=perf_counter)

    def before_turn(self) -> None:
        self._require("turns", "seconds")

    def after_turn(self) -> None:
        self._spend("turns", 1)

    def before_call(self) -> None:
        """Before a tool is called, which counts from here."""
        self._require("calls", "seconds")
        self._spend("calls", 1)

    def before_model(self) -> None:
        self._require("tokens", "money", "seconds")
        self.use.model_calls += 1

    def after_model(self, usage: Usage, retries: int) -> None:
        """Enter what an answer took."""
        use, first = self.use, self.answers == 0
        self.answers += 1
        use.model_retries += retries
        use.prompt_tokens = _sum(use.prompt_tokens, usage.prompt_tokens, first=first)
        use.completion_tokens = _sum(use.completion_tokens, usage.completion_tokens, first=first)
        use.cost = _sum(use.cost, usage.cost, first=first)
        self._spend("tokens", (usage.prompt_tokens or 0) + (usage.completion_tokens or 0))
        self._spend("money", usage.cost or 0)

    def failed_model(self, retries: int) -> None:
        """Enter a question that was not answered."""
        self.use.model_retries += retries

    def malformed(self) -> None:
        """Enter a tool call that could not be made as the model wrote it."""
        self.use.malformed_calls += 1

    def _require(self, *names: str) -> None:
        if self.budget is not NO_BUDGET:
            self.used["seconds"] = perf_counter() - self._started
            self.budget.require(RUN, self.used, names)
        if self.ledger is not None:
            self.ledger.require(names)

    def _spend(self, name: str, amount: float) -> None:
        self.used[name] += amount
        if self.ledger is not None and amount and getattr(self.ledger.budget, name) is not None:
            self.ledger.add(name, amount)


def total_use(runs: Iterable[ModelUse], unanswered: Iterable[ModelUse] = ()) -> ModelUse:
    """All of them together; of tokens and cost only those `runs` count that have asked a model."""
    total, first = ModelUse(), True
    for use, answered in (*((use, True) for use in runs), *((use, False) for use in unanswered)):
        if use.model_calls and answered:
            total.prompt_tokens = _sum(total.prompt_tokens, use.prompt_tokens, first=first)
            total.completion_tokens = _sum(total.completion_tokens, use.completion_tokens, first=first)
            total.cost = _sum(total.cost, use.cost, first=first)
            first = False
        total.model_calls += use.model_calls
        total.model_retries += use.model_retries
        total.malformed_calls += use.malformed_calls
    return total


def _sum(total: Number | None, more: Number | None, *, first: bool) -> Number | None:
    """The sum; None where one of them is not known."""
    if first:
        return more
    return None if total is None or more is None else total + more
