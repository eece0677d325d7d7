"""Failures that are expected: they count as such, and are reported when they no longer fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_pytyche.gate.rules import ExpectedFailure
from pytest_pytyche.report.verdict_columns import FAIL, PASS, XFAIL

Row = dict[str, Any]


def apply_expectations(rows: Sequence[Row], expected: Sequence[ExpectedFailure]) -> bool:
    """Make each FAIL that is expected an XFAIL, in place; True if something that is expected to fail passes.

    It passes where all that an expectation covers of a subject, against one baseline, passes.
    """
    surprised = False
    for expectation in expected:
        groups: dict[tuple[str, str, str], list[Row]] = {}
        for row in rows:
            if expectation.covers(row["subject"], row.get("template"), row["metric"]):
                groups.setdefault((row["baseline"], row["subject"], row["candidate"]), []).append(row)
        for group in groups.values():
            surprised = _mark(group, expectation) or surprised
    return surprised


def reason_to_fail(expected: Sequence[ExpectedFailure], spec: str, template: str) -> str | None:
    """Why the estimates of a spec may fail to be made at all, None where they may not."""
    return next((one.reason for one in expected if one.metric is None and one.where.matches(spec, template)), None)


def _mark(group: Sequence[Row], expectation: ExpectedFailure) -> bool:
    passes = all(row["verdict"] == PASS for row in group)
    for row in group:
        if passes:
            row["reason"] = _joined(row["reason"], f"expected to fail ({expectation.reason}), but passes")
        elif row["verdict"] == FAIL:
            row["verdict"] = XFAIL
            row["reason"] = _joined(row["reason"], f"expected: {expectation.reason}")
    return passes


def _joined(reason: str | None, more: str) -> str:
    return f"{reason}; {more}" if reason else more
