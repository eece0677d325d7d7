"""Runs in an executor that belongs to the caller."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait

from pare_harness.crews.base import Crew, Numbered, Run, broken, run_all
from pare_harness.crews.threads import Inline, Threads
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult


class Submitted:
    """The time limit counts from when the executor begins a run; for one of processes, scenarios are pickled."""

    def __init__(self, executor: Executor, timeout: float | None) -> None:
        self._executor = executor
        self._timeout = timeout
        self._futures: dict[Future[PAREScenarioValidationResult], int] = {}

    def start(self, number: int, run: Run) -> None:
        self._futures[self._executor.submit(run_within, run, self._timeout)] = number

    def ended(self, seconds: float) -> list[Numbered]:
        done, _ = wait(self._futures, seconds, FIRST_COMPLETED)
        return [(self._futures.pop(future), _result_of(future)) for future in done]

    def stop(self, number: int) -> None:
        """Take it back if it has not begun."""
        for future, submitted in self._futures.items():
            if submitted == number:
                future.cancel()


def run_within(run: Run, timeout: float | None) -> PAREScenarioValidationResult:
    """The result of one run, in a thread of its own where there is a time limit."""
    crew: Crew = Inline() if timeout is None else Threads()
    return next(result for _, result in run_all(crew, {0: run}, 1, timeout))


def _result_of(future: Future[PAREScenarioValidationResult]) -> PAREScenarioValidationResult:
    try:
        error = future.exception()
    except CancelledError as cancelled:
        return broken(cancelled)
    return future.result() if error is None else broken(error)
