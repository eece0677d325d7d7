"""Mutation analysis of a validator: every mutant of a day is performed, and the validator judges it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pare_harness.event_log import EventLog
from pare_harness.mutation.days import day_of
from pare_harness.mutation.equivalents import by_rule, declared, matches, stale
from pare_harness.mutation.mutant import Mutant, Operator
from pare_harness.mutation.operators import OPERATORS, mutants
from pare_harness.mutation.traces import Trace, difference, trace_of
from pare_harness.report import reason
from pare_harness.runner import SANDBOX, ScenarioRun, run_oracle
from pare_harness.scenarios.scenario import PAREScenario

Make = Callable[[], PAREScenario]
REJECTED = frozenset({"failed", "limit"})


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    """The validator rejects it, or it does not end."""
    SURVIVED = "survived"
    """The validator accepts it."""
    BROKE = "broke"
    """The validator neither accepts nor rejects it: it raises an exception, or gives no verdict."""
    EQUIVALENT = "equivalent"
    """The validator accepts it, and may."""
    SAME = "same"
    """Its run cannot be told from the original, or from that of an earlier mutant."""


COUNTED = frozenset({Fate.KILLED, Fate.SURVIVED, Fate.BROKE})


@dataclass(frozen=True)
class Trial:
    """A mutant and what became of it.

    `reason`: the validator's, or why it is set aside. `timeline`: how its day differs, for those that should have been
    rejected and were not.
    """

    mutant: Mutant
    fate: Fate
    reason: str | None = None
    timeline: str | None = None


@dataclass(frozen=True)
class MutationAnalysis:
    """A validator before the mutants of its day; without any where the `original` run of `scenario` is no success.

    `stale`: declarations of equivalents that are of no use, by pattern, with the reason.
    """

    scenario: PAREScenario
    original: ScenarioRun
    trials: tuple[Trial, ...]
    stale: Mapping[str, str]

    @cached_property
    def counts(self) -> dict[Fate, int]:
        """Mutants by fate, every fate named."""
        found = Counter(trial.fate for trial in self.trials)
        return {fate: found[fate] for fate in Fate}

    @property
    def counted(self) -> int:
        """Mutants that a validator should reject."""
        return sum(self.counts[fate] for fate in COUNTED)

    @property
    def kill_rate(self) -> float | None:
        """Killed / (killed + survived + broke); None without any."""
        return self.counts[Fate.KILLED] / self.counted if self.counted else None

    @property
    def survivors(self) -> tuple[Trial, ...]:
        """What should have been rejected and was not."""
        return tuple(trial for trial in self.trials if trial.fate in (Fate.SURVIVED, Fate.BROKE))


def analyse(make: Make, operators: Sequence[Operator] = OPERATORS) -> MutationAnalysis:
    """Perform the scenario as expected, then every mutant in a fresh scenario of `make`, which must always be the same.

    Raises `ScenarioError` for declarations that cannot be read.
    """
    scenario = make()
    original = run_oracle(scenario)
    if original.result.status != "success":
        return MutationAnalysis(scenario, original, (), {})
    trials, useless = _Analysis(make, original).result(operators)
    return MutationAnalysis(scenario, original, trials, useless)


class _Analysis:
    def __init__(self, make: Make, original: ScenarioRun) -> None:
        self.make, self.original = make, original
        self.times = {event.event_id: event.event_time or 0.0 for event in original.log.list_view()}
        self.expected = trace_of(original)
        self.seen: dict[Trace, str] = {self.expected: "the original"}
        self.accepted: list[str] = []

    def result(self, operators: Sequence[Operator]) -> tuple[tuple[Trial, ...], Mapping[str, str]]:
        scenario = self._fresh()
        equivalents = declared(scenario)
        found = list(mutants(day_of(scenario, self.times), operators))
        trials = tuple(self._try(mutant, equivalents) for mutant in found)
        return trials, stale(equivalents, self.accepted, [mutant.name for mutant in found])

    def _fresh(self) -> PAREScenario:
        scenario = self.make()
        scenario.initialize(sandbox_dir=SANDBOX)
        return scenario

    def _try(self, mutant: Mutant, equivalents: Mapping[str, str]) -> Trial:
        scenario = self._fresh()
        mutant.apply(day_of(scenario, self.times))
        run = run_oracle(scenario)
        trace = trace_of(run)
        if trace in self.seen:
            return Trial(mutant, Fate.SAME, f"its run cannot be told from {self.seen[trace]}")
        self.seen[trace] = f"that of {mutant.name}"
        if run.result.status in REJECTED:
            return Trial(mutant, Fate.KILLED, reason(run.result))
        if run.result.status != "success":
            return Trial(mutant, Fate.BROKE, reason(run.result) or "it gives no verdict", self._timeline(run.log))
        self.accepted.append(mutant.name)
        why = next((text for pattern, text in equivalents.items() if matches(mutant.name, pattern)), None)
        why = why or by_rule(self.expected, trace)
        if why is not None:
            return Trial(mutant, Fate.EQUIVALENT, why)
        return Trial(mutant, Fate.SURVIVED, None, self._timeline(run.log))

    def _timeline(self, log: EventLog) -> str:
        return difference(self.original.log, log)
