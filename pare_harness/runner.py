"""One run of one scenario: by its own expected actions, or by a user and a proactive agent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from pare_harness.agents.base import Agent
from pare_harness.agents.replay import ReplayAgent, ReplayUser, Script
from pare_harness.counting import count
from pare_harness.disturbances import disturbances
from pare_harness.environment import EnvironmentConfig, StateAwareEnvironmentWrapper
from pare_harness.errors import LimitReached, ScenarioError
from pare_harness.event_log import EventLog
from pare_harness.scenarios.scenario import PAREScenario, ScenarioValidationResult
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.turns import Limits, TurnLoop

if TYPE_CHECKING:
    from pare_harness.scenarios.config import ScenarioRunnerConfig

SANDBOX = Path("sandbox")
"""Where scenarios written for Meta-ARE are told to keep files; nothing is ever written there."""

Act = Callable[[StateAwareEnvironmentWrapper], str | None]
AgentBuilder = Callable[["ScenarioRunnerConfig"], Agent]


@dataclass(frozen=True)
class ScenarioRun:
    """What came of a run, the log of what happened in it, and the world it left."""

    result: PAREScenarioValidationResult
    log: EventLog
    env: StateAwareEnvironmentWrapper


def run_oracle(scenario: PAREScenario) -> ScenarioRun:
    """Perform what the scenario expects, event by event."""
    return _run(scenario, StateAwareEnvironmentWrapper(EnvironmentConfig(oracle_mode=True)), _play_out)


def run_replay(scenario: PAREScenario, limits: Limits | None = None) -> ScenarioRun:
    """Act out what the scenario expects in turns, through the tools of the user and of the proactive agent.

    Without `limits` each side takes as many steps as it needs.
    """

    def act(env: StateAwareEnvironmentWrapper) -> str | None:
        script = Script(env, scenario.events)
        TurnLoop(env, ReplayUser(script), ReplayAgent(script), limits or Limits(None, None, None, None)).run()
        return script.shortfall()

    return _run(scenario, StateAwareEnvironmentWrapper(), act)


def run_agents(scenario: PAREScenario, user: Agent, agent: Agent, limits: Limits) -> ScenarioRun:
    """Let `user` and `agent` take turns."""

    def act(env: StateAwareEnvironmentWrapper) -> None:
        TurnLoop(env, user, agent, limits).run()

    return _run(scenario, StateAwareEnvironmentWrapper(), act)


class TwoAgentScenarioRunner:
    """Runs scenarios as a configuration says.

    A builder makes one agent from the configuration; without builders only oracle runs and the type `replay` are known.
    """

    def __init__(
        self, user_agent_builder: AgentBuilder | None = None, proactive_agent_builder: AgentBuilder | None = None
    ) -> None:
        self.user_agent_builder = user_agent_builder
        self.proactive_agent_builder = proactive_agent_builder

    def run(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> PAREScenarioValidationResult:
        """The verdict on one run; an error of the scenario, the harness or the validator is its exception."""
        return self.record(config, scenario).result

    def record(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> ScenarioRun:
        """The verdict with the event log. Raises `ValueError` for agents that nobody can build."""
        run = self._run(config, scenario)
        if not config.export:
            return run
        from pare_harness.traces import exported  # noqa: PLC0415 - seldom wanted, and loads pydantic

        return exported(run, scenario, config)

    def _run(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> ScenarioRun:
        if config.oracle:
            return run_oracle(scenario)
        if self.user_agent_builder is not None and self.proactive_agent_builder is not None:
            limits = limits_of(config, scenario)
            return run_agents(scenario, self.user_agent_builder(config), self.proactive_agent_builder(config), limits)
        if config.agent_type == config.user_type == "replay":
            return run_replay(scenario, replay_limits(config))
        raise ValueError(
            f"agent_type={config.agent_type!r} with user_type={config.user_type!r} needs builders of both agents; "
            "without builders expected 'replay' for both, or oracle=True"
        )


def limits_of(config: ScenarioRunnerConfig, scenario: PAREScenario) -> Limits:
    """The limits of a run; `nb_turns` of the scenario goes before `max_turns` of the configuration."""
    return Limits(
        config.user_max_iterations or 1,
        config.observe_max_iterations or 5,
        config.execute_max_iterations or 10,
        scenario.nb_turns or config.max_turns,
    )


def replay_limits(config: ScenarioRunnerConfig) -> Limits:
    """Only the limits that somebody has set: the defaults are meant for models."""
    given = config.model_fields_set
    names = ("user_max_iterations", "observe_max_iterations", "execute_max_iterations", "max_turns")
    return Limits(*(getattr(config, name) if name in given else None for name in names))


def _play_out(env: StateAwareEnvironmentWrapper) -> None:
    while env.advance():
        pass


def _run(scenario: PAREScenario, env: StateAwareEnvironmentWrapper, act: Act) -> ScenarioRun:
    """Initialize, act, validate. Whatever breaks on the way ends the run as its exception."""
    started = perf_counter()
    try:
        with scenario.simulation.running():
            result = _judged(scenario, env, act)
    except SystemExit as ended:
        ending = ScenarioError(f"scenario {scenario.scenario_id!r} ended Python: SystemExit: {ended}")
        result = PAREScenarioValidationResult(success=None, exception=ending, rationale=str(ending))
    except Exception as error:  # noqa: BLE001 - one broken scenario must not end the others; its status says what broke
        result = PAREScenarioValidationResult(
            success=None, exception=error, rationale=f"{type(error).__name__}: {error}"
        )
    result = dataclasses.replace(
        result,
        duration=perf_counter() - started,
        noise=disturbances(scenario, env.event_log),
        **vars(count(env.event_log)),
    )
    return ScenarioRun(result, env.event_log, env)


def _judged(scenario: PAREScenario, env: StateAwareEnvironmentWrapper, act: Act) -> PAREScenarioValidationResult:
    scenario.initialize(sandbox_dir=SANDBOX)
    env.prepare(scenario)
    limit: LimitReached | None = None
    problem: str | None = None
    try:
        problem = act(env)
    except LimitReached as reached:
        limit = reached
    env.stop()
    verdict = _validated(scenario, env)
    if limit is not None and verdict.success is not True:
        return PAREScenarioValidationResult(
            success=None, exception=limit, rationale=_joined(str(limit), verdict.rationale)
        )
    if problem is not None:
        return PAREScenarioValidationResult(success=False, rationale=_joined(problem, verdict.rationale))
    return PAREScenarioValidationResult(
        success=verdict.success,
        exception=verdict.exception,
        export_path=verdict.export_path,
        rationale=verdict.rationale,
    )


def _validated(scenario: PAREScenario, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
    verdict: object = scenario.validate(env)
    if not isinstance(verdict, ScenarioValidationResult):
        raise ScenarioError(
            f"validate() of scenario {scenario.scenario_id!r} returned {verdict!r}; expected a ScenarioValidationResult"
        )
    return verdict


def _joined(first: str, second: str | None) -> str:
    return first if not second else f"{first}; {second}"
