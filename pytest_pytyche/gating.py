"""The end of a session: what it found is judged against baselines, or becomes one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

from pytest_pytyche.attempts import VERDICTS
from pytest_pytyche.journal import Journal
from pytest_pytyche.option_tables import BASELINE, EXPECT_FAIL, LIMIT, PARE_BASELINE, Option
from pytest_pytyche.options import may_have_files, unknown
from pytest_pytyche.state import PLAN

if TYPE_CHECKING:
    from pytest_pytyche.gate.rules import ExpectedFailure
    from pytest_pytyche.gate_settings import GateSettings
    from pytest_pytyche.settings import Settings

Record = dict[str, Any]
Rule = TypeVar("Rule")
NOT_STORED = "nothing is compared or written: not all results could be stored"
FINISHED = frozenset({pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED})


@dataclass
class Conclusion:
    """What came of the comparison: rows of verdicts, lines to print, and whether the session fails because of it."""

    rows: list[Record] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    failed: bool = False


class Gate(Protocol):
    """Judges what a journal holds of one kind of scenario, or writes it into a baseline."""

    @property
    def writes(self) -> Path | None:
        """The baseline that it will write, None where it compares."""

    def conclude(self, journal: Journal, session: pytest.Session) -> Conclusion:
        """May append to the journal what it had to run for that."""


class GateKeeper:
    """The plugin that lets the gates conclude before the journal is closed; in the controlling process only."""

    def __init__(self, gates: Sequence[Gate]) -> None:
        self.gates = gates
        self.conclusions: list[Conclusion] = []

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge, store the verdicts, and fail a session that was good so far if one of them says so."""
        journal: Journal = session.config.pluginmanager.get_plugin("pytyche-controller").journal  # type: ignore[union-attr]  # registered along with this
        if journal.started and not journal.problem:
            self.conclusions = self._conclude(journal, session)
        if journal.problem:  # a part of the results says nothing of the whole
            self.conclusions = [Conclusion(lines=[NOT_STORED], failed=True)]
        rows = [row for conclusion in self.conclusions for row in conclusion.rows]
        if rows:
            journal.append([{"kind": VERDICTS, "rows": rows}])
        if any(conclusion.failed for conclusion in self.conclusions) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _conclude(self, journal: Journal, session: pytest.Session) -> list[Conclusion]:
        if journal.resumed is not None:
            from pytest_pytyche.report.ending import status_of_all  # noqa: PLC0415  # heavy: loads polars

            session.exitstatus = status_of_all(journal, session)
        return [gate.conclude(journal, session) for gate in self.gates]

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the verdicts, after everything else that is said of the run."""
        lines = [line for conclusion in self.conclusions for line in conclusion.lines]
        if not lines:
            return
        failed = any(conclusion.failed for conclusion in self.conclusions)
        terminalreporter.write_sep("=", "gate", red=failed, green=not failed)
        for line in lines:
            terminalreporter.write_line(line)


def expectations_of(settings: "GateSettings") -> "tuple[ExpectedFailure, ...]":
    """What may fail; pytest.UsageError, one line, for a rule that cannot be read or whose metric there is not."""
    if not settings.expected:
        return ()
    from pytest_pytyche.baselines import MEASURED  # noqa: PLC0415  # heavy: loads polars
    from pytest_pytyche.gate.parsing import parse_expected  # noqa: PLC0415  # heavy: loads scipy

    found = tuple(parsed(parse_expected, EXPECT_FAIL, text) for text in settings.expected)
    metrics = [column.name for column in MEASURED]
    for rule in found:
        if rule.metric not in (None, *metrics):
            raise unknown(f"metric of {EXPECT_FAIL.flag}", str(rule.metric), metrics)
    return found


def parsed(parse: Callable[[str], Rule], option: Option, text: str) -> Rule:
    """The rule that was typed; pytest.UsageError, one line, where it is none."""
    try:
        return parse(text)
    except ValueError as error:
        raise pytest.UsageError(f"{option.flag}={error}") from error


def start_gate(config: pytest.Config, settings: "Settings") -> None:
    """Read the baselines before anything runs; pytest.UsageError, one line, for what cannot be compared.

    Those that an ini file names for scenarios wait for the end of collection: a catalog file may bring scenarios of its
    own, which they are not about.
    """
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    gates: list[Gate] = []
    expected = expectations_of(settings.gate)
    if settings.gate.catalog:
        gates += _catalog_gates(config, settings.gate)
    if config.getoption(PARE_BASELINE.key) is not None:
        gates += scenario_gates(config, settings.gate)
    if not (gates or settings.gate.pare_baselines or may_have_files(config)):
        _require_use(config, settings, expected)
    if gates:
        config.pluginmanager.register(GateKeeper(gates), "pytyche-gate")


def _require_use(config: pytest.Config, settings: "Settings", expected: "Sequence[ExpectedFailure]") -> None:
    """pytest.UsageError for an expectation that was typed where nothing is compared, and that no fit can meet either.

    What an ini file says waits for a run that it is about.
    """
    if config.getoption(EXPECT_FAIL.key) is None:
        return
    if PLAN not in config.stash:
        raise _no_catalog(EXPECT_FAIL)
    if not (settings.suite and "estimate" in settings.checks):
        add = "--pytyche-check=estimate" if settings.suite else "--pytyche-suite"
        raise pytest.UsageError(f"{EXPECT_FAIL.flag} is about estimates of the built-in checks; add {add}")
    for text, rule in zip(settings.gate.expected, expected, strict=True):
        if rule.metric is not None:
            raise pytest.UsageError(
                f"{EXPECT_FAIL.flag}={text!r} is about a verdict; add {BASELINE.flag}=FILE or {LIMIT.flag}=RULE"
            )


def _no_catalog(option: Option) -> pytest.UsageError:
    return pytest.UsageError(f"{option.flag} is about estimates of a catalog; say which with --pytyche-profile=NAME")


def scenario_gates(config: pytest.Config, settings: "GateSettings") -> list[Gate]:
    """That of the scenarios of the session, if they are compared with anything."""
    if not settings.pare_baselines:
        return []
    from pytest_pytyche.pare.gate import PareGate  # noqa: PLC0415  # heavy: loads pare_harness and polars

    return [PareGate(config, settings)]


def _catalog_gates(config: pytest.Config, settings: "GateSettings") -> list[Gate]:
    """That of the run's catalog; catalog files take the options for theirs once they are collected."""
    if PLAN not in config.stash:
        typed = [option for option in (BASELINE, LIMIT) if config.getoption(option.key) is not None]
        if may_have_files(config) or not typed:  # what an ini file says waits for a run that has a catalog
            return []
        raise _no_catalog(typed[0])
    from pytest_pytyche.catalog_gate import CatalogGate  # noqa: PLC0415  # heavy: loads polars and scipy

    return [CatalogGate(config, settings, config.stash[PLAN].catalog)]
