"""Scenarios -> items: the built-in checks, what could not be discovered, and users' tests once per scenario.

Light: nothing of the harness is loaded before somebody asks for a scenario.
"""

import os
from collections.abc import Generator, Iterator
from errno import EACCES
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import pytest

from pytest_pytyche.options import may_have_files
from pytest_pytyche.pare.cassettes import REPORT as CASSETTES
from pytest_pytyche.pare.cassettes import CassetteReport
from pytest_pytyche.pare.settings import PareSettings, source
from pytest_pytyche.state import FILES, PARE, settings_of

if TYPE_CHECKING:
    from pare_harness.scenarios.config import ScenarioRunnerConfig
    from pytest_pytyche.pare.loading import Scenarios

NODE = "pare"
PLUGIN = "pytyche-pare"
WIDTH = "pare_width"
LOG_WIDTH = (160, 24)
"""Columns and lines where nobody sits in front, as in the log of a CI job."""


class PareCollector(pytest.Collector):
    """Everything built in, in the order of the scenarios; errors of discovery come first, whatever else is run."""

    def __init__(self, *, width: int, **node: Any) -> None:
        super().__init__(**node)
        self.width = width

    def collect(self) -> list[pytest.Item]:
        """Items only: no scenario object is made. What belongs to a catalog file is collected there."""
        of_file = any(run.has_scenarios for run in self.config.stash.get(FILES, {}).values())
        if PARE not in self.config.stash or (of_file and isinstance(self.parent, pytest.Session)):
            return []
        found, settings = self.config.stash[PARE], settings_of(self.config).pare
        items = [*self._errors(found), *self._checks(found, settings)]
        return [item for item in items if not settings.selected or is_selected(item.nodeid, settings.selected)]

    def _errors(self, found: "Scenarios") -> Iterator[pytest.Item]:
        from pytest_pytyche.pare.items import DiscoveryItem  # noqa: PLC0415  # loads the harness

        for file, message in found.errors.items():
            yield DiscoveryItem.from_parent(self, name=f"discovery[{file}]", file=file, message=message)

    def _checks(self, found: "Scenarios", settings: PareSettings) -> Iterator[pytest.Item]:
        from pytest_pytyche.pare.items import ITEMS  # noqa: PLC0415  # loads the harness

        for check in settings.checks if settings.suite else ():
            for case in found.cases:
                name = f"{check}[{case.id}]"
                yield ITEMS[check].from_parent(self, name=name, check=check, case=case, width=self.width)


class PareCollection:
    """The plugin that adds PARE items to a session, after everything else.

    `width`: of the user's terminal, which only the process that she sees can know.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.in_time = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker how wide timelines may be."""
        node.workerinput[WIDTH] = self.width

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Give the session one more child; scenarios that tests ask for are known by the time it is collected."""
        self.in_time = self.in_time or isinstance(collector, pytest.Session)
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            ours = PareCollector.from_parent(collector, name=NODE, nodeid=NODE, width=self.width)
            report.result = [*(report.result or ()), ours]
        return report


def timeline_width(config: pytest.Config) -> int:
    """Columns of the user's terminal, in whatever process."""
    plugin = config.pluginmanager.get_plugin(PLUGIN)
    return plugin.width if isinstance(plugin, PareCollection) else get_terminal_size(LOG_WIDTH).columns


def report_cassettes(config: pytest.Config) -> None:
    """Let the process that the user sees tell of recordings, once."""
    if not hasattr(config, "workerinput") and not config.pluginmanager.hasplugin(CASSETTES):
        config.pluginmanager.register(CassetteReport(config), CASSETTES)


def start_scenarios(config: pytest.Config, settings: PareSettings) -> None:
    """Find what the run needs before it collects; pytest.UsageError, one line, where something makes no sense."""
    here = get_terminal_size(LOG_WIDTH).columns
    config.pluginmanager.register(PareCollection(getattr(config, "workerinput", {}).get(WIDTH, here)), PLUGIN)
    report_cassettes(config)
    if not settings.eager:
        return
    from pytest_pytyche.pare.loading import scenarios_of  # noqa: PLC0415  # loads the harness

    found = scenarios_of(config)
    if not (found.cases or found.errors):
        if may_have_files(config):
            del config.stash[PARE]
            return
        what = next(iter((*settings.given, *settings.selected)), "--pytyche-suite")
        raise pytest.UsageError(f"{what} needs scenarios; say where they are with --pare-scenarios=PATH")
    _require_selected(found, settings)
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        require_traces(config, found.config)


def _require_selected(found: "Scenarios", settings: PareSettings) -> None:
    from pytest_pytyche.pare.loading import hint, not_discovered  # noqa: PLC0415  # loaded already

    known = [f"{NODE}::discovery[{file}]" for file in found.errors]
    known += [f"{NODE}::{check}[{case.id}]" for check in settings.checks for case in found.cases]
    groups = [f"{NODE}::{name}" for name in ("discovery", *settings.checks)]
    for nodeid in settings.selected:
        if nodeid not in known and nodeid not in groups:
            raise pytest.UsageError(
                f"{nodeid!r} is no check of this run; {hint(nodeid, known)}{not_discovered(found.errors)}"
            )


def require_traces(config: pytest.Config, runs: "ScenarioRunnerConfig") -> None:
    """Make the folder for traces, if any are wanted; pytest.UsageError if nothing can go there."""
    if not runs.export or runs.output_dir is None:
        return
    folder = Path(runs.output_dir)
    option = source(config, "config" if settings_of(config).pare.traces is None else "traces")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(EACCES, "Permission denied", str(folder))
    except OSError as error:
        raise pytest.UsageError(f"{option}: no traces can go to {str(folder)!r}: {error.strerror}") from error


def is_selected(nodeid: str, selected: tuple[str, ...]) -> bool:
    """Whether a node id was asked for, itself or as one of all items of its check."""
    return nodeid in selected or nodeid.partition("[")[0] in selected


def parametrise_scenarios(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a scenario once per case; where there is no scenario at all, it skips itself."""
    from pytest_pytyche.pare.loading import not_discovered, scenarios_of  # noqa: PLC0415  # loads the harness

    nodeid = metafunc.definition.nodeid
    try:
        found = scenarios_of(metafunc.config)
    except pytest.UsageError as error:
        raise pytest.Collector.CollectError(f"{nodeid}: {error}") from error
    plugin = metafunc.config.pluginmanager.get_plugin(PLUGIN)
    if found.errors and not (isinstance(plugin, PareCollection) and plugin.in_time):
        raise pytest.Collector.CollectError(f"{nodeid}{not_discovered(found.errors)}")
    if found.cases:
        metafunc.parametrize("pare_scenario", found.cases, indirect=True, ids=[case.id for case in found.cases])
