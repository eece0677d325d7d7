"""Estimators that harm the process they run in, each in a way of its own."""

import ctypes
import os
import signal
import sys
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.observed import ObservedExperimentData


@dataclass(frozen=True)
class NaNForSome(Lin):
    name: str = "nan-for-some"

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        estimate = super().fit_effects(observed, seed=seed)
        estimate.cate[:3] = np.nan
        return estimate


@dataclass(frozen=True)
class Hangs(Lin):
    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        while True:
            signal.pause()


@dataclass(frozen=True)
class Leaks(Lin):
    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        held = []
        while True:
            held.append(np.ones(10**6))


@dataclass(frozen=True)
class Forks(Lin):
    """Both processes go on and return."""

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        os.fork()
        return super().fit_effects(observed, seed=seed)


@dataclass(frozen=True)
class LeavesAChild(Lin):
    """The process ends and what it forked does not."""

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        if os.fork() == 0:
            signal.pause()
        os._exit(4)


@dataclass(frozen=True)
class ClosesItsPipes(Lin):
    """Every file of the process, and it goes on."""

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        os.closerange(3, 64)
        while True:
            signal.pause()


@dataclass(frozen=True)
class Prints(Lin):
    """Four megabytes, past Python and through it."""

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        for _ in range(20):
            os.write(1, b"x" * 100_000)
            sys.stdout.write("y" * 100_000)
        return super().fit_effects(observed, seed=seed)


@dataclass(frozen=True)
class Aborts(Lin):
    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        sys.stdout.write("the library says: terminate called\n")
        os.abort()


@dataclass(frozen=True)
class Segfaults(Lin):
    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        ctypes.string_at(0)
        raise AssertionError("not reached")


@dataclass(frozen=True)
class IsKilled(Lin):
    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("not reached")


@dataclass(frozen=True)
class Exits(Lin):
    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        sys.exit("no licence")


@dataclass(frozen=True)
class RaisesNatively(Lin):
    """A C function complains of its argument."""

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> NoReturn:
        np.linalg.cholesky(-np.eye(2))
        raise AssertionError("not reached")


@dataclass(frozen=True)
class Counts(Lin):
    """Leaves the seed of each fit in `CALLS`."""

    depth: int = 1

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        CALLS.append(seed)
        return super().fit_effects(observed, seed=seed)


CALLS: list[int] = []
