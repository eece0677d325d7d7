"""Templates as functions: `@scenario_template` makes one with knobs, defaults, ids and a catalog of its own."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, Signature
from itertools import product
from typing import Any, overload

from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.knobs import choose
from pytest_pytyche.generators.observed import ALL_METRICS, CONTINUOUS_OUTCOME
from pytest_pytyche.generators.values import FrozenDict

Cell = Mapping[str, Any]

GIVEN = ("metric_id", "seed")
"""Knobs that a catalog gives to every template."""
UNNAMED = "experiment"


@dataclass(frozen=True)
class ScenarioTemplate:
    """A function `fn(*, seed, …knobs)` that returns a `V2GeneratorConfig`, as a template of scenarios.

    `template(seed=seed, **knobs)` gives (V2GeneratorConfig, metadata). Knobs without a default must be given, and are
    part of every id; one that the function does not take is a `ValueError` naming the choices. `metric_ids`: the
    metrics that it can be about; the function is told which if it takes `metric_id`. `cells`: the knobs of its own
    catalog, spec by spec.
    """

    name: str
    fn: Callable[..., V2GeneratorConfig]
    metric_ids: tuple[str, ...]
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", tuple(FrozenDict(cell) for cell in self.cells))
        for label in ("__module__", "__qualname__", "__doc__"):
            object.__setattr__(self, label, getattr(self.fn, label))
        for metric_id in self.metric_ids:
            choose("metric_id", metric_id, ALL_METRICS)
        _require_knobs(self.name, self.__signature__)
        for cell in self.cells:
            self._require_known(cell)
            choose("metric_id", cell.get("metric_id", self.metric_ids[0]), self.metric_ids)

    def __call__(self, **knobs: Any) -> tuple[V2GeneratorConfig, dict[str, Any]]:
        self._require_known(knobs)
        metric_id = knobs.pop("metric_id", self.metric_ids[0])
        choose("metric_id", metric_id, self.metric_ids)
        if "metric_id" in self.__signature__.parameters:
            knobs["metric_id"] = metric_id
        config = self._built(self.fn(**knobs), metric_id)
        wanted = knobs.get("seed", self.__signature__.parameters["seed"].default)
        if config.seed != wanted:
            raise ValueError(
                f"template {self.name!r} returned seed={config.seed} for seed={wanted!r}; expected the same"
            )
        if config.experiment_id == UNNAMED:
            config = replace(config, experiment_id=f"{self.name}-{metric_id}-seed{config.seed}")
        described = {"scenario_class": self.name, "template": self.name, **self.defaults, **knobs}
        return config, {**described, "metric_id": metric_id, "seed": config.seed}

    def _built(self, made: object, metric_id: str) -> V2GeneratorConfig:
        if isinstance(made, V2GeneratorConfig) and made.metric_mode.metric_id == metric_id:
            return made
        given = made.metric_mode.metric_id if isinstance(made, V2GeneratorConfig) else type(made).__name__
        raise ValueError(f"template {self.name!r} returned {given}; expected a V2GeneratorConfig of {metric_id}")

    def __repr__(self) -> str:
        return f"<template {self.name}>"

    def __reduce__(self) -> str:
        return self.fn.__qualname__

    @property
    def __signature__(self) -> Signature:
        return inspect.signature(self.fn)

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The knobs that have a default, with it."""
        return FrozenDict({name: default for name, default in self._knobs.items() if default is not Parameter.empty})

    @property
    def _knobs(self) -> dict[str, Any]:
        parameters = self.__signature__.parameters.values()
        return {knob.name: knob.default for knob in parameters if knob.name not in GIVEN}

    def specs(
        self, cells: Sequence[Cell] | None = None, metric_ids: Sequence[str] | None = None
    ) -> list[tuple[ScenarioTemplate, dict[str, Any]]]:
        """Specs (template, knobs) of the given cells and metrics, else of all its own.

        Raises `ValueError` for a knob or a metric that it does not take.
        """
        for cell in cells or ():
            self._require_known(cell, runs_own=("seed",))
        for metric_id in metric_ids or ():
            choose("metric_id", metric_id, self.metric_ids)
        wanted = self.cells if cells is None else cells
        metrics = self.metric_ids if metric_ids is None else metric_ids
        return [(self, {"metric_id": metric_id, **cell}) for cell in wanted for metric_id in metrics]

    def _require_known(self, knobs: Cell, runs_own: Sequence[str] = ()) -> None:
        takes = [name for name in (*self._knobs, *GIVEN) if name not in runs_own]
        for name in self._knobs:
            if name not in knobs and name not in self.defaults:
                raise ValueError(f"{self.name} needs knob {name!r}, which has no default; given are {sorted(knobs)}")
        for name in knobs:
            if name not in takes:
                close = difflib.get_close_matches(name, takes, n=1)
                hint = f" (did you mean {close[0]!r}?)" if close else ""
                raise ValueError(f"{self.name} takes no knob {name!r}{hint}; it takes {sorted(takes)}")


@overload
def scenario_template(fn: Callable[..., V2GeneratorConfig], /) -> ScenarioTemplate: ...


@overload
def scenario_template(
    *, metric_ids: Sequence[str] = ..., cells: Sequence[Cell] = ..., name: str | None = ...
) -> Callable[[Callable[..., V2GeneratorConfig]], ScenarioTemplate]: ...


def scenario_template(
    fn: Callable[..., V2GeneratorConfig] | None = None,
    /,
    *,
    metric_ids: Sequence[str] = (CONTINUOUS_OUTCOME,),
    cells: Sequence[Cell] = ({},),
    name: str | None = None,
) -> ScenarioTemplate | Callable[[Callable[..., V2GeneratorConfig]], ScenarioTemplate]:
    """Decorator, with or without parentheses, that makes a function at module level a template: `ScenarioTemplate`.

    `name` defaults to the function's. `cells` default to one spec with every knob at its default; `crossed` makes them
    of lists of values.
    """

    def decorate(fn: Callable[..., V2GeneratorConfig]) -> ScenarioTemplate:
        return ScenarioTemplate(name or fn.__name__, fn, tuple(metric_ids), tuple(cells))

    return decorate if fn is None else decorate(fn)


def crossed(**values: Sequence[Any]) -> tuple[Cell, ...]:
    """Every combination of the values of the knobs, the last knob changing fastest."""
    return tuple(dict(zip(values, combination, strict=True)) for combination in product(*values.values()))


def swept(**values: Sequence[Any]) -> tuple[Cell, ...]:
    """All knobs at their default, then each value of each knob alone."""
    return ({}, *({knob: value} for knob, several in values.items() for value in several))


def _require_knobs(name: str, signature: Signature) -> None:
    if "seed" not in signature.parameters:
        raise ValueError(f"template {name!r} takes no seed; expected a parameter `seed`, which its config holds")
    for problem in _unfit(signature):
        raise ValueError(f"template {name!r} takes {problem}; expected named knobs")


def _unfit(signature: Signature) -> Iterator[str]:
    for parameter in signature.parameters.values():
        if parameter.kind not in {Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD}:
            yield str(parameter)
