"""Mutants that nobody should hold against a validator: by rule, or because the scenario says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pare_harness.errors import ScenarioError
from pare_harness.mutation.traces import Trace

if TYPE_CHECKING:
    from pare_harness.scenarios.scenario import PAREScenario

ONLY_READS = "it differs in reads alone: everything that was changed or said is the same"
ONLY_AGAIN = "it does a thing again that leaves everything as it was"


def by_rule(expected: Trace, happened: Trace) -> str | None:
    """Why a day that is not as expected is as good, seen from outside; None where it may not be."""
    if happened.changes == expected.changes:
        return ONLY_READS
    if happened.distinct_changes == expected.distinct_changes and happened.state == expected.state:
        return ONLY_AGAIN
    return None


def declared(scenario: PAREScenario) -> Mapping[str, str]:
    """Pattern -> reason, as the scenario says; `ScenarioError` for what is no such thing."""
    found: object = scenario.equivalent_mutants
    where = f"equivalent_mutants of scenario {scenario.scenario_id!r}"
    if not isinstance(found, Mapping):
        raise ScenarioError(f"{where} is {found!r}; expected patterns of mutants, each with its reason")
    for pattern, reason in found.items():
        if not (isinstance(pattern, str) and isinstance(reason, str) and reason.strip()):
            raise ScenarioError(f"{where}: {pattern!r}: {reason!r}; expected a pattern of mutants and a reason")
    return found


def matches(name: str, pattern: str) -> bool:
    """Whether a mutant of that name is meant: `*`, `?` and `[…]` as in file names, upper and lower case as written."""
    return name == pattern or fnmatchcase(name, pattern)


def stale(patterns: Iterable[str], survivors: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Why a pattern is of no use: no mutant has such a name, or the validator rejects all that have."""
    survivors, names = list(survivors), list(names)
    found = {}
    for pattern in patterns:
        if not any(matches(name, pattern) for name in names):
            close = get_close_matches(pattern, names, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            found[pattern] = f"no mutant has such a name{hint}"
        elif not any(matches(name, pattern) for name in survivors):
            found[pattern] = "the validator rejects every mutant of that name"
    return found
