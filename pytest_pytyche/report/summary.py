"""The tables of a run -> what stands in `summary.json` and in the terminal."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pytest_pytyche.metrics import mcse
from pytest_pytyche.report.frames import catalog_order, check_of, last_outcomes

if TYPE_CHECKING:
    import polars as pl

    from pytest_pytyche.report.run import Run

Record = dict[str, Any]

SUMMARISED = ("pehe", "ate_error", "coverage_cate", "interval_score", "policy_regret", "seconds")


@dataclass(frozen=True)
class Mean:
    """A mean over specs with its Monte-Carlo standard error over seeds; None where undefined."""

    mean: float | None
    mcse: float | None


@dataclass(frozen=True)
class Group:
    """One estimator on all specs of a template and metric; `n_failed` of them lack an estimate for some seed."""

    template: str
    metric: str
    estimator: str
    n_specs: int
    n_failed: int
    means: dict[str, Mean]


def groups(estimates: "pl.DataFrame") -> list[Group]:
    """Template by template, in the order in which they come up."""
    rows: dict[tuple[str, str, str], list[Record]] = {}
    for row in estimates.iter_rows(named=True):
        rows.setdefault((row["template"], row["metric"], row["estimator"]), []).append(row)
    return [_group(*key, of_group) for key, of_group in rows.items()]


def _group(template: str, metric: str, estimator: str, rows: Sequence[Record]) -> Group:
    means = {name: mean_over_specs(_replicates(rows, name)) for name in SUMMARISED}
    failed = {row["spec"] for row in rows if row["error"] is not None}
    return Group(template, metric, estimator, len({row["spec"] for row in rows}), len(failed), means)


def _replicates(rows: Iterable[Record], name: str) -> list[list[float]]:
    """Per spec the values of its seeds, averaged over contrasts; undefined ones are left out."""
    values: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        if row[name] is not None:
            values.setdefault(row["spec"], {}).setdefault(row["seed"], []).append(row[name])
    return [[fmean(of_seed) for of_seed in of_spec.values()] for of_spec in values.values()]


def mean_over_specs(replicates: Sequence[Sequence[float]]) -> Mean:
    """Mean of the specs' means; its standard error is √Σ mcse² / S, undefined unless each of the S specs has one."""
    if not replicates:
        return Mean(None, None)
    errors = [mcse(values) for values in replicates]
    known = [error for error in errors if error is not None]
    spread = sqrt(sum(error**2 for error in known)) / len(errors) if len(known) == len(errors) else None
    return Mean(fmean(fmean(values) for values in replicates), spread)


def failures(lines: Iterable[Record]) -> list[Record]:
    """Items that failed, with the reason."""
    items = last_outcomes(line for line in sorted(lines, key=catalog_order) if line["kind"] == "item")
    return [{key: item[key] for key in ("nodeid", "spec", "seed", "reason")} for item in items if _failed(item)]


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
    }


def _failed(item: Record) -> bool:
    return bool(item["outcome"] == "failed")
