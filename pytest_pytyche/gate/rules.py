"""What is compared and how strictly: frozen values that a user, a catalog file or a test puts together."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import exp, log
from typing import Protocol

import numpy as np

from pytest_pytyche.gate.statistics import FloatArray

LOSS_MARGIN = log(1.10)
SHARE_MARGIN = 0.03
SMALLEST_FLOOR = 1e-9
"""Losses below are rounding errors."""


class Gated(Protocol):
    """A metric and what counts as worse."""

    @property
    def name(self) -> str:
        """Column of the metric."""

    @property
    def margin(self) -> float:
        """How large a mean difference is still acceptable."""

    def differences(self, baseline: FloatArray, candidate: FloatArray) -> FloatArray:
        """(…, R) and (…, R) -> (…, R), above 0 where the candidate is worse; NaN where either is."""

    def change(self, difference: float) -> str:
        """A mean difference in words, such as `+14.0 %`, as the metric itself moved."""


@dataclass(frozen=True)
class Loss:
    """d = log((candidate + ε) / (baseline + ε)), ε = `floor` × the baseline's mean over the replicates, at least 1e-9.

    The floor keeps a replicate whose loss happens to be near zero from outweighing all others; stated as a share, it
    fits metrics of any unit.
    """

    name: str
    floor: float = 0.01
    margin: float = LOSS_MARGIN

    def differences(self, baseline: FloatArray, candidate: FloatArray) -> FloatArray:
        """Log ratios."""
        paired = ~(np.isnan(baseline) | np.isnan(candidate))
        count = np.maximum(paired.sum(axis=-1, keepdims=True), 1)
        typical = np.where(paired, baseline, 0.0).sum(axis=-1, keepdims=True) / count
        floor = np.maximum(self.floor * typical, SMALLEST_FLOOR)
        ratios: FloatArray = np.log((candidate + floor) / (baseline + floor))
        return ratios

    def change(self, difference: float) -> str:
        """As a percentage."""
        return f"{100 * (exp(difference) - 1):+.1f} %"


@dataclass(frozen=True)
class Share:
    """d = baseline − candidate: a share that should not fall, such as coverage."""

    name: str
    margin: float = SHARE_MARGIN

    def differences(self, baseline: FloatArray, candidate: FloatArray) -> FloatArray:
        """What was lost."""
        return baseline - candidate

    def change(self, difference: float) -> str:
        """In percentage points."""
        return f"{-100 * difference:+.1f} points"


@dataclass(frozen=True)
class Burden:
    """d = candidate − baseline: a share that should not rise, such as proposals per turn."""

    name: str
    margin: float = SHARE_MARGIN

    def differences(self, baseline: FloatArray, candidate: FloatArray) -> FloatArray:
        """What was added."""
        return candidate - baseline

    def change(self, difference: float) -> str:
        """In percentage points."""
        return f"{100 * difference:+.1f} points"


@dataclass(frozen=True)
class Pattern:
    """Spec ids, or names of templates, with `*`, `?` and `[…]` as in a shell."""

    text: str = "*"

    def matches(self, subject: str, template: str | None = None) -> bool:
        """Whether the pattern names the subject or its template."""
        return fnmatchcase(subject, self.text) or (template is not None and fnmatchcase(template, self.text))


@dataclass(frozen=True)
class Limit:
    """The mean of `metric` over the replicates of each spec must be ≤ `maximum` and ≥ `minimum`."""

    metric: str
    maximum: float | None = None
    minimum: float | None = None
    where: Pattern = Pattern()


@dataclass(frozen=True)
class ExpectedFailure:
    """What fails there fails for a known `reason`; `metric` None: in any metric."""

    where: Pattern
    reason: str
    metric: str | None = None

    def covers(self, subject: str, template: str | None, metric: str) -> bool:
        """Whether a verdict is expected to be a failure."""
        return self.metric in {None, metric} and self.where.matches(subject, template)


ESTIMATOR_METRICS: tuple[Gated, ...] = (
    Loss("pehe"),
    Loss("ate_error", floor=0.1),
    Loss("interval_score"),
    Share("coverage_cate"),
    Loss("policy_regret", floor=0.1),
)
AGENT_METRICS: tuple[Gated, ...] = (
    Share("success_rate"),
    Share("pass^k"),
    Share("acceptance_rate"),
    Burden("proposal_rate"),
)


@dataclass(frozen=True)
class GateRules:
    """Everything a judgement depends on but the data.

    `looks`: numbers of replicates at which a comparison is looked at, each tested at `alpha` / len(looks).
    `fewest`: with less pairs of a metric nothing but identity is decided, even if the baseline has no more. `strict`:
    what is inconclusive or not compared, and an expected failure that passes, fail the run too.
    """

    metrics: tuple[Gated, ...] = ESTIMATOR_METRICS
    alpha: float = 0.05
    looks: tuple[int, ...] = (10, 20, 40)
    fewest: int = 1
    limits: tuple[Limit, ...] = ()
    expected: tuple[ExpectedFailure, ...] = ()
    strict: bool = False

    @property
    def alpha_per_look(self) -> float:
        """The level of one look."""
        return self.alpha / len(self.looks)

    def next_look(self, replicates: int) -> int | None:
        """The next number of replicates to look at; None after the last."""
        return next((look for look in self.looks if look > replicates), None)
