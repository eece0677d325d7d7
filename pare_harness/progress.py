"""How far a job of many runs has come, on one line of a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType

from pare_harness.scenarios.validation_result import Status

REDRAW_SECONDS = 0.1


class Progress:
    """`night: 12/50 runs, 9 success, 3 failed` on stderr, redrawn in place, if that is a terminal."""

    def __init__(self, total: int, description: str | None) -> None:
        self._total = total
        self._description = "" if description is None else f"{description}: "
        self._counts: dict[Status, int] = {}
        self._next_drawing = 0.0
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._draw(end="\n")

    def advance(self, status: Status) -> None:
        """Count one more run."""
        self._counts[status] = self._counts.get(status, 0) + 1
        if monotonic() >= self._next_drawing:
            self._draw()

    def _draw(self, end: str = "") -> None:
        if self._shown:
            self._next_drawing = monotonic() + REDRAW_SECONDS
            said = "".join(f", {n} {status}" for status, n in self._counts.items())
            sys.stderr.write(f"\r{self._description}{sum(self._counts.values())}/{self._total} runs{said}{end}")
            sys.stderr.flush()
