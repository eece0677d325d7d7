"""A child process: asked, watched while it works, and ended with all that it started."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import suppress
from pathlib import Path
from typing import IO
from weakref import finalize

from pytest_pytyche.fits.messages import Answer, Fit, Load
from pytest_pytyche.fits.settings import Limits

WATCH_SECONDS = 0.02
END_SECONDS = 1.0
KEPT_OUTPUT = 16_384
READ = 65_536
MEGABYTE = 10**6
START = "import sys; sys.path[:] = {path!r}; from pytest_pytyche.fits.child import main; main()"


class ProcessEnded(RuntimeError):  # noqa: N818  # reads as what happened
    """The process died, or was ended for what it took; the message says which, `output` what it printed last."""

    def __init__(self, reason: str, output: str) -> None:
        super().__init__(reason)
        self.output = output


class Process:
    """A child that fits; in a group of its own, so that what it forks ends with it, and Ctrl-C reaches only the parent.

    What it prints is read all the time, and the last `KEPT_OUTPUT` bytes of it are kept.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._output = bytearray()
        reader = threading.Thread(target=_drain, args=(_pipe(self._process.stderr), self._output), daemon=True)
        reader.start()
        self._threads = [reader]
        self.loaded: set[str] = set()
        self.close = finalize(self, _end, self._process, self._threads)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.close.alive and self._process.poll() is None

    @property
    def output(self) -> str:
        """What it printed last."""
        return self._output.decode(errors="replace")

    @property
    def memory(self) -> int:
        """Bytes that it and its children hold now."""
        return resident_bytes(self._process.pid)

    def ask(self, request: Load | Fit, limits: Limits) -> Answer:
        """Its answer; ProcessEnded where it dies over that or takes more than `limits`, after which it is of no use."""
        del self._output[:]
        answer: Future[Answer] = Future()
        talker = threading.Thread(target=_talk, args=(self._process, pickle.dumps(request), answer), daemon=True)
        self._threads[1:] = [talker]
        talker.start()
        try:
            reason = self._watch(answer, limits)
            if reason is None and answer.exception() is None:
                return answer.result()
        except BaseException:
            self.close()
            raise
        reason = reason or self._end_reason()
        self.close()
        raise ProcessEnded(reason, self.output)

    def _end_reason(self) -> str:
        """How a process ended of which no answer will come."""
        try:
            return _death(self._process.wait(END_SECONDS))
        except subprocess.TimeoutExpired:
            return "it closed the pipe that its answer was to come by, and its process was ended"

    def _watch(self, answer: Future[Answer], limits: Limits) -> str | None:
        """Why the process has to be ended; None once it answered or died."""
        start = time.monotonic()
        while not wait([answer], timeout=WATCH_SECONDS).done:
            if self._process.poll() is not None:
                # Forked children may hold its ends of the pipes: nothing would ever come, and no end either.
                _kill_group(self._process)
            if limits.seconds is not None and time.monotonic() - start > limits.seconds:
                return f"it took longer than the limit of {limits.seconds:g} s, and its process was ended"
            if limits.memory is not None and (held := self.memory) > limits.memory:
                return (
                    f"it took {held / MEGABYTE:,.0f} MB of memory, more than the limit of "
                    f"{limits.memory / MEGABYTE:,.0f} MB, and its process was ended"
                )
        return None


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and its descendants, as Linux tells it; 0 once it is gone.

    Pages that a forked child shares with its parent count twice.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    with suppress(OSError, ValueError):
        total = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * page
    return total + sum(resident_bytes(child) for child in _children(pid))


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (task / "children").read_text("ascii").split())


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _talk(process: subprocess.Popen[bytes], request: bytes, answer: Future[Answer]) -> None:
    """Send a request and wait for what comes, in a thread of its own: the other end may be dead, or never speak."""
    try:
        pickle.dump(request, _pipe(process.stdin))
        _pipe(process.stdin).flush()
        answer.set_result(pickle.load(_pipe(process.stdout)))
    except Exception as error:  # noqa: BLE001  # half an answer unpickles to any error: whoever waits is told
        answer.set_exception(error)


def _drain(stream: IO[bytes], kept: bytearray) -> None:
    """Read all there is, so that whoever prints never waits, and keep the end of it."""
    with stream:
        while chunk := os.read(stream.fileno(), READ):
            kept += chunk
            del kept[:-KEPT_OUTPUT]


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # all three were asked for
    return stream


def _death(status: int) -> str:
    if status < 0:
        return f"its process died of {signal.Signals(-status).name}"
    return f"its process ended by itself, with status {status}"


def _end(process: subprocess.Popen[bytes], threads: list[threading.Thread]) -> None:
    """End the group at once. A process that left it may keep the pipes open, and is not waited for."""
    _kill_group(process)
    process.wait()
    for thread in threads:
        thread.join(END_SECONDS)
    if not any(thread.is_alive() for thread in threads):
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                _pipe(stream).close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The group, and on Linux what the process started in other groups."""
    left = list(_descendants(process.pid))
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    for pid in left:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
