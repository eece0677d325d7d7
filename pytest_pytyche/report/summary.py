"""The tables of a run -> what stands in `summary.json` and in the terminal."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pytest_pytyche.option_tables import CHECKS
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
UNKNOWN = "–"
"""Template and metric of fits whose process died before it told."""


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
    without = pl.struct("catalog", "spec").filter(pl.col("error").is_not_null()).n_unique().alias("spec")
    failed = estimates.group_by(GROUP, maintain_order=True).agg(without)["spec"]
    return [_group(row, n_failed) for row, n_failed in zip(means.iter_rows(named=True), failed, strict=True)]


def _group(row: Record, n_failed: int) -> Group:
    means = {name: Mean(row[name], row[f"{name}{ERROR}"]) for name in MEANS.values()}
    template, metric = (row[name] or UNKNOWN for name in ("template", "metric"))
    return Group(template, metric, row["estimator"], row["specs"], n_failed, means)


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


def _subjects(run: "Run") -> Record:
    """What a run was about whose catalogs are those of files or of tests; `catalog` where it is a single one."""
    items = [line for line in run.lines if line["kind"] == "item"]
    of: dict[str, list[Any]] = {
        name: sorted({item[name] for item in items if item.get(name) is not None})
        for name in ("catalog", "seed", "estimator")
    }
    return {
        "catalog": of["catalog"][0] if len(of["catalog"]) == 1 else None,
        "seeds": of["seed"],
        "estimators": of["estimator"],
        "checks": [check for check in CHECKS if check in run.totals],
    }


def summary(run: "Run") -> Record:
    """The run in one object."""
    return {
        **{key: value for key, value in run.header.items() if key != "kind"},
        **({} if run.header.get("catalog") else _subjects(run)),
        "exit_status": run.exit_status,
        "notes": list(run.notes),
        "items": run.totals,
        "estimates": [asdict(group) for group in run.groups],
        "failures": run.failures,
        "left_out": run.left_out,
    }
