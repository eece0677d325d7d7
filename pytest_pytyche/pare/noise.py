"""The texts of `--pare-noise` and `--pare-noise-sweep` -> configurations of noise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig

SWITCH = {"on": True, "off": False}
Fields = dict[str, Any]


class Noise(NamedTuple):
    """What disturbs the tools, and what arrives unplanned; None where nothing does."""

    tools: ToolAugmentationConfig | None
    events: EnvEventsConfig | None


QUIET_TOOLS = ToolAugmentationConfig(0.0, False, False)
QUIET_EVENTS = EnvEventsConfig(0)


@dataclass(frozen=True)
class Number:
    """Reads the value of a field; ValueError for one that it cannot have."""

    field: str
    read: Callable[[str], float]

    def __call__(self, text: str) -> Fields:
        return {self.field: self.read(text)}


@dataclass(frozen=True)
class Share:
    """Reads the share of tools that change, a switch standing for all of them or none."""

    switch: str
    field: str

    def __call__(self, text: str) -> Fields:
        if text in SWITCH:
            return {self.switch: SWITCH[text]}
        return {self.switch: True, self.field: _probability(text)}


class Key(NamedTuple):
    """How the value of a key becomes fields of a configuration, and what is expected of it."""

    fields: Callable[[str], Fields]
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


SHARE = "on, off or a share of the tools, 0 to 1"
TOOLS = {
    "tools": Key(Number("tool_failure_probability", _probability), "a probability, 0 to 1"),
    "names": Key(Share("apply_tool_name_augmentation", "tool_name_share"), SHARE),
    "descriptions": Key(Share("apply_tool_description_augmentation", "tool_description_share"), SHARE),
}
EVENTS = {"events": Key(Number("num_env_events_per_minute", _count), "a whole number of events a minute")}
SEEDS = {
    "tools-seed": Key(Number("tool_failure_seed", _count), "a whole number"),
    "names-seed": Key(Number("tool_name_seed", _count), "a whole number"),
    "descriptions-seed": Key(Number("tool_description_seed", _count), "a whole number"),
    "events-seed": Key(Number("env_events_seed", _count), "a whole number"),
}
LEVELS = {**TOOLS, **EVENTS}
KEYS = {**LEVELS, **SEEDS}


def parse_noise(text: str) -> Noise:
    """`tools=0.1,names=off,descriptions=0.5,events=10,events-seed=3`, in any order and each at most once.

    Without `tools`, `names` or `descriptions` tools are left alone, without `events` nothing unplanned arrives; where
    only some keys of the tools are given, no call fails, and names and descriptions change. Raises `ValueError`, one
    line, for an unknown key, a key given twice, a value out of range, and a seed of nothing.
    """
    given: dict[str, Fields] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, _, value = (word.strip() for word in part.partition("="))
        if key in given:
            raise ValueError(f"{key} is given twice")
        given[key] = _fields(key, value, KEYS)
    tools, events = _of(given, TOOLS), _of(given, EVENTS)
    if (idle := _idle_seed(given)) is not None:
        raise ValueError(f"{idle} without {idle.removesuffix('-seed')} is the seed of nothing; expected both")
    return Noise(
        ToolAugmentationConfig(**{"tool_failure_probability": 0.0, **tools}) if tools else None,
        EnvEventsConfig(**events) if events else None,
    )


class Level(NamedTuple):
    """One level of noise among several: the key that varies, and its value here."""

    key: str
    value: float

    @property
    def text(self) -> str:
        """As in ids: `tools=0.1`."""
        return f"{self.key}={self.value:g}"


def parse_sweep(text: str) -> tuple[Level, ...]:
    """`tools=0,0.1,0.3`: one key and its values, in order. Raises `ValueError`, one line, for anything else."""
    key, _, rest = (word.strip() for word in text.partition("="))
    if key not in LEVELS:
        raise ValueError(f"key {key!r}; expected one of {list(LEVELS)}, such as tools=0,0.1,0.3")
    levels = [_level(key, piece.strip()) for piece in rest.split(",")]
    for level in levels:
        if levels.count(level) > 1:
            raise ValueError(f"{level.text} is given twice")
    return tuple(sorted(levels))


def _level(key: str, text: str) -> Level:
    if text in SWITCH:
        raise ValueError(f"{key}={text!r}; expected a share of the tools, 0 to 1")
    _fields(key, text, LEVELS)
    return Level(key, float(text))


def at_level(noise: Noise, level: Level) -> Noise:
    """`noise` with the level's key changed to its value; what `noise` does not speak of stays quiet."""
    fields = _fields(level.key, f"{level.value:g}", LEVELS)
    if level.key in EVENTS:
        return noise._replace(events=replace(noise.events or QUIET_EVENTS, **fields))
    return noise._replace(tools=replace(noise.tools or QUIET_TOOLS, **fields))


def _fields(key: str, value: str, keys: dict[str, Key]) -> Fields:
    if key not in keys:
        raise ValueError(f"key {key!r}; expected one of {list(keys)}, such as tools=0.1,events=10")
    try:
        return keys[key].fields(value)
    except ValueError:
        raise ValueError(f"{key}={value!r}; expected {keys[key].expected}") from None


def _of(given: dict[str, Fields], keys: dict[str, Key]) -> Fields:
    """The fields of `keys` that are given, with those of their seeds; none where only seeds are."""
    named = [key for key in given if key in keys]
    seeds = [key for key in given if key.removesuffix("-seed") in keys and key in SEEDS]
    return {name: value for key in (*named, *seeds) for name, value in given[key].items()} if named else {}


def _idle_seed(given: dict[str, Fields]) -> str | None:
    """A seed among `given` whose kind of noise is not."""
    kinds = (TOOLS, EVENTS)
    idle = [keys for keys in kinds if not any(key in keys for key in given)]
    return next((key for key in given if key in SEEDS for keys in idle if key.removesuffix("-seed") in keys), None)
