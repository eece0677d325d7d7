"""Strategies that fit an estimator: here, in a process of its own, or as the settings say for each estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.naming import split_name
from pytest_pytyche.estimators.registry import load_estimator
from pytest_pytyche.estimators.validation import EstimateError
from pytest_pytyche.fits.messages import Answer, Fit, Load, NotSendable, Sent
from pytest_pytyche.fits.process import Process, ProcessEnded
from pytest_pytyche.fits.settings import FitSettings, Limits

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import EffectEstimate, Estimator
    from pytest_pytyche.generators.observed import ObservedExperimentData

Factories = Mapping[str, Callable[[], "Estimator"]]


class Task(NamedTuple):
    """What is to be fitted: the estimator of that name to data, whose configuration has that digest, with a seed."""

    estimator: str
    observed: ObservedExperimentData
    digest: str
    seed: int


class Fitted(NamedTuple):
    """An estimate; `cached`: it was made by an earlier run. `not_kept`: why it is not there for the next one, if so."""

    estimate: EffectEstimate
    cached: bool = False
    not_kept: str | None = None


class Fitter(Protocol):
    """Fits estimators; EstimateError, one line, where that fails."""

    def fit(self, task: Task) -> Fitted: ...


class ElsewhereError(Exception):
    """A failure in another process, as that one showed it."""

    def __str__(self) -> str:
        return f"in the process of the estimator:\n{self.args[0]}"


@dataclass
class Here:
    """Fits in this process. Estimators are loaded once."""

    factories: Factories
    _loaded: dict[str, Estimator] = field(default_factory=dict)

    def load(self, name: str) -> Estimator:
        """The estimator of that name; EstimatorNotFound where there is none."""
        if name not in self._loaded:
            self._loaded[name] = load_estimator(name, extra=self.factories)
        return self._loaded[name]

    def fit(self, task: Task) -> Fitted:
        """What the estimator estimates."""
        return Fitted(fit(self.load(task.estimator), task.observed, seed=task.seed))


@dataclass
class Isolated:
    """Fits in a child process, one for all that is fitted here: it is started when needed and again when it has ended.

    NotSendable for an estimator whose factory no other process can have.
    """

    factories: Factories
    limits: Limits
    _process: Process | None = None

    def fit(self, task: Task) -> Fitted:
        """What the estimator estimates; EstimateError also for taking more than the limits and for a death."""
        try:
            process = self._ready(task.estimator)
            answer = process.ask(Fit(task.estimator, task.observed, task.seed), self.limits)
        except ProcessEnded as ended:
            self._process = None
            raise EstimateError(f"estimator {task.estimator!r}: {ended}") from _shown(ended.output)
        if answer.estimate is None:
            raise EstimateError(answer.error) from _shown(answer.traceback, process.output)
        self._retire(process)
        return Fitted(answer.estimate)

    def close(self) -> None:
        """End the child, if there is one."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _ready(self, name: str) -> Process:
        """The child with the estimator loaded: that takes as long as it takes."""
        sent = Sent.of(name, self.factories.get(split_name(name)[0]))
        if self._process is None or not self._process.alive:
            self.close()
            self._process = Process()
        process = self._process
        if name not in process.loaded:
            answer: Answer = process.ask(Load(sent), Limits(memory=self.limits.memory))
            if answer.refused:
                raise NotSendable(answer.error)
            if answer.error is not None:
                raise EstimateError(answer.error) from _shown(answer.traceback, process.output)
            process.loaded.add(name)
        return process

    def _retire(self, process: Process) -> None:
        """Let go of a child that has grown: what one fit leaks must not be laid to the next."""
        if self.limits.memory is not None and process.memory > self.limits.memory / 2:
            self.close()


@dataclass
class Chosen:
    """Fits here or in a child, as the settings say; where nothing else is asked for, what cannot be sent fits here."""

    settings: FitSettings
    here: Here
    isolated: Isolated

    def fit(self, task: Task) -> Fitted:
        """What the estimator estimates."""
        if not self.settings.isolates(task.estimator):
            return self.here.fit(task)
        try:
            return self.isolated.fit(task)
        except NotSendable as error:
            if self.settings.isolation == "on" or self.settings.limits.any:
                raise EstimateError(f"estimator {task.estimator!r} needs a process of its own, but {error}") from error
            return self.here.fit(task)


def _shown(*details: str) -> ElsewhereError | None:
    """What the child told and printed, for the report; None for nothing."""
    told = "\n".join(text for text in details if text.strip())
    return ElsewhereError(told) if told else None
