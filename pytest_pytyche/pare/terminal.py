"""The summary of PARE runs that ends a session."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import chain

import pytest

from pare_harness.meter import ModelUse
from pare_harness.scenarios.validation_result import STATUSES, PAREMultiScenarioValidationResult
from pytest_pytyche.pare.mutants_report import terminal_lines
from pytest_pytyche.pare.rate_tables import is_repeated, rate_rows, terminal_rows
from pytest_pytyche.pare.results import Failure, PareResults
from pytest_pytyche.report.rerun import pare_command
from pytest_pytyche.text import aligned, shown

SHOWN_FAILURES = 10
FIGURES = {
    "proposals": "total_proposals",
    "acceptances": "total_acceptances",
    "read-only": "total_read_only_actions",
    "write": "total_write_actions",
    "turns": "total_turns",
    "seconds": "",
}


def write_pare_summary(reporter: pytest.TerminalReporter, results: PareResults, options: Sequence[str]) -> None:
    """Write two tables with a row per check, one of mutants, and what did not succeed with a command for each."""
    reporter.write_sep("=", "pare")
    parts = (tables(results.checks), rate_lines(results), terminal_lines(results))
    for line in chain(*parts, failure_lines(results.failures, options)):
        reporter.write_line(line)


def tables(checks: Mapping[str, PAREMultiScenarioValidationResult]) -> Iterator[str]:
    """How the runs of each check ended, then what happened in them."""
    if checks:
        statuses = [status.replace("_", " ") for status in STATUSES]
        yield from aligned([("check", "scenarios", "runs", *statuses), *map(_endings, checks.items())])
        yield ""
        yield from aligned([("check", *FIGURES), *map(_figures, checks.items())])
        yield ""
        yield from model_lines(checks)


def model_lines(checks: Mapping[str, PAREMultiScenarioValidationResult]) -> Iterator[str]:
    """What models used; nothing where none was asked."""
    used = {check: found.model_use for check, found in checks.items()}
    rows = [(check, *map(_figure, astuple(use))) for check, use in used.items() if use.model_calls]
    if rows:
        names = [field.name.replace("_", " ") for field in fields(ModelUse)]
        yield from aligned([("check", *names), *rows])
        yield ""


def rate_lines(results: PareResults) -> Iterator[str]:
    """Rates of repeated runs; nothing where each scenario ran once."""
    rows = rate_rows(results.records)
    if is_repeated(rows):
        yield from aligned(terminal_rows(rows), left=3)
        yield ""


def failure_lines(failures: Sequence[Failure], options: Sequence[str]) -> Iterator[str]:
    """Each with its status, its reason and the command that runs just that item again."""
    for failure in failures[:SHOWN_FAILURES]:
        first, *more = failure.reason.splitlines()
        yield f"{shown(failure.what)}: {failure.status}: {shown(first)}{f' (and {len(more)} more)' if more else ''}"
        yield f"  {pare_command(failure.nodeid, options)}"
    if len(failures) > SHOWN_FAILURES:
        yield f"… and {len(failures) - SHOWN_FAILURES} more; pare.json has them all"


def _endings(named: tuple[str, PAREMultiScenarioValidationResult]) -> tuple[str, ...]:
    check, found = named
    scenarios = len({scenario_id for scenario_id, _ in found.scenario_results})
    return check, str(scenarios), str(len(found.scenario_results)), *map(str, found.status_counts.values())


def _figure(value: object) -> str:
    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _figures(named: tuple[str, PAREMultiScenarioValidationResult]) -> tuple[str, ...]:
    check, found = named
    return check, *(str(getattr(found, total)) for total in FIGURES.values() if total), f"{found.duration:.3f}"
