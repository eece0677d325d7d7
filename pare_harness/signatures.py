"""Arguments of a call: names, defaults and types."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, cast

Check = Callable[[Any], bool]


class Parameters:
    """The parameters of a method, bound many times more often than they are declared."""

    def __init__(self, signature: inspect.Signature) -> None:
        self.signature = signature
        parameters = list(signature.parameters.values())
        self.names = tuple(p.name for p in parameters)
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self._required = tuple(p.name for p in parameters[1:] if p.default is p.empty)
        self._plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)

    def bind(self, owner: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter by name, `self` first, defaults filled in. Raises `TypeError` as the call itself would."""
        given = dict(zip(self.names[1:], args, strict=False), **kwargs) if self._simple(args, kwargs) else None
        if given is None or any(name not in given for name in self._required):
            return self._bind_slowly(owner, args, kwargs)
        return {self.names[0]: owner} | {n: given[n] if n in given else self.defaults[n] for n in self.names[1:]}

    def _simple(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        free = self.names[1 + len(args) :]
        return self._plain and len(args) < len(self.names) and all(name in free for name in kwargs)

    def _bind_slowly(self, owner: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        bound = self.signature.bind(owner, *args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def check(
        self, function: Callable[..., Any], bound: dict[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        """Raise `TypeError` naming the first argument that was passed with a value its annotation does not allow.

        A whole number for a float becomes one, as it would on its way through JSON; a set for a list becomes
        one in sorted order, since the order of a set differs between processes.
        """
        checks = checks_of(function)
        for name in (*self.names[1 : 1 + len(args)], *kwargs):
            check = checks.get(name)
            if check is not None and not check(bound[name]):
                expected = typing.get_type_hints(function)[name]
                raise TypeError(f"{function.__qualname__}(): {name}={bound[name]!r}; expected {type_text(expected)}")
            bound[name] = _settled(bound[name], name in floats_of(function))


def _settled(value: Any, is_float: bool) -> Any:
    if isinstance(value, set):
        return sorted(value)
    return float(value) if is_float and isinstance(value, int) else value


@cache
def checks_of(function: Callable[..., Any]) -> dict[str, Check]:
    """For each annotated parameter of `function`, whether a value is allowed."""
    return {name: matcher(hint) for name, hint in typing.get_type_hints(function).items() if name != "return"}


@cache
def floats_of(function: Callable[..., Any]) -> frozenset[str]:
    """The parameters of `function` that hold floats and no whole numbers, None aside."""
    hints = {name: set(typing.get_args(hint)) or {hint} for name, hint in typing.get_type_hints(function).items()}
    return frozenset(name for name, options in hints.items() if options - {type(None)} == {float})


def type_text(hint: Any) -> str:
    """An annotation as a reader would write it."""
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint).replace("typing.", "")


def matcher(hint: Any) -> Check:
    """Whether a value fits `hint`: containers item by item, a set for a list, a whole number for a float."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return lambda value: True
    if origin in (typing.Union, types.UnionType):
        options = [matcher(option) for option in inner]
        return lambda value: any(option(value) for option in options)
    if origin is list:
        return _items((list, set), matcher(inner[0]))
    if origin is dict:
        return _entries(matcher(inner[0]), matcher(inner[1]))
    if origin is tuple:
        return _items((tuple,), matcher(inner[0])) if inner[-1] is Ellipsis else _fields([*map(matcher, inner)])
    wanted = (int, float) if hint is float else origin or hint
    return lambda value: isinstance(value, wanted)


def _items(kinds: tuple[type, ...], item: Check) -> Check:
    return lambda value: isinstance(value, kinds) and all(map(item, cast("Iterable[Any]", value)))


def _entries(key: Check, item: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(key(k) and item(v) for k, v in value.items())


def _fields(fields: list[Check]) -> Check:
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(fields)
        and all(check(one) for check, one in zip(fields, value, strict=True))
    )
