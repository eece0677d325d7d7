"""The turn loop: the user acts, then the proactive agent, then time passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from pare_harness.agents.base import Agent, Mode, Observation, Outcome, ToolCall
from pare_harness.agents.roles import Side
from pare_harness.apps.core import StatefulApp
from pare_harness.environment import AgentContext, EnvironmentState, StateAwareEnvironmentWrapper
from pare_harness.errors import AgentFailure, LimitReached, ToolError
from pare_harness.meter import Meter
from pare_harness.notifications import ACCEPT, FOR_AGENT, FOR_USER, REJECT, Message, MessageType
from pare_harness.tools import AppTool
from pare_harness.transcript import Step

INTERFACE = "PAREAgentUserInterface"
WAIT, PROPOSE = f"{INTERFACE}__wait", f"{INTERFACE}__send_message_to_user"
_HIDDEN = frozenset(
    f"{INTERFACE}__{name}"
    for name in (
        "get_last_message_from_user",
        "get_last_message_from_agent",
        "get_last_unread_messages",
        "get_all_messages",
        "send_message_to_agent",
    )
)
_UNBOUNDED_STEPS = 1000


@dataclass(frozen=True)
class Limits:
    """Steps of each side in one turn, and turns in one run; None sets no limit."""

    user: int | None = 1
    observe: int | None = 1
    execute: int | None = 1
    turns: int | None = 10


class TurnLoop:
    """One run of a scenario by two agents. It ends when nothing is left to happen and both sides rest."""

    def __init__(
        self,
        env: StateAwareEnvironmentWrapper,
        user: Agent,
        agent: Agent,
        limits: Limits,
        meter: Meter | None = None,
    ) -> None:
        self.env, self.user, self.agent, self.limits = env, user, agent, limits
        self.meter = meter or Meter()
        self.mode = Mode.OBSERVE
        self.goal = ""
        self._earlier: dict[Side, Outcome] = {}
        self._answers: list[Message] = []

    def run(self) -> None:
        """Take turns. Raises `LimitReached` when a limit or a budget comes before the end."""
        while self._turn() or self.env.leap():
            if self.limits.turns is not None and self.env.event_log.turns >= self.limits.turns:
                last = self._earlier.get(Side.AGENT)
                why = "" if last is None or last.error is None else f"; the agent's last call failed: {last.error}"
                raise LimitReached(f"{self.limits.turns} turns were not enough; max_turns={self.limits.turns}{why}")

    def _turn(self) -> bool:
        """Let both sides act once; whether one of them did more than wait."""
        env = self.env
        self.meter.before_turn()
        self.env.context = AgentContext(env.event_log.turns, self.mode.value)
        env.tick()
        if env.state is not EnvironmentState.RUNNING:
            return False
        acted = [self._user_turn(), self._agent_turn()]
        env.event_log.turns += 1
        self.meter.after_turn()
        env.time_manager.add_offset(env.tick_seconds)
        return any(acted) and env.current_time <= env.end_time

    def _user_turn(self) -> bool:
        messages = self._read(FOR_USER)
        outcomes: list[Outcome] = []
        for _ in range(self.limits.user or _UNBOUNDED_STEPS):
            tools = visible(self.env.get_user_tools())
            seen = self._observation(
                Side.USER, tools, messages, outcomes, screen=self._screen(), pending=self._pending()
            )
            call = _step(self.user, seen)
            if call is None:
                self._note(seen)
                break
            outcomes.append(self._perform(Side.USER, seen, call, tools))
            messages = []
        return bool(outcomes)

    def _agent_turn(self) -> bool:
        if self.mode is Mode.AWAITING_CONFIRMATION:
            return self._hear_answer() and self._execute()
        return self._observe()

    def _observe(self) -> bool:
        tools = [tool for tool in visible(self.env.get_tools()) if not tool.write_operation or tool.name == PROPOSE]
        answers, self._answers = self._answers, []
        outcomes = self._steps(tools, self.limits.observe, [*answers, *self._read(FOR_AGENT)])
        if outcomes and outcomes[-1].error is None and _is(outcomes[-1].call, PROPOSE, tools):
            self._enter(Mode.AWAITING_CONFIRMATION)
            self.goal = str(outcomes[-1].call.args.get("content", ""))
        return any(not _is(outcome.call, WAIT, tools) for outcome in outcomes)

    def _hear_answer(self) -> bool:
        """Whether the user has accepted; a rejection sends the agent back to observing, where it reads the answer."""
        heard = self._read(frozenset({MessageType.USER_MESSAGE}))
        self._answers += heard
        answer = heard[-1].message if heard else ""
        if answer.startswith(ACCEPT):
            self._enter(Mode.EXECUTE)
            self.goal += "\n" + answer
        elif answer.startswith(REJECT):
            self._enter(Mode.OBSERVE)
        return self.mode is Mode.EXECUTE

    def _execute(self) -> bool:
        tools = [tool for tool in visible(self.env.get_tools()) if tool.name != WAIT]
        self._steps(tools, self.limits.execute, self._read(FOR_AGENT), self.goal)
        self._enter(Mode.OBSERVE)
        return True

    def _steps(
        self, tools: list[AppTool], limit: int | None, messages: list[Message], goal: str | None = None
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for _ in range(limit or _UNBOUNDED_STEPS):
            seen = self._observation(Side.AGENT, tools, messages, outcomes, mode=self.mode, goal=goal)
            call = _step(self.agent, seen)
            if call is None:
                self._note(seen)
                break
            outcomes.append(self._perform(Side.AGENT, seen, call, tools))
            if _is(call, WAIT, tools) or (_is(call, PROPOSE, tools) and outcomes[-1].error is None):
                break
            messages = self._read(FOR_AGENT)
        return outcomes

    def _perform(self, side: Side, seen: Observation, call: ToolCall, tools: Sequence[AppTool]) -> Outcome:
        self.meter.before_call()
        outcome = self._earlier[side] = perform_call(call, tools)
        self._note(seen, outcome)
        return outcome

    def _note(self, seen: Observation, outcome: Outcome | None = None) -> None:
        """Keep a step for the transcript, unless nothing was heard and nothing done in it."""
        if outcome is not None or seen.messages:
            self.env.transcript.append(Step(seen, outcome))

    def _observation(
        self,
        side: Side,
        tools: list[AppTool],
        messages: list[Message],
        outcomes: list[Outcome],
        *,
        screen: str | None = None,
        mode: Mode | None = None,
        goal: str | None = None,
        pending: str | None = None,
    ) -> Observation:
        return Observation(
            turn=self.env.event_log.turns,
            time=self.env.current_time,
            tools=tools,
            messages=tuple(messages),
            outcomes=tuple(outcomes),
            screen=screen,
            mode=mode,
            goal=goal,
            pending=pending,
            earlier=None if outcomes else self._earlier.get(side),
        )

    def _pending(self) -> str | None:
        return self.goal if self.mode is Mode.AWAITING_CONFIRMATION else None

    def _read(self, kinds: frozenset[MessageType]) -> list[Message]:
        return self.env.notification_system.take(kinds, self.env.current_time)

    def _screen(self) -> str:
        app = self.env.active_app
        return f"{app.name}: {type(app.current_state).__name__}" if isinstance(app, StatefulApp) else app.name

    def _enter(self, mode: Mode) -> None:
        self.mode = mode
        if self.env.context is not None:
            self.env.context.proactive_mode = mode.value


def _step(agent: Agent, seen: Observation) -> ToolCall | None:
    call: object = agent.step(seen)
    if call is None or _is_call(call):
        return call
    raise AgentFailure(f"{type(agent).__name__}.step returned {call!r:.200}; expected a ToolCall or None")


def _is_call(call: object) -> TypeGuard[ToolCall]:
    return isinstance(call, ToolCall) and _fit(call.tool, call.args)


def _fit(tool: object, args: object) -> bool:
    return isinstance(tool, str) and isinstance(args, Mapping)


def visible(tools: Sequence[AppTool]) -> list[AppTool]:
    """The tools without those of the conversation that stand for what agents are shown anyway."""
    return [tool for tool in tools if tool.name not in _HIDDEN]


def perform_call(call: ToolCall, tools: Sequence[AppTool]) -> Outcome:
    """Call a tool for an agent; an error is its outcome, for the agent to read and the log to keep."""
    found = next((tool for tool in tools if tool.public_name == call.tool), None)
    if found is None:
        names = sorted(tool.public_name for tool in tools)
        return Outcome(call, error=ToolError(f"tool {call.tool!r} is not offered here; expected one of {names}"))
    try:
        return Outcome(call, value=found(**call.args))
    except LimitReached:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an app raises is what the agent gets to read
        return Outcome(call, error=error)


def _is(call: ToolCall, name: str, tools: Sequence[AppTool]) -> bool:
    return any(tool.public_name == call.tool and tool.name == name for tool in tools)
