"""The tables of a run -> what stands in `summary.json` and in the terminal."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pytest_pytyche.report.frames import catalog_order, check_of, last_outcomes
from pytest_pytyche.report.means import ERROR, Mean, means_over_specs

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

Record = dict[str, Any]

MEANS = {
    "PEHE": "pehe",
    "ATE error": "ate_error",
    "coverage": "coverage_cate",
    "interval score": "interval_score",
    "policy regret": "policy_regret",
    "seconds": "seconds",
}
"""Columns that reports quote as means, by the names of their tables."""

GROUP = ("template", "metric", "estimator")


@dataclass(frozen=True)
class Group:
    """One estimator on all specs of a template and metric; `n_failed` of them lack an estimate for some seed."""

    template: str
    metric: str
    estimator: str
    n_specs: int
    n_failed: int
    means: dict[str, Mean]


def groups(estimates: pl.DataFrame) -> list[Group]:
    """Template by template, in the order in which they come up."""
    if estimates.is_empty():
        return []
    means = means_over_specs(estimates, tuple(MEANS.values()), GROUP)
    without = pl.col("spec").filter(pl.col("error").is_not_null()).n_unique()
    failed = estimates.group_by(GROUP, maintain_order=True).agg(without)["spec"]
    return [_group(row, n_failed) for row, n_failed in zip(means.iter_rows(named=True), failed, strict=True)]


def _group(row: Record, n_failed: int) -> Group:
    means = {name: Mean(row[name], row[f"{name}{ERROR}"]) for name in MEANS.values()}
    return Group(row["template"], row["metric"], row["estimator"], row["specs"], n_failed, means)


def failures(lines: Iterable[Record]) -> list[Record]:
    """Items that failed, with the reason."""
    items = last_outcomes(line for line in lines if line["kind"] == "item")
    failed = sorted((item for item in items if item["outcome"] == "failed"), key=catalog_order)
    return [{key: item[key] for key in ("nodeid", "spec", "seed", "reason")} for item in failed]


def totals(lines: Iterable[Record]) -> dict[str, dict[str, int]]:
    """Per check (`tests` for users' tests) how many items ended how."""
    counts: dict[str, dict[str, int]] = {}
    for item in last_outcomes(line for line in lines if line["kind"] == "item"):
        of_check = counts.setdefault(check_of(item["nodeid"]) or "tests", {})
        of_check[item["outcome"]] = of_check.get(item["outcome"], 0) + 1
    return counts


def summary_text(run: "Run") -> str:
    """The content of `summary.json`."""
    return f"{json.dumps(summary(run), indent=2)}\n"


def summary(run: "Run") -> Record:
    """The run in one object."""
    return {
        **{key: value for key, value in run.header.items() if key != "kind"},
        "exit_status": run.exit_status,
        "notes": list(run.notes),
        "items": run.totals,
        "estimates": [asdict(group) for group in run.groups],
        "failures": run.failures,
        "left_out": run.left_out,
    }
