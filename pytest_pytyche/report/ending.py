"""How a session ends: its journal is closed, reported in files, and summed up in the terminal."""

import os
from datetime import UTC, datetime

import pytest

from pytest_pytyche.attempts import END
from pytest_pytyche.journal import Journal
from pytest_pytyche.pare.check_names import judged_by_gate
from pytest_pytyche.report import github
from pytest_pytyche.report.run import Run, RunError, load_run, write_run
from pytest_pytyche.report.terminal import write_folder, write_summary
from pytest_pytyche.state import settings_of

NOTHING_LEFT = frozenset({pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED})


def conclude(journal: Journal, session: pytest.Session, *, charts: bool = True) -> Run | None:
    """Write everything that is reported of the run; what cannot be written is said in `journal.problem`."""
    if journal.resumed is not None:
        session.exitstatus = status_of_all(journal, session)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    journal.append([{"kind": END, "exit_status": int(session.exitstatus), "ended": now}])
    journal.close()
    try:
        run = load_run(journal.folder)
    except RunError as error:
        journal.problem = journal.problem or str(error)
        return None
    try:
        write_run(run, charts=charts)
    except OSError as error:
        journal.problem = f"results cannot be stored in {journal.folder}: {error.strerror or error}"
    try:
        github.append_summary(run, os.environ)
    except OSError as error:
        journal.problem = journal.problem or f"${github.SUMMARY}: {error.filename}: {error.strerror or error}"
    return run


def write_ending(reporter: pytest.TerminalReporter, run: Run) -> None:
    """Write what was found, what is missing, and where it is stored."""
    if run.measured:
        write_summary(reporter, run)
    if run.pare is not None:
        from pytest_pytyche.pare.terminal import write_pare_summary  # noqa: PLC0415  # loads pare_harness

        write_pare_summary(reporter, run.pare, run.options)
    for line in github.annotations(run, os.environ):
        reporter.write_line(line)
    write_folder(reporter, run.folder)


def status_of_all(journal: Journal, session: pytest.Session) -> int:
    """A run that is continued fails for what failed before, and is no failure for having nothing left to do."""
    if session.exitstatus not in NOTHING_LEFT:
        return int(session.exitstatus)
    try:
        run = load_run(journal.folder)
    except RunError:
        return int(pytest.ExitCode.TESTS_FAILED)
    gated = bool(settings_of(session.config).gate.pare_baselines)
    ended = [(failure.what.partition("[")[0], failure.status) for failure in (run.pare.failures if run.pare else ())]
    failed = bool(run.failures) or any(not (gated and judged_by_gate(*one)) for one in ended)
    return int(pytest.ExitCode.TESTS_FAILED if failed else pytest.ExitCode.OK)
