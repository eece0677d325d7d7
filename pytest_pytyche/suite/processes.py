"""Run tasks in worker processes, and survive workers that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from pytest_pytyche.suite.packing import Job, Packed
from pytest_pytyche.suite.runners import CHUNKS_PER_WORKER, Dispatch, Numbered, failure, outcomes_of
from pytest_pytyche.suite.tasks import Outcome, SuiteFunction, Task

DIED = Outcome(error="BrokenProcessPool: the worker process died while running this task")
NO_START = (
    "executor='process': worker processes die before they run anything; "
    "expected the calling script to be guarded by `if __name__ == '__main__':`"
)


@dataclass(frozen=True)
class Processes:
    """A pool of spawned processes.

    When a worker dies, its pool is lost with all it was running, and nobody says which task was to blame: those are run
    again one at a time, each death is the outcome of the task it befell, and the rest goes on in a fresh pool. Every
    death settles a task, so this ends.

    Spawned, because forking copies the locks of polars' and BLAS's threads without the threads that would release them.
    """

    workers: int

    def run(self, fn: SuiteFunction, tasks: Sequence[Task]) -> Generator[Numbered]:
        """Outcomes as workers finish them; RuntimeError when worker processes do not start at all."""
        job = Packed(fn, tasks)
        yield from job.refused.items()
        waiting = deque(index for index in range(len(tasks)) if index not in job.refused)
        while waiting:
            suspects = yield from self._until_death(job, waiting)
            yield from _one_by_one(job, suspects)

    def _until_death(self, job: Job, waiting: deque[int]) -> Generator[Numbered, None, list[int]]:
        """Run `waiting` down; stops when a worker dies and returns what the pool was running."""
        with _pool(self.workers) as pool:
            dispatch = Dispatch(job, pool, waiting, CHUNKS_PER_WORKER * self.workers)
            try:
                for indices, future in dispatch:
                    if isinstance(failure(future), BrokenProcessPool):
                        return sorted([*indices, *dispatch.in_flight()])
                    yield from outcomes_of(indices, future)
            finally:
                # By the pool's own thread: it trips over a future that was cancelled behind its back as workers died.
                pool.shutdown(cancel_futures=True)
        return []


def _one_by_one(job: Job, suspects: Iterable[int]) -> Generator[Numbered]:
    """Run each task with nothing beside it, in a pool of one that is replaced when it dies."""
    waiting = deque(suspects)
    while waiting:
        with _pool(1) as pool:
            _require_start(pool)
            while waiting:
                index = waiting.popleft()
                future = job.submit(pool, [index])
                if isinstance(failure(future), BrokenProcessPool):
                    yield index, DIED
                    break
                yield from outcomes_of([index], future)


def _require_start(pool: ProcessPoolExecutor) -> None:
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool:
        raise RuntimeError(NO_START) from None


def _pool(workers: int) -> ProcessPoolExecutor:
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # A worker that is importing its script. It may be ended at any moment, and would leave a pool's locks behind.
        raise RuntimeError(NO_START)
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_quietly_on_interrupt)


def _end_quietly_on_interrupt() -> None:
    """Ctrl-C reaches the workers too: they end at once, and only the caller reports it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
