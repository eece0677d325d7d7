"""Frozen values and their canonical form: what configurations are made of, and how they are told apart."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, NoReturn, TypeVar

import numpy as np

K = TypeVar("K")
V = TypeVar("V")

NOT_CONTENT = {"content": False}
"""Field metadata for labels that describe a value without being part of it (left out of the digest)."""


class FrozenDict(dict[K, V]):
    """A dict that cannot change, so that the frozen value holding it can be hashed and shared."""

    def __hash__(self) -> int:  # type: ignore[override]  # dict is unhashable because it can change; this one cannot
        return hash(frozenset(self.items()))

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("this mapping is part of a frozen value; build a new one with dataclasses.replace")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return FrozenDict, (dict(self),)


def canonical(value: Any) -> Any:
    """The JSON-able form that a digest is taken of: dataclasses by type and content, mappings in key order.

    Raises `TypeError` for what has no content to compare: lambdas, closures and other opaque objects.
    """
    kind: Any = type(value)
    return _form(kind)(value)


@cache
def _form(kind: Any) -> Callable[[Any], Any]:
    """The canonical form of values of one type."""
    for kinds, form in FORMS:
        if issubclass(kind, kinds):
            return form
    return _canonical_dataclass if dataclasses.is_dataclass(kind) else _canonical_callable


def _canonical_dataclass(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    return {"type": kind.__qualname__} | {name: canonical(getattr(value, name)) for name in _content(kind)}


@cache
def _content(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.metadata.get("content", True))


def _canonical_callable(value: Any) -> str:
    name = getattr(value, "__qualname__", "")
    if not callable(value) or not name or "<" in name:
        raise TypeError(
            f"{value!r} has no content to compare; expected a frozen dataclass or a function defined at module level"
        )
    return f"{value.__module__}:{name}"


FORMS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((NoneType, bool, str), lambda value: value),
    ((Enum,), lambda value: [type(value).__qualname__, value.name]),
    ((int, np.integer), int),
    ((float, np.floating), lambda value: repr(float(value))),
    (
        (Mapping,),
        lambda value: {"mapping": sorted(([canonical(k), canonical(v)] for k, v in value.items()), key=json.dumps)},
    ),
    ((list, tuple, np.ndarray), lambda value: [canonical(item) for item in value]),
)
"""Canonical form of plain values, by type."""


def digest(value: Any) -> str:
    """sha256 of the canonical form of `value`, as 64 hexadecimal characters."""
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
