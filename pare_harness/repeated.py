"""Repeated runs of several scenarios: rates, pass@k and pass^k with their errors. What is undefined is None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from pare_harness.rates import Estimate, Interval, clustered, jackknife_error, pass_at_k, pass_hat_k, wilson


@dataclass(frozen=True)
class Tally:
    """The runs of one scenario: `runs` count, `infra` broke for reasons that say nothing of the agent and do not."""

    successes: int = 0
    runs: int = 0
    infra: int = 0

    def with_run(self, status: str) -> Tally:
        """One run more."""
        if status == "infra":
            return Tally(self.successes, self.runs, self.infra + 1)
        return Tally(self.successes + (status == "success"), self.runs + 1, self.infra)


@dataclass(frozen=True)
class Passes:
    """pass@k and pass^k, means over scenarios with Monte-Carlo errors; None where a scenario has n < k runs."""

    k: int
    at: float | None
    at_error: float | None
    hat: float | None
    hat_error: float | None


@dataclass(frozen=True)
class Rates:
    """What repeated runs of a group of scenarios amount to.

    `error` is the Monte-Carlo error of `rate` with the scenarios as they are; `interval`, at 95 %, also covers which
    scenarios they happen to be: clustered by scenario, but Wilson's where there is one scenario or one run of each.
    """

    scenarios: int
    runs: int
    infra: int
    successes: int
    rate: float | None
    error: float | None
    interval: Interval | None
    passes: tuple[Passes, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, the bounds of the interval and the k by name."""
        passes = {
            str(one.k): {
                "pass@k": one.at,
                "pass@k_error": one.at_error,
                "pass^k": one.hat,
                "pass^k_error": one.hat_error,
            }
            for one in self.passes
        }
        bounds = self.interval and {"lower": self.interval.lower, "upper": self.interval.upper}
        return {**vars(self), "interval": bounds, "passes": passes}


def tallies(runs: Iterable[tuple[str, str]]) -> dict[str, Tally]:
    """Scenario and status of each run -> a tally per scenario, in the order of their first runs."""
    found: dict[str, Tally] = {}
    for scenario, status in runs:
        found[scenario] = found.get(scenario, Tally()).with_run(status)
    return found


def rates(scenarios: Mapping[str, Tally]) -> Rates:
    """The rates of a group of scenarios."""
    each = list(scenarios.values())
    successes, runs = sum(one.successes for one in each), sum(one.runs for one in each)
    return Rates(
        scenarios=len(each),
        runs=runs,
        infra=sum(one.infra for one in each),
        successes=successes,
        rate=successes / runs if runs else None,
        error=_error(each),
        interval=_interval(each),
        passes=tuple(_passes(each, k) for k in wanted_ks(max((one.runs for one in each), default=0))),
    )


def wanted_ks(most: int) -> list[int]:
    """The k that are reported of `most` runs: 2, 4, 8 … and `most` itself."""
    powers = [2**power for power in range(1, most.bit_length()) if 2**power <= most]
    return sorted({*powers, most} - {0, 1})


def _interval(each: Sequence[Tally]) -> Interval | None:
    counted = [one for one in each if one.runs]
    successes, runs = [one.successes for one in counted], [one.runs for one in counted]
    if len(counted) <= 1 or max(runs) == 1:
        return wilson(sum(successes), sum(runs))
    return clustered(successes, runs)


def _error(each: Sequence[Tally]) -> float | None:
    """√Σ(n_s·e_s)²/Σn_s with the error e_s of each scenario's own rate."""
    counted = [one for one in each if one.runs]
    errors = [jackknife_error(pass_hat_k, one.successes, one.runs, 1) for one in counted]
    known = [error for error in errors if error is not None]
    if not counted or len(known) < len(counted):
        return None
    squares = sum((one.runs * error) ** 2 for one, error in zip(counted, known, strict=True))
    return sqrt(squares) / sum(one.runs for one in counted)


def _passes(each: Sequence[Tally], k: int) -> Passes:
    at, at_error = _mean(pass_at_k, each, k)
    hat, hat_error = _mean(pass_hat_k, each, k)
    return Passes(k, at, at_error, hat, hat_error)


def _mean(estimate: Estimate, each: Sequence[Tally], k: int) -> tuple[float | None, float | None]:
    """The mean over scenarios and its error √Σe_s²/S; None where one of them has none."""
    values = [estimate(one.successes, one.runs, k) for one in each]
    errors = [jackknife_error(estimate, one.successes, one.runs, k) if one.runs >= k else None for one in each]
    known, sure = [one for one in values if one is not None], [one for one in errors if one is not None]
    mean = sum(known) / len(each) if len(known) == len(each) else None
    return mean, sqrt(sum(error**2 for error in sure)) / len(each) if len(sure) == len(each) else None
