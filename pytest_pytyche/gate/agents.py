"""Agents against baselines: rates per scenario, paired by scenario, into the same verdicts as estimators get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import compress
from math import nan
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from pare_harness.rates import pass_hat_k
from pytest_pytyche.baselines import Baseline
from pytest_pytyche.environment import changes
from pytest_pytyche.gate.comparison import look
from pytest_pytyche.gate.judgement import Judgement, conclude
from pytest_pytyche.gate.pairs import Pairs, Subject, together
from pytest_pytyche.gate.rules import AGENT_METRICS, GateRules
from pytest_pytyche.gate.statistics import FloatArray
from pytest_pytyche.report.verdict_columns import ALL_SCENARIOS, NOT_COMPARED

Row = dict[str, Any]
KIND = "pare"
LISTED = 3
FEWEST = 3
"""Scenarios in which a rate is defined on both sides: two say too little of how it varies."""
SUCCESS = "success_rate"


class Counts(NamedTuple):
    """What the runs of a scenario by one check amount to; `infra` of them are left out of everything else."""

    digest: str | None
    runs: int
    successes: int
    infra: int
    proposals: int
    acceptances: int
    turns: int

    @property
    def success(self) -> float:
        """Successes / runs."""
        return _rate(self.successes, self.runs)

    def rates(self, k: int) -> list[float]:
        """In the order of `AGENT_METRICS`; NaN where there is no denominator."""
        together = pass_hat_k(self.successes, self.runs, k) if k > 1 else None
        return [
            self.success,
            nan if together is None else together,
            _rate(self.acceptances, self.proposals),
            _rate(self.proposals, self.turns),
        ]

    def chances(self) -> list[float]:
        """The variances of these rates among runs of the same agent; NaN where they are not known."""
        return [_chance(self.successes, self.runs), nan, _chance(self.acceptances, self.proposals), nan]


Table = dict[str, dict[str, Counts]]


def judge_agents(
    candidate: pl.DataFrame,
    baselines: Mapping[str, Baseline],
    rules: GateRules,
    environment: Mapping[str, str] | None = None,
) -> Judgement:
    """Compare every check of `candidate` (columns of `baselines.RUNS`) with every baseline, all as one family.

    The pairs are scenarios, which makes the t test the cluster-robust one; fewer than `FEWEST` say too little. Where a
    rate moves by the same amount in all of them, it is judged by how much it varies among runs of one agent. Of
    `rules`, `alpha` counts in full for the one look that there is, and `strict` and `expected` as for estimators.
    """
    rules = replace(rules, metrics=AGENT_METRICS, looks=(FEWEST,), fewest=FEWEST, limits=())
    after = counted(candidate)
    parts: list[Pairs] = []
    rows: list[Row] = []
    for label, baseline in baselines.items():
        before = counted(baseline.frame)
        changed = changes(baseline.environment, environment) if environment is not None else []
        for check in dict.fromkeys([*after, *before]):
            sides = before.get(check, {}), after.get(check, {})
            shared = [name for name in sides[1] if name in sides[0] and sides[0][name].digest == sides[1][name].digest]
            if shared:
                notes = [f"environment changed: {', '.join(changed)}"] if changed else []
                parts.append(_pairs(Subject(label, check, ALL_SCENARIOS, None), *sides, shared, notes))
            rows += _left_out(label, check, *sides)
    if parts:
        seen = look(together(parts), rules)
        # An oracle proposes nothing, and one run has no pass^k: what no agent of a check has is left out.
        defined = ~seen.void.ravel()
        rows = [*compress(seen.rows(KIND, rules), defined), *rows]
    return conclude(rows, [], rules)


def counted(runs: pl.DataFrame) -> Table:
    """Check -> scenario -> counts, in the order of the runs."""
    valid = pl.col("status") != "infra"
    groups = runs.group_by("check", "scenario", maintain_order=True).agg(
        pl.col("digest").first(),
        valid.sum().alias("runs"),
        (pl.col("status") == "success").sum().alias("successes"),
        (~valid).sum().alias("infra"),
        pl.col("proposal_count").filter(valid).sum().alias("proposals"),
        pl.col("acceptance_count").filter(valid).sum().alias("acceptances"),
        pl.col("number_of_turns").filter(valid).sum().alias("turns"),
    )
    table: Table = {}
    for check, scenario, *counts in groups.iter_rows():
        table.setdefault(check, {})[scenario] = Counts(*counts)
    return table


def _pairs(
    subject: Subject, before: Mapping[str, Counts], after: Mapping[str, Counts], shared: list[str], notes: list[str]
) -> Pairs:
    """One subject with a pair per scenario; k is the number of runs that all of them have on both sides."""
    k = min(side[name].runs for side in (before, after) for name in shared)
    cubes = [np.array([[side[name].rates(k) for name in shared]]).transpose(0, 2, 1) for side in (before, after)]
    said = (*notes, *([f"k = {k}"] if k > 1 else []), *_infra(before, after, shared), *_worse(before, after, shared))
    within = _within([[side[name].chances() for name in shared] for side in (before, after)])
    return Pairs((subject._replace(notes=said),), cubes[0], cubes[1], np.array([len(shared)]), within)


def _within(chances: list[list[list[float]]]) -> FloatArray:
    """(1, metrics): standard error of the mean difference, from the variances by side, scenario and metric."""
    variances = np.array(chances).sum(axis=0)
    count = (~np.isnan(variances)).sum(axis=0)
    error: FloatArray = np.sqrt(np.nansum(variances, axis=0, keepdims=True)) / np.where(count, count, nan)
    return error


def _infra(before: Mapping[str, Counts], after: Mapping[str, Counts], shared: list[str]) -> Iterator[str]:
    for name, side in (("baseline", before), ("candidate", after)):
        if lost := sum(side[scenario].infra for scenario in shared):
            yield f"{lost} infra runs of the {name} left out"


def _worse(before: Mapping[str, Counts], after: Mapping[str, Counts], shared: list[str]) -> Iterator[str]:
    """The scenarios that lost most of their success."""
    moves = {name: (before[name].success, after[name].success) for name in shared}
    falls = sorted((new - old, name) for name, (old, new) in moves.items() if new < old)
    if falls:
        said = [f"{name} {moves[name][0]:.2g} → {moves[name][1]:.2g}" for _, name in falls[:LISTED]]
        rest = f" and {len(falls) - LISTED} more" if len(falls) > LISTED else ""
        yield f"less success: {', '.join(said)}{rest}"


def _left_out(label: str, check: str, before: Mapping[str, Counts], after: Mapping[str, Counts]) -> Iterator[Row]:
    """A row for each scenario that is no pair."""
    for name in dict.fromkeys([*after, *before]):
        reason = "not in the baseline" if name not in before else "not in this run" if name not in after else None
        if reason is None and before[name].digest != after[name].digest:
            reason = "scenario changed: the digest of its source differs"
        if reason is not None:
            yield {
                "kind": KIND,
                "baseline": label,
                "subject": name,
                "candidate": check,
                "metric": SUCCESS,
                "verdict": NOT_COMPARED,
                "reason": reason,
                "replicates": 0,
                "identical": False,
            }


def _chance(count: int, of: int) -> float:
    """Variance of a share, NaN of none; half a case more on either side, so that none and all have some too."""
    share = (count + 0.5) / (of + 1)
    return share * (1.0 - share) / of if of else nan


def _rate(count: int, of: int) -> float:
    return count / of if of else nan
