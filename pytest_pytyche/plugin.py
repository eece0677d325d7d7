"""The pytest hooks: each hands over at once, and loads nothing heavy unless the run needs it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_pytyche import hookspecs, option_tables
from pytest_pytyche.file_names import CATALOG_FILE, TRUTH
from pytest_pytyche.fixtures import (
    pytyche_bundle,
    pytyche_case,
    pytyche_estimate,
    pytyche_record,
    pytyche_spec,
    pytyche_truth_snapshot,
)
from pytest_pytyche.pare.fixtures import pare_event_log, pare_record, pare_runner_config, pare_scenario
from pytest_pytyche.state import SETTINGS, settings_of

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

MARKERS = (
    "pytyche(profile='NAME' or catalog=[specs], seeds=[0, 1]): run the test over this catalog; built-in checks have it",
    "pytyche_truth: built-in check of the generated truth against its snapshot",
    "pytyche_invariants: built-in check that data and truth fit together",
    "pytyche_estimate: built-in check that an estimator gives a usable estimate, which is scored",
    "pare: built-in items of scenarios of phone days have it",
    "pare_oracle: built-in check that a scenario succeeds when what it expects happens",
    "pare_mutants: built-in check that a scenario's validator rejects days that go wrong",
    "pare_replay: built-in check that a user and an agent can do what a scenario expects, in turns",
    "pare_agent: built-in check that the agent under test succeeds in a scenario",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the command line and the ini keys."""
    option_tables.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that users may implement."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin with what is asked for before anybody looks at the paths to collect.

    Under xdist always: what the workers will need is not known here.
    """
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    _hide_truths(config)
    if option_tables.is_used(config) or config.getoption("dist", "no") != "no":
        settings_of(config)


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
    if SETTINGS in item.config.stash:
        from pytest_pytyche.session import attach  # noqa: PLC0415  # as above

        attach(item, call, report)
    return report


def _hide_truths(config: pytest.Config) -> None:
    """Keep syrupy's other extensions from taking the truths that a run leaves out for unused, which they delete."""
    if hasattr(config.option, "ignore_file_extensions"):
        config.option.ignore_file_extensions = [*(config.option.ignore_file_extensions or ()), TRUTH]
