"""Verdicts as lines of text: what failed first, then what needs a look, then how many of each there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from pytest_pytyche.gate.rules import AGENT_METRICS, ESTIMATOR_METRICS, Gated
from pytest_pytyche.report.verdict_columns import LIMITS, NOT_COMPARED, PASS, VERDICT_NAMES
from pytest_pytyche.text import shown

Row = Mapping[str, Any]

LISTED = 20
METRICS: Mapping[str, Gated] = {metric.name: metric for metric in (*ESTIMATOR_METRICS, *AGENT_METRICS)}
HEAD = ("", "spec", "metric", "change", "baseline → now", "p", "R")
LEFT = 3


def verdict_lines(verdicts: pl.DataFrame) -> list[str]:
    """A table of what did not pass, what there is to say about it, and the counts; empty without verdicts."""
    if verdicts.is_empty():
        return []
    rows = sorted(verdicts.to_dicts(), key=lambda row: VERDICT_NAMES.index(row["verdict"]))
    compared = [row for row in rows if row["verdict"] not in {PASS, NOT_COMPARED}]
    lines = [*_table(compared[:LISTED], several=_several(verdicts))]
    if len(compared) > LISTED:
        lines.append(f"… and {len(compared) - LISTED} more; verdicts.parquet has them all")
    return [*lines, *_reasons(rows), *_counts(verdicts)]


def change(row: Row) -> str:
    """How much the metric moved, such as `+14.0 %`; – where nothing was compared."""
    if row["difference"] is None:
        return "–"
    gated = METRICS.get(row["metric"])
    return f"{row['difference']:+.3g}" if gated is None else gated.change(row["difference"])


def count(number: int, noun: str) -> str:
    """`1 spec`, `2 specs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _several(verdicts: pl.DataFrame) -> list[str]:
    """The columns that a row must show to be told from others."""
    return [name for name in ("candidate", "baseline") if verdicts[name].drop_nulls().n_unique() > 1]


def _table(rows: Sequence[Row], several: Sequence[str]) -> Iterator[str]:
    if not rows:
        return
    cells = [(*HEAD, *several), *((*_cells(row), *(shown(row[name]) for name in several)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (
            cell.rjust(width) if LEFT <= column < len(HEAD) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(padded).rstrip()
    yield ""


def _cells(row: Row) -> tuple[str, ...]:
    before = row["margin"] if row["baseline"] == LIMITS else row["baseline_mean"]
    return (
        row["verdict"],
        shown(row["subject"]),
        row["metric"],
        change(row),
        f"{_number(before)} → {_number(row['candidate_mean'])}",
        _number(row["p_holm"], 2),
        str(row["replicates"]),
    )


def _reasons(rows: Sequence[Row]) -> Iterator[str]:
    """Each reason once, with how many specs it is about."""
    subjects: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["reason"]:
            subjects.setdefault(row["reason"], {})[row["subject"]] = None
    for reason, about in list(subjects.items())[:LISTED]:
        first = next(iter(about))
        yield shown(f"{first}: {reason}" if len(about) == 1 else f"{count(len(about), 'spec')}: {reason}")
    if len(subjects) > LISTED:
        yield f"… and {len(subjects) - LISTED} more remarks; verdicts.parquet has them all"


def _counts(verdicts: pl.DataFrame) -> Iterator[str]:
    for (baseline,), rows in verdicts.group_by("baseline", maintain_order=True):
        found = dict(rows["verdict"].value_counts().iter_rows())
        said = ", ".join(f"{found[name]} {name}" for name in VERDICT_NAMES if name in found)
        yield shown(f"against {baseline}: {said}")


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}g}"
