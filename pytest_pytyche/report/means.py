"""Means over specs with their Monte-Carlo error, as reports quote them."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

ERROR = "_error"
KNOWN = "_known"
MEASURED = "_measured"
BINARY = "coverage_ate"


@dataclass(frozen=True)
class Mean:
    """A mean over specs with its Monte-Carlo standard error over seeds; None where undefined."""

    mean: float | None
    mcse: float | None


def means_over_specs(rows: pl.DataFrame, columns: Sequence[str], by: Sequence[str]) -> pl.DataFrame:
    """Estimates -> `by`, each of `columns` as a mean and, with `_error` behind its name, the standard error; `specs`.

    Contrasts are averaged, then the R_s seeds of a spec s, then the S specs. Specs share the random numbers of a seed,
    so that a seed is one draw of all of them: the error is √Σ_r (Σ_s (x_rs − mean_s) / (S·√(R_s(R_s − 1))))², which is
    the s/√R of Morris, White & Crowther (2019), table 6, of the means of seeds if all specs have the same R seeds, and
    √Σ mcse²/S if none have one in common. Whether an interval holds the ATE is 0 or 1, for which their table has
    √(c(1 − c)/R): there R_s² stands for R_s(R_s − 1). Null unless each spec has two seeds; what is undefined for a
    seed or a spec is left out.
    """
    keys = [*by, "catalog", "spec"]
    seeds = rows.group_by([*keys, "seed"], maintain_order=True).agg(pl.col(columns).mean())
    parts = seeds.select(*by, "seed", *(_part(name, keys) for name in columns))
    shared = parts.group_by([*by, "seed"], maintain_order=True).agg(pl.col(columns).sum())
    errors = shared.group_by(by, maintain_order=True).agg((pl.col(columns) ** 2).sum().sqrt().name.suffix(ERROR))
    specs = seeds.group_by(keys, maintain_order=True).agg(
        pl.col(columns).mean(), (pl.col(columns).count() != 1).name.suffix(KNOWN)
    )
    means = specs.group_by(by, maintain_order=True).agg(
        pl.col(columns).mean(),
        pl.col(columns).count().name.suffix(MEASURED),
        pl.col([f"{name}{KNOWN}" for name in columns]).all(),
        pl.len().alias("specs"),
    )
    return means.join(errors, on=list(by), maintain_order="left", nulls_equal=True).select(
        *by, *columns, *map(_error, columns), "specs"
    )


def _part(name: str, keys: Sequence[str]) -> pl.Expr:
    """A replicate's part in S times the error of the mean."""
    value = pl.col(name)
    seeds = value.count()
    degrees = seeds if name.startswith(BINARY) else seeds - 1
    return ((value - value.mean()) / (seeds * degrees).sqrt()).over(keys)


def _error(name: str) -> pl.Expr:
    known = pl.col(f"{name}{KNOWN}") & pl.col(name).is_not_null()
    error = f"{name}{ERROR}"
    return pl.when(known).then(pl.col(error) / pl.col(f"{name}{MEASURED}")).alias(error)
