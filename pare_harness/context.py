"""The simulation that is running: what data classes ask for the time and for ids."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b

from pare_harness.clock import TimeManager

_ALL = 2**64 - 1
_SPREAD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it modulo 2**64 is one to one; 2**64 / golden ratio


def stable_seed(*parts: object) -> int:
    """A 64-bit number that depends on the text of `parts` alone: the same in every process."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest())


class Ids:
    """A sequence of ids, 32 lower-case hex characters each, that depends on `key` alone and never repeats.

    The second half names the key; the first is the number of the id, spread over all 64-bit numbers one to one.
    """

    def __init__(self, *key: object) -> None:
        self.issued = 0
        self.rekey(*key)

    def rekey(self, *key: object) -> None:
        """Go on counting under another key."""
        self._key = key
        self._digest: int | None = None

    def __call__(self) -> str:
        if self._digest is None:
            self._digest = stable_seed(*self._key)
        self.issued += 1
        return f"{(self.issued * _SPREAD + self._digest) & _ALL:016x}{self._digest:016x}"


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
