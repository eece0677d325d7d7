"""What an agent is shown, what it can do, and what it learns of it: the same for every kind of agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pare_harness.notifications import Message
    from pare_harness.tools import AppTool


class Mode(Enum):
    """What the proactive agent may do: look, wait for the user's answer, or act."""

    OBSERVE = "observe"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    EXECUTE = "execute"


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool by its public name."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a call: its value, or the error."""

    call: ToolCall
    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True)
class Observation:
    """What an agent sees before a step.

    `messages` are new since its last step; `outcomes` are those of its earlier steps in this turn, and `earlier` is
    that of its last step before it. `screen` names the app and the screen that the user looks at, and is None for the
    proactive agent; `goal` is the proposal that the user has accepted, with her answer, and None unless the agent
    executes it; `pending` is the proposal that the user has still to answer.
    """

    turn: int
    time: float
    tools: Sequence[AppTool]
    messages: Sequence[Message]
    outcomes: Sequence[Outcome] = ()
    screen: str | None = None
    mode: Mode | None = None
    goal: str | None = None
    pending: str | None = None
    earlier: Outcome | None = None

    @property
    def latest(self) -> Outcome | None:
        """What came of the last step, whenever that was; None before the first."""
        return self.outcomes[-1] if self.outcomes else self.earlier


def offered(tools: Sequence[AppTool], name: str) -> AppTool | None:
    """The tool of that name, its own or the one that noise has given it; None where it is not among `tools`."""
    return next((tool for tool in tools if name in (tool.name, tool.public_name)), None)


class Agent(Protocol):
    """A user, or a proactive agent."""

    def step(self, observation: Observation) -> ToolCall | None:
        """The next call, or None to end the turn."""
        ...
