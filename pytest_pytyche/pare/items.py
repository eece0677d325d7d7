"""The built-in PARE items."""

from collections.abc import Mapping
from traceback import format_exception
from typing import Any

import pytest

from pare_harness.agents.registry import AgentNotFound, may_ask_model
from pare_harness.agents.roles import Side
from pare_harness.errors import NotRecordedError
from pare_harness.event_log import EventLog
from pare_harness.scenarios.result_columns import proactive_model
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.timeline import render
from pytest_pytyche.pare.cases import ScenarioCase
from pytest_pytyche.pare.cassettes import use_record
from pytest_pytyche.pare.check_names import DEFAULT_CHECKS, judged_by_gate
from pytest_pytyche.pare.checks import CHECKS, failure, perform
from pytest_pytyche.pare.loading import scenarios_of
from pytest_pytyche.pare.mutants import examine, mutants_record, survivor_text
from pytest_pytyche.pare.records import DISCOVERY, about, story, to_record
from pytest_pytyche.session import record
from pytest_pytyche.state import settings_of
from pytest_pytyche.text import printable

TAIL = 15


class PareItem(pytest.Item):
    """An item that no function stands for: its id is its collector's and its name, whatever that is."""

    def __init__(self, *, name: str, parent: pytest.Collector, **node: Any) -> None:
        super().__init__(name=name, parent=parent, nodeid=f"{parent.nodeid}::{name}", **node)
        self.add_marker(pytest.mark.pare)

    def reportinfo(self) -> tuple[str, None, str]:
        """Under which name the item is shown."""
        return str(self.path), None, self.name


class CaseItem(PareItem):
    """A built-in check of one case."""

    def __init__(self, *, check: str, case: ScenarioCase, width: int, **node: Any) -> None:
        super().__init__(**node)
        self.check, self.case, self.width = check, case, width
        self.add_marker(getattr(pytest.mark, f"pare_{check}"))

    def conclude(self, result: PAREScenarioValidationResult, log: EventLog | None, **more: Any) -> None:
        """Store the result, with what more is known of it, and fail with one line unless it is a success."""
        line = to_record(result, log, nodeid=self.nodeid, check=self.check, **self.case.identity)
        record(self, {**line, **more})
        if result.status != "success":
            explain(self, result, log, self.width)
            self._fail(result)

    def _fail(self, result: PAREScenarioValidationResult) -> None:
        """One line; where the gate judges how often the agent fails, a single failure is an xfail."""
        line = printable(failure(self.case.id, result))
        if judged_by_gate(self.check, result.status) and settings_of(self.config).gate.pare_baselines:
            pytest.xfail(line)
        pytest.fail(line, pytrace=False)


class ScenarioItem(CaseItem):
    """A run of a scenario."""

    def runtest(self) -> None:
        """Run the scenario; succeed if it does."""
        found = scenarios_of(self.config)
        outcome = perform(self.check, self.case, found.config, found.runner)
        if outcome.run is not None and outcome.run.cassette is not None:
            record(self, use_record(outcome.run.cassette))
        known = about(outcome.scenario) | story(outcome.run, outcome.scenario, found.config)
        asks = self.check not in DEFAULT_CHECKS and may_ask_model(Side.AGENT, found.config.agent_type)
        known["model"] = proactive_model(found.config) if asks else None
        self.conclude(outcome.result, outcome.log, **known)


class MutantsItem(CaseItem):
    """A scenario's validator before days that go wrong."""

    def runtest(self) -> None:
        """Run every mutant; succeed if the validator rejects enough of them."""
        config, least = scenarios_of(self.config).config, settings_of(self.config).pare.min_kill_rate
        result, analysis = examine(lambda: self.case.build(config), least)
        found = None if analysis is None else mutants_record(analysis)
        if found is not None and found["survivors"]:
            self.add_report_section(
                "call", "surviving mutants", "\n".join(survivor_text(found["survivors"], self.width))
            )
        log = None if analysis is None or analysis.trials else analysis.original.log
        self.conclude(result, log, **about(None if analysis is None else analysis.scenario), mutants=found)


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
    """Let the report of `item`, should it fail, show the end of the event log, and where an exception came from.

    For a model call that has no recording, that is not where in the code, but how it differs from one that has.
    """
    if log is not None:
        text = render(log, tail=TAIL, width=width)
        item.add_report_section("call", "timeline", printable(text or "nothing happened"))
    if isinstance(result.exception, NotRecordedError):
        if result.exception.difference:
            item.add_report_section("call", "nearest recording", printable(result.exception.difference))
    elif result.exception is not None and result.status != "limit" and not _says_all(result.exception):
        text = "".join(format_exception(result.exception))
        item.add_report_section("call", "traceback", printable(text))


def _says_all(error: Exception) -> bool:
    """Whether the error is about what the user named, and not about a place in the code."""
    return isinstance(error, AgentNotFound) and error.__cause__ is None


ITEMS: Mapping[str, type[CaseItem]] = {**dict.fromkeys(CHECKS, ScenarioItem), "mutants": MutantsItem}
"""What a built-in check is, by its name."""
