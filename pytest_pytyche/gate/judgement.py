"""Baselines × candidates -> verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pytest_pytyche.baselines import MEASURED, Baseline
from pytest_pytyche.environment import changes
from pytest_pytyche.gate.comparison import More, look
from pytest_pytyche.gate.expectations import apply_expectations
from pytest_pytyche.gate.limits import limit_rows
from pytest_pytyche.gate.pairs import Pairs, Side, pair, together
from pytest_pytyche.gate.rules import GateRules
from pytest_pytyche.report.verdict_columns import FAIL, INCONCLUSIVE, NOT_COMPARED, SCHEMA

Row = dict[str, Any]
KIND = "catalog"


@dataclass(frozen=True, eq=False)
class Judgement:
    """`frame`: the verdicts. `more`: what to run before the next look. `failed`: whether the build should be red."""

    frame: pl.DataFrame
    more: tuple[More, ...]
    failed: bool

    @property
    def needs_more(self) -> tuple[str, ...]:
        """The subjects that need more replicates."""
        return tuple(dict.fromkeys(more.subject for more in self.more))


def judge(
    candidate: pl.DataFrame,
    baselines: Mapping[str, Baseline],
    rules: GateRules,
    environment: Mapping[str, str] | None = None,
) -> Judgement:
    """Compare every estimator of `candidate` with every baseline (by label), all as one family of comparisons.

    `candidate` has the columns of `baselines.REPLICATES`; `environment` is where it came about, None if unknown. An
    estimator meets its namesake, or the only other one where each side has just one. What cannot be compared gets a row
    that says why. ValueError for a rule about something that is no metric.
    """
    _require_metrics(rules)
    metrics = [metric.name for metric in rules.metrics]
    parts = [
        part
        for label, baseline in baselines.items()
        for part in _against(label, baseline, candidate, metrics, environment)
    ]
    rows: list[Row] = []
    more: list[More] = []
    if parts:
        seen = look(together(parts), rules)
        rows, more = list(seen.rows(KIND, rules)), list(seen.more(rules))
    return conclude([*rows, *limit_rows(KIND, candidate, rules)], more, rules)


def conclude(rows: list[Row], more: list[More], rules: GateRules) -> Judgement:
    """The judgement that rows of verdicts amount to."""
    surprised = apply_expectations(rows, rules.expected)
    frame = pl.DataFrame([[row.get(name) for name in SCHEMA] for row in rows], schema=SCHEMA, orient="row")
    red = {FAIL, INCONCLUSIVE, NOT_COMPARED} if rules.strict else {FAIL}
    failed = bool(frame["verdict"].is_in(list(red)).any()) or (rules.strict and surprised)
    return Judgement(frame, tuple(dict.fromkeys(more)), failed)


def _against(
    label: str,
    baseline: Baseline,
    candidate: pl.DataFrame,
    metrics: list[str],
    environment: Mapping[str, str] | None,
) -> Iterator[Pairs]:
    """Every estimator of either side against its counterpart, or against nothing where it has none."""
    changed = changes(baseline.environment, environment) if environment is not None else []
    notes = [f"environment changed: {', '.join(changed)}"] if changed else []
    for name, counterpart in counterparts(baseline.estimators, estimators_of(candidate)):
        other = [f"the baseline is {counterpart}"] if name and counterpart not in {None, name} else []
        yield pair(
            Side(label, _of(baseline.frame, counterpart)),
            Side(name or counterpart or "", _of(candidate, name)),
            metrics,
            [*notes, *other],
        )


def _of(frame: pl.DataFrame, estimator: str | None) -> pl.DataFrame:
    return frame.clear() if estimator is None else frame.filter(pl.col("estimator") == estimator)


def estimators_of(frame: pl.DataFrame) -> tuple[str, ...]:
    """Names of the estimators of a table, in order."""
    return tuple(frame["estimator"].unique(maintain_order=True))


def counterparts(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str | None, str | None]]:
    """(candidate, baseline) for every name of either side; None for who is missing."""
    if len(before) == len(after) == 1:
        return [(after[0], before[0])]
    met: list[tuple[str | None, str | None]] = [(name, name if name in before else None) for name in after]
    return [*met, *((None, name) for name in before if name not in after)]


def _require_metrics(rules: GateRules) -> None:
    known = [column.name for column in MEASURED]
    for name in (*(metric.name for metric in rules.metrics), *(limit.metric for limit in rules.limits)):
        if name not in known:
            raise ValueError(f"metric={name!r}; expected one of {known}")
