"""Catalog files -> items and gates; heavy, so loaded when the first file is collected."""

from functools import cached_property
from pathlib import Path
from shutil import get_terminal_size

import pytest

from pytest_pytyche.catalog_runs import FileRun, adopt, shown
from pytest_pytyche.collection import CatalogModule
from pytest_pytyche.gating import Gate
from pytest_pytyche.generators.catalog import template_name
from pytest_pytyche.plans import Plan
from pytest_pytyche.session import EXPECTED, case_of


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

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Checks spec by spec, those that may fail told why, then the scenarios."""
        collected = super().collect() if self.checks else []
        for item in collected:
            if isinstance(item, pytest.Function) and item.originalname == "estimate":
                self._expect(item)
        if not self.file_run.has_scenarios:
            return collected
        return [*collected, self._scenarios()]

    def _expect(self, item: pytest.Function) -> None:
        case = case_of(item)
        if case is not None:
            reason = self.file_run.expected_failure(case.spec_id, template_name(case.spec))
            if reason is not None:
                item.stash[EXPECTED] = reason

    def _scenarios(self) -> pytest.Collector:
        from pytest_pytyche.pare.collection import NODE, PareCollector  # noqa: PLC0415  # loads pare_harness
        from pytest_pytyche.pare.loading import scenarios_of  # noqa: PLC0415  # as above

        try:
            scenarios_of(self.config)
        except pytest.UsageError as error:
            raise self.CollectError(f"{self.nodeid}: {error}") from error
        return PareCollector.from_parent(self, name=NODE, width=get_terminal_size().columns)


def read_gates(config: pytest.Config, path: Path) -> list[Gate]:
    """What a file's estimates and scenarios are compared with; pytest.UsageError, one line, for what cannot be."""
    run = adopt(config, path)
    gates: list[Gate] = []
    try:
        if run.gate.catalog and run.checks:
            from pytest_pytyche.catalog_gate import CatalogGate  # noqa: PLC0415  # heavy: loads polars and scipy

            gates.append(CatalogGate(config, run.gate, run.plan.catalog))
        if run.gate.pare_baselines and run.has_scenarios:
            from pytest_pytyche.pare.gate import PareGate  # noqa: PLC0415  # as above

            gates.append(PareGate(config, run.gate))
    except pytest.UsageError as error:
        raise pytest.UsageError(f"{shown(config, path)}: {error}") from error
    return gates
