"""How fits are made, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

CACHE_FOLDER = "cache"
CHEAP = frozenset({"difference_in_means", "lin"})
"""Estimators whose fit costs less than sending or storing it, and of which no harm can come."""


class Limits(NamedTuple):
    """What one fit may take: seconds, and bytes of memory of its process and the children of that; None: anything."""

    seconds: float | None = None
    memory: int | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self.seconds is not None or self.memory is not None


class CacheSettings(NamedTuple):
    """The folder of the cache, and how many bytes it may hold."""

    folder: Path
    max_bytes: int


class FitSettings(NamedTuple):
    """`isolation`: fits run in a process of their own; `auto` for all but the `CHEAP` ones. `cache`: None for none."""

    isolation: str = "off"
    limits: Limits = Limits()
    cache: CacheSettings | None = None

    def isolates(self, estimator: str) -> bool:
        """Whether the fits of an estimator run in a process of their own."""
        if self.isolation == "auto":
            return self.limits.any or not is_cheap(estimator)
        return self.isolation == "on"


def is_cheap(estimator: str) -> bool:
    """Whether the estimator of that name, which may state parameters, is one of the `CHEAP` ones."""
    return estimator.partition("(")[0].strip() in CHEAP
