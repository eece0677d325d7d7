"""The simulation that is running: what data classes ask for the time and for ids."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b

from pare_harness.clock import TimeManager


def stable_seed(*parts: object) -> int:
    """A 64-bit number that depends on the text of `parts` alone: the same in every process."""
    return int.from_bytes(_digest("\x1f".join(map(str, parts)), 8))


class Ids:
    """A sequence of ids, 32 lower-case hex characters each, that depends on `key` alone and never repeats."""

    def __init__(self, *key: object) -> None:
        self.key = "\x1f".join(map(str, key))
        self.issued = 0

    def __call__(self) -> str:
        self.issued += 1
        return _digest(f"{self.key}\x1f{self.issued}", 16).hex()


class Simulation:
    """A clock and a source of ids: one for each scenario object."""

    def __init__(self, seed: int = 0, start: float | None = None) -> None:
        self.clock = TimeManager() if start is None else TimeManager(start)
        self.ids = Ids(seed, "simulation")

    @contextmanager
    def running(self) -> Iterator["Simulation"]:
        """Within this block, new apps share the clock, and data classes take their time and ids from here."""
        token = _RUNNING.set(self)
        try:
            yield self
        finally:
            _RUNNING.reset(token)


_RUNNING: ContextVar[Simulation] = ContextVar("pare_simulation")


def simulation() -> Simulation:
    """The simulation that is running; where none is, a fresh one for the current thread or task."""
    try:
        return _RUNNING.get()
    except LookupError:
        outside = Simulation()
        _RUNNING.set(outside)
        return outside


def now() -> float:
    """The simulated time, in seconds since the Unix epoch."""
    return simulation().clock.time()


def fresh_id() -> str:
    """An id that no other call in this simulation gives: 32 lower-case hex characters."""
    return simulation().ids()


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode(), digest_size=size).digest()
