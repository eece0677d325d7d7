"""Every column of the verdicts, declared once: a row says how a subject compares with a baseline in one metric."""

import polars as pl

from pytest_pytyche.report.columns import Column

FAIL, PASS, INCONCLUSIVE, NOT_COMPARED, XFAIL = "FAIL", "PASS", "INCONCLUSIVE", "NOT_COMPARED", "XFAIL"
VERDICT_NAMES = (FAIL, XFAIL, INCONCLUSIVE, NOT_COMPARED, PASS)
"""In the order in which a report shows them."""

LIMITS = "(limits)"
"""What stands for the baseline where a value is held against an absolute limit."""

ALL_SCENARIOS = "(all scenarios)"
"""The subject of a verdict on an agent, which pairs scenarios with each other."""

VERDICTS = (
    Column("kind", pl.String, "catalog or pare"),
    Column("baseline", pl.String, f"name of the baseline's file, or {LIMITS}"),
    Column("subject", pl.String, f"id of the spec or scenario, or {ALL_SCENARIOS}"),
    Column("template", pl.String, "scenario template of a spec"),
    Column("candidate", pl.String, "estimator, or check of scenarios"),
    Column("metric", pl.String, "what is compared"),
    Column("verdict", pl.String, "FAIL, XFAIL, INCONCLUSIVE, NOT_COMPARED or PASS"),
    Column("reason", pl.String, "what else there is to say, on one line"),
    Column("replicates", pl.Int64, "pairs that were compared"),
    Column("baseline_mean", pl.Float64, "mean of the metric over the baseline's side of the pairs"),
    Column("candidate_mean", pl.Float64, "mean of the metric over the candidate's side of the pairs"),
    Column("difference", pl.Float64, "mean of the paired differences, above 0 where worse: log ratio, or share"),
    Column("upper_bound", pl.Float64, "one-sided 95 % upper bound of it"),
    Column("margin", pl.Float64, "how much worse is still acceptable; the limit, where there is one"),
    Column("p_value", pl.Float64, "one-sided, of Student's t; null with fewer than 2 pairs"),
    Column("p_holm", pl.Float64, "the same, adjusted for all comparisons of the run"),
    Column("identical", pl.Boolean, "whether both sides are equal bit by bit"),
)
SCHEMA = {column.name: column.dtype for column in VERDICTS}
