"""Catalog files -> items and gates; heavy, so loaded when the first file is collected."""

from functools import cached_property
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import pytest

from pytest_pytyche.catalog_runs import FileRun, adopt, pare_mistake, shown
from pytest_pytyche.collection import CatalogModule
from pytest_pytyche.gate_settings import require_one
from pytest_pytyche.gating import Gate, expectations_of, scenario_gates
from pytest_pytyche.option_tables import BASELINE, PARE_BASELINE
from pytest_pytyche.plans import Plan

if TYPE_CHECKING:
    from pytest_pytyche.gate.rules import ExpectedFailure


class CatalogFileModule(CatalogModule):
    """The checks of a catalog file, and those of its scenarios."""

    @cached_property
    def file_run(self) -> FileRun:
        """What is done with the file; an error of collection, one line, where it cannot be meant."""
        try:
            return adopt(self.config, self.path)
        except pytest.UsageError as error:
            raise self.CollectError(str(error)) from error

    @property
    def plan(self) -> Plan:
        """Of this file."""
        return self.file_run.plan

    @property
    def checks(self) -> tuple[str, ...]:
        """Of this file."""
        return self.file_run.checks

    @property
    def selected(self) -> tuple[str, ...]:
        """Pytest itself selects from files."""
        return ()

    @cached_property
    def expected(self) -> "tuple[ExpectedFailure, ...]":
        """Of this file, unless the command line says otherwise."""
        try:
            return expectations_of(self.file_run.gate)
        except pytest.UsageError as error:
            raise self.CollectError(str(error)) from error

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Checks spec by spec, then the scenarios."""
        collected = super().collect() if self.checks else []
        if not self.file_run.has_scenarios:
            return collected
        return [*collected, self._scenarios()]

    def _scenarios(self) -> pytest.Collector:
        from pytest_pytyche.pare.collection import NODE, PareCollector, require_traces  # noqa: PLC0415  # loads pare_harness
        from pytest_pytyche.pare.loading import scenarios_of  # noqa: PLC0415  # as above

        try:
            found = scenarios_of(self.config)
            if not self.config.option.collectonly:
                require_traces(self.config, found.config)
        except pytest.UsageError as error:
            raise self.CollectError(pare_mistake(self.config, self.path, str(error))) from error
        return PareCollector.from_parent(self, name=NODE, width=get_terminal_size().columns)


def read_gates(config: pytest.Config, path: Path) -> list[Gate]:
    """What a file's estimates and scenarios are compared with; pytest.UsageError, one line, for what cannot be."""
    run = adopt(config, path)
    gates: list[Gate] = []
    try:
        if run.gate.catalog and run.checks:
            from pytest_pytyche.catalog_gate import CatalogGate  # noqa: PLC0415  # heavy: loads polars and scipy

            if run.gate.update:
                require_one(BASELINE, "the file", list(map(str, run.gate.baselines)))
            gates.append(CatalogGate(config, run.gate, run.plan.catalog))
        if run.has_scenarios and config.getoption(PARE_BASELINE.key) is None:  # else that is the run's
            if run.gate.pare_update:
                require_one(PARE_BASELINE, "the file", list(map(str, run.gate.pare_baselines)))
            gates += scenario_gates(config, run.gate)
    except pytest.UsageError as error:
        raise pytest.UsageError(f"{shown(config, path)}: {error}") from error
    return gates
