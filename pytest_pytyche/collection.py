"""Catalogs -> items: parametrisation of whatever asks for a case, and the built-in checks as a module of their own."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_pytyche.cases import SHIPPED_SEEDS, Case
from pytest_pytyche.catalogs import find_catalog
from pytest_pytyche.gating import expectations_of
from pytest_pytyche.generators.catalog import template_name
from pytest_pytyche.plans import Plan, plan_for
from pytest_pytyche.runtime import start_runtime
from pytest_pytyche.session import EXPECTED
from pytest_pytyche.settings import Settings
from pytest_pytyche.state import PLAN, settings_of

if TYPE_CHECKING:
    from pytest_pytyche.gate.rules import ExpectedFailure

SUITE_MODULE = "pytest_pytyche.checks.suite"


class BuiltInModule(pytest.Module):
    """Checks of this package, collected where no file is."""


class CatalogModule(BuiltInModule):
    """The built-in checks over one catalog: node ids name the catalog, not the place where the package is installed."""

    @property
    def plan(self) -> Plan:
        """What is checked: the catalog of the run."""
        return self.config.stash[PLAN]

    @property
    def checks(self) -> tuple[str, ...]:
        """Those that were asked for."""
        return settings_of(self.config).checks

    @property
    def selected(self) -> tuple[str, ...]:
        """Node ids that were asked for, empty for all."""
        return settings_of(self.config).selected

    @cached_property
    def expected(self) -> "tuple[ExpectedFailure, ...]":
        """The failures that are expected."""
        return expectations_of(settings_of(self.config).gate)

    def _getobj(self) -> ModuleType:
        return import_module(SUITE_MODULE)

    def funcnamefilter(self, name: str) -> bool:
        """Collect the checks that were asked for and have cases."""
        plan = self.plan
        return name in self.checks and bool(name != "truth" or plan.catalog.truth_seeds(plan.seeds))

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Items spec by spec, so that the checks of a spec share its data."""
        selected = self.selected
        items = cast("list[pytest.Function]", list(super().collect()))
        items.sort(key=position)
        for item in items if self.expected else ():
            self._mark(item)
        return [item for item in items if not selected or is_selected(item.nodeid, selected)]

    def _mark(self, item: pytest.Function) -> None:
        """Let the estimates of a spec fail where that is expected."""
        from pytest_pytyche.gate.expectations import reason_to_fail  # noqa: PLC0415  # loads scipy, for those who ask

        case = cast("Case", item.callspec.params["pytyche_case"])
        reason = reason_to_fail(self.expected, case.spec_id, template_name(case.spec))
        if item.originalname == "estimate" and reason is not None:
            item.stash[EXPECTED] = reason


class SuiteCollector:
    """The plugin that adds built-in checks to a session: those that its `makers` make of it."""

    NAME = "pytyche-suite"

    def __init__(self, config: pytest.Config) -> None:
        self.runner: Any = config.pluginmanager.get_plugin("runner")
        self.makers: list[Callable[[pytest.Session], BuiltInModule]] = []

    @classmethod
    def of(cls, config: pytest.Config) -> "SuiteCollector":
        """The session's one, registered when first asked for."""
        found: SuiteCollector | None = config.pluginmanager.get_plugin(cls.NAME)
        if found is None:
            found = cls(config)
            config.pluginmanager.register(found, cls.NAME)
        return found

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> pytest.CollectReport | None:
        """Collect the session with the built-in checks after the user's tests.

        The checks themselves are collected here too: `--lf` skips every file in which it knows of no failure, and it
        looks for the file that a node id names, which these do not have.
        """
        if not isinstance(collector, pytest.Session | BuiltInModule):
            return None
        report: pytest.CollectReport = self.runner.pytest_make_collect_report(collector)
        if isinstance(collector, pytest.Session) and report.passed:
            report.result = [*(report.result or ()), *(make(collector) for make in self.makers)]
        return report


def start_catalog(config: pytest.Config, settings: Settings, profile: str) -> None:
    """Find the catalog and the estimators of the run, and add the built-in checks if they are wanted.

    pytest.UsageError for names that nobody goes by; no config is built and no data generated.
    """
    plan = config.stash[PLAN] = Plan(find_catalog(config, settings, profile), settings.seeds, settings.estimators)
    start_runtime(config).load(settings.estimators)
    if settings.suite:
        _require_items(config, settings, plan)
        SuiteCollector.of(config).makers.append(suite_module)


def _require_items(config: pytest.Config, settings: Settings, plan: Plan) -> None:
    if "truth" in settings.checks and not config.pluginmanager.hasplugin("syrupy"):
        raise pytest.UsageError("the check 'truth' needs syrupy; leave out -p no:syrupy, or name other checks")
    if settings.checks == ("truth",) and not plan.catalog.truth_seeds(plan.seeds):
        raise pytest.UsageError(
            f"--pytyche-check='truth': truth snapshots of built-in profiles ship for seeds {list(SHIPPED_SEEDS)} only"
        )
    if settings.selected:
        _require_selected(settings, plan)


def _require_selected(settings: Settings, plan: Plan) -> None:
    names = [f"{plan.catalog.nodeid}::{check}" for check in settings.checks]
    known = [
        f"{name}[{case.id}]"
        for name, check in zip(names, settings.checks, strict=True)
        for case in plan.check_cases(check)
    ]
    for nodeid in settings.selected:
        if nodeid not in known and nodeid not in names:
            close = get_close_matches(nodeid, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"the run has {len(known)}, such as {known[0]!r}"
            raise pytest.UsageError(f"{nodeid!r} is no check of this run; {hint}")


def is_selected(nodeid: str, selected: Iterable[str]) -> bool:
    """Whether a node id was asked for, itself or as one of all items of its check."""
    return nodeid in selected or nodeid.partition("[")[0] in selected


def suite_module(session: pytest.Session) -> CatalogModule:
    """The built-in checks as a child of the session."""
    catalog = session.config.stash[PLAN].catalog
    return CatalogModule.from_parent(session, path=catalog.path, name=catalog.nodeid, nodeid=catalog.nodeid)


def position(item: pytest.Function) -> tuple[int, int]:
    """Sorts items that share their data next to each other, in the order of the catalog."""
    case = cast("Case", item.callspec.params["pytyche_case"])
    return case.position, case.seed


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Give a check or a test that asks for a case all of them; without a catalog it is left alone, and skips itself."""
    definition = metafunc.definition
    if isinstance(definition.parent, CatalogModule):
        cases = definition.parent.plan.check_cases(definition.name)
    else:
        plan = plan_for(metafunc.config, definition.get_closest_marker("pytyche"), definition.nodeid)
        if plan is None:
            return
        cases = plan.test_cases(metafunc.fixturenames)
    _load(metafunc, cases)
    metafunc.parametrize("pytyche_case", cases, indirect=True, ids=[case.id for case in cases])


def _load(metafunc: pytest.Metafunc, cases: Iterable[Case]) -> None:
    """Load the estimators of the cases; an error of collection, one line, for a name that nobody goes by."""
    names = dict.fromkeys(case.estimator for case in cases if case.estimator is not None)
    try:
        start_runtime(metafunc.config).load(names)
    except pytest.UsageError as error:
        raise pytest.Collector.CollectError(str(error)) from error
