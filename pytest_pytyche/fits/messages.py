"""What a process and the child that fits for it tell each other."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pytest_pytyche.estimators.naming import split_name
from pytest_pytyche.estimators.registry import load_estimator

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import EffectEstimate, Estimator
    from pytest_pytyche.generators.observed import ObservedExperimentData


class NotSendable(ValueError):  # noqa: N818  # reads as what happened
    """The factory of an estimator cannot be had in another process."""


@dataclass(frozen=True)
class Sent:
    """An estimator on its way: its name, and the pickled factory with the file that it must come from there too."""

    name: str
    factory: bytes | None = None
    module: str = ""
    file: str | None = None

    @classmethod
    def of(cls, name: str, factory: Callable[[], Estimator] | None) -> Sent:
        """NotSendable for a factory that pickle refuses, such as a lambda."""
        if factory is None:
            return cls(name)
        try:
            packed = pickle.dumps(factory)
        except Exception as error:  # pickling runs code of what is pickled: whatever it raises is the reason
            raise NotSendable(f"its factory {factory!r} cannot be pickled: {error}") from error
        module = getattr(factory, "__module__", "")
        return cls(name, packed, module, _file_of(module))

    def load(self) -> Estimator:
        """The estimator, in the process that it was sent to; NotSendable where another file goes by that module."""
        if self.factory is None:
            return load_estimator(self.name)
        try:
            factory = pickle.loads(self.factory)
        except Exception as error:  # unpickling imports foreign code: whatever it raises is the reason
            raise NotSendable(f"its factory cannot be imported in another process: {error}") from error
        if _file_of(self.module) != self.file:
            raise NotSendable(f"module {self.module!r} is {_file_of(self.module)} in another process, not {self.file}")
        return load_estimator(self.name, extra=MappingProxyType({split_name(self.name)[0]: factory}))


@dataclass(frozen=True)
class Load:
    """Have the estimator ready."""

    estimator: Sent


@dataclass(frozen=True)
class Fit:
    """Fit the estimator that was loaded under this name."""

    name: str
    observed: ObservedExperimentData
    seed: int


@dataclass(frozen=True)
class Answer:
    """What came of it: an estimate, or an error in one line with its traceback; `refused`: NotSendable."""

    estimate: EffectEstimate | None = None
    error: str | None = None
    traceback: str = ""
    refused: bool = False


def _file_of(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)
