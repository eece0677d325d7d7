"""How tasks reach the place where they run: as they are, or pickled so that what fails to unpickle can be told."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from types import MappingProxyType
from typing import Any, Protocol

from pytest_pytyche.errors import describe
from pytest_pytyche.suite.tasks import Outcome, SuiteFunction, Task, run_task, run_tasks


class NotSendable(ValueError):  # noqa: N818  # reads as what happened
    """The suite's function cannot be sent to another process."""


class Job(Protocol):
    """The tasks of one suite; `refused` holds the outcomes of those that cannot be submitted at all."""

    @property
    def refused(self) -> Mapping[int, Outcome]: ...

    def submit(self, executor: Executor, indices: Sequence[int]) -> Future[list[Outcome]]:
        """Hand the tasks at `indices` to an executor."""


class Shared:
    """Function and tasks as they are: for threads, and for executors that have their own way of sending."""

    refused: Mapping[int, Outcome] = MappingProxyType({})

    def __init__(self, fn: SuiteFunction, tasks: Sequence[Task]) -> None:
        self._fn = fn
        self._tasks = tasks

    def submit(self, executor: Executor, indices: Sequence[int]) -> Future[list[Outcome]]:
        """Hand the tasks at `indices` to an executor."""
        return executor.submit(run_tasks, self._fn, [self._tasks[index] for index in indices])


class Packed:
    """Function and specs, pickled once and sent as bytes: a pool whose worker fails to unpickle arguments would break.

    Raises NotSendable when the function cannot be pickled; a spec that cannot is `refused`.
    """

    def __init__(self, fn: SuiteFunction, tasks: Sequence[Task]) -> None:
        try:
            self._fn = (_name(fn), pickle.dumps(fn))
        except Exception as error:  # pickling runs code of what is pickled: whatever it raises is the reason
            raise _not_sendable(_name(fn), error) from error
        packed = {id(task.spec): _pack(task.spec) for task in tasks}
        specs = [packed[id(task.spec)] for task in tasks]
        self._calls = [(spec, task.seed) for spec, task in zip(specs, tasks, strict=True)]
        self.refused = {index: spec for index, spec in enumerate(specs) if isinstance(spec, Outcome)}

    def submit(self, executor: Executor, indices: Sequence[int]) -> Future[list[Outcome]]:
        """Hand the tasks at `indices` to an executor."""
        return executor.submit(run_packed, self._fn, [self._calls[index] for index in indices])


def run_packed(named: tuple[str, bytes], calls: Sequence[tuple[bytes, int]]) -> list[Outcome]:
    """Unpickle function and specs and run them; NotSendable when the function cannot be unpickled here."""
    name, fn = named
    try:
        loaded: SuiteFunction = pickle.loads(fn)
    except Exception as error:  # unpickling imports foreign code: whatever it raises is the reason
        raise _not_sendable(name, error) from error
    return [_run_call(loaded, spec, seed) for spec, seed in calls]


def _run_call(fn: SuiteFunction, packed: bytes, seed: int) -> Outcome:
    try:
        spec = pickle.loads(packed)
    except Exception as error:  # noqa: BLE001  # as above, reported in the rows of this spec
        return Outcome(error=describe(error))
    return run_task(fn, Task(spec, seed))


def _pack(spec: Any) -> Any:
    """The pickled spec, or the outcome of its tasks where it cannot be pickled."""
    try:
        return pickle.dumps(spec)
    except Exception as error:  # noqa: BLE001  # pickling runs foreign code: reported in the rows of this spec
        return Outcome(error=describe(error))


def _name(fn: object) -> str:
    return str(getattr(fn, "__qualname__", fn))


def _not_sendable(name: str, error: Exception) -> NotSendable:
    return NotSendable(
        f"fn={name} does not reach a worker process ({describe(error)}); "
        "expected a function at the top level of an importable module, or executor='thread'"
    )
