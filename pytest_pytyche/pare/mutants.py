"""The check of validators: what becomes of a scenario's mutants, as a result, as a record and in numbers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from pare_harness.mutation import COUNTED, Fate, MutationAnalysis, Trial, analyse
from pare_harness.mutation.traces import cut
from pare_harness.report import reason
from pare_harness.scenarios.scenario import PAREScenario
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pytest_pytyche.errors import describe
from pytest_pytyche.pare.records import Record
from pytest_pytyche.text import printable, stored

if TYPE_CHECKING:
    from pare_harness.runner import ScenarioRun

WIDTH, TIMELINE = 200, 12_000
NAMED, SHOWN, KEPT = 3, 5, 20
"""Survivors named in one line, shown in the terminal, and kept with their timelines in the journal."""


class MutantCounts(NamedTuple):
    """What became of the mutants of one scenario, `what` with its run; `record`: as in `pare.json`."""

    nodeid: str
    what: str
    record: Record

    @property
    def kill_rate(self) -> float | None:
        """Share of mutants that the validator rejects, of those that it should; None without any."""
        rate: float | None = self.record["kill_rate"]
        return rate

    @property
    def counts(self) -> dict[str, int]:
        """Mutants by fate."""
        return dict(self.record["counts"])

    @property
    def survivors(self) -> list[Record]:
        """Those that should have been rejected; the first of them have a timeline."""
        return list(self.record["survivors"])

    @property
    def stale(self) -> dict[str, str]:
        """Declarations of equivalents that are of no use, with the reason."""
        return dict(self.record["stale"])


class Examined(NamedTuple):
    """What the check found; `analysis` is None where the scenario could not be made or its declarations not be read."""

    result: PAREScenarioValidationResult
    analysis: MutationAnalysis | None = None


def examine(make: Callable[[], PAREScenario], least: float) -> Examined:
    """Perform all mutants; a success is a kill rate of `least` or more. Whatever breaks is the exception."""
    started = perf_counter()
    try:
        analysis = analyse(make)
    except Exception as error:  # noqa: BLE001 - the constructor is the user's; the result says what it raised
        return Examined(PAREScenarioValidationResult(success=None, exception=error, rationale=describe(error)))
    result = replace(_judged(analysis, least), duration=perf_counter() - started)
    return Examined(result, analysis)


def mutants_record(analysis: MutationAnalysis) -> Record:
    """What the journal keeps: numbers, survivors, and what was set aside and why."""
    survivors = [_kept(trial, with_timeline=number < KEPT) for number, trial in enumerate(analysis.survivors)]
    aside = [trial for trial in analysis.trials if trial.fate not in COUNTED]
    stale = {stored(printable(pattern)): stored(printable(why)) for pattern, why in analysis.stale.items()}
    return {
        "kill_rate": analysis.kill_rate,
        "counts": {fate.value: count for fate, count in analysis.counts.items()},
        "survivors": survivors,
        "set_aside": [{"name": one.mutant.name, "fate": one.fate.value, "reason": one.reason} for one in aside],
        "stale": stale,
    }


def total_rate(counts: dict[str, int]) -> float | None:
    """Share of killed mutants among those that count; None without any."""
    counted = sum(counts[fate.value] for fate in COUNTED)
    return counts[Fate.KILLED.value] / counted if counted else None


def survivor_text(survivors: list[Record], width: int) -> Iterator[str]:
    """The first survivors, each with its timeline; lines that are as expected are cut to `width` columns."""
    for survivor in survivors[:SHOWN]:
        yield f"{survivor['name']} {heading(survivor)}"
        yield from cut(survivor["timeline"] or "", width)
        yield ""
    if len(survivors) > SHOWN:
        yield f"… and {len(survivors) - SHOWN} more; pare.json has them all"


def heading(survivor: Record) -> str:
    """What is wrong with the day, and what came of it."""
    ending = "" if survivor["fate"] == "survived" else f": {survivor['reason']}"
    return f"{survivor['fate']}{ending} ({survivor['what']})"


def _judged(analysis: MutationAnalysis, least: float) -> PAREScenarioValidationResult:
    if analysis.original.result.status != "success":
        return _without_mutants(analysis.original)
    rate = analysis.kill_rate
    if rate is None:
        why = "no mutant counts, so its validator cannot be judged"
        return PAREScenarioValidationResult(success=None, rationale=why)
    if rate >= least:
        return PAREScenarioValidationResult(success=True)
    names = [trial.mutant.name for trial in analysis.survivors]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    killed = analysis.counted - len(names)
    why = f"its validator rejects {killed} of {analysis.counted} mutants, {rate:.1%}; expected at least {least:.1%}"
    return PAREScenarioValidationResult(success=False, rationale=f"{why}; not {', '.join(names[:NAMED])}{more}")


def _without_mutants(original: "ScenarioRun") -> PAREScenarioValidationResult:
    found = original.result
    why = f"the expected day itself is no success: {reason(found) or found.status}"
    return PAREScenarioValidationResult(success=found.success, exception=found.exception, rationale=why)


def _kept(trial: Trial, *, with_timeline: bool) -> dict[str, Any]:
    lines = "\n".join(cut(printable(trial.timeline or ""), WIDTH))
    text = stored(lines, TIMELINE) if with_timeline else None
    return {
        "name": trial.mutant.name,
        "what": stored(printable(trial.mutant.what)),
        "fate": trial.fate.value,
        "reason": None if trial.reason is None else stored(printable(trial.reason)),
        "timeline": text,
    }
