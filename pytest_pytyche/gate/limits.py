"""Absolute limits: a metric's mean over the replicates of a spec against a fixed number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from pytest_pytyche.gate.rules import GateRules, Limit
from pytest_pytyche.report.verdict_columns import FAIL, LIMITS, NOT_COMPARED, PASS

Row = dict[str, Any]


def limit_rows(kind: str, candidate: pl.DataFrame, rules: GateRules) -> Iterator[Row]:
    """A row per limit, estimator and spec that it is about; one that says so where it is about none."""
    if not rules.limits:
        return
    names = list(dict.fromkeys(limit.metric for limit in rules.limits))
    means = candidate.group_by("estimator", "spec", maintain_order=True).agg(
        pl.col("template").first(), pl.col(names).mean(), pl.col(names).count().name.suffix("_count")
    )
    absent = "nothing is estimated in this run" if candidate.is_empty() else "no spec of this run has such a name"
    for limit in rules.limits:
        found = [row for row in means.iter_rows(named=True) if limit.where.matches(row["spec"], row["template"])]
        if not found:
            yield _row(kind, limit, {"spec": limit.where.text}, NOT_COMPARED, absent)
        for spec in found:
            yield _held_against(kind, limit, spec)


def _held_against(kind: str, limit: Limit, spec: Row) -> Row:
    value = spec[limit.metric]
    if value is None:
        return _row(kind, limit, spec, NOT_COMPARED, f"{limit.metric} is undefined in every replicate")
    if limit.maximum is not None and not value <= limit.maximum:
        return _row(kind, limit, spec, FAIL, f"{value:.4g} is more than {limit.maximum:g}")
    if limit.minimum is not None and not value >= limit.minimum:
        return _row(kind, limit, spec, FAIL, f"{value:.4g} is less than {limit.minimum:g}")
    return _row(kind, limit, spec, PASS, None)


def _row(kind: str, limit: Limit, spec: Row, verdict: str, reason: str | None) -> Row:
    return {
        "kind": kind,
        "baseline": LIMITS,
        "subject": spec["spec"],
        "template": spec.get("template"),
        "candidate": spec.get("estimator"),
        "metric": limit.metric,
        "verdict": verdict,
        "reason": reason,
        "replicates": spec.get(f"{limit.metric}_count", 0),
        "candidate_mean": spec.get(limit.metric),
        "margin": limit.minimum if limit.maximum is None else limit.maximum,
        "identical": False,
    }
