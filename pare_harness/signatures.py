"""Arguments of a call: names, defaults and types."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

Check = Callable[[Any], bool]


class Parameters:
    """The parameters of a method, bound many times more often than they are declared."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function.__qualname__
        self.signature = signature = inspect.signature(function)
        parameters = list(signature.parameters.values())
        self.names = tuple(p.name for p in parameters)
        self._defaults = {p.name: p.default for p in parameters}
        self._known = frozenset(self.names[1:])
        self._required = frozenset(p.name for p in parameters[1:] if p.default is p.empty)
        self._plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)

    def bind(self, owner: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter by name, `self` first, defaults filled in. Raises `TypeError` for what does not fit."""
        given = dict(zip(self.names[1:], args, strict=False), **kwargs)
        each_once = len(given) == len(args) + len(kwargs)
        if self._plain and each_once and self._required <= given.keys() <= self._known:
            return {**self._defaults, self.names[0]: owner, **given}
        return self._bind_slowly(owner, args, kwargs)

    def _bind_slowly(self, owner: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            bound = self.signature.bind(owner, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.function}(): {error}; expected {list(self.names[1:])}") from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def check(
        self, function: Callable[..., Any], bound: dict[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        """Raise `TypeError` naming the first argument that was passed with a value its annotation does not allow.

        A whole number for a float becomes one, as it would on its way through JSON; a set for a list becomes
        one in sorted order, since the order of a set differs between processes.
        """
        rules = rules_of(function)
        for name in (*self.names[1 : 1 + len(args)], *kwargs):
            rule = rules.get(name)
            if rule is not None:
                value = bound[name]
                if not rule.check(value):
                    expected = type_text(typing.get_type_hints(function)[name])
                    raise TypeError(f"{function.__qualname__}(): {name}={value!r}; expected {expected}")
                bound[name] = _settled(value, rule.is_float)


class Rule(NamedTuple):
    """Whether a value is allowed for a parameter, and whether that holds floats and no whole numbers, None aside."""

    check: Check
    is_float: bool


def _settled(value: Any, is_float: bool) -> Any:
    if isinstance(value, set):
        return sorted(value)
    return float(value) if is_float and isinstance(value, int) else value


@cache
def rules_of(function: Callable[..., Any]) -> dict[str, Rule]:
    """The rule of each annotated parameter of `function`."""
    hints = {name: hint for name, hint in typing.get_type_hints(function).items() if name != "return"}
    return {name: Rule(matcher(hint), _holds_floats(hint)) for name, hint in hints.items()}


def _holds_floats(hint: Any) -> bool:
    return (set(typing.get_args(hint)) or {hint}) - {type(None)} == {float}


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
