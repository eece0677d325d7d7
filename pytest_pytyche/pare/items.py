"""The built-in PARE items."""

from traceback import format_exception
from typing import Any

import pytest

from pare_harness.event_log import EventLog
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.timeline import render
from pytest_pytyche.pare.cases import ScenarioCase
from pytest_pytyche.pare.checks import failure, perform
from pytest_pytyche.pare.loading import scenarios_of
from pytest_pytyche.pare.records import DISCOVERY, about, printable, story, to_record
from pytest_pytyche.session import record

TAIL = 15


class PareItem(pytest.Item):
    """An item that no function stands for: its id is its collector's and its name, whatever that is."""

    def __init__(self, *, name: str, parent: pytest.Collector, **node: Any) -> None:
        super().__init__(name=name, parent=parent, nodeid=f"{parent.nodeid}::{name}", **node)
        self.add_marker(pytest.mark.pare)

    def reportinfo(self) -> tuple[str, None, str]:
        """Under which name the item is shown."""
        return str(self.path), None, self.name


class ScenarioItem(PareItem):
    """A built-in check of one scenario."""

    def __init__(self, *, check: str, case: ScenarioCase, width: int, **node: Any) -> None:
        super().__init__(**node)
        self.check, self.case, self.width = check, case, width
        self.add_marker(getattr(pytest.mark, f"pare_{check}"))

    def runtest(self) -> None:
        """Run the scenario, store the result, and fail with one line unless it is a success."""
        found = scenarios_of(self.config)
        config = found.config
        outcome = perform(self.check, self.case, config, found.runner)
        line = to_record(
            outcome.result,
            outcome.log,
            nodeid=self.nodeid,
            check=self.check,
            **self.case.identity,
            **about(outcome.scenario),
            **story(outcome.run, outcome.scenario, config),
        )
        record(self, line)
        if outcome.result.status != "success":
            explain(self, outcome.result, outcome.log, self.width)
            pytest.fail(printable(failure(self.case.id, outcome.result)), pytrace=False)


class DiscoveryItem(PareItem):
    """A file or folder whose scenarios are missing: it always fails."""

    def __init__(self, *, file: str, message: str, **node: Any) -> None:
        super().__init__(**node)
        self.file, self.message = printable(file), printable(message)

    def runtest(self) -> None:
        """Fail with what went wrong when the file was imported."""
        record(self, {"kind": DISCOVERY, "nodeid": self.nodeid, "file": self.file, "message": self.message})
        pytest.fail("\n".join(f"{self.file}: {line}" for line in self.message.splitlines()), pytrace=False)


def explain(item: pytest.Item, result: PAREScenarioValidationResult, log: EventLog | None, width: int) -> None:
    """Let the report of `item`, should it fail, show the end of the event log, and where an exception came from."""
    if log is not None:
        text = render(log, tail=TAIL, width=width)
        item.add_report_section("call", "timeline", printable(text or "nothing happened"))
    if result.exception is not None and result.status != "limit":
        text = "".join(format_exception(result.exception))
        item.add_report_section("call", "traceback", printable(text))
