"""Baselines: the metrics of every replicate of a run, in a Parquet file that later runs are compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pytest_pytyche.files import write_atomically
from pytest_pytyche.report.columns import METRICS, Column

FORMAT = "pytyche-baseline"
VERSION = "1"
IDENTITY = (
    Column("spec", pl.String, "id of the spec"),
    Column("seed", pl.Int64, "seed of the data: the replicate"),
    Column("estimator", pl.String, "estimator, as asked for"),
    Column("template", pl.String, "scenario template"),
    Column("metric", pl.String, "conversion_rate or revenue_per_visitor"),
    Column("digest", pl.String, "sha256 of the generator's configuration"),
)
MEASURED = (*METRICS, Column("seconds", pl.Float64, "duration of the fit"))
REPLICATES = (*IDENTITY, *MEASURED)
SCHEMA = {column.name: column.dtype for column in REPLICATES}
KEY = ("spec", "seed", "estimator")


class BaselineError(ValueError):
    """A file that is no baseline, or not one that this run can be compared with or written to."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """`frame`: one row per spec, seed and estimator, the columns of `REPLICATES`; contrasts are averaged.

    `catalog`: the profile that the specs belong to. `environment`: versions and platform where the fits were made.
    """

    frame: pl.DataFrame
    catalog: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def estimators(self) -> tuple[str, ...]:
        """Whose metrics they are."""
        return tuple(self.frame["estimator"].unique(maintain_order=True))


def replicates(estimates: pl.DataFrame, specs: pl.DataFrame) -> pl.DataFrame:
    """The tables of a run -> one row per spec, seed and estimator, each metric the mean over contrasts."""
    digests = specs.select("catalog", "spec", "seed", "digest").unique(["catalog", "spec", "seed"])
    keys = ["catalog", *KEY]
    means = estimates.group_by(keys, maintain_order=True).agg(
        pl.col("template", "metric").first(), pl.col([column.name for column in MEASURED]).mean()
    )
    joined = means.join(digests, on=["catalog", "spec", "seed"], how="left", maintain_order="left")
    return joined.select("catalog", *SCHEMA)


def read_baseline(path: Path, catalog: str | None = None) -> Baseline:
    """The baseline in a file; BaselineError, one line, for anything else and for one of another catalog."""
    try:
        metadata = pl.read_parquet_metadata(path)
        frame = pl.read_parquet(path) if metadata.get("format") == FORMAT else None
    except FileNotFoundError:
        raise BaselineError(f"{path}: no such file") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BaselineError(f"{path} is no complete Parquet file: {_first_line(error)}") from error
    if frame is None:
        raise BaselineError(f"{path} is no baseline; expected a file that --pytyche-baseline-update wrote")
    if metadata.get("version") != VERSION:
        raise BaselineError(f"{path} has version {metadata.get('version')!r} of the format; expected {VERSION!r}")
    if wrong := [name for name, dtype in SCHEMA.items() if frame.schema.get(name) != dtype]:
        raise BaselineError(f"{path} lacks columns, or has them in another type: {', '.join(wrong)}")
    if catalog is not None and metadata["catalog"] != catalog:
        raise BaselineError(f"{path} is a baseline of {metadata['catalog']!r}; expected one of {catalog!r}")
    return Baseline(frame.select(*SCHEMA), metadata["catalog"], json.loads(metadata["environment"]))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file, whole or not at all; BaselineError where it cannot be stored."""
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "catalog": baseline.catalog,
        "environment": json.dumps(dict(baseline.environment)),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda unfinished: baseline.frame.write_parquet(unfinished, metadata=metadata))
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
