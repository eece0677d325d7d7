"""A run that may take so long and no longer: what matters most comes first, and what is left out is told."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pytest_pytyche.attempts import OUT_OF_BUDGET
from pytest_pytyche.quantities import duration_text
from pytest_pytyche.session import case_of
from pytest_pytyche.shards import data_key, template_of

if TYPE_CHECKING:
    from pytest_pytyche.settings import Settings

NAME = "pytyche-budget"
DEADLINE = "pytyche_deadline"


class Budget:
    """The plugin that orders items, and skips those about a catalog whose turn comes after the `deadline`.

    The deadline, in seconds since the epoch, is the same for all processes of a run.
    """

    def __init__(self, seconds: float, deadline: float, *, strict: bool) -> None:
        self.seconds, self.deadline, self.strict = seconds, deadline, strict
        self.left_out = 0

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.time() > self.deadline

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker when time is up."""
        node.workerinput[DEADLINE] = self.deadline

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Within each module, the first data of every template before the second of any."""
        items[:] = by_rank(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Leave out what comes too late; a fit that has begun ends."""
        if self.over and case_of(item) is not None:
            pytest.skip(f"{OUT_OF_BUDGET}: {duration_text(self.seconds)} are over")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what was left out, whichever process did so."""
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        self.left_out += report.skipped and OUT_OF_BUDGET in reason

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Where what is inconclusive fails, so does a run of which something was left out."""
        if self.strict and self.left_out and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def by_rank(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Items in the order of their modules, in each by the rank of their data among those of the same template."""
    ranks: dict[tuple[object, ...], int] = {}
    taken: dict[tuple[str, str], int] = {}
    modules: dict[str, int] = {}
    places = []
    for item in items:
        parent = item.getparent(pytest.Module)
        module = item.nodeid if parent is None else parent.nodeid
        key, group = (module, *data_key(item)), (module, template_of(item))
        if key not in ranks:
            ranks[key] = taken[group] = taken.get(group, -1) + 1
        places.append((modules.setdefault(module, len(modules)), ranks[key] if case_of(item) is not None else -1))
    return [items[position] for position in sorted(range(len(items)), key=places.__getitem__)]


def start_budget(config: pytest.Config, settings: "Settings") -> None:
    """Let the time run, or let a worker know how much of it is left."""
    if settings.budget is None:
        return
    worker = getattr(config, "workerinput", None)
    deadline = time.time() + settings.budget if worker is None else worker[DEADLINE]
    config.pluginmanager.register(Budget(settings.budget, deadline, strict=settings.gate.strict and not worker), NAME)


def time_is_up(config: pytest.Config) -> bool:
    """Whether the run has a budget, and none of it is left."""
    budget = config.pluginmanager.get_plugin(NAME)
    return isinstance(budget, Budget) and budget.over
