"""Agents that do what a script says, for tests of scenarios and of everything that runs agents."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pare_harness.agents import personas
from pare_harness.agents.base import Agent, Mode, Observation, ToolCall, offered
from pare_harness.agents.roles import Factory, Role
from pare_harness.apps.core import StatefulApp
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.errors import ScenarioError
from pare_harness.placeholders import resolve
from pare_harness.tools import Kind, declared
from pare_harness.turns import PROPOSE

ANSWERS = (personas.ACCEPT, personas.REJECT)
PERSONAS: dict[str, Factory] = {
    "accepts": personas.accepting_user,
    "rejects": personas.rejecting_user,
    "ignores": personas.ignoring_user,
    "hesitates": personas.hesitating_user,
}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Value):
    """One call. It waits until its tool is offered, and until a message was read in which the text `after` stands.

    A proposal waits until the agent observes, an answer until there is a proposal. In `args`, `{{id}}` is what the
    event of that id returned, as in scenarios.
    """

    tool: str
    args: dict[str, Any] = {}
    after: str = ""


class DayScript(_Value):
    """What both sides do in one scenario; the user's part may be the name of a persona."""

    agent: tuple[Line, ...] = ()
    user: str | tuple[Line, ...] = "accepts"


class Scripted:
    """Makes the calls of `lines` in order, whatever comes of them."""

    def __init__(self, lines: Sequence[Line], env: StateAwareEnvironmentWrapper) -> None:
        self.left = list(lines)
        self.env = env
        self._read = ""

    def step(self, observation: Observation) -> ToolCall | None:
        self._read += "".join(f"{one.message}\n" for one in observation.messages)
        line = self.left[0] if self.left else None
        if line is None or line.after not in self._read or not _is_time(line.tool, observation):
            return None
        tool = offered(observation.tools, line.tool)
        if tool is None:
            return None
        self.left.pop(0)
        return ToolCall(tool.public_name, resolve(line.args, self.env.find))


def scripted_agent(role: Role) -> Agent:
    """The agent of the scenario's script. Raises `ScenarioError` where there is none, and for an unknown tool."""
    tools = {name for tool in role.env.get_tools() for name in (tool.name, tool.public_name)}
    return Scripted(_known(script_of(role).agent, tools, role), role.env)


def scripted_user(role: Role) -> Agent:
    """The user of the scenario's script. Raises `ScenarioError` where there is none, for unknown personas and tools."""
    part = script_of(role).user
    if not isinstance(part, str):
        return Scripted(_known(part, set(_users_tools(role.env)), role), role.env)
    if part not in PERSONAS:
        raise ScenarioError(f"script of {role.scenario.scenario_id!r}: user={part!r}; expected one of {list(PERSONAS)}")
    return PERSONAS[part](role)


def _known(lines: Sequence[Line], tools: set[str], role: Role) -> Sequence[Line]:
    """The lines. Raises `ScenarioError` for one whose tool will never be offered."""
    for line in lines:
        if line.tool not in tools:
            choices = get_close_matches(line.tool, tools) or sorted(tools)
            raise ScenarioError(
                f"script of {role.scenario.scenario_id!r}: tool={line.tool!r} of the {role.side.value}; "
                f"expected one of {choices}"
            )
    return lines


def _users_tools(env: StateAwareEnvironmentWrapper) -> Iterator[str]:
    """The user's tools on all screens of all apps."""
    for app in env.apps.values():
        screens = app.STATES if isinstance(app, StatefulApp) else ()
        for owner in (type(app), *screens):
            yield from (f"{app.name}__{found.label}" for found in declared(owner, Kind.USER))


def script_of(role: Role) -> DayScript:
    """The script in the file `scripts` of the configuration, else the scenario's attribute `script`."""
    scenario, file = role.scenario, role.config.scripts
    found = load_scripts(Path(file)).get(scenario.scenario_id) if file else getattr(scenario, "script", None)
    if not isinstance(found, DayScript):
        where = f"a table [{scenario.scenario_id}] in {file}" if file else "a DayScript as its attribute `script`"
        raise ScenarioError(f"scenario {scenario.scenario_id!r} has no script; expected {where}")
    return found


@lru_cache(maxsize=8)
def load_scripts(file: Path) -> dict[str, DayScript]:
    """The scripts in a TOML file, a table for each scenario. Raises `ScenarioError`, one line, for what is none."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, DayScript]).validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ScenarioError(f"{file}: {where}={first['input']!r}: {first['msg']}") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{file}: no script: {error}") from error


def _is_time(tool: str, observation: Observation) -> bool:
    if tool in ANSWERS:
        return observation.pending is not None
    return tool != PROPOSE or observation.mode is Mode.OBSERVE
