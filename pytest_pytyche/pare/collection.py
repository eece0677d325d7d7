"""Scenarios -> items: the built-in checks, what could not be discovered, and users' tests once per scenario."""

from collections.abc import Generator, Iterator
from shutil import get_terminal_size
from traceback import format_exception
from typing import Any

import pytest

from pare_harness.timeline import render
from pytest_pytyche.options import may_have_files
from pytest_pytyche.pare.cases import ScenarioCase
from pytest_pytyche.pare.checks import Outcome, failure, perform
from pytest_pytyche.pare.loading import Scenarios, hint, not_discovered, scenarios_of
from pytest_pytyche.pare.records import DISCOVERY, printable, to_record
from pytest_pytyche.pare.settings import PareSettings
from pytest_pytyche.session import record
from pytest_pytyche.state import FILES, PARE, SETTINGS

NODE = "pare"
TAIL = 15
WIDTH = "pare_width"


class ScenarioItem(pytest.Item):
    """A built-in check of one scenario."""

    def __init__(self, *, check: str, case: ScenarioCase, width: int, **node: Any) -> None:
        super().__init__(**node)
        self.check, self.case, self.width = check, case, width
        self.add_marker(pytest.mark.pare)
        self.add_marker(getattr(pytest.mark, f"pare_{check}"))

    def runtest(self) -> None:
        """Run the scenario, store the result, and fail with one line unless it is a success."""
        outcome = perform(self.check, self.case, scenarios_of(self.config).config)
        line = to_record(
            outcome.result,
            outcome.log,
            nodeid=self.nodeid,
            check=self.check,
            seed=outcome.seed,
            **self.case.identity,
        )
        record(self, line)
        if outcome.result.status != "success":
            self._explain(outcome)
            pytest.fail(printable(failure(self.case.id, outcome.result)), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        """Under which name the item is shown."""
        return str(self.path), None, self.name

    def _explain(self, outcome: Outcome) -> None:
        """Show the end of the event log, and where an exception came from."""
        if outcome.log is not None:
            text = render(outcome.log, tail=TAIL, width=self.width)
            self.add_report_section("call", "timeline", printable(text or "nothing happened"))
        if outcome.result.exception is not None:
            text = "".join(format_exception(outcome.result.exception))
            self.add_report_section("call", "traceback", printable(text))


class DiscoveryItem(pytest.Item):
    """A file or folder whose scenarios are missing: it always fails."""

    def __init__(self, *, file: str, message: str, **node: Any) -> None:
        super().__init__(**node)
        self.file, self.message = printable(file), printable(message)
        self.add_marker(pytest.mark.pare)

    def runtest(self) -> None:
        """Fail with what went wrong when the file was imported."""
        record(self, {"kind": DISCOVERY, "nodeid": self.nodeid, "file": self.file, "message": self.message})
        pytest.fail("\n".join(f"{self.file}: {line}" for line in self.message.splitlines()), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        """Under which name the item is shown."""
        return str(self.path), None, self.name


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
        found, settings = self.config.stash[PARE], self.config.stash[SETTINGS].pare
        selected = settings.selected
        items = [*self._errors(found), *self._checks(found, settings)]
        return [item for item in items if not selected or is_selected(item.nodeid, selected)]

    def _errors(self, found: Scenarios) -> Iterator[pytest.Item]:
        for file, message in found.errors.items():
            yield DiscoveryItem.from_parent(self, name=f"discovery[{file}]", file=file, message=message)

    def _checks(self, found: Scenarios, settings: PareSettings) -> Iterator[pytest.Item]:
        for check in settings.checks if settings.suite else ():
            for case in found.cases:
                name = f"{check}[{case.id}]"
                yield ScenarioItem.from_parent(self, name=name, check=check, case=case, width=self.width)


class PareCollection:
    """The plugin that adds PARE items to a session, after everything else.

    `width`: of the user's terminal, which only the process that she sees can know.
    """

    def __init__(self, width: int) -> None:
        self.width = width

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker how wide timelines may be."""
        node.workerinput[WIDTH] = self.width

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Give the session one more child; scenarios that tests ask for are known by the time it is collected."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            ours = PareCollector.from_parent(collector, name=NODE, nodeid=NODE, width=self.width)
            report.result = [*(report.result or ()), ours]
        return report


def start_scenarios(config: pytest.Config, settings: PareSettings) -> None:
    """Find what the run needs before it collects; pytest.UsageError, one line, where something makes no sense."""
    workerinput = getattr(config, "workerinput", {WIDTH: get_terminal_size().columns})
    config.pluginmanager.register(PareCollection(workerinput[WIDTH]), "pytyche-pare")
    if not settings.eager:
        return
    found = scenarios_of(config)
    if not (found.cases or found.errors):
        if may_have_files(config):
            del config.stash[PARE]
            return
        what = next(iter((*settings.given, *settings.selected)), "--pytyche-suite")
        raise pytest.UsageError(f"{what} needs scenarios; say where they are with --pare-scenarios=PATH")
    _require_selected(found, settings)


def _require_selected(found: Scenarios, settings: PareSettings) -> None:
    known = [f"{NODE}::discovery[{file}]" for file in found.errors]
    known += [f"{NODE}::{check}[{case.id}]" for check in settings.checks for case in found.cases]
    groups = [f"{NODE}::{name}" for name in ("discovery", *settings.checks)]
    for nodeid in settings.selected:
        if nodeid not in known and nodeid not in groups:
            raise pytest.UsageError(
                f"{nodeid!r} is no check of this run; {hint(nodeid, known)}{not_discovered(found.errors)}"
            )


def is_selected(nodeid: str, selected: tuple[str, ...]) -> bool:
    """Whether a node id was asked for, itself or as one of all items of its check."""
    return nodeid in selected or nodeid.partition("[")[0] in selected


def parametrise_scenarios(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a scenario once per case; where there is no scenario at all, it skips itself."""
    definition = metafunc.definition
    try:
        found = scenarios_of(metafunc.config)
    except pytest.UsageError as error:
        raise pytest.Collector.CollectError(f"{definition.nodeid}: {error}") from error
    if found.errors and not metafunc.config.stash[SETTINGS].pare.asked:
        raise pytest.Collector.CollectError(f"{definition.nodeid}{not_discovered(found.errors)}")
    if found.cases:
        metafunc.parametrize("pare_scenario", found.cases, indirect=True, ids=[case.id for case in found.cases])
