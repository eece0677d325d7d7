"""One run of one scenario: by its own expected actions, or by a user and a proactive agent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pare_harness.agents.base import Agent
from pare_harness.agents.chat import EngineBuilder
from pare_harness.agents.engines import open_ai_engine
from pare_harness.agents.recording import Cassettes, CassetteUse, run_taped
from pare_harness.agents.registry import NOTHING, find_agent
from pare_harness.agents.replay import ReplayAgent, ReplayUser, Script
from pare_harness.agents.roles import Factory, Role, Side
from pare_harness.budgets import Ledger
from pare_harness.counting import count
from pare_harness.disturbances import disturbances
from pare_harness.environment import EnvironmentConfig, StateAwareEnvironmentWrapper
from pare_harness.errors import AgentFailure, BudgetReached, LimitReached, ScenarioError
from pare_harness.event_log import EventLog
from pare_harness.meter import NO_BUDGET, Meter
from pare_harness.scenarios.scenario import PAREScenario, ScenarioValidationResult
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.turns import Limits, TurnLoop

if TYPE_CHECKING:
    from pare_harness.scenarios.config import ScenarioRunnerConfig

SANDBOX = Path("sandbox")
"""Where scenarios written for Meta-ARE are told to keep files; nothing is ever written there."""

Act = Callable[[StateAwareEnvironmentWrapper], str | None]
Cast = Callable[[StateAwareEnvironmentWrapper, Meter], tuple[Agent, Agent]]
NO_FACTORIES: Mapping[Side, Mapping[str, Factory]] = {}
AgentBuilder = Callable[["ScenarioRunnerConfig"], Agent]


@dataclass(frozen=True)
class ScenarioRun:
    """What came of a run, the log of what happened in it, the world it left, and the use it made of a cassette."""

    result: PAREScenarioValidationResult
    log: EventLog
    env: StateAwareEnvironmentWrapper
    cassette: CassetteUse | None = None


def run_oracle(scenario: PAREScenario) -> ScenarioRun:
    """Perform what the scenario expects, event by event."""
    return _run(scenario, StateAwareEnvironmentWrapper(EnvironmentConfig(oracle_mode=True)), _play_out)


def run_replay(scenario: PAREScenario, limits: Limits | None = None, meter: Meter | None = None) -> ScenarioRun:
    """Act out what the scenario expects in turns, through the tools of the user and of the proactive agent.

    Without `limits` each side takes as many steps as it needs.
    """
    meter = meter or Meter()

    def act(env: StateAwareEnvironmentWrapper) -> str | None:
        script = Script(env, scenario.events)
        TurnLoop(env, ReplayUser(script), ReplayAgent(script), limits or Limits(None, None, None, None), meter).run()
        return script.shortfall()

    return _run(scenario, StateAwareEnvironmentWrapper(), act, meter)


def run_agents(scenario: PAREScenario, user: Agent, agent: Agent, limits: Limits) -> ScenarioRun:
    """Let `user` and `agent` take turns."""
    return run_cast(scenario, lambda env, meter: (user, agent), limits)


def run_cast(scenario: PAREScenario, cast: Cast, limits: Limits, meter: Meter | None = None) -> ScenarioRun:
    """Let a user and a proactive agent take turns whom `cast` makes once the scenario's world is there."""
    meter = meter or Meter()

    def act(env: StateAwareEnvironmentWrapper) -> None:
        user, agent = cast(env, meter)
        TurnLoop(env, user, agent, limits, meter).run()

    return _run(scenario, StateAwareEnvironmentWrapper(), act, meter)


class TwoAgentScenarioRunner:
    """Runs scenarios as a configuration says: with the agents that go by `user_type` and `agent_type`.

    A builder, which makes an agent from the configuration alone, takes the place of that name. `factories` adds names
    by side, `engines` makes the models, `ledger` holds what a session may use up in all. With `cassettes` model calls
    are recorded and replayed.
    """

    def __init__(
        self,
        user_agent_builder: AgentBuilder | None = None,
        proactive_agent_builder: AgentBuilder | None = None,
        *,
        engines: EngineBuilder = open_ai_engine,
        factories: Mapping[Side, Mapping[str, Factory]] = NO_FACTORIES,
        ledger: Ledger | None = None,
        cassettes: Cassettes | None = None,
    ) -> None:
        self.user_agent_builder = user_agent_builder
        self.proactive_agent_builder = proactive_agent_builder
        self.engines, self.factories, self.ledger, self.cassettes = engines, factories, ledger, cassettes

    def run(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> PAREScenarioValidationResult:
        """The verdict on one run; an error of the scenario, the harness or the validator is its exception."""
        return self.record(config, scenario).result

    def record(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> ScenarioRun:
        """The verdict with the event log. Raises `ValueError` for agents that nobody can build."""
        run = self.play(config, scenario)
        if not config.export:
            return run
        from pare_harness.traces import exported  # noqa: PLC0415 - seldom wanted, and loads pydantic

        return exported(run, scenario, config)

    def play(self, config: ScenarioRunnerConfig, scenario: PAREScenario, variant: str = "") -> ScenarioRun:
        """The same as `record` without a trace; `variant`: what else tells it from other runs, such as its noise."""
        if config.oracle:
            return run_oracle(scenario)
        if self.cassettes is None:
            return self._act(config, scenario, self.engines)
        tape = self.cassettes.tape(scenario.scenario_id, scenario.run_number, variant)
        return run_taped(tape, lambda: self._act(config, scenario, tape.around(self.engines)))

    def _act(self, config: ScenarioRunnerConfig, scenario: PAREScenario, engines: EngineBuilder) -> ScenarioRun:
        meter = Meter(config.budget or NO_BUDGET, self.ledger)
        builders = (self.user_agent_builder, self.proactive_agent_builder)
        if config.agent_type == config.user_type == "replay" and builders == (None, None):
            return run_replay(scenario, replay_limits(config), meter)
        user, agent = self._factory(Side.USER, config), self._factory(Side.AGENT, config)

        def cast(env: StateAwareEnvironmentWrapper, meter: Meter) -> tuple[Agent, Agent]:
            role = Role(Side.USER, config, scenario, env, meter, engines)
            return user(role), agent(dataclasses.replace(role, side=Side.AGENT))

        return run_cast(scenario, cast, limits_of(config, scenario), meter)

    def _factory(self, side: Side, config: ScenarioRunnerConfig) -> Factory:
        builder = self.user_agent_builder if side is Side.USER else self.proactive_agent_builder
        if builder is not None:
            return lambda role: builder(role.config)
        name = config.user_type if side is Side.USER else config.agent_type
        return find_agent(side, name, self.factories.get(side, NOTHING))


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


def _run(
    scenario: PAREScenario, env: StateAwareEnvironmentWrapper, act: Act, meter: Meter | None = None
) -> ScenarioRun:
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
    use = vars(meter.use) if meter is not None else {}
    result = dataclasses.replace(
        result,
        duration=perf_counter() - started,
        noise=disturbances(scenario, env.event_log),
        **vars(count(env.event_log)),
        **use,
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
    except AgentFailure as failure:
        problem = f"{type(failure).__name__}: {failure}"
    env.stop()
    verdict = _validated(scenario, env)
    if isinstance(limit, BudgetReached) or (limit is not None and verdict.success is not True):
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
    """The verdict, its parts of the types that reports can show. Raises `ScenarioError` for what is none."""
    verdict: Any = scenario.validate(env)
    where = f"validate() of scenario {scenario.scenario_id!r} returned"
    if not isinstance(verdict, ScenarioValidationResult):
        raise ScenarioError(f"{where} {verdict!r:.200}; expected a ScenarioValidationResult")
    return _typed(vars(verdict), where)


def _typed(verdict: dict[str, Any], where: str) -> ScenarioValidationResult:
    success, rationale, exception = verdict["success"], verdict["rationale"], verdict["exception"]
    if isinstance(success, str):
        raise ScenarioError(f"{where} success={success!r:.200}; expected True, False or None")
    if not isinstance(exception, Exception | None):
        exception = ScenarioError(f"{where} exception={exception!r:.200}; expected an exception or None")
    return ScenarioValidationResult(
        success=None if success is None else bool(success),
        exception=exception,
        export_path=verdict["export_path"],
        rationale=None if rationale is None else str(rationale),
    )


def _joined(first: str, second: str | None) -> str:
    return first if not second else f"{first}; {second}"
