"""The summary of PARE runs that ends a session."""

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote

import pytest

from pare_harness.scenarios.validation_result import STATUSES, PAREMultiScenarioValidationResult
from pytest_pytyche.pare.controller import PareReport
from pytest_pytyche.pare.results import Failure
from pytest_pytyche.pare.settings import PareSettings

NARROWING = ("--pare-check=", "--pare-split=")
SHOWN_FAILURES = 10
FIGURES = {
    "proposals": "total_proposals",
    "acceptances": "total_acceptances",
    "read-only": "total_read_only_actions",
    "write": "total_write_actions",
    "turns": "total_turns",
    "seconds": "",
}


def write_pare_summary(reporter: pytest.TerminalReporter, report: PareReport, settings: PareSettings) -> None:
    """Write two tables with a row per check, what did not succeed with a command for each, and where results are."""
    reporter.write_sep("=", "pare")
    for line in (*tables(report.results.checks), *failure_lines(report.results.failures, settings)):
        reporter.write_line(line)
    if report.problem:
        reporter.write_line(report.problem, red=True)
    folder, start = report.folder, reporter.startpath
    reporter.write_line(f"results: {folder.relative_to(start) if folder.is_relative_to(start) else folder}")


def tables(checks: Mapping[str, PAREMultiScenarioValidationResult]) -> Iterator[str]:
    """How the runs of each check ended, then what happened in them."""
    if checks:
        statuses = [status.replace("_", " ") for status in STATUSES]
        yield from _aligned([("check", "scenarios", "runs", *statuses), *map(_endings, checks.items())])
        yield ""
        yield from _aligned([("check", *FIGURES), *map(_figures, checks.items())])
        yield ""


def failure_lines(failures: Sequence[Failure], settings: PareSettings) -> Iterator[str]:
    """Each with its status, its reason and the command that runs just that item again."""
    for failure in failures[:SHOWN_FAILURES]:
        first, *more = failure.reason.splitlines()
        yield f"{failure.what}: {failure.status}: {first}{f' (and {len(more)} more)' if more else ''}"
        yield f"  {rerun_command(failure.nodeid, settings)}"
    if len(failures) > SHOWN_FAILURES:
        yield f"… and {len(failures) - SHOWN_FAILURES} more; pare.json has them all"


def rerun_command(nodeid: str, settings: PareSettings) -> str:
    """What to type to run one item again, with the options that this run was given."""
    options = [text for text in settings.given if not text.startswith(NARROWING)]
    return " ".join(quote(word) for word in ("pytest", *options, nodeid))


def _endings(named: tuple[str, PAREMultiScenarioValidationResult]) -> tuple[str, ...]:
    check, found = named
    scenarios = len({scenario_id for scenario_id, _ in found.scenario_results})
    return check, str(scenarios), str(len(found.scenario_results)), *map(str, found.status_counts.values())


def _figures(named: tuple[str, PAREMultiScenarioValidationResult]) -> tuple[str, ...]:
    check, found = named
    return check, *(str(getattr(found, total)) for total in FIGURES.values() if total), f"{found.duration:.3f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
