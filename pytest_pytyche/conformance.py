"""`--pytyche-check-estimator`: an estimator -> items that check what every estimator must do."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_pytyche.collection import BuiltInModule, SuiteCollector, is_selected
from pytest_pytyche.runtime import start_runtime
from pytest_pytyche.state import settings_of

if TYPE_CHECKING:
    from pytest_pytyche.checks.conformance import Trial

NODE = "pytyche-estimator"
SECONDS = "pytyche_seconds"
ONCE = ("errors", "timing")
"""Checks that choose their experiments themselves."""
TRIALS: pytest.StashKey[dict[str, "Trial"]] = pytest.StashKey()


class Conformance(NamedTuple):
    """What one item is about; `experiment` is empty where a check has its own."""

    estimator: str
    experiment: str

    @property
    def id(self) -> str:
        """What stands in the brackets of a node id."""
        return f"{self.estimator}-{self.experiment}" if self.experiment else self.estimator


class ConformanceModule(BuiltInModule):
    """The checks of the estimators that were named."""

    def _getobj(self) -> ModuleType:
        return import_module("pytest_pytyche.checks.estimator_suite")

    def funcnamefilter(self, name: str) -> bool:
        """Every public function of the module is a check."""
        return not name.startswith("_") and name != "one_line_failures"

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """All items, or those whose node ids were given."""
        selected = settings_of(self.config).selected_conformance
        return [item for item in super().collect() if not selected or is_selected(item.nodeid, selected)]


class ConformanceReport:
    """The plugin that tells how long fits took."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line per estimator."""
        lines = [
            text
            for reports in terminalreporter.stats.values()
            for report in reports
            if getattr(report, "when", None) == "call"
            for name, text in report.user_properties
            if name == SECONDS
        ]
        if lines:
            terminalreporter.section("seconds of a fit")
            for line in lines:
                terminalreporter.write_line(line)


def start_conformance(config: pytest.Config) -> None:
    """Load the estimators and add their checks; pytest.UsageError for a name that nobody goes by."""
    from pytest_pytyche.checks.conformance import Trial  # noqa: PLC0415  # heavy: loads the generators

    names = settings_of(config).conformance
    runtime = start_runtime(config)
    runtime.load(names, "--pytyche-check-estimator")
    config.stash[TRIALS] = {name: Trial(runtime.estimator(name)) for name in names}
    SuiteCollector.of(config).makers.append(_module)
    config.pluginmanager.register(ConformanceReport(), "pytyche-conformance")


def parametrise_conformance(metafunc: pytest.Metafunc) -> None:
    """Give a check every estimator, and every experiment unless it has its own."""
    from pytest_pytyche.checks.conformance import EXPERIMENTS  # noqa: PLC0415  # loaded already, as it is in use

    experiments = ("",) if metafunc.definition.name in ONCE else EXPERIMENTS
    cases = [Conformance(name, each) for name in metafunc.config.stash[TRIALS] for each in experiments]
    metafunc.parametrize("pytyche_conformance", cases, ids=[case.id for case in cases])


def _module(session: pytest.Session) -> ConformanceModule:
    return ConformanceModule.from_parent(session, path=session.config.rootpath, name=NODE, nodeid=NODE)
