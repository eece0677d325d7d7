"""Synthetic tables of per-replicate metrics, as a run or a baseline has them."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from pytest_pytyche.baselines import SCHEMA, Baseline

SPECS = ("constant-cr-es1", "reversal-cr-es1")


def table(
    seeds: Iterable[int],
    specs: Iterable[str] = SPECS,
    *,
    estimator: str = "lin",
    digest: str = "same",
    **metrics: float | None,
) -> pl.DataFrame:
    """Metrics that vary between specs and seeds, alike for all estimators; one given is a factor, or None for null."""
    rows = []
    for spec in specs:
        for seed in seeds:
            rng = np.random.default_rng([seed, *spec.encode()])
            values = dict(zip(METRICS, rng.uniform(0.8, 1.0, len(METRICS)).tolist(), strict=True))
            for name, factor in metrics.items():
                values[name] = None if factor is None else values[name] * factor
            identity = {"spec": spec, "seed": seed, "estimator": estimator, "template": spec.partition("-")[0]}
            rows.append({**identity, "metric": "conversion_rate", "digest": f"{digest}-{spec}-{seed}", **values})
    return pl.DataFrame(rows, schema=SCHEMA)


METRICS = ("pehe", "ate_error", "interval_score", "coverage_cate", "policy_regret")


def noisy(frame: pl.DataFrame, metric: str, sd: float, seed: int = 0) -> pl.DataFrame:
    """The table with lognormal noise on a metric."""
    noise = np.exp(np.random.default_rng(seed).normal(0.0, sd, frame.height))
    return frame.with_columns(pl.col(metric) * pl.Series(noise))


def baseline(frame: pl.DataFrame, **environment: str) -> Baseline:
    """The table as a baseline of the catalog `mine`."""
    return Baseline(frame, "mine", environment)
