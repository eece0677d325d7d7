"""The process that the user sees: it reads the settings, stores what items report, and sums it up."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from os.path import relpath
from pathlib import Path
from platform import platform, python_version
from typing import TYPE_CHECKING

import pytest

from pytest_pytyche.attempts import PARE_SETTING
from pytest_pytyche.cases import SHIPPED_SEEDS
from pytest_pytyche.catalog_hooks import CatalogFileGates
from pytest_pytyche.gating import start_gate
from pytest_pytyche.imports import past
from pytest_pytyche.journal import Journal, Record, prepare_output
from pytest_pytyche.options import is_pare
from pytest_pytyche.review.capture import keep_received
from pytest_pytyche.review.received import KIND as RECEIVED
from pytest_pytyche.session import lines_of
from pytest_pytyche.settings import Settings, read_settings
from pytest_pytyche.state import PARE, PLAN, SETTINGS

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

PACKAGES = ("pytest-pytyche", "numpy", "polars", "pytest", "scipy", "syrupy")


def start(config: pytest.Config) -> None:
    """Read the settings and make ready what they ask for; pytest.UsageError, one line, where they make no sense."""
    settings = config.stash[SETTINGS] = read_settings(config)
    agents = settings.pare.agents
    named = (settings.profile or "", *settings.estimators, *settings.conformance, agents.agent, agents.user)
    _find_modules_here(config, named)
    if settings.conformance:
        with past(config.pluginmanager.rewrite_hook):
            from pytest_pytyche.conformance import start_conformance  # noqa: PLC0415  # heavy: loads the generators
        start_conformance(config)
    if settings.profile is not None:
        with past(config.pluginmanager.rewrite_hook):
            from pytest_pytyche.collection import start_catalog  # noqa: PLC0415  # heavy: loads the generators
        start_catalog(config, settings, settings.profile)
    if settings.pare.asked or settings.pare.eager:
        with past(config.pluginmanager.rewrite_hook):
            from pytest_pytyche.pare.collection import start_scenarios  # noqa: PLC0415  # heavy: loads pare_harness
        start_scenarios(config, settings.pare)
    elif not hasattr(config, "workerinput") and (agents.session_budget or agents.max_concurrency is not None):
        from pytest_pytyche.pare.agents import open_shared  # noqa: PLC0415  # as above

        open_shared(config)
    _leave_out(config, settings)
    resumed = _resumed(config, settings)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config, settings, resumed), "pytyche-controller")
        if settings.shard is None:
            start_gate(config, settings)
            finished = getattr(config.pluginmanager.get_plugin("pytyche-resume"), "done", ())
            config.pluginmanager.register(CatalogFileGates(config, finished), "pytyche-files")


def _leave_out(config: pytest.Config, settings: Settings) -> None:
    """Run what there is time for, or a part."""
    if settings.budget is not None:
        from pytest_pytyche.budget import start_budget  # noqa: PLC0415  # for those who ask

        start_budget(config, settings)
    if settings.shard is not None:
        from pytest_pytyche.shards import Sharding  # noqa: PLC0415  # as above

        config.pluginmanager.register(Sharding(settings.shard), "pytyche-shard")


def _resumed(config: pytest.Config, settings: Settings) -> Path | None:
    """The folder of the run that is continued, if one is."""
    if settings.resume is None:
        return None
    from pytest_pytyche.resume import start_resume  # noqa: PLC0415  # for those who ask

    return start_resume(config, settings)


def _find_modules_here(config: pytest.Config, names: Iterable[str]) -> None:
    """Let `module:factory` name a file in the current folder, behind everything that is installed."""
    here = str(config.invocation_params.dir)
    if any(":" in name for name in names) and here not in sys.path:
        sys.path.append(here)
        config.add_cleanup(lambda: sys.path.remove(here))


class Controller:
    """The plugin that stores and sums up the run; under xdist it lives in the controlling process only."""

    def __init__(self, config: pytest.Config, settings: Settings, resumed: Path | None = None) -> None:
        self.config = config
        self.settings = settings
        self.journal = Journal(settings.output, lambda: header(settings, config), resumed=resumed)
        self.run: Run | None = None
        if resumed is not None and not config.option.collectonly:
            from pytest_pytyche.resume import reopen  # noqa: PLC0415  # loaded already, as it is in use

            reopen(self.journal, config.rootpath)
        elif (settings.profile is not None or settings.pare.suite) and not config.option.collectonly:
            require_output(settings)

    def pytest_report_header(self) -> list[str]:
        """What the catalog is, and what is not checked."""
        return [*self._catalog_header(), *self._pare_header(), *self._shard_header()]

    def _shard_header(self) -> list[str]:
        shard = self.settings.shard
        return [] if shard is None else [f"pytyche: shard {shard}; `pytyche report` merges the shards"]

    def _pare_header(self) -> list[str]:
        if PARE not in self.config.stash:
            return []
        from pytest_pytyche.pare.controller import header_line  # noqa: PLC0415  # loaded already, as it is in use

        return [header_line(self.config)]

    def _catalog_header(self) -> list[str]:
        plan = self.config.stash.get(PLAN, None)
        if plan is None:
            return []
        seeds = plan.seeds
        size = f"{_count(len(plan.catalog.specs), 'spec')} × {_count(len(seeds), 'seed')} ({_listed(seeds)})"
        lines = [f"pytyche: {plan.catalog.name}, {size}, estimator {', '.join(plan.estimators)}"]
        unchecked = [seed for seed in seeds if seed not in plan.catalog.truth_seeds(seeds)]
        if self.settings.suite and "truth" in self.settings.checks and unchecked:
            shipped = _listed(SHIPPED_SEEDS)
            lines.append(
                f"pytyche: truth snapshots ship for seed {shipped}, so there is no truth check for {_listed(unchecked)}"
            )
        return lines

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store what an item reports as soon as it is known."""
        lines = lines_of(report, self.settings.profile)
        if report.failed and not lines and is_pare(report.nodeid):
            from pytest_pytyche.pare.controller import lost_lines  # noqa: PLC0415  # loaded already, as it is in use

            lines = lost_lines(report, self.config)
        if PARE_SETTING not in self.journal.kinds and any(line["kind"] == "pare" for line in lines):
            from pytest_pytyche.pare.controller import setting_line  # noqa: PLC0415  # as above

            lines = [setting_line(self.config), *lines]
        self.journal.append(keep_received(lines, self.journal))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Gather the journal into tables, however the session ended. A shard tells also that it had nothing to do."""
        if self.settings.shard is not None and not self.config.option.collectonly:
            self.journal.begin()
        if not self.journal.started:
            return
        with past(self.config.pluginmanager.rewrite_hook):
            from pytest_pytyche.report.ending import conclude  # noqa: PLC0415  # heavy: loads polars

            self.run = conclude(self.journal, session, charts=self.settings.charts)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the failures and where the results are."""
        if self.run is not None:
            from pytest_pytyche.report.ending import write_ending  # noqa: PLC0415  # only once there is something to say

            write_ending(terminalreporter, self.run)
        if RECEIVED in self.journal.kinds:
            folder = relpath(self.journal.folder, self.config.invocation_params.dir)
            terminalreporter.write_line(f"changed truths are kept: pytyche review {folder}")
        if self.journal.problem:
            terminalreporter.write_line(f"pytyche: {self.journal.problem}", red=True)


def require_output(settings: Settings) -> None:
    """pytest.UsageError unless results can be stored."""
    try:
        prepare_output(settings.output)
    except OSError as error:
        raise pytest.UsageError(
            f"--pytyche-output={str(settings.output)!r}: {error.strerror}: {error.filename}"
        ) from error


def header(settings: Settings, config: pytest.Config) -> Record:
    """What a run is about, for the first line of its journal."""
    return {
        "catalog": settings.profile,
        "seeds": list(settings.seeds),
        "estimators": list(settings.estimators),
        "checks": list(settings.checks),
        "templates": list(settings.templates),
        "metrics": list(settings.metrics),
        "treatment_cost": settings.treatment_cost,
        "estimator_seed": settings.gate.estimator_seed,
        **({} if settings.shard is None else {"shard": str(settings.shard)}),
        "options": [*settings.given, *settings.pare.given],
        "command": ["pytest", *map(str, config.invocation_params.args)],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": python_version(), "platform": platform(), **{name: version(name) for name in PACKAGES}},
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(seeds: "tuple[int, ...] | list[int]") -> str:
    numbers = [str(seed) for seed in seeds]
    return ", ".join(numbers if len(numbers) <= 6 else [*numbers[:3], "…", numbers[-1]])
