"""Baselines: what a run measured, replicate by replicate, in a Parquet file that later runs are compared with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pytest_pytyche.environment import changes
from pytest_pytyche.files import write_table
from pytest_pytyche.report.columns import DECISIONS, REPORTED, SCORES, Column

VERSION = "1"
MEASURED = (*SCORES, Column("seconds", pl.Float64, "duration of the fit"))
REPORTED_ONLY = {column.name: column.dtype for column in (*REPORTED, *DECISIONS)}
REPLICATES = (
    Column("spec", pl.String, "id of the spec"),
    Column("seed", pl.Int64, "seed of the data: the replicate"),
    Column("estimator", pl.String, "estimator, as asked for"),
    Column("template", pl.String, "scenario template"),
    Column("metric", pl.String, "conversion_rate or revenue_per_visitor"),
    Column("digest", pl.String, "sha256 of the generator's configuration"),
    *MEASURED,
)
RUNS = (
    Column("scenario", pl.String, "id of the scenario"),
    Column("run", pl.Int64, "which of its runs, 0 where there is one"),
    Column("check", pl.String, "how it was run"),
    Column("digest", pl.String, "sha256 of the scenario's source; null where that is unknown"),
    Column("status", pl.String, "how the run ended"),
    Column("proposal_count", pl.Int64, "proposals of the agent"),
    Column("acceptance_count", pl.Int64, "proposals that the user accepted"),
    Column("number_of_turns", pl.Int64, "turns of user and agent"),
)


@dataclass(frozen=True)
class Kind:
    """What a baseline is about. `key`: subject, replicate and candidate, the columns that tell rows apart."""

    format: str
    flag: str
    columns: tuple[Column, ...]
    key: tuple[str, str, str]

    @property
    def schema(self) -> dict[str, type[pl.DataType]]:
        """Names and types of the columns."""
        return {column.name: column.dtype for column in self.columns}


ESTIMATES = Kind("pytyche-baseline", "--pytyche-baseline", REPLICATES, ("spec", "seed", "estimator"))
SCENARIOS = Kind("pare-baseline", "--pare-baseline", RUNS, ("scenario", "run", "check"))
SCHEMA = ESTIMATES.schema


class BaselineError(ValueError):
    """A file that is no baseline, or not one that this run can be compared with or written to."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """`frame`: the columns of `REPLICATES`, contrasts averaged, or of `RUNS`; one row per `kind.key`.

    `catalog`: the profile that the specs belong to. `environment`: versions, platform and settings of the run.
    """

    frame: pl.DataFrame
    catalog: str
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = ESTIMATES

    @property
    def estimators(self) -> tuple[str, ...]:
        """Whose metrics they are."""
        return tuple(self.frame["estimator"].unique(maintain_order=True))


def replicates(estimates: pl.DataFrame, specs: pl.DataFrame, catalog: str) -> pl.DataFrame:
    """The tables of a run -> one row per spec of the catalog, seed and estimator: the columns of `REPLICATES`.

    Each metric is the mean over contrasts.
    """
    mine = pl.col("catalog") == catalog
    once = estimates.filter(mine).unique([*ESTIMATES.key, "contrast"], keep="last", maintain_order=True)
    means = once.group_by(ESTIMATES.key, maintain_order=True).agg(
        pl.col("template", "metric").first(), pl.col([column.name for column in MEASURED]).mean()
    )
    digests = specs.filter(mine).select("spec", "seed", "digest").unique(["spec", "seed"])
    return means.join(digests, on=["spec", "seed"], how="left", maintain_order="left").select(*SCHEMA)


def read_baseline(path: Path, catalog: str | None = None, kind: Kind = ESTIMATES) -> Baseline:
    """The baseline in a file; BaselineError, one line, for anything else and for one of another catalog.

    A metric that is only reported is null where the file was written before there was such a metric.
    """
    try:
        metadata = pl.read_parquet_metadata(path)
        frame = pl.read_parquet(path) if metadata.get("format") == kind.format else None
    except FileNotFoundError:
        raise BaselineError(f"{path}: no such file") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BaselineError(f"{path} is no complete Parquet file: {_first_line(error)}") from error
    if frame is None:
        raise BaselineError(f"{path} is no baseline; expected a file that {kind.flag}-update wrote")
    if metadata.get("version") != VERSION:
        raise BaselineError(f"{path} has version {metadata.get('version')!r} of the format; expected {VERSION!r}")
    absent = REPORTED_ONLY.keys() & kind.schema.keys() - frame.schema.keys()
    frame = frame.with_columns(pl.lit(None, REPORTED_ONLY[name]).alias(name) for name in absent)
    if wrong := [name for name, dtype in kind.schema.items() if frame.schema.get(name) != dtype]:
        raise BaselineError(f"{path} lacks columns, or has them in another type: {', '.join(wrong)}")
    of, environment = metadata.get("catalog"), _environment(metadata)
    if of is None or environment is None:
        raise BaselineError(f"{path} does not say of which catalog and environment it is")
    if catalog is not None and of != catalog:
        raise BaselineError(f"{path} is a baseline of {of!r}; expected one of {catalog!r}")
    return Baseline(frame.select(*kind.schema), of, environment, kind)


def _environment(metadata: Mapping[str, str]) -> dict[str, str] | None:
    try:
        found = json.loads(metadata.get("environment", ""))
    except ValueError:
        return None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file, whole or not at all; BaselineError where it cannot be stored."""
    metadata = {
        "format": baseline.kind.format,
        "version": VERSION,
        "catalog": baseline.catalog,
        "environment": json.dumps(dict(baseline.environment)),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(path, baseline.frame, metadata)
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}") from error


def updated(old: Baseline, new: Baseline) -> Baseline:
    """What the file holds once the results of a run replace those of the same replicates.

    Replicates that the run does not have are kept only if all goes together: BaselineError, one line, where candidates,
    replicates, data or environments differ.
    """
    kept = old.frame.join(new.frame, on=old.kind.key, how="anti")
    if kept.is_empty():
        return new
    if mixed := list(_differences(old, new)):
        raise BaselineError(
            f"the file would mix {'; '.join(mixed)}; run all that is in it ({kept.height} of its {old.frame.height} "
            "rows are not in this run), remove it, or name another"
        )
    subject, replicate, candidate = old.kind.key
    return Baseline(
        pl.concat([kept, new.frame]).sort(subject, candidate, replicate), new.catalog, new.environment, new.kind
    )


def changed_data(old: Baseline, new: Baseline) -> list[str]:
    """The subjects whose data are no longer those of the old baseline."""
    shared = old.frame.join(new.frame, on=old.kind.key, suffix="_new", maintain_order="left")
    changed = shared.filter(pl.col("digest").ne_missing(pl.col("digest_new")))
    return list(changed[old.kind.key[0]].unique(maintain_order=True))


def _differences(old: Baseline, new: Baseline) -> Iterator[str]:
    for name in old.kind.key[1:]:
        before, after = (sorted(side.frame[name].unique()) for side in (old, new))
        if before != after:
            yield f"{name}s {_listed(before)} with {_listed(after)}"
    if subjects := changed_data(old, new):
        yield f"data from before and after a change: the digest of {_listed(subjects)} differs"
    if changed := changes(old.environment, new.environment):
        yield f"environments: {', '.join(changed)}"


def _listed(values: Sequence[object]) -> str:
    texts = [str(value) for value in values]
    return ", ".join(texts if len(texts) <= 4 else [*texts[:2], "…", texts[-1]])


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
