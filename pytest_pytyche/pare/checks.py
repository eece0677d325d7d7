"""What a built-in PARE item runs."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pare_harness.event_log import EventLog
from pare_harness.report import reason
from pare_harness.runner import ScenarioRun, TwoAgentScenarioRunner, replay_limits, run_oracle, run_replay
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.scenario import PAREScenario
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.traces import exported
from pytest_pytyche.errors import describe
from pytest_pytyche.pare.cases import ScenarioCase
from pytest_pytyche.text import shown

NO_REASON = {"failed": "the validator gave no rationale", "no_validation": "the validator gave no verdict"}


class Stage(NamedTuple):
    """Who plays with agents in this session, and what else than its scenario tells a run from others."""

    runner: TwoAgentScenarioRunner
    variant: str = ""


Check = Callable[[PAREScenario, ScenarioRunnerConfig, Stage], ScenarioRun]


class Outcome(NamedTuple):
    """What came of a case; `run` and `scenario` are None where not even the scenario object could be made."""

    result: PAREScenarioValidationResult
    run: ScenarioRun | None = None
    scenario: PAREScenario | None = None

    @property
    def log(self) -> EventLog | None:
        """What happened."""
        return None if self.run is None else self.run.log


def oracle(scenario: PAREScenario, config: ScenarioRunnerConfig, stage: Stage) -> ScenarioRun:
    """What the scenario expects happens, event by event."""
    return run_oracle(scenario)


def replay(scenario: PAREScenario, config: ScenarioRunnerConfig, stage: Stage) -> ScenarioRun:
    """A user and an agent do what the scenario expects, in turns and through their tools."""
    return run_replay(scenario, replay_limits(config))


def agent(scenario: PAREScenario, config: ScenarioRunnerConfig, stage: Stage) -> ScenarioRun:
    """The user and the agent of the configuration meet."""
    return stage.runner.play(config, scenario, stage.variant)


CHECKS: Mapping[str, Check] = {"oracle": oracle, "replay": replay, "agent": agent}


def perform(check: str, case: ScenarioCase, config: ScenarioRunnerConfig, runner: TwoAgentScenarioRunner) -> Outcome:
    """Run a fresh scenario. Whatever breaks, making the scenario included, is the exception of the result."""
    try:
        scenario = case.build(config)
    except Exception as error:  # noqa: BLE001 - the constructor is the user's; the result says what it raised
        return Outcome(PAREScenarioValidationResult(success=None, exception=error, rationale=describe(error)))
    variant = "" if case.level is None else case.level.text
    run = CHECKS[check](scenario, config, Stage(runner, variant))
    run = exported(run, scenario, config, f"{check} {variant}".rstrip())
    return Outcome(run.result, run, scenario)


def failure(case_id: str, result: PAREScenarioValidationResult) -> str:
    """`email_day: failed: no reply was sent`, on one line."""
    return f"{case_id}: {result.status}: {explanation(result)}"


def explanation(result: PAREScenarioValidationResult) -> str:
    """Why there was no success, on one line fit to be shown."""
    return shown(reason(result) or NO_REASON[result.status])
