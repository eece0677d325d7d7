"""Runs in the caller's thread, and in threads of their own."""

from __future__ import annotations

import ctypes
import logging
import queue
from threading import Thread
from time import monotonic

from pare_harness.crews.base import PATIENCE_SECONDS, Numbered, Run, broken

LOG = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 0.05


class Inline:
    """In the thread of the caller, who waits; there is nothing that could be stopped."""

    def __init__(self) -> None:
        self._ended: list[Numbered] = []

    def start(self, number: int, run: Run) -> None:
        self._ended.append((number, run()))

    def ended(self, seconds: float) -> list[Numbered]:
        """All that was started; nothing to wait for."""
        ended, self._ended = self._ended, []
        return ended

    def stop(self, number: int) -> None:
        """Nothing: a run that was started has ended."""


class Threads:
    """A thread for each run.

    A thread is stopped by a SystemExit in its next line of Python. One that sits in a call into C, such as a sleep or a
    socket, ends when that returns; after a second it is left behind, as a daemon that does not keep the process alive.
    """

    def __init__(self) -> None:
        self._ended: queue.SimpleQueue[Numbered] = queue.SimpleQueue()
        self._threads: dict[int, Thread] = {}

    def start(self, number: int, run: Run) -> None:
        self._threads[number] = Thread(target=self._work, args=(number, run), daemon=True)
        self._threads[number].start()

    def ended(self, seconds: float) -> list[Numbered]:
        try:
            number, result = self._ended.get(timeout=seconds)
        except queue.Empty:
            return []
        if number in self._threads:
            self._threads.pop(number).join()
        return [(number, result)]

    def stop(self, number: int) -> None:
        thread = self._threads.pop(number)
        asked_until = monotonic() + PATIENCE_SECONDS
        while thread.is_alive() and monotonic() < asked_until:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
            thread.join(ASK_AGAIN_SECONDS)
        if thread.is_alive():
            LOG.warning("a run over its time limit is left behind: its thread sits in a call that does not return")

    def _work(self, number: int, run: Run) -> None:
        try:
            result = run()
        except BaseException as error:  # noqa: BLE001 - what ends a thread is the result of its run, and nobody else's
            result = broken(error)
        self._ended.put((number, result))
