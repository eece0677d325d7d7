"""Strategies that run tasks: one after the other, or handed to an executor chunk by chunk."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from typing import Protocol

from pytest_pytyche.errors import describe
from pytest_pytyche.suite.packing import Job, NotSendable, Packed, Shared
from pytest_pytyche.suite.tasks import Outcome, SuiteFunction, Task, run_task

CHUNK_SECONDS = 0.2
LONGEST_CHUNK = 256
CHUNKS_PER_WORKER = 2

Numbered = tuple[int, Outcome]


class Runner(Protocol):
    """Runs tasks in any order; yields each task's index with its outcome as it becomes known."""

    def run(self, fn: SuiteFunction, tasks: Sequence[Task]) -> Generator[Numbered]: ...


@dataclass(frozen=True)
class Sequential:
    """One task after the other, in this thread."""

    def run(self, fn: SuiteFunction, tasks: Sequence[Task]) -> Generator[Numbered]:
        """Outcomes in the order of the tasks."""
        for index, task in enumerate(tasks):
            yield index, run_task(fn, task)


@dataclass(frozen=True)
class Threads:
    """A pool of threads."""

    workers: int

    def run(self, fn: SuiteFunction, tasks: Sequence[Task]) -> Generator[Numbered]:
        """Outcomes as threads finish them."""
        with ThreadPoolExecutor(self.workers) as pool:
            yield from Given(pool, CHUNKS_PER_WORKER * self.workers).run(fn, tasks)


@dataclass(frozen=True)
class Given:
    """An executor that belongs to the caller; at most `window` chunks are handed to it at a time (None: all tasks)."""

    executor: Executor
    window: int | None

    def run(self, fn: SuiteFunction, tasks: Sequence[Task]) -> Generator[Numbered]:
        """Outcomes as the executor finishes them; the executor's own failure is the error of what it did not run."""
        job: Job = Packed(fn, tasks) if isinstance(self.executor, ProcessPoolExecutor) else Shared(fn, tasks)
        yield from job.refused.items()
        waiting = deque(index for index in range(len(tasks)) if index not in job.refused)
        dispatch = Dispatch(job, self.executor, waiting, self.window or len(tasks))
        try:
            for indices, future in dispatch:
                yield from outcomes_of(indices, future)
        finally:
            dispatch.cancel()


class Dispatch:
    """Keeps up to `window` chunks of the `waiting` tasks with an executor; iterating gives each chunk as it ends.

    Chunks grow to about CHUNK_SECONDS of work, so that sending short tasks costs little, and shrink towards the end, so
    that no worker is left alone with a long one.
    """

    def __init__(self, job: Job, executor: Executor, waiting: deque[int], window: int) -> None:
        self._job, self._executor, self._window = job, executor, window
        self._waiting = waiting
        self._running: dict[Future[list[Outcome]], list[int]] = {}
        self._seconds, self._finished = 0.0, 0

    def __iter__(self) -> Iterator[tuple[list[int], Future[list[Outcome]]]]:
        while self._waiting or self._running:
            while self._waiting and len(self._running) < self._window:
                chunk = [self._waiting.popleft() for _ in range(self._chunk_length())]
                self._running[self._submit(chunk)] = chunk
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._learn(future)
                yield self._running.pop(future), future

    def in_flight(self) -> list[int]:
        """The tasks that were handed over and whose chunk has not been given back yet."""
        return [index for chunk in self._running.values() for index in chunk]

    def cancel(self) -> None:
        """Take back what has not started."""
        for future in self._running:
            future.cancel()

    def _submit(self, chunk: list[int]) -> Future[list[Outcome]]:
        try:
            return self._job.submit(self._executor, chunk)
        except BrokenExecutor as error:
            broken: Future[list[Outcome]] = Future()
            broken.set_exception(error)
            return broken

    def _learn(self, future: Future[list[Outcome]]) -> None:
        if failure(future) is None:
            outcomes = future.result()
            self._seconds += sum(outcome.seconds or 0.0 for outcome in outcomes)
            self._finished += len(outcomes)

    def _chunk_length(self) -> int:
        if not self._finished:
            return 1
        wanted = CHUNK_SECONDS * self._finished / max(self._seconds, 1e-9)
        fair = len(self._waiting) / (CHUNKS_PER_WORKER * self._window)
        return max(1, int(min(wanted, fair, LONGEST_CHUNK)))


def failure(future: Future[list[Outcome]]) -> BaseException | None:
    """What a chunk as a whole ended with, if not with outcomes; waits for its end."""
    try:
        return future.exception()
    except CancelledError as cancelled:
        return cancelled


def outcomes_of(indices: Sequence[int], future: Future[list[Outcome]]) -> Iterator[Numbered]:
    """The outcomes of a finished chunk; raises what concerns the whole run instead of one chunk."""
    error = failure(future)
    if error is None:
        yield from zip(indices, future.result(), strict=True)
    elif isinstance(error, NotSendable) or not isinstance(error, Exception):
        raise error
    else:
        yield from ((index, Outcome(error=describe(error))) for index in indices)
