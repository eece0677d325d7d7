"""What a crew is, and how it is kept busy within its limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import BrokenExecutor
from time import monotonic
from typing import Protocol

from pare_harness.errors import LimitReached, ScenarioError
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult

PATIENCE_SECONDS = 1.0
"""How long a run that was asked to end may take before it is killed, or, in a thread, left behind."""

LONGEST_WAIT_SECONDS = 0.5
"""A Ctrl-C that arrives in the moment before a wait does not end that wait, so no wait is long."""

Run = Callable[[], PAREScenarioValidationResult]
Numbered = tuple[int, PAREScenarioValidationResult]


class ScenarioTimeoutError(LimitReached):
    """A run took longer than `timeout_seconds`."""


class Crew(Protocol):
    """Performs runs that are told apart by number."""

    def start(self, number: int, run: Run) -> None:
        """Begin a run."""

    def ended(self, seconds: float) -> list[Numbered]:
        """Runs that have ended; waits at most `seconds` for the first."""

    def stop(self, number: int) -> None:
        """End a run whose result is not wanted any more."""


def run_all(crew: Crew, runs: Mapping[int, Run], workers: int, timeout: float | None = None) -> Generator[Numbered]:
    """Results as they come, at most `workers` runs at a time; closing the generator stops those that are going on.

    A run that takes longer than `timeout` seconds is stopped and has a `ScenarioTimeoutError` for its result, one that
    cannot even be started the reason.
    """
    waiting = deque(runs.items())
    begun: dict[int, float] = {}
    try:
        while waiting or begun:
            while waiting and len(begun) < workers:
                number, run = waiting.popleft()
                begun[number] = monotonic()
                try:
                    crew.start(number, run)
                except (OSError, BrokenExecutor) as error:
                    del begun[number]
                    yield number, broken(error)
            for number, result in crew.ended(_seconds_to_wait(begun, timeout)) if begun else []:
                if begun.pop(number, None) is not None:
                    yield number, result
            for number in _overdue(begun, timeout):
                del begun[number]
                crew.stop(number)
                yield number, _timed_out(timeout)
    finally:
        for number in begun:
            crew.stop(number)


def broken(error: BaseException) -> PAREScenarioValidationResult:
    """The result of a run that `error` ended."""
    exception = error if isinstance(error, Exception) else ScenarioError(f"{type(error).__name__}: {error}")
    return PAREScenarioValidationResult(success=None, exception=exception)


def _seconds_to_wait(begun: Mapping[int, float], timeout: float | None) -> float:
    """Until the first of the runs is overdue, at most `LONGEST_WAIT_SECONDS`."""
    left = LONGEST_WAIT_SECONDS if timeout is None else min(begun.values()) + timeout - monotonic()
    return min(max(left, 0.0), LONGEST_WAIT_SECONDS)


def _overdue(begun: Mapping[int, float], timeout: float | None) -> list[int]:
    return [] if timeout is None else [number for number, start in begun.items() if monotonic() - start >= timeout]


def _timed_out(timeout: float | None) -> PAREScenarioValidationResult:
    error = ScenarioTimeoutError(f"not finished after {timeout:g} s (timeout_seconds)")
    return PAREScenarioValidationResult(success=None, exception=error, duration=timeout)
