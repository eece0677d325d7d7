"""The text of `--pare-noise` -> configurations of noise."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig

SWITCH = {"on": True, "off": False}


class Noise(NamedTuple):
    """What disturbs the tools, and what arrives unplanned; None where nothing does."""

    tools: ToolAugmentationConfig | None
    events: EnvEventsConfig | None


class Key(NamedTuple):
    """What a key of the text stands for, how its value is read, and what is expected of it."""

    field: str
    read: Callable[[str], Any]
    expected: str


def _probability(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError
    return number


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError
    return int(text)


TOOLS = {
    "tools": Key("tool_failure_probability", _probability, "a probability, 0 to 1"),
    "names": Key("apply_tool_name_augmentation", SWITCH.__getitem__, "on or off"),
    "descriptions": Key("apply_tool_description_augmentation", SWITCH.__getitem__, "on or off"),
}
EVENTS = {
    "events": Key("num_env_events_per_minute", _count, "a whole number of events a minute"),
    "seed": Key("env_events_seed", _count, "a whole number"),
}
KEYS = {**TOOLS, **EVENTS}


def parse_noise(text: str) -> Noise:
    """`tools=0.1,names=off,descriptions=off,events=10,seed=3`, in any order and each at most once.

    Without `tools`, `names` or `descriptions` tools are left alone, without `events` nothing unplanned arrives; where
    only some keys of the tools are given, no call fails, and names and descriptions change. Raises `ValueError`, one
    line, for an unknown key, a key given twice, a value out of range, and `seed` without `events`.
    """
    given: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, _, value = (word.strip() for word in part.partition("="))
        if key not in KEYS:
            raise ValueError(f"key {key!r}; expected one of {list(KEYS)}, such as tools=0.1,events=10")
        if key in given:
            raise ValueError(f"{key} is given twice")
        try:
            given[key] = KEYS[key].read(value)
        except (ValueError, KeyError):
            raise ValueError(f"{key}={value!r}; expected {KEYS[key].expected}") from None
    if "seed" in given and "events" not in given:
        raise ValueError(f"seed={given['seed']} is the seed of unplanned events; expected events=N too")
    tools = {KEYS[key].field: value for key, value in given.items() if key in TOOLS}
    events = {KEYS[key].field: value for key, value in given.items() if key in EVENTS}
    return Noise(
        ToolAugmentationConfig(**{"tool_failure_probability": 0.0, **tools}) if tools else None,
        EnvEventsConfig(**events) if events else None,
    )
