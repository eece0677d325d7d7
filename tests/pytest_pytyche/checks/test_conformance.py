from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.checks.conformance import (
    EXPERIMENTS,
    Check,
    Refused,
    Trial,
    check_determinism,
    check_draws,
    check_errors,
    check_input,
    check_interval_ordering,
    check_shapes,
    check_truth,
    measure_seconds,
)
from pytest_pytyche.estimators.base import EffectEstimate, EstimateError
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.observed import ObservedExperimentData
from pytest_pytyche.generators.scenarios import TEMPLATES

Change = Callable[[ObservedExperimentData, EffectEstimate], Any]
CHECKS = (check_shapes, check_interval_ordering, check_determinism, check_input, check_truth)
CALLS = count()


@dataclass
class Changed:
    """The fit of `lin`, with something wrong about it."""

    change: Change
    name: str = "changed"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> Any:
        return self.change(observed, Lin().fit_effects(observed, seed=seed))


def draws_of(estimate: EffectEstimate, shift: float = 0.0, spread: float = 1.0) -> EffectEstimate:
    """Normal draws that fit the bounds of `lin`, moved by standard deviations or wider."""
    lower, upper = estimate.cate_interval(0.95)
    sd = (upper - lower) / 3.92
    noise = np.random.default_rng(1).normal(size=(400, *sd.shape))
    return replace(estimate, cate_draws=estimate.cate + sd * (shift + spread * noise))


def rename(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    object.__setattr__(observed, "experiment_id", "mine")
    return estimate


def too_narrow(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    intervals = {level: estimate.cate_interval(level) for level in (0.5, 0.8, 0.9)}
    return replace(estimate, cate_intervals=intervals | {0.95: estimate.cate_interval(0.5)})


def upside_down(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    intervals = {level: estimate.cate_interval(level)[::-1] for level in (0.5, 0.8, 0.9, 0.95)}
    return replace(estimate, cate_intervals=intervals)


def take_a_column(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    observed.visitors.drop_in_place("device_type")
    return estimate


def write_into(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    observed.codes["device_type"] = observed.codes["device_type"] * 0
    return estimate


def look_at_the_truth(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    config, _ = TEMPLATES["reversal"]("conversion_rate", 1.0, seed=1, n_visitors=observed.n_visitors)
    return replace(estimate, cate=generate_v2_core(config).truth.contrast_cate_per_visitor.values)


def go_by_the_name(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    return replace(estimate, cate=estimate.cate + len(observed.experiment_id))


def raise_one(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    raise ZeroDivisionError("no visitor converted")


def end_python(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    raise SystemExit("usage")


def refuse(observed: ObservedExperimentData, estimate: EffectEstimate) -> EffectEstimate:
    raise EstimateError("not for me")


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("check", CHECKS)
def test_a_good_estimator_passes(check: Check, experiment: str) -> None:
    check(Trial(Lin()), experiment)


@pytest.mark.parametrize(
    ("check", "change", "message"),
    [
        (check_shapes, lambda o, e: replace(e, cate=e.cate[1:]), r"cate has shape \(249, 1\); expected \(250, 1\)"),
        *((check, lambda o, e: None, "it returned NoneType; expected an EffectEstimate") for check in CHECKS),
        (check_shapes, lambda o, e: e.cate, "it returned ndarray; expected an EffectEstimate"),
        (check_shapes, end_python, "it raised SystemExit: usage; it refuses data by EstimateError"),
        (
            check_shapes,
            raise_one,
            "it raised ZeroDivisionError: no visitor converted; it refuses data by EstimateError",
        ),
        (check_shapes, refuse, "it refuses two arms with a binary outcome: not for me"),
        (check_interval_ordering, too_narrow, "250 cate intervals at level 0.95 do not hold those at 0.9"),
        (check_interval_ordering, upside_down, "cate interval at level 0.5 is upside down in 250"),
        (check_draws, lambda o, e: draws_of(e, shift=0.8), r"cate is 0\.8 standard deviations of its draws off"),
        (check_draws, lambda o, e: draws_of(e, spread=2.0), r"cate bounds are 0\.[45]\d? widths off the quantiles"),
        (
            check_determinism,
            lambda o, e: replace(e, cate=e.cate + next(CALLS)),
            "cate differs in a second fit with the",
        ),
        (
            check_determinism,
            lambda o, e: replace(draws_of(e), cate_draws=draws_of(e, shift=next(CALLS)).cate_draws),
            "cate_draws differs in a second fit with the",
        ),
        (check_input, rename, "it changed the observed data that it was given: experiment_id"),
        (check_input, take_a_column, "it changed the observed data that it was given: device_type"),
        (check_input, write_into, "it changed the observed data that it was given: device_type"),
        (check_truth, look_at_the_truth, "it generated a truth during the fit"),
        (check_truth, go_by_the_name, "cate differs in a fit to the same data under another experiment_id by up to"),
    ],
)
def test_each_fault_is_told(check: Check, change: Change, message: str) -> None:
    with pytest.raises(CheckFailed, match=f"^{message}"):
        check(Trial(Changed(change)), "conversion")


def test_draws_that_agree_pass() -> None:
    check_draws(Trial(Changed(lambda observed, estimate: draws_of(estimate))), "conversion")


def test_without_draws_there_is_nothing_to_compare() -> None:
    with pytest.raises(Refused, match="it gives no draws"):
        check_draws(Trial(Lin()), "conversion")


@pytest.mark.parametrize("experiment", EXPERIMENTS[1:])
def test_an_estimator_may_refuse_any_but_the_plainest_experiment(experiment: str) -> None:
    with pytest.raises(Refused, match="not for me"):
        check_shapes(Trial(Changed(refuse)), experiment)


@dataclass
class Brittle:
    """Does the same for every experiment."""

    answer: EffectEstimate | BaseException | None
    name: str = "brittle"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def test_poor_data_may_be_refused_but_not_without_a_word() -> None:
    check_errors(Trial(Brittle(EstimateError("nothing to learn"))))
    with pytest.raises(CheckFailed, match="for an arm without visitors it raised RuntimeError without a message"):
        check_errors(Trial(Brittle(RuntimeError())))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (SystemExit("no data"), "for an arm without visitors it raised SystemExit: no data, which ends Python"),
        (None, "for an arm without visitors it returned NoneType; expected an EffectEstimate"),
    ],
)
def test_poor_data_must_not_end_python_nor_give_nothing(answer: SystemExit | None, message: str) -> None:
    with pytest.raises(CheckFailed, match=f"^{message}$"):
        check_errors(Trial(Brittle(answer)))


def test_poor_data_must_not_give_nan() -> None:
    answer = EffectEstimate(np.full(250, np.nan), 0.0)
    with pytest.raises(
        CheckFailed, match="for an arm without visitors it returned an estimate that cannot be used: cate"
    ):
        check_errors(Trial(Brittle(answer)))


def test_seconds_are_measured_at_two_sizes() -> None:
    assert list(measure_seconds(Trial(Lin()))) == [250, 500]
