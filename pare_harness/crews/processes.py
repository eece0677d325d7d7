"""Runs in processes of their own."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import warnings
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

from pare_harness.crews.base import PATIENCE_SECONDS, Numbered, Run, broken
from pare_harness.errors import InfraError, LimitReached, ScenarioError
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult


class Processes:
    """A forked process for each run, so that scenarios need not be pickled; stopped by a signal, whatever it does.

    Raises `ValueError` where processes cannot be forked.
    """

    def __init__(self) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            raise ValueError("executor_type='process' needs a system that forks; expected 'sequential' or 'thread'")
        self._context = multiprocessing.get_context("fork")
        self._running: dict[Connection, tuple[int, ForkProcess]] = {}

    def start(self, number: int, run: Run) -> None:
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_run_and_send, args=(run, sender), daemon=True)
        with sender, warnings.catch_warnings():
            # Newer Pythons warn of locks that other threads hold: a run uses none but its own and those of logging.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        self._running[receiver] = number, process

    def ended(self, seconds: float) -> list[Numbered]:
        ready = wait(list(self._running), seconds)
        return [self._collect(receiver) for receiver in self._running.copy() if receiver in ready]

    def stop(self, number: int) -> None:
        for receiver in [receiver for receiver, (running, _) in self._running.items() if running == number]:
            _, process = self._running.pop(receiver)
            process.terminate()
            process.join(PATIENCE_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            receiver.close()

    def _collect(self, receiver: Connection) -> Numbered:
        number, process = self._running.pop(receiver)
        with receiver:
            try:
                result: PAREScenarioValidationResult | None = receiver.recv()
            except EOFError:
                result = None
        process.join()
        return number, result or broken(ScenarioError(f"its process ended with exit code {process.exitcode}"))


def _run_and_send(run: Run, sender: Connection) -> None:
    """The life of a worker process. Ctrl-C reaches it too: it ends at once, and only the parent reports it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with sender:
        sender.send(_sendable(run()))


def _sendable(result: PAREScenarioValidationResult) -> PAREScenarioValidationResult:
    """The result, its exception replaced by one of the same status where it does not survive pickling."""
    try:
        pickle.loads(pickle.dumps(result.exception))
    except Exception:  # noqa: BLE001 - pickling runs the exception's own code, which may raise anything
        kind = {"limit": LimitReached, "infra": InfraError}.get(result.status, ScenarioError)
        return replace(result, exception=kind(f"{type(result.exception).__name__}: {result.exception}"))
    return result
