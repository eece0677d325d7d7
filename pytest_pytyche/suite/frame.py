"""The outcomes of a suite as a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from pytest_pytyche.generators.catalog import ScenarioSpec, spec_id, template_name
from pytest_pytyche.suite.tasks import IDENTITY, Outcome, Scalar, taken
from pytest_pytyche.text import printable

LARGEST = 2**63


def identity_columns(catalog: Sequence[ScenarioSpec], seeds: Sequence[int]) -> list[pl.Series]:
    """The columns that tell the rows of catalog × seeds apart; ValueError for a spec that has no id."""
    named = [_names(position, spec) for position, spec in enumerate(catalog)]
    rows = [(*names, seed) for names in named for seed in seeds]
    return [pl.Series(name, [row[j] for row in rows], dtype) for j, (name, dtype) in enumerate(IDENTITY_TYPES.items())]


def to_frame(identity: Sequence[pl.Series], outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """One row per task, in their order: identity, metadata, results, seconds, error."""
    outcomes = _apart(outcomes)
    columns = [*identity, *_series_of([outcome.knobs for outcome in outcomes])]
    columns += _series_of([outcome.results for outcome in outcomes])
    columns.append(pl.Series("seconds", [outcome.seconds for outcome in outcomes], pl.Float64))
    errors = [None if outcome.error is None else printable(outcome.error) for outcome in outcomes]
    columns.append(pl.Series("error", errors, pl.String))
    return pl.DataFrame(columns)


IDENTITY_TYPES: dict[str, Any] = dict(zip(IDENTITY, (pl.String, pl.String, pl.String, pl.Int64), strict=True))


def _names(position: int, spec: ScenarioSpec) -> tuple[str, str, str | None]:
    metric = spec[1].get("metric_id")
    try:
        return spec_id(spec), template_name(spec), None if metric is None else str(metric)
    except ValueError as error:
        raise ValueError(f"catalog[{position}]: {error}") from error


def _apart(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, without results that share their name with a knob, which may be one of another spec alone."""
    knobs = {name for outcome in outcomes for name in outcome.knobs}
    return [_without_taken(outcome, knobs) for outcome in outcomes]


def _without_taken(outcome: Outcome, knobs: set[str]) -> Outcome:
    both = [name for name in outcome.results if name in knobs]
    return replace(outcome, results={}, error=f"ValueError: {taken(both[0])}") if both else outcome


def _series_of(rows: Sequence[Mapping[str, Scalar]]) -> list[pl.Series]:
    names = dict.fromkeys(name for row in rows for name in row)
    return [_series(name, [row.get(name) for row in rows]) for name in names]


def _series(name: str, values: list[Scalar]) -> pl.Series:
    """A column of the narrowest type that holds all values, floats where all are None, text where kinds differ."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int} and all(abs(value) < LARGEST for value in values if isinstance(value, int)):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)
