"""Means over specs with their Monte-Carlo error, as reports quote them."""

from collections.abc import Sequence

import polars as pl

ERROR = "_error"


def means_over_specs(rows: pl.DataFrame, columns: Sequence[str], by: Sequence[str]) -> pl.DataFrame:
    """Estimates -> `by`, each of `columns` as a mean and, with `_error` behind its name, the standard error; `specs`.

    Contrasts are averaged, then the R seeds of a spec, then the S specs. The error is √Σ mcse²/S with mcse = s/√R over
    seeds, null unless each spec has one; what is undefined for a seed or a spec is left out. Source: Morris, White &
    Crowther (2019), table 6.
    """
    keys = [*by, "catalog", "spec"]
    seeds = rows.group_by([*keys, "seed"], maintain_order=True).agg(pl.col(columns).mean())
    specs = seeds.group_by(keys, maintain_order=True).agg(
        pl.col(columns).mean(),
        *((pl.col(name).std() / pl.col(name).count().sqrt()).alias(f"{name}{ERROR}") for name in columns),
    )
    return specs.group_by(by, maintain_order=True).agg(
        pl.col(columns).mean(), *map(_error, columns), pl.struct("catalog", "spec").n_unique().alias("specs")
    )


def _error(name: str) -> pl.Expr:
    mean, error = pl.col(name), pl.col(f"{name}{ERROR}")
    known = (mean.count() > 0) & (mean.count() == error.count())
    return pl.when(known).then((error**2).sum().sqrt() / mean.count()).alias(f"{name}{ERROR}")
