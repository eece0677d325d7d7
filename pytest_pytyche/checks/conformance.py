"""What every estimator must do, whatever it estimates: checks for its author, on four small experiments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.errors import describe
from pytest_pytyche.estimators.base import LEVELS, EffectEstimate, EstimateError, Estimator
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.observed import ObservedExperimentData
from pytest_pytyche.generators.published import DESIGNS
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.generators.truth import CalibrationTruth

SEED = 20_000
"""Of the fits; that of the data is another one."""
DATA_SEED = 1
N_VISITORS = 250
EXPERIMENTS = ("conversion", "revenue", "arms", "observational")
PURCHASES: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "conversion": ("reversal", "conversion_rate", {}),
    "revenue": ("reversal", "revenue_per_visitor", {}),
    "arms": ("clustered_realistic", "conversion_rate", {"K": 3}),
}


class Refused(Exception):  # noqa: N818  # reads as what happened
    """The estimator says that it is not for such an experiment."""


class Fitted(NamedTuple):
    """A fit, and the experiment as it was afterwards."""

    observed: ObservedExperimentData
    estimate: EffectEstimate
    seconds: float


@dataclass
class Trial:
    """An estimator under test; the first fit to each experiment is kept."""

    estimator: Estimator
    _fits: dict[str, Fitted] = field(default_factory=dict)

    def fitted(self, experiment: str) -> Fitted:
        """The fit, made when first asked for; CheckFailed or Refused where there is none."""
        if experiment not in self._fits:
            self._fits[experiment] = self.fit(small_experiment(experiment), may_refuse=experiment != EXPERIMENTS[0])
        return self._fits[experiment]

    def fit(self, observed: ObservedExperimentData, *, may_refuse: bool = False) -> Fitted:
        """A new fit; Refused for an EstimateError, where that is in order, and CheckFailed for anything else."""
        start = time.perf_counter()
        try:
            estimate = self.estimator.fit_effects(observed, seed=SEED)
        except EstimateError as error:
            if may_refuse:
                raise Refused(str(error)) from error
            raise CheckFailed(f"it refuses two arms with a binary outcome: {error}") from error
        except (Exception, SystemExit) as error:  # the isolation boundary: what a user's estimator raises is reported
            raise CheckFailed(f"it raised {describe(error)}; it refuses data by EstimateError") from error
        seconds = time.perf_counter() - start
        return Fitted(observed, _require_estimate(estimate, "it returned"), seconds)


Check = Callable[[Trial, str], None]


def small_experiment(name: str, n: int = N_VISITORS) -> ObservedExperimentData:
    """One of `EXPERIMENTS`: two arms with a binary outcome, with revenue, three arms, an observational study."""
    if name in PURCHASES:
        template, metric, knobs = PURCHASES[name]
        config, _ = TEMPLATES[template](metric, 1.0, seed=DATA_SEED, n_visitors=n, baseline_rate=0.3, **knobs)
    else:
        config, _ = DESIGNS["hmc2020"](effect="heterogeneous", prognosis="linear", seed=DATA_SEED, n_visitors=n)
    return generate_v2_core(config).observed


def check_shapes(trial: Trial, experiment: str) -> None:
    """Estimates have one entry per visitor and contrast, are finite, and have intervals at every level."""
    observed, estimate, _ = trial.fitted(experiment)
    try:
        estimate.validate(observed.n_visitors, len(observed.arms) - 1)
    except EstimateError as error:
        raise CheckFailed(str(error)) from error


def check_interval_ordering(trial: Trial, experiment: str) -> None:
    """Lower bounds are not above upper ones, and an interval at a higher level holds those at lower levels."""
    estimate = trial.fitted(experiment).estimate
    for name, interval in (("cate", estimate.cate_interval), ("ate", estimate.ate_interval)):
        bounds = [interval(level) for level in LEVELS]
        for level, (lower, upper) in zip(LEVELS, bounds, strict=True):
            if np.any(lower > upper):
                raise CheckFailed(f"{name} interval at level {level} is upside down in {int(np.sum(lower > upper))}")
        for i in range(1, len(LEVELS)):
            (inner_low, inner_high), (low, high) = bounds[i - 1], bounds[i]
            outside = int(np.sum((low > inner_low) | (high < inner_high)))
            if outside:
                raise CheckFailed(
                    f"{outside} {name} intervals at level {LEVELS[i]} do not hold those at {LEVELS[i - 1]}"
                )


def check_draws(trial: Trial, experiment: str) -> None:
    """Where there are draws, their mean is the estimate, and stated bounds are near their quantiles.

    The estimate may be half a standard deviation of the draws off, a bound a quarter of the interval's width, on
    average over visitors. Refused where there are no draws.
    """
    estimate = trial.fitted(experiment).estimate
    if estimate.cate_draws is None and estimate.ate_draws is None:
        raise Refused("it gives no draws")
    kinds = (
        ("cate", estimate.cate, estimate.cate_draws, estimate.cate_interval),
        ("ate", estimate.ate, estimate.ate_draws, estimate.ate_interval),
    )
    for name, center, draws, interval in kinds:
        if draws is None:
            continue
        off = float(np.mean(np.abs(draws.mean(axis=0) - center)) / max(float(np.mean(draws.std(axis=0))), 1e-300))
        if off > 0.5:
            raise CheckFailed(f"{name} is {off:.2g} standard deviations of its draws off their mean; expected <= 0.5")
        lower, upper = interval(LEVELS[-1])
        quantiles = np.quantile(draws, [(1 - LEVELS[-1]) / 2, (1 + LEVELS[-1]) / 2], axis=0)
        gap = np.mean(np.abs(np.stack([lower, upper]) - quantiles)) / max(float(np.mean(upper - lower)), 1e-300)
        if gap > 0.25:
            raise CheckFailed(f"{name} bounds are {gap:.2g} widths off the quantiles of the draws; expected <= 0.25")


def check_determinism(trial: Trial, experiment: str) -> None:
    """The same data and seed give the same numbers, bit by bit."""
    first = trial.fitted(experiment)
    _require_same(first.estimate, trial.fit(small_experiment(experiment)).estimate, "a second fit with the same seed")


def check_input(trial: Trial, experiment: str) -> None:
    """After the fit the experiment is what it was when it was generated."""
    after, before = trial.fitted(experiment).observed, small_experiment(experiment)
    changed = [
        name
        for name in before.visitors.columns
        if name not in after.visitors.columns
        or not after.visitors[name].equals(before.visitors[name])
        or not np.array_equal(after.codes[name], before.codes[name], equal_nan=before.codes[name].dtype.kind == "f")
    ]
    rest = (field.name for field in fields(before) if field.name != "visitors")
    changed += [name for name in rest if repr(getattr(after, name)) != repr(getattr(before, name))]
    if changed or after.visitors.columns != before.visitors.columns:
        raise CheckFailed(f"it changed the observed data that it was given: {', '.join(changed) or 'columns'}")


def check_truth(trial: Trial, experiment: str) -> None:
    """Estimates are the same under another name of the experiment, and no truth is made during the fit."""
    first = trial.fitted(experiment)
    renamed = replace(small_experiment(experiment), experiment_id="anonymous")
    with _watched_truth() as made:
        again = trial.fit(renamed)
    if made:
        raise CheckFailed("it generated a truth during the fit; an estimator is given observed data only")
    _require_same(first.estimate, again.estimate, "a fit to the same data under another experiment_id")


def check_errors(trial: Trial) -> None:
    """Where nothing can be learned, it raises with a message or returns finite numbers; never NaN, never nothing."""
    conversion = small_experiment(EXPERIMENTS[0])
    control = pl.Series("variant", ["control"] * conversion.n_visitors, dtype=conversion.visitors["variant"].dtype)
    poor = {
        "an arm without visitors": control,
        "a constant outcome": pl.Series("converted", [False] * conversion.n_visitors),
    }
    for what, column in poor.items():
        observed = replace(conversion, visitors=conversion.visitors.with_columns(column))
        try:
            estimate = trial.estimator.fit_effects(observed, seed=SEED)
        except Exception as error:  # the isolation boundary: raising is what is asked for
            if not str(error).strip():
                raise CheckFailed(f"for {what} it raised {type(error).__name__} without a message") from error
            continue
        except SystemExit as error:
            raise CheckFailed(f"for {what} it raised {describe(error)}, which ends Python") from error
        estimate = _require_estimate(estimate, f"for {what} it returned")
        try:
            estimate.validate(observed.n_visitors, 1)
        except EstimateError as error:
            raise CheckFailed(f"for {what} it returned an estimate that cannot be used: {error}") from error


def measure_seconds(trial: Trial) -> dict[int, float]:
    """Seconds of a fit by number of visitors, two arms with a binary outcome; the first fit of all is not counted."""
    trial.fitted(EXPERIMENTS[0])
    return {n: trial.fit(small_experiment(EXPERIMENTS[0], n)).seconds for n in (N_VISITORS, 2 * N_VISITORS)}


@contextmanager
def _watched_truth() -> Iterator[list[bool]]:
    """Notes every truth that is made meanwhile, by whatever way of calling the generator."""
    made: list[bool] = []
    original = CalibrationTruth.__init__

    def noting(self: CalibrationTruth, *arguments: Any, **values: Any) -> None:
        made.append(True)
        original(self, *arguments, **values)

    CalibrationTruth.__init__ = noting  # type: ignore[method-assign]  # for the duration of one fit
    try:
        yield made
    finally:
        CalibrationTruth.__init__ = original  # type: ignore[method-assign]  # as it was


def _require_estimate(returned: object, what: str) -> EffectEstimate:
    if not isinstance(returned, EffectEstimate):
        raise CheckFailed(f"{what} {type(returned).__name__}; expected an EffectEstimate")
    return returned


def _require_same(one: EffectEstimate, other: EffectEstimate, what: str) -> None:
    parts = {"cate": (one.cate, other.cate), "ate": (one.ate, other.ate)}
    for level in LEVELS:
        parts[f"cate interval at level {level}"] = (one.cate_interval(level), other.cate_interval(level))  # type: ignore[assignment]  # a pair of arrays compares like one
    for name in ("cate_draws", "ate_draws"):
        if getattr(one, name) is not None and getattr(other, name) is not None:
            parts[name] = (getattr(one, name), getattr(other, name))
    for name, (first, second) in parts.items():
        if not np.array_equal(first, second):
            raise CheckFailed(f"{name} differs in {what} by up to {np.max(np.abs(np.subtract(first, second))):.3g}")
