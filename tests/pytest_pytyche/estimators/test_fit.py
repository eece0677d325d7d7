import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest

from pytest_pytyche.estimators.base import EffectEstimate, EstimateError
from pytest_pytyche.estimators.fit import fit, peak_rss_mb
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.observed import ObservedExperimentData
from tests.support.experiments import experiment

OBSERVED = experiment([0, 1] * 5, np.arange(10.0))


@dataclass(frozen=True)
class Returning:
    result: object
    name: str = "mine"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        return self.result  # type: ignore[return-value]  # what is under test


@dataclass(frozen=True)
class Raising:
    error: BaseException
    name: str = "mine"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        raise self.error


@dataclass(frozen=True)
class Seeded:
    name: str = "seeded"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        draws = np.random.default_rng(seed).normal(size=(20, observed.n_visitors))
        return EffectEstimate(draws.mean(axis=0), draws.mean(), cate_draws=draws, ate_draws=draws.mean(axis=1))


def test_time_and_memory_are_filled_in() -> None:
    estimate = fit(Lin(), OBSERVED, seed=0)
    assert estimate.seconds is not None
    assert estimate.seconds > 0.0
    assert estimate.peak_rss_mb is not None
    assert 10.0 < estimate.peak_rss_mb < 1e6


def test_seconds_stated_by_the_estimator_are_kept() -> None:
    stated = replace(fit(Lin(), OBSERVED, seed=0), seconds=12.5)
    assert fit(Returning(stated), OBSERVED, seed=0).seconds == 12.5


def test_memory_is_unknown_without_the_resource_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_rss_mb() is None


def test_peak_memory_is_counted_in_bytes_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    kilobytes = peak_rss_mb()
    monkeypatch.setattr(sys, "platform", "darwin")
    in_bytes = peak_rss_mb()
    assert kilobytes is not None
    assert in_bytes is not None
    assert kilobytes / in_bytes == pytest.approx(1024, rel=0.05)


def test_the_seed_reaches_the_estimator() -> None:
    first, again, other = (fit(Seeded(), OBSERVED, seed=seed).cate for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_exception_becomes_one_line_naming_the_estimator() -> None:
    with pytest.raises(EstimateError) as caught:
        fit(Raising(ZeroDivisionError("division\n  by zero")), OBSERVED, seed=0)
    assert str(caught.value) == "estimator 'mine' raised ZeroDivisionError: division by zero"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_exception_without_a_message_is_named_by_its_type() -> None:
    with pytest.raises(EstimateError, match=r"^estimator 'mine' raised MemoryError$"):
        fit(Raising(MemoryError()), OBSERVED, seed=0)


def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(Raising(KeyboardInterrupt()), OBSERVED, seed=0)


def test_anything_but_an_estimate_is_refused() -> None:
    with pytest.raises(EstimateError, match=r"^estimator 'mine' returned dict; expected an EffectEstimate$"):
        fit(Returning({"cate": 1.0}), OBSERVED, seed=0)


def test_an_estimate_that_does_not_fit_the_data_names_the_estimator() -> None:
    short = fit(Lin(), experiment([0, 1] * 4, np.arange(8.0)), seed=0)
    with pytest.raises(EstimateError) as caught:
        fit(Returning(short), OBSERVED, seed=0)
    assert str(caught.value) == "estimator 'mine': cate has shape (8, 1); expected (10, 1), visitors × contrasts"
