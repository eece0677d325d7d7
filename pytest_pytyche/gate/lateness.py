"""Verdicts of a run that its time did not suffice for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from pytest_pytyche.attempts import ITEM, OUT_OF_BUDGET, left_out
from pytest_pytyche.gate.judgement import Judgement
from pytest_pytyche.report.verdict_columns import INCONCLUSIVE, NOT_COMPARED

Record = dict[str, Any]
Fit = tuple[str, str]


def late_fits(lines: Iterable[Record], catalog: str) -> Counter[Fit]:
    """How many replicates of which spec and estimator were left out, by the lines of a journal."""
    late = (line for line in lines if line["kind"] == ITEM and left_out(line) and line.get("estimator"))
    return Counter((line["spec"], line["estimator"]) for line in late if line["catalog"] == catalog)


def without_time(judgement: Judgement, late: Mapping[Fit, int]) -> Judgement:
    """The judgement with what was left out in its reasons; a subject of which nothing is left is INCONCLUSIVE."""
    if not late:
        return judgement
    rows = judgement.frame.to_dicts()
    for row in rows:
        count = late.get((row["subject"], row["candidate"]), 0)
        if count:
            said = f"{OUT_OF_BUDGET}: {count} replicate{'s' if count > 1 else ''} left out"
            row["reason"] = "; ".join(filter(None, (row["reason"], said)))
            row["verdict"] = INCONCLUSIVE if row["verdict"] == NOT_COMPARED else row["verdict"]
    return replace(judgement, frame=pl.DataFrame(rows, schema=judgement.frame.schema))
