"""A counting line on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

REDRAW_SECONDS = 0.1


class Progress:
    """`120/516 done, 2 failed, 0:12` on stderr, redrawn in place; `shown=None`: where stderr is a terminal."""

    def __init__(self, total: int, *, shown: bool | None = None) -> None:
        self.total = total
        self.done = 0
        self.failed = 0
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._start = self._drawn = time.monotonic()

    def __enter__(self) -> Progress:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._draw(end="\n")

    def advance(self, *, failed: bool) -> None:
        """Count one more task."""
        self.done += 1
        self.failed += failed
        if time.monotonic() - self._drawn >= REDRAW_SECONDS:
            self._draw()

    def _draw(self, end: str = "") -> None:
        if not self._shown:
            return
        self._drawn = time.monotonic()
        minutes, seconds = divmod(int(self._drawn - self._start), 60)
        sys.stderr.write(f"\r{self.done}/{self.total} done, {self.failed} failed, {minutes}:{seconds:02}{end}")
        sys.stderr.flush()
