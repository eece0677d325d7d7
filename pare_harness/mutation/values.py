"""Other values of the same type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any, NamedTuple

from pare_harness.clock import format_time, parse_time

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
OTHER_TEXT, OTHER_ADDRESS = "something else", "someone.else@example.org"
DAY = timedelta(days=1).total_seconds()

Path = tuple[str | int, ...]


class Perturbation(NamedTuple):
    """Another value of an argument, and which part of it differs: keys and places, none for the whole."""

    path: Path
    old: Any
    new: Any
    whole: Any


def perturbations(value: Any) -> Iterator[Perturbation]:
    """One for a single value, one for each entry of a mapping; none for None and for what has no rule.

    Whole numbers and floats grow by 1, truth values turn round, an enumeration gives its next member, a date and time
    in text is a day later, an address is someone else's, any other text says something else. A list loses its last
    item; of a single item, that is perturbed.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            for one in perturbations(item):
                yield Perturbation((key, *one.path), one.old, one.new, {**value, key: one.whole})
    elif isinstance(value, list):
        yield from _of_list(value)
    else:
        rule = next((rule for kind, rule in RULES if isinstance(value, kind)), None)
        if rule is not None and (new := rule(value)) != value:
            yield Perturbation((), value, new, new)


def _of_list(value: list[Any]) -> Iterator[Perturbation]:
    if len(value) > 1:
        yield Perturbation((), value, value[:-1], value[:-1])
    elif value:
        for one in perturbations(value[0]):
            yield Perturbation((0, *one.path), one.old, one.new, [one.whole])


def _text(value: str) -> str:
    try:
        return format_time(parse_time(value) + DAY)
    except ValueError:
        return OTHER_ADDRESS if ADDRESS.fullmatch(value) else OTHER_TEXT


def _next_member(value: Enum) -> Enum:
    members = list(type(value))
    return members[(members.index(value) + 1) % len(members)]


RULES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (bool, lambda value: not value),
    (Enum, _next_member),
    (int, lambda value: value + 1),
    (float, lambda value: value + 1.0),
    (str, _text),
)
"""How a value of a type becomes another; the first type that fits counts."""
