"""Lined-up metrics -> rows of verdicts, and what to run before the next look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pytest_pytyche.gate.pairs import Pairs
from pytest_pytyche.gate.rules import GateRules
from pytest_pytyche.gate.statistics import (
    FAILED,
    PASSED,
    UNDECIDED,
    BoolArray,
    Examined,
    FloatArray,
    IntArray,
    examine,
)
from pytest_pytyche.report.verdict_columns import FAIL, INCONCLUSIVE, NOT_COMPARED, PASS

Row = dict[str, Any]
NAMES = {FAILED: FAIL, PASSED: PASS, UNDECIDED: INCONCLUSIVE}


class More(NamedTuple):
    """Replicates that may settle what is inconclusive: these seeds of a subject, for one candidate."""

    subject: str
    candidate: str
    seeds: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Look:
    """What one look at `pairs` gives: for S subjects and M metrics (S, M) each.

    `before` and `after` are the means of the two sides over the pairs where both are defined; `lost` and `gained` count
    the pairs where only the baseline or only the candidate is. `ready`: there are the replicates that a look takes.
    """

    pairs: Pairs
    examined: Examined
    codes: IntArray
    before: FloatArray
    after: FloatArray
    identical: BoolArray
    lost: IntArray
    gained: IntArray
    ready: BoolArray

    @property
    def void(self) -> BoolArray:
        """(S, M): where neither side defines a metric in any pair."""
        found: BoolArray = (self.examined.evidence.n == 0) & (self.lost == 0) & (self.gained == 0)
        return found

    def rows(self, kind: str, rules: GateRules) -> Iterator[Row]:
        """A row per subject and metric, in the columns of `report.verdict_columns`."""
        for s, subject in enumerate(self.pairs.subjects):
            for m, metric in enumerate(rules.metrics):
                n = int(self.examined.evidence.n[s, m])
                yield {
                    "kind": kind,
                    "baseline": subject.baseline,
                    "subject": subject.name,
                    "template": subject.template,
                    "candidate": subject.candidate,
                    "metric": metric.name,
                    "verdict": NAMES[int(self.codes[s, m])] if n else NOT_COMPARED,
                    "reason": "; ".join((*subject.notes, *self._notes(s, m, rules))) or None,
                    "replicates": n,
                    "baseline_mean": _number(self.before[s, m]),
                    "candidate_mean": _number(self.after[s, m]),
                    "difference": _number(self.examined.evidence.mean[s, m]),
                    "upper_bound": _number(self.examined.evidence.upper[s, m]),
                    "margin": metric.margin,
                    "p_value": _number(self.examined.evidence.p[s, m]),
                    "p_holm": _number(self.examined.p_holm[s, m]),
                    "identical": bool(self.identical[s, m]),
                }

    def more(self, rules: GateRules) -> Iterator[More]:
        """What an inconclusive comparison lacks, as far as its baseline has the replicates to compare with."""
        wanting = ((self.codes == UNDECIDED) & (self.examined.evidence.n > 0) & (self.lost == 0)).any(axis=1)
        for s in np.flatnonzero(wanting):
            subject, count = self.pairs.subjects[s], int(self.pairs.counts[s])
            goal = rules.next_look(count)
            if goal is not None and subject.spare:
                yield More(subject.name, subject.candidate, subject.spare[: goal - count])

    def _notes(self, s: int, m: int, rules: GateRules) -> Iterator[str]:
        """What is special about one metric of a subject."""
        count, n = int(self.pairs.counts[s]), int(self.examined.evidence.n[s, m])
        lost, gained = int(self.lost[s, m]), int(self.gained[s, m])
        if lost:
            yield f"undefined in {lost} of {count} replicates of the candidate, not of the baseline"
        if gained:
            yield f"undefined in {gained} of {count} replicates of the baseline"
        if count and self.void[s, m]:
            yield "undefined on both sides"
        if n and not (self.ready[s, m] or self.identical[s, m]):
            yield f"{n if n < rules.fewest else count} of the {rules.looks[0]} replicates of the first look"


def look(pairs: Pairs, rules: GateRules) -> Look:
    """Judge all pairs together: their p-values are adjusted as one family.

    A look needs the first number of `rules.looks`, or all that the baseline has. A candidate that is undefined where
    the baseline is not can fail, but not pass: what it left out may have been the hard part.
    """
    before, after = pairs.before, pairs.after
    d = np.stack([metric.differences(before[:, m], after[:, m]) for m, metric in enumerate(rules.metrics)], axis=1)
    paired = ~np.isnan(d)
    defined_before, defined_after = ~np.isnan(before), ~np.isnan(after)
    lost = (defined_before & ~defined_after).sum(axis=-1)
    gained = (defined_after & ~defined_before).sum(axis=-1)
    equal = (before == after) | ~(defined_before | defined_after)
    identical = equal.all(axis=-1) & paired.any(axis=-1)
    spare = np.array([bool(subject.spare) for subject in pairs.subjects], dtype=np.bool_)
    complete = (pairs.counts >= rules.looks[0]) | ~spare
    ready = (paired.sum(axis=-1) >= rules.fewest) & complete[:, np.newaxis]
    examined = examine(
        d,
        margins=np.array([metric.margin for metric in rules.metrics]),
        alpha=rules.alpha_per_look,
        identical=identical,
        ready=ready,
        within=pairs.within,
    )
    return Look(
        pairs=pairs,
        examined=examined,
        codes=np.where((examined.codes == PASSED) & (lost > 0), UNDECIDED, examined.codes),
        before=_mean(before, paired),
        after=_mean(after, paired),
        identical=identical,
        lost=lost,
        gained=gained,
        ready=ready,
    )


def _mean(values: FloatArray, where: BoolArray) -> FloatArray:
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(where, values, 0.0).sum(axis=-1) / where.sum(axis=-1)
    return mean


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
