"""Users without a model, who answer every proposal in the same way and do nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from pare_harness.agents.base import Agent, Observation, ToolCall, offered
from pare_harness.agents.roles import Role

ACCEPT, REJECT = "PAREAgentUserInterface__accept_proposal", "PAREAgentUserInterface__reject_proposal"
HESITATION = 2


@dataclass(frozen=True)
class Answers:
    """Answers each proposal at once, by calling `tool` with `content`."""

    tool: str
    content: str

    def step(self, observation: Observation) -> ToolCall | None:
        found = offered(observation.tools, self.tool)
        if observation.pending is None or observation.outcomes or found is None:
            return None
        return ToolCall(found.public_name, {"content": self.content})


@dataclass(frozen=True)
class Ignores:
    """Never answers."""

    def step(self, observation: Observation) -> None:
        return None


@dataclass
class Hesitates:
    """Looks at her home screen for `turns` turns before she answers as `then` does."""

    then: Agent
    turns: int = HESITATION
    _since: int | None = field(default=None, init=False)

    def step(self, observation: Observation) -> ToolCall | None:
        if observation.pending is None:
            self._since = None
            return None
        self._since = observation.turn if self._since is None else self._since
        if observation.turn - self._since >= self.turns:
            return self.then.step(observation)
        home = next((tool for tool in observation.tools if tool.name.endswith("__go_home")), None)
        return None if home is None or observation.outcomes else ToolCall(home.public_name)


def accepting_user(role: Role) -> Agent:
    """Accepts every proposal."""
    return Answers(ACCEPT, "Yes, please.")


def rejecting_user(role: Role) -> Agent:
    """Rejects every proposal."""
    return Answers(REJECT, "No, thank you.")


def ignoring_user(role: Role) -> Agent:
    """Leaves every proposal without an answer."""
    return Ignores()


def hesitating_user(role: Role) -> Agent:
    """Accepts every proposal, two turns after it was made."""
    return Hesitates(accepting_user(role))
