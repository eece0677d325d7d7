"""Keyed random streams: what a visitor draws depends on the key of the draw and on nothing drawn before it."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK_ROWS = 1 << 16
"""Rows that share one stream per column. Blocks are the unit of parallel work and never change a value."""


def stream(seed: int, purpose: str, name: str, block: int) -> np.random.Generator:
    """The generator of one block of one column: keyed by (seed, purpose, name, block), equal in every process."""
    key = hashlib.blake2b(f"{seed}\x1f{purpose}\x1f{name}\x1f{block}".encode(), digest_size=32).digest()
    words = np.frombuffer(key, dtype="<u4")
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([int(word) for word in words])))


class Draws:
    """The keyed draws of rows `lo` to `hi` (within the block) of one block.

    A stream is always read from the start of its block, so rows keep their values however a data set is cut.
    """

    def __init__(self, seed: int, block: int, lo: int, hi: int) -> None:
        self.seed = seed
        self.block = block
        self.lo = lo
        self.hi = hi

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.hi - self.lo

    def normal(self, purpose: str, name: str) -> Array:
        """Standard normal draws, one a row."""
        return stream(self.seed, purpose, name, self.block).standard_normal(self.hi)[self.lo :]

    def uniform(self, purpose: str, name: str) -> Array:
        """Uniform draws on [0, 1), one a row."""
        return stream(self.seed, purpose, name, self.block).random(self.hi)[self.lo :]
