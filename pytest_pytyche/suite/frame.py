"""The outcomes of a suite as a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pytest_pytyche.generators.catalog import spec_id, template_name
from pytest_pytyche.suite.tasks import IDENTITY, LAST, Outcome, Scalar, Task

LARGEST = 2**63


def to_frame(tasks: Sequence[Task], outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """One row per task, in their order: identity, metadata, results, seconds, error."""
    columns = [pl.Series(name, values, dtype=IDENTITY_TYPES[name]) for name, values in _identities(tasks).items()]
    columns += _series_of([outcome.knobs for outcome in outcomes])
    columns += _series_of([outcome.results for outcome in outcomes])
    columns += [
        pl.Series(name, [getattr(o, name) for o in outcomes], dtype=dtype) for name, dtype in LAST_TYPES.items()
    ]
    return pl.DataFrame(columns)


IDENTITY_TYPES: dict[str, Any] = dict(zip(IDENTITY, (pl.String, pl.String, pl.String, pl.Int64), strict=True))
LAST_TYPES: dict[str, Any] = dict(zip(LAST, (pl.Float64, pl.String), strict=True))


def _series_of(rows: Sequence[Mapping[str, Scalar]]) -> list[pl.Series]:
    names = dict.fromkeys(name for row in rows for name in row)
    return [_series(name, [row.get(name) for row in rows]) for name in names]


def _identities(tasks: Sequence[Task]) -> dict[str, list[Any]]:
    rows = [(spec_id(task.spec), template_name(task.spec), task.spec[1].get("metric_id"), task.seed) for task in tasks]
    return {name: [row[j] for row in rows] for j, name in enumerate(IDENTITY)}


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
