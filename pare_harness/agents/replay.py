"""Agents without a model: they act out what the scenario expects, through the same tools as any other agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

from pare_harness.agents.base import Mode, Observation, ToolCall
from pare_harness.agents.roles import Role
from pare_harness.apps.core import AppState, StatefulApp
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.events import AbstractEvent, Action, EventType, OperationType, OracleEvent
from pare_harness.placeholders import resolve
from pare_harness.tools import AppTool

_ANSWERS = frozenset({"accept_proposal", "reject_proposal", "send_message_to_agent"})
_PROPOSAL = "send_message_to_user"
_ATTEMPTS = 3


class Script:
    """The expected actions of a scenario, in order, and why one of them could not be done."""

    def __init__(self, env: StateAwareEnvironmentWrapper, events: Sequence[AbstractEvent]) -> None:
        self.env = env
        self.events = events
        self.problem: str | None = None
        self._tries: Counter[str] = Counter()

    def next(self) -> OracleEvent | None:
        """The first expected action whose time has come; None when there is none or the last one cannot be done."""
        return self.env.expected[0] if self.env.expected and self.problem is None else None

    def shortfall(self) -> str | None:
        """Why not all that was expected could be done, once the replay has ended; None when all was."""
        if self.problem is None and self.env.expected:
            self._stop(self.env.expected[0], "neither side may do it as things stand")
        return self.problem

    def wait_for_more(self) -> OracleEvent | None:
        """Let time pass until the next expected action is due, if the agent has still to do what was agreed to."""
        owing = any(self._is_owed(event) for event in self.events)
        while owing and self.next() is None and self.problem is None and self.env.advance():
            pass
        return self.next()

    def call(self, event: OracleEvent, observation: Observation) -> ToolCall | None:
        """The call that does `event`; None, and the problem noted, where no tool does it or it keeps failing."""
        action = event.event.action
        wanted = next((one for one in observation.tools if does(one, action)), None)
        self._tries[event.event_id] += 1
        if wanted is None:
            self._stop(event, "no tool that is offered there does it")
            return None
        if self._tries[event.event_id] > _ATTEMPTS:
            errors = [f" ({type(one.error).__name__}: {one.error})" for one in observation.outcomes if one.error]
            self._stop(event, f"{_ATTEMPTS} attempts did not do it" + "".join(errors[-1:]))
            return None
        args = {name: value for name, value in resolve(action.args, self.env.find).items() if name != "self"}
        return ToolCall(wanted.public_name, args)

    def _is_owed(self, event: AbstractEvent) -> bool:
        """Whether it is a change by the agent, still to come, that needs no further proposal."""
        if not self._is_to_come(event) or is_users(event) or is_proposal(event):
            return False
        return event.event.action.operation_type is OperationType.WRITE and not self._is_after_proposal(event)

    def _is_after_proposal(self, event: AbstractEvent) -> bool:
        return any(
            (self._is_to_come(parent) and is_proposal(parent)) or self._is_after_proposal(parent)
            for parent in event.dependencies
        )

    def _is_to_come(self, event: AbstractEvent) -> TypeGuard[OracleEvent]:
        return isinstance(event, OracleEvent) and self.env.find(event.event_id) is None

    def _stop(self, event: OracleEvent, why: str) -> None:
        action = event.event.action
        self.problem = f"replay stopped at {event.event_id!r} ({action.class_name}.{action.function_name}): {why}"


class ReplayUser:
    """Does the user's part: answers proposals, and opens the apps and screens that her other actions need."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def step(self, observation: Observation) -> ToolCall | None:
        event = self.script.next()
        if event is None or not is_users(event):
            return None
        way = self._way_to(event.event.action, observation.tools)
        return way or self.script.call(event, observation)

    def _way_to(self, action: Action, tools: Iterable[AppTool]) -> ToolCall | None:
        """One step towards the screen where the action can be done; None when it is shown, or nothing leads there."""
        env, screen = self.script.env, action.args.get("self")
        if not isinstance(screen, AppState):
            return None
        app: StatefulApp = screen.app
        home = env.phone.home.name
        if env.active_app is not app:
            if app in env.background_apps:
                return ToolCall(f"{home}__switch_app", {"app_name": app.name})
            at_home = env.active_app is env.phone.home
            return ToolCall(f"{home}__open_app", {"app_name": app.name}) if at_home else ToolCall(f"{home}__go_home")
        behind = any(type(one) is type(screen) for one in app.navigation_stack)
        shown = type(app.current_state) is type(screen)
        return ToolCall(f"{app.name}__go_back") if behind and not shown else None


class ReplayAgent:
    """Does the proactive agent's part: reads, proposes, and acts once the user has accepted."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def step(self, observation: Observation) -> ToolCall | None:
        executing = observation.mode is Mode.EXECUTE
        event = self.script.wait_for_more() if executing else self.script.next()
        if event is None or is_users(event) or (executing and is_proposal(event)):
            return None
        return self.script.call(event, observation)


def replay_user(role: Role) -> ReplayUser:
    """The user who does what the scenario of `role` expects of her, whoever the agent is."""
    return ReplayUser(Script(role.env, role.scenario.events))


def replay_agent(role: Role) -> ReplayAgent:
    """The agent that does what the scenario of `role` expects of it, whoever the user is."""
    return ReplayAgent(Script(role.env, role.scenario.events))


def is_users(event: OracleEvent) -> bool:
    """Whether the user does it: an answer to the agent, or something on a screen."""
    return event.event_type is EventType.USER or event.event.action.function_name in _ANSWERS


def is_proposal(event: OracleEvent) -> bool:
    """Whether it is a message to the user that the scenario lets her answer."""
    return event.event.action.function_name == _PROPOSAL and _answered(event)


def _answered(event: AbstractEvent) -> bool:
    names = [(child, _name(child)) for child in event.successors]
    return any(name in _ANSWERS or (name != _PROPOSAL and _answered(child)) for child, name in names)


def _name(event: AbstractEvent) -> str:
    return event.event.action.function_name if isinstance(event, OracleEvent) else ""


def does(tool: AppTool, action: Action) -> bool:
    """Whether calling `tool` now is what `action` describes."""
    owner: Any = action.args.get("self")
    same_owner = tool.owner is owner or (isinstance(owner, AppState) and type(tool.owner) is type(owner))
    return same_owner and tool.registration.label == action.function_name
