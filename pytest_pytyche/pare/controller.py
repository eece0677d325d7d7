"""PARE's part in the process that the user sees: how scenarios are run, and runs that left no result."""

import os

import pytest

from pare_harness.redaction import Redactor
from pytest_pytyche.attempts import PARE_SETTING
from pytest_pytyche.pare.loading import runner_config
from pytest_pytyche.pare.records import Record, about, lost_record
from pytest_pytyche.state import PARE, settings_of


def header_line(config: pytest.Config) -> str:
    """What the scenarios of the run are."""
    settings, found = settings_of(config).pare, config.stash[PARE]
    scenarios = len({case.scenario_id for case in found.cases})
    runs = f" × {settings.runs} runs" if settings.runs > 1 else ""
    checks = f", checks {', '.join(settings.checks)}" if settings.suite else ""
    if settings.suite and "agent" in settings.checks:
        checks += f", agent {found.config.agent_type}, user {found.config.user_type}"
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
    return [lost_record(reason, nodeid=report.nodeid, check=check, **case.identity, **about(None))]


def setting_line(config: pytest.Config) -> Record:
    """What a report has to know of the scenarios' runs as a whole."""
    split = settings_of(config).pare.split_name
    said = Redactor.of_environment(os.environ)(runner_config(config).model_dump(mode="json"))
    return {"kind": PARE_SETTING, "split": split, "config": said}
