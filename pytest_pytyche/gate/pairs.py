"""Two tables of per-replicate metrics, lined up replicate by replicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from pytest_pytyche.gate.statistics import FloatArray, IntArray

KEY = ("spec", "seed")


class Subject(NamedTuple):
    """What a verdict is about. `spare`: seeds that only the baseline has; `notes`: what is special about the pairs."""

    baseline: str
    candidate: str
    name: str
    template: str | None
    spare: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pairs:
    """S subjects, the M metrics asked for, at most R pairs of replicates each.

    `before` and `after` (S, M, R) are the metrics of baseline and candidate, NaN where a subject has fewer pairs or a
    metric is undefined; `counts` (S,) are the pairs of each subject. `within` (S, M): the error of the mean difference
    that chance within the pairs makes, NaN where it is not known.
    """

    subjects: tuple[Subject, ...]
    before: FloatArray
    after: FloatArray
    counts: IntArray
    within: FloatArray | float = nan


class Side(NamedTuple):
    """The rows of one estimator, and the name under which verdicts mention them."""

    label: str
    rows: pl.DataFrame


def pair(baseline: Side, candidate: Side, metrics: Sequence[str], notes: Sequence[str] = ()) -> Pairs:
    """Join two sides on spec and seed; rows about the same data (equal digests) become pairs. `notes` concern all."""
    joined = _join(baseline.rows, candidate.rows, metrics)
    groups = joined.group_by("spec", maintain_order=True).agg(
        pl.col("template").first(),
        pl.col("seed").filter("spare").alias("seeds"),
        pl.col("paired", "unlike", "new", "spare").sum(),
    )
    index = {spec: position for position, spec in enumerate(groups["spec"])}
    subjects = tuple(
        Subject(
            baseline.label,
            candidate.label,
            row["spec"],
            row["template"],
            tuple(row["seeds"]),
            (*notes, *_notes(row)),
        )
        for row in groups.iter_rows(named=True)
    )
    paired = joined.filter("paired")
    return Pairs(
        subjects,
        before=_cube(paired, [f"{name}_before" for name in metrics], index),
        after=_cube(paired, metrics, index),
        counts=groups["paired"].cast(pl.Int64).to_numpy(),
    )


def together(parts: Sequence[Pairs]) -> Pairs:
    """All of them as one; ValueError for none."""
    most = max(part.before.shape[-1] for part in parts)
    return Pairs(
        tuple(subject for part in parts for subject in part.subjects),
        before=np.concatenate([_padded(part.before, most) for part in parts]),
        after=np.concatenate([_padded(part.after, most) for part in parts]),
        counts=np.concatenate([part.counts for part in parts]),
        within=np.concatenate([np.broadcast_to(part.within, part.before.shape[:-1]) for part in parts]),
    )


def _padded(cube: FloatArray, length: int) -> FloatArray:
    return np.pad(cube, ((0, 0), (0, 0), (0, length - cube.shape[-1])), constant_values=np.nan)


def _join(baseline: pl.DataFrame, candidate: pl.DataFrame, metrics: Sequence[str]) -> pl.DataFrame:
    """One row per spec and seed of either side, in the candidate's order of specs; which of four cases it is.

    A candidate without a digest has no data at all, and so no metrics, rather than other data.
    """
    columns = [*KEY, "template", "digest", *metrics]
    after = candidate.select(columns).with_columns(after=pl.lit(value=True))
    before = baseline.select(columns).with_columns(before=pl.lit(value=True))
    order = pl.concat([after, before], how="diagonal").unique("spec", maintain_order=True)
    joined = after.join(before, on=KEY, how="full", coalesce=True, suffix="_before")
    both = pl.col("before").is_not_null() & pl.col("after").is_not_null()
    same = pl.col("digest").eq_missing(pl.col("digest_before")) | pl.col("digest").is_null()
    return (
        joined.with_columns(
            pl.coalesce("template", "template_before").alias("template"),
            (both & same).alias("paired"),
            (both & ~same).alias("unlike"),
            pl.col("before").is_null().alias("new"),
            pl.col("after").is_null().alias("spare"),
        )
        .join(order.select("spec").with_row_index("position"), on="spec")
        .sort("position", "seed")
    )


def _cube(rows: pl.DataFrame, columns: Sequence[str], index: dict[str, int]) -> FloatArray:
    """(S, M, R); what is no finite number is NaN."""
    places = np.array([index[subject] for subject in rows["spec"]], dtype=np.int64)
    counts = np.bincount(places, minlength=len(index))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    cube = np.full((len(index), len(columns), int(counts.max(initial=0))), np.nan)
    values = rows.select(pl.col(columns).cast(pl.Float64)).to_numpy()
    cube[places, :, np.arange(len(places)) - starts[places]] = np.where(np.isfinite(values), values, np.nan)
    return cube


def _notes(counts: dict[str, Any]) -> list[str]:
    paired, unlike, new, spare = (counts[name] for name in ("paired", "unlike", "new", "spare"))
    notes = []
    if unlike:
        notes.append(f"data changed: the digest differs in {unlike} of {unlike + paired} replicates")
    if new and not (paired or unlike):
        notes.append("no replicate in common with the baseline" if spare else "not in the baseline")
    elif new:
        notes.append(f"{new} of {new + paired + unlike} replicates are not in the baseline")
    elif spare and not (paired or unlike):
        notes.append("not in this run")
    return notes
