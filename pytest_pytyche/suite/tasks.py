"""One call of a suite's function, and what came of it, in built-in types that any process can send."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_pytyche.errors import describe
from pytest_pytyche.generators.catalog import ScenarioSpec
from pytest_pytyche.generators.core import V2GeneratorConfig

Scalar = bool | int | float | str | None
SuiteFunction = Callable[[V2GeneratorConfig, dict[str, Any]], Mapping[str, Any]]

IDENTITY = ("spec_id", "template", "metric", "seed")
LAST = ("seconds", "error")
SAID_BY_IDENTITY = frozenset({*IDENTITY, "metric_id"})


@dataclass(frozen=True)
class Task:
    """A spec at a seed."""

    spec: ScenarioSpec
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What a task gave: scalar metadata, results (none where it failed), wall-clock seconds, the error in one line."""

    knobs: Mapping[str, Scalar] = field(default_factory=dict)
    results: Mapping[str, Scalar] = field(default_factory=dict)
    seconds: float | None = None
    error: str | None = None


def run_tasks(fn: SuiteFunction, tasks: Sequence[Task]) -> list[Outcome]:
    """The outcomes of some tasks, in their order."""
    return [run_task(fn, task) for task in tasks]


def run_task(fn: SuiteFunction, task: Task) -> Outcome:
    """Build the config of a task and call `fn` with it; whatever raises is the outcome's error."""
    template, kwargs = task.spec
    knobs: dict[str, Scalar] = {}
    results: dict[str, Scalar] = {}
    error = None
    start = time.perf_counter()
    try:
        config, metadata = template(seed=task.seed, **kwargs)
        knobs = _scalars(metadata)
        results = _results(fn(config, metadata), knobs)
    except (Exception, SystemExit) as raised:  # noqa: BLE001  # the isolation boundary of a run: reported in its row
        error = describe(raised)
    return Outcome(knobs, results, time.perf_counter() - start, error)


def _scalars(metadata: Mapping[str, Any]) -> dict[str, Scalar]:
    """The entries of metadata that are scalars and say something that the identity does not."""
    plain = {str(name): _plain(value) for name, value in metadata.items() if name not in SAID_BY_IDENTITY}
    scalars = {name: value for name, value in plain.items() if value is not None and isinstance(value, Scalar)}
    for name, value in scalars.items():
        if name in LAST:
            raise ValueError(f"metadata holds {name!r}, which is a column of its own; expected another name")
        _require_storable("metadata holds", name, value)
    return scalars


def _results(returned: object, knobs: Iterable[str]) -> dict[str, Scalar]:
    if not isinstance(returned, Mapping):
        raise TypeError(f"fn returned {type(returned).__name__}; expected a mapping of names to scalars")
    results = {str(name): _plain(value) for name, value in returned.items()}
    for name, value in results.items():
        if name in (*IDENTITY, *LAST) or name in knobs:
            raise ValueError(taken(name))
        if not isinstance(value, Scalar):
            raise TypeError(
                f"fn returned {name!r} as {type(value).__name__}; expected a number, text, truth value or None"
            )
        _require_storable("fn returned", name, value)
    return results


def taken(name: str) -> str:
    """What is wrong with a result of that name."""
    return f"fn returned {name!r}, which is a column of its own; expected another name"


def _require_storable(source: str, name: str, value: Scalar) -> None:
    """ValueError for texts that are no Unicode, and for whole numbers beyond every float."""
    try:
        f"{name}{value if isinstance(value, str) else ''}".encode()
        if isinstance(value, int):
            float(value)
    except (UnicodeEncodeError, OverflowError) as error:
        raise ValueError(f"{source} {name!r}, which no column holds: {error}") from error


def _plain(value: Any) -> Any:
    """A numpy scalar (or array without axes) as the built-in it stands for; anything else as it is."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and value.ndim == 0 else value
