"""PARE's part in the process that the user sees: runs that left no result, and the report at the end."""

from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_pytyche.journal import Journal, read_journal
from pytest_pytyche.pare.loading import runner_config
from pytest_pytyche.pare.records import Record, lost_record
from pytest_pytyche.pare.results import PareResults, gather, write
from pytest_pytyche.state import PARE, SETTINGS

HEADER = ("options", "started", "versions")


class PareReport(NamedTuple):
    """What is stored where; `problem` says why not all of it is."""

    results: PareResults
    folder: Path
    problem: str | None


def header_line(config: pytest.Config) -> str:
    """What the scenarios of the run are."""
    settings, found = config.stash[SETTINGS].pare, config.stash[PARE]
    scenarios = len({case.scenario_id for case in found.cases})
    runs = f" × {settings.runs} runs" if settings.runs > 1 else ""
    checks = f", checks {', '.join(settings.checks)}" if settings.suite else ""
    missing = f", {len(found.errors)} not discovered" if found.errors else ""
    return (
        f"pare: {scenarios} scenario{'' if scenarios == 1 else 's'}{runs}, split {settings.split_name}{checks}{missing}"
    )


def lost_lines(report: pytest.TestReport, config: pytest.Config) -> list[Record]:
    """The line of a built-in item that ended without a result: its process died, or something stopped it."""
    check, _, rest = report.nodeid.rpartition("pare::")[2].partition("[")
    found = config.stash.get(PARE, None)
    case = next((case for case in found.cases if case.id == rest.removesuffix("]")), None) if found else None
    if case is None:
        return []
    crash = getattr(report.longrepr, "reprcrash", None)
    reason = next(iter((crash.message if crash else str(report.longrepr)).splitlines()), report.outcome)
    return [lost_record(reason, nodeid=report.nodeid, check=check, seed=None, **case.identity)]


def conclude(journal: Journal, config: pytest.Config) -> PareReport:
    """Gather what the journal holds of PARE, and write it into the folder of the run."""
    lines = read_journal(journal.path)
    results = gather(lines, runner_config(config))
    header = {key: lines[0].get(key) for key in HEADER}
    problem = journal.problem
    try:
        write(results, journal.folder, config.stash[SETTINGS].pare.split_name, header)
    except OSError as error:
        problem = f"results cannot be stored in {journal.folder}: {error.strerror or error}"
    return PareReport(results, journal.folder, problem)
