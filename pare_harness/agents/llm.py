"""Agents with a model: a user, and a proactive agent that observes, proposes, and executes what was accepted."""

from __future__ import annotations

from pare_harness.agents.base import Agent, Mode, Observation, ToolCall
from pare_harness.agents.dialogue import Dialogue
from pare_harness.agents.prompts import Prompts
from pare_harness.agents.roles import Role
from pare_harness.clock import format_time
from pare_harness.errors import AgentFailure, InfraError


class ModelUser:
    """The owner of the phone. She keeps one conversation over the whole run."""

    def __init__(self, role: Role) -> None:
        self.prompts = Prompts(role.config.prompts)
        system = self.prompts.render("user_system", about=role.scenario.additional_system_prompt)
        self.conversation = Dialogue(role, "user", self.prompts, system)

    def step(self, observation: Observation) -> ToolCall | None:
        """Her next call. Raises `InfraError` for a model that cannot play her: the agent is not to blame."""
        talk = self.conversation
        talk.learn(observation.latest)
        if not observation.outcomes:
            texts = [one.message for one in observation.messages]
            talk.hear(_turn(self.prompts, "user_turn", observation, texts))
        try:
            return talk.next_call(observation.tools)
        except AgentFailure as failure:
            raise InfraError(f"the user's model: {type(failure).__name__}: {failure}") from failure


class ObserveExecute:
    """The proactive agent: one conversation while it observes, and a fresh one for each proposal it executes."""

    def __init__(self, role: Role) -> None:
        self.role, self.prompts = role, Prompts(role.config.prompts)
        self.observing = self._conversation("observe")
        self.executing: Dialogue | None = None

    def step(self, observation: Observation) -> ToolCall | None:
        executing = observation.mode is Mode.EXECUTE
        return self._execute(observation) if executing else self._observe(observation)

    def _observe(self, observation: Observation) -> ToolCall | None:
        if self.executing is None:
            self.observing.learn(observation.latest)
        self.executing = None
        if observation.messages or not observation.outcomes:
            texts = [one.message for one in observation.messages]
            self.observing.hear(_turn(self.prompts, "observe_turn", observation, texts))
        return self.observing.next_call(observation.tools)

    def _execute(self, observation: Observation) -> ToolCall | None:
        texts = [one.message for one in observation.messages]
        if not observation.outcomes or self.executing is None:
            self.observing.learn(observation.earlier)
            self.executing = self._conversation("execute")
            self.executing.hear(_turn(self.prompts, "execute_turn", observation, texts))
        else:
            self.executing.learn(observation.latest)
            if texts:
                self.executing.hear("\n".join(texts))
        return self.executing.next_call(observation.tools)

    def _conversation(self, part: str) -> Dialogue:
        about = self.role.scenario.additional_system_prompt
        system = self.prompts.render(f"{part}_system", about=about)
        return Dialogue(self.role, part, self.prompts, system)


def model_user(role: Role) -> Agent:
    """The user whom the model `user_engine_config` plays."""
    return ModelUser(role)


def observe_execute_agent(role: Role) -> Agent:
    """The proactive agent of the models `observe_engine_config` and `execute_engine_config`."""
    return ObserveExecute(role)


def _turn(prompts: Prompts, name: str, observation: Observation, texts: list[str]) -> str:
    return prompts.render(
        name,
        time=format_time(observation.time),
        screen=observation.screen,
        messages=texts,
        goal=observation.goal,
        pending=observation.pending,
    )
