"""Find an agent by its name, by an entry point, or as `module:factory`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter
from operator import attrgetter
from types import MappingProxyType

from pare_harness.agents.base import Agent
from pare_harness.agents.roles import Factory, Role, Side
from pare_harness.errors import ScenarioError

GROUP = "pare.agents"
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL)

_MODEL = "pare_harness.agents.llm"
_SCRIPT = "pare_harness.agents.scripted"
_REPLAY = "pare_harness.agents.replay"
_PERSONA = "pare_harness.agents.personas"

BUILT_IN: Mapping[Side, Mapping[str, str]] = MappingProxyType(
    {
        Side.AGENT: {
            "observe-execute": f"{_MODEL}:observe_execute_agent",
            "llm": f"{_MODEL}:observe_execute_agent",
            "scripted": f"{_SCRIPT}:scripted_agent",
            "replay": f"{_REPLAY}:replay_agent",
        },
        Side.USER: {
            "default": f"{_MODEL}:model_user",
            "llm": f"{_MODEL}:model_user",
            "scripted": f"{_SCRIPT}:scripted_user",
            "replay": f"{_REPLAY}:replay_user",
            "accepts": f"{_PERSONA}:accepting_user",
            "rejects": f"{_PERSONA}:rejecting_user",
            "ignores": f"{_PERSONA}:ignoring_user",
            "hesitates": f"{_PERSONA}:hesitating_user",
        },
    }
)

NOTHING: Mapping[str, Factory] = MappingProxyType({})


def may_ask_model(side: Side, name: str) -> bool:
    """Whether the agent of that name asks a model: of those built in it is known, of others it may be."""
    return BUILT_IN[side].get(name, _MODEL).startswith(_MODEL)


class AgentNotFound(ValueError):  # noqa: N818  # reads as what happened
    """No agent goes by that name, two do, or the one named does not load."""


@dataclass(frozen=True)
class Named:
    """A factory and the name it was found by."""

    name: str
    factory: Callable[..., object]

    def __call__(self, role: Role) -> Agent:
        """The agent for `role`. Raises `AgentNotFound`, one line, where the factory breaks or makes something else."""
        try:
            agent = self.factory(role) if _takes_role(self.factory) else self.factory()
        except (ScenarioError, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # the factory is foreign code: whatever it raises, exits too, is reported
            raise AgentNotFound(f"agent {self.name!r}: its factory raised {type(error).__name__}: {error}") from error
        if not callable(getattr(agent, "step", None)):
            raise AgentNotFound(
                f"agent {self.name!r}: its factory returned {type(agent).__name__}; "
                "expected an object with a method `step(observation)`"
            )
        return agent  # type: ignore[return-value]  # checked above


def find_agent(side: Side, name: str, extra: Mapping[str, Factory] = NOTHING) -> Factory:
    """The factory called `name`: built in, in `extra`, an entry point of `pare.agents`, or `module:factory`.

    A factory takes a `Role`, or nothing, and returns an agent; a class whose constructor does so is one. AgentNotFound,
    one line, for an unknown name (with the choices), a name that is taken twice (with both), and what does not import.
    """
    built_in = BUILT_IN[side]
    for taken in built_in.keys() & extra.keys():
        raise _taken_twice(taken, f"built in as {built_in[taken]}", f"given as {extra[taken]!r}")
    if name in extra:
        return Named(name, extra[name])
    if name in built_in:
        return _imported(name, built_in[name])
    return _imported(name, name if ":" in name else _installed(side, name, extra))


def _takes_role(factory: Callable[..., object]) -> bool:
    """Whether a `Role` is for its first parameter, rather than for none or for one that has a default of its own."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return True
    first = next((one for one in parameters if one.kind in POSITIONAL), None)
    return first is not None and (first.default is first.empty or first.name == "role")


def is_built_in(side: Side, name: str) -> bool:
    """Whether an agent is part of this package, so that its code is known to the cache."""
    return name in BUILT_IN[side]


def _installed(side: Side, name: str, extra: Mapping[str, Factory]) -> str:
    """The `module:attribute` of the entry point called `name`."""
    found: dict[str, EntryPoint] = {}
    known = {**BUILT_IN[side], **{key: f"given as {factory!r}" for key, factory in extra.items()}}
    for point in entry_points(group=GROUP):
        if point.name in known:
            raise _taken_twice(point.name, known[point.name], f"installed as {point.value}")
        if point.name in found and found[point.name].value != point.value:
            raise _taken_twice(point.name, *(f"installed as {one.value}" for one in (found[point.name], point)))
        found[point.name] = point
    if name not in found:
        choices = [*known, *sorted(found)]
        hint = "".join(f"; did you mean {one!r}?" for one in get_close_matches(name, choices, n=1))
        raise AgentNotFound(f"{side.value}={name!r}; expected one of {choices} or 'module:factory'{hint}")
    return found[name].value


def _taken_twice(name: str, one: str, other: str) -> AgentNotFound:
    return AgentNotFound(f"agent {name!r} is registered twice: {one}, and {other}")


def _imported(name: str, path: str) -> Factory:
    module, _, attribute = path.partition(":")
    try:
        factory = attrgetter(attribute)(import_module(module))
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # importing runs foreign code: whatever it raises, exits and skips too, is reported
        raise AgentNotFound(f"agent {name!r} does not import: {type(error).__name__}: {error}") from error
    if not callable(factory):
        raise AgentNotFound(
            f"agent {name!r} is {factory!r}; expected a callable that takes a Role, or nothing, and returns an agent"
        )
    return Named(name, factory)
