"""The pytest hooks: each hands over at once, and loads nothing heavy unless the run needs it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_pytyche import controller, hookspecs, session, settings
from pytest_pytyche.cases import CATALOG_FILE
from pytest_pytyche.fixtures import (
    pytyche_bundle,
    pytyche_case,
    pytyche_estimate,
    pytyche_record,
    pytyche_spec,
    pytyche_truth_snapshot,
)
from pytest_pytyche.pare.fixtures import pare_event_log, pare_record, pare_runner_config, pare_scenario

__all__ = [
    "pare_event_log",
    "pare_record",
    "pare_runner_config",
    "pare_scenario",
    "pytyche_bundle",
    "pytyche_case",
    "pytyche_estimate",
    "pytyche_record",
    "pytyche_spec",
    "pytyche_truth_snapshot",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command line and the ini keys."""
    settings.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that users may implement."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the settings, before anybody looks at the paths to collect."""
    controller.start(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect catalog files like files of tests."""
    if not file_path.name.endswith(CATALOG_FILE):
        return None
    from pytest_pytyche.catalog_items import CatalogFileModule  # noqa: PLC0415  # heavy, and most folders have none

    return CatalogFileModule.from_parent(parent, path=file_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check or test that asks for a case once per case."""
    if "pytyche_case" in metafunc.fixturenames:
        from pytest_pytyche.collection import parametrise  # noqa: PLC0415  # heavy, and most sessions never get here

        parametrise(metafunc)
    if "pytyche_conformance" in metafunc.fixturenames:
        from pytest_pytyche.conformance import parametrise_conformance  # noqa: PLC0415  # as above

        parametrise_conformance(metafunc)
    if "pare_scenario" in metafunc.fixturenames:
        from pytest_pytyche.pare.collection import parametrise_scenarios  # noqa: PLC0415  # as above

        parametrise_scenarios(metafunc)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send results along with the report."""
    report = yield
    session.attach(item, call, report)
    return report
