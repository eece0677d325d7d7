"""Keyed random streams: what a visitor draws depends on the key of the draw and on nothing drawn before it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK_ROWS = 1 << 16
"""Rows that share one stream per column. Blocks are the unit of parallel work and never change a value."""


class _Key(ISeedSequence):
    """Seeds a bit generator with the hash of a key, which is as good as random and needs no further mixing."""

    def __init__(self, key: str) -> None:
        self.key = key.encode()

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        word = np.dtype(dtype).newbyteorder("<")
        state = hashlib.blake2b(self.key, digest_size=n_words * word.itemsize).digest()
        return np.frombuffer(state, dtype=word).astype(dtype)


def stream(seed: int, purpose: str, name: str, block: int) -> np.random.Generator:
    """The generator of one block of one column: keyed by (seed, purpose, name, block), equal in every process."""
    key: Any = _Key(f"{seed}\x1f{purpose}\x1f{name}\x1f{block}")  # NumPy's stubs name SeedSequence, not its interface
    return np.random.Generator(np.random.SFC64(key))


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

    def normal(self, purpose: str, name: str, out: Array | None = None) -> Array:
        """Standard normal draws, one a row; into the contiguous array `out` where given."""
        generator = stream(self.seed, purpose, name, self.block)
        if out is None:
            return generator.standard_normal(self.hi)[self.lo :]
        if self.lo == 0:
            return generator.standard_normal(out=out)
        out[:] = generator.standard_normal(self.hi)[self.lo :]
        return out

    def uniform(self, purpose: str, name: str) -> Array:
        """Uniform draws on [0, 1), one a row."""
        return stream(self.seed, purpose, name, self.block).random(self.hi)[self.lo :]
