"""What a factory is told of the agent that it is to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pare_harness.agents.base import Agent
from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine, EngineBuilder
from pare_harness.errors import ModelError
from pare_harness.meter import Meter

if TYPE_CHECKING:
    from pare_harness.clock import TimeManager
    from pare_harness.environment import StateAwareEnvironmentWrapper
    from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig
    from pare_harness.scenarios.scenario import PAREScenario


class Side(Enum):
    """Whom an agent plays."""

    USER = "user"
    AGENT = "agent"


@dataclass(frozen=True)
class Role:
    """A side in one run of a scenario, which is initialised by then. `engines` makes the models of `config`."""

    side: Side
    config: ScenarioRunnerConfig
    scenario: PAREScenario
    env: StateAwareEnvironmentWrapper
    meter: Meter
    engines: EngineBuilder

    def model(self, part: str) -> LLMEngineConfig:
        """The configuration of the model for `user`, `observe` or `execute`."""
        found: LLMEngineConfig = getattr(self.config, f"{part}_engine_config")
        return found

    def engine(self, part: str) -> Engine:
        """That model, counted and under the run's budgets; its pauses pass on the scenario's clock."""
        site = CallSite(self.scenario.scenario_id, self.scenario.run_number, part)
        return Metered(self.engines(self.model(part), site), self.meter, self.env.time_manager)


Factory = Callable[[Role], Agent]


@dataclass(frozen=True)
class Metered:
    """Counts what `engine` uses, and asks it only within the budgets."""

    engine: Engine
    meter: Meter
    clock: TimeManager

    def complete(self, request: ChatRequest) -> ChatReply:
        """The engine's answer. Raises `BudgetReached` instead of asking, else what the engine raises."""
        self.meter.before_model()
        try:
            reply = self.engine.complete(request)
        except ModelError as fault:
            self.meter.failed_model(fault.retries)
            raise
        self.meter.after_model(reply.usage, reply.retries)
        self.clock.add_offset(reply.waited)
        return reply
