"""Fits of earlier runs: one file each, whole or not there, the least used removed when they are too many bytes."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pytest_pytyche.errors import describe
from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.identity import IdentityUnknown
from pytest_pytyche.estimators.registry import Parametrised
from pytest_pytyche.files import write_atomically
from pytest_pytyche.fits.fitting import Fitted, Fitter, Here, Task
from pytest_pytyche.fits.keys import estimator_key, fit_key
from pytest_pytyche.fits.settings import CacheSettings, is_cheap

SUFFIX = ".fit"
KEPT_SHARE = 0.9
HASH = 32
"""Bytes that a file begins with: the hash of the rest, by which damage shows."""

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Fits that pytest-pytyche made; they may be removed at any time.\n"


def _hash(content: bytes) -> bytes:
    return sha256(content).digest()


class Entry(NamedTuple):
    """A file of the cache: its size, and when it was last used."""

    path: Path
    size: int
    used: float


@dataclass(frozen=True)
class FitCache:
    """A folder of fits by name. Any number of processes may use it."""

    settings: CacheSettings

    def read(self, name: str) -> EffectEstimate | None:
        """The fit of that name, which counts as used now; None where there is none, or none that can be read."""
        path = self._path(name)
        try:
            content = path.read_bytes()
            estimate = pickle.loads(content[HASH:]) if _hash(content[HASH:]) == content[:HASH] else None
            os.utime(path)
        except FileNotFoundError:
            return None
        except Exception:  # noqa: BLE001  # unpickling raises anything for a damaged file: it is made again
            return None
        return estimate if isinstance(estimate, EffectEstimate) else None

    def write(self, name: str, estimate: EffectEstimate) -> None:
        """Keep a fit; OSError where it cannot be stored, anything for what cannot be pickled."""
        content = pickle.dumps(estimate, protocol=5)
        content = _hash(content) + content
        if len(content) > self.settings.max_bytes:
            raise OSError(f"{len(content)} bytes are more than the cache may hold")
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        tag = self.settings.folder / "CACHEDIR.TAG"
        if not tag.exists():
            write_atomically(tag, lambda unfinished: unfinished.write_text(TAG, "ascii"))
            write_atomically(tag.with_name(".gitignore"), lambda unfinished: unfinished.write_text("*\n", "ascii"))
        write_atomically(self._path(name), lambda unfinished: unfinished.write_bytes(content))
        self._shrink()

    def entries(self) -> list[Entry]:
        """All files, the least recently used first."""
        return sorted(self._entries(), key=lambda entry: (entry.used, entry.path))

    def clear(self) -> int:
        """Remove all fits; how many there were. OSError where that is refused."""
        entries = self.entries()
        for entry in entries:
            entry.path.unlink(missing_ok=True)
        return len(entries)

    def _path(self, name: str) -> Path:
        return self.settings.folder / f"{name}{SUFFIX}"

    def _entries(self) -> Iterator[Entry]:
        for path in self.settings.folder.glob(f"*{SUFFIX}"):
            with suppress(FileNotFoundError):
                status = path.stat()
                yield Entry(path, status.st_size, status.st_mtime)

    def _shrink(self) -> None:
        """Make room, and a little more, so that not every fit that comes has to."""
        entries = self.entries()
        held = sum(entry.size for entry in entries)
        if held <= self.settings.max_bytes:
            return
        for entry in entries[:-1]:
            entry.path.unlink(missing_ok=True)
            held -= entry.size
            if held <= KEPT_SHARE * self.settings.max_bytes:
                return


@dataclass
class Cached:
    """Takes fits from the cache, and puts those into it that another strategy makes. Failures are not kept."""

    inner: Fitter
    here: Here
    cache: FitCache
    _keys: dict[str, str] = field(default_factory=dict)

    def fit(self, task: Task) -> Fitted:
        """What the estimator estimates, or estimated in an earlier run."""
        if is_cheap(task.estimator):
            return self.inner.fit(task)
        try:
            name = fit_key(self._key(task.estimator), task.digest, task.observed, task.seed)
        except IdentityUnknown as unknown:
            return self.inner.fit(task)._replace(not_kept=str(unknown))
        if (estimate := self.cache.read(name)) is not None:
            return Fitted(estimate, cached=True)
        fitted = self.inner.fit(task)
        try:
            self.cache.write(name, fitted.estimate)
        except Exception as error:  # noqa: BLE001  # pickling runs code of what is pickled; either way it is said
            return fitted._replace(not_kept=describe(error))
        return fitted

    def _key(self, estimator: str) -> str:
        """Found out before the first fit."""
        if estimator not in self._keys:
            made = self.here.factories.get(estimator)
            stated = f"{estimator} {made!r}" if isinstance(made, Parametrised) else estimator
            self._keys[estimator] = f"{stated} {estimator_key(self.here.load(estimator))}"
        return self._keys[estimator]
