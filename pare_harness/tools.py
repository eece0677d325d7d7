"""Methods that agents and users call by name: their declaration, their schema, and the call itself."""

from __future__ import annotations

import inspect
import random
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pare_harness.capture import Registration, app_of, registered, registration_of
from pare_harness.context import stable_seed
from pare_harness.disturbances import failed_call
from pare_harness.errors import ToolError, ToolFailure
from pare_harness.events import EventType, OperationType
from pare_harness.signatures import type_text

if TYPE_CHECKING:
    from pare_harness.apps.core import App

F = TypeVar("F", bound=Callable[..., Any])


class Kind(Enum):
    """Whom a tool is offered to: the proactive agent, the user, the world, or a scenario's author."""

    APP = "app"
    USER = "user"
    ENV = "env"
    DATA = "data"


def tool(
    *kinds: Kind, writes: bool = False, by: EventType = EventType.AGENT, strict: bool = True, navigates: bool = False
) -> Callable[[F], F]:
    """Declare an app's method: whom it is offered to, whether it changes the app, whose event a direct call is.

    A `strict` method takes arguments of the annotated types only. The docstring's first paragraph is the description
    that agents read, lines `name: text` under `Args:` describe arguments.
    """
    return lambda function: registered(
        function, operation=_operation(writes), by=by, strict=strict, kinds=frozenset(kinds), navigates=navigates
    )


def user_tool(*, writes: bool = False, leads_to: tuple[str, ...] = (), strict: bool = False) -> Callable[[F], F]:
    """Declare a method of a screen as something the user can do; `leads_to` names the screens it may show next."""
    return lambda function: registered(
        function,
        operation=_operation(writes),
        by=EventType.USER,
        strict=strict,
        kinds=frozenset({Kind.USER}),
        leads_to=leads_to,
        navigates=True,
    )


def declared(owner: type, kind: Kind) -> tuple[Registration, ...]:
    """The declarations of `kind` over the class hierarchy: most derived class first, each name once."""
    return _declared(owner, kind)


@cache
def _declared(owner: type, kind: Kind) -> tuple[Registration, ...]:
    seen: dict[str, Registration | None] = {}
    for base in owner.__mro__:
        for name, member in vars(base).items():
            seen.setdefault(name, registration_of(member))
    return tuple(found for found in seen.values() if found is not None and kind in found.kinds)


def declared_tool(owner: Any, label: str) -> AppTool:
    """The tool made of one registered method of `owner`."""
    registration = registration_of(getattr(type(owner), label))
    if registration is None:
        raise ToolError(f"{type(owner).__name__}.{label} is not registered; expected a method declared by `tool`")
    return AppTool(owner, registration)


def _operation(writes: bool) -> OperationType:
    return OperationType.WRITE if writes else OperationType.READ


@dataclass(frozen=True)
class AppToolArg:
    """An argument of a tool; `json_schema` is its type in JSON schema."""

    name: str
    arg_type: str
    description: str
    has_default: bool
    default: Any
    json_schema: dict[str, Any]


@dataclass(frozen=True)
class ToolText:
    """What is known about a tool from its declaration alone, the same for every instance of the app."""

    description: str
    args: tuple[AppToolArg, ...]
    return_type: str


@dataclass(eq=False)
class AppTool:
    """A method of one app, or of its current screen, that can be called by name.

    `name` is `<app name>__<method>`; noise may have it `renamed`, otherwise `described`, and let it
    fail with `failure_probability`, drawn from a generator seeded by (scenario seed, app, tool, `failure_seed`).
    """

    owner: Any
    registration: Registration
    failure_probability: float | None = None
    failure_seed: int = 0
    renamed: str | None = None
    described: str | None = None
    _failed: int = 0

    @property
    def app(self) -> App:
        return app_of(self.owner)

    @property
    def app_name(self) -> str:
        return self.app.name

    @property
    def class_name(self) -> str:
        return type(self.app).__name__

    @property
    def name(self) -> str:
        return f"{self.app_name}__{self.registration.label}"

    @property
    def write_operation(self) -> bool:
        return self.registration.operation is OperationType.WRITE

    @property
    def public_name(self) -> str:
        return self.renamed or self.name

    @property
    def public_description(self) -> str:
        return self.described or self.description

    @property
    def description(self) -> str:
        return _text(self.registration).description

    @property
    def args(self) -> tuple[AppToolArg, ...]:
        return _text(self.registration).args

    @property
    def return_type(self) -> str:
        return _text(self.registration).return_type

    @cached_property
    def _failures(self) -> random.Random:
        tool = (self.app_name, self.registration.label)
        return random.Random(stable_seed(self.app.seed, *tool, "failure", self.failure_seed))

    def __call__(self, **kwargs: Any) -> Any:
        """Call the method as its caller would.

        `ToolFailure` where noise wants it, which the log then shows; `ToolError` for wrong arguments.
        """
        if self.failure_probability is not None and self._failures.random() < self.failure_probability:
            self._failed += 1
            event = failed_call(self, kwargs, self._failed)
            self.app.add_event(event)
            raise ToolFailure(event.metadata.return_value)
        known = [arg.name for arg in self.args]
        unknown = [name for name in kwargs if name not in known]
        missing = [arg.name for arg in self.args if not arg.has_default and arg.name not in kwargs]
        if unknown or missing:
            wrong = f"unknown argument {unknown[0]!r}" if unknown else f"missing argument {missing[0]!r}"
            raise ToolError(f"{self.public_name}: {wrong}; expected {known}")
        return getattr(self.owner, self.registration.label)(**kwargs)

    def to_open_ai(self) -> dict[str, Any]:
        """The tool as a function in the schema of OpenAI-compatible models."""
        properties = {arg.name: arg.json_schema | {"description": arg.description} for arg in self.args}
        required = [arg.name for arg in self.args if not arg.has_default]
        parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        function = {"name": self.public_name, "description": self.public_description, "parameters": parameters}
        return {"type": "function", "function": function}


@cache
def _text(registration: Registration) -> ToolText:
    function = registration.function
    description, described = parse_docstring(inspect.getdoc(function) or "")
    if not description:
        raise ToolError(f"{function.__qualname__} has no docstring; a tool needs one, as its description")
    hints = typing.get_type_hints(function)
    args = tuple(
        AppToolArg(
            name=p.name,
            arg_type=type_text(hints.get(p.name, Any)),
            description=described.get(p.name, ""),
            has_default=p.default is not p.empty,
            default=None if p.default is p.empty else p.default,
            json_schema=json_schema(hints.get(p.name, Any)),
        )
        for p in list(registration.parameters.signature.parameters.values())[1:]
        if p.kind is not p.VAR_KEYWORD
    )
    return ToolText(description, args, type_text(hints.get("return", Any)))


def parse_docstring(text: str) -> tuple[str, dict[str, str]]:
    """The first paragraph of a docstring on one line, and the `name: text` lines under `Args:`."""
    paragraph = " ".join(re.split(r"\n\s*\n|\n(?=\w+:\s*\n)", text, maxsplit=1)[0].split())
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?)+)", text, flags=re.MULTILINE)
    lines = re.findall(r"^\s+(\w+): (.+)$", section.group(1), flags=re.MULTILINE) if section else []
    return paragraph, dict(lines)


_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def json_schema(hint: Any) -> dict[str, Any]:
    """The JSON schema of values that fit an annotation; `{}` takes anything."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = [json_schema(option) for option in inner if option is not type(None)]
        return options[0] if len(options) == 1 else {"anyOf": options}
    if origin in (list, set, tuple) or hint in (list, set, tuple):
        return {"type": "array"} | ({"items": json_schema(inner[0])} if inner else {})
    if origin is dict or hint is dict:
        return {"type": "object"} | ({"additionalProperties": json_schema(inner[1])} if inner else {})
    return {"type": _JSON_TYPES[hint]} if hint in _JSON_TYPES else {}
