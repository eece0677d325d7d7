"""Files as locks between processes; a process that dies lets go of what it holds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import IO

NAP = 0.005
"""Seconds between two looks for a free slot."""

if sys.platform == "win32":
    import msvcrt

    def _try(file: IO[str]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def one_of(folder: Path, count: int, name: str = "slot") -> Iterator[None]:
    """Wait for one of `count` slots that all processes share through `folder`, and hold it within this block."""
    for number in cycle(range(count)):
        with (folder / f"{name}-{number}.lock").open("a") as file:
            if _try(file):
                yield
                return
        if number == count - 1:
            time.sleep(NAP)
