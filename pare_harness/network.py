"""No network: nothing in this process opens a connection or looks up a name while a block is in force."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NoReturn

from pare_harness.errors import NetworkBlockedError

_WAYS_OUT: tuple[tuple[Any, str], ...] = (
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (socket.socket, "sendto"),
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
)
"""What opens a connection or asks a name server. Those that are open stay so, such as an xdist worker's own."""


class _Blocks:
    """Who has asked for silence; sockets belong to the process, so a block is in force in all its threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._attempts: list[list[str]] = []
        self._before: list[tuple[Any, str, Any]] = []

    def enter(self, attempts: list[str]) -> None:
        with self._lock:
            if not self._attempts:
                self._before = [(owner, name, vars(owner).get(name)) for owner, name in _WAYS_OUT]
                for owner, name in _WAYS_OUT:
                    setattr(owner, name, self._refusing(name, is_method=owner is not socket))
            self._attempts.append(attempts)

    def leave(self, attempts: list[str]) -> None:
        with self._lock:
            self._attempts = [one for one in self._attempts if one is not attempts]
            if self._attempts:
                return
            for owner, name, before in self._before:
                if before is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, before)

    def _refusing(self, name: str, *, is_method: bool) -> Callable[..., NoReturn]:
        def refuse(*args: Any, **named: Any) -> NoReturn:
            target = (*args, *named.values())[-1 if is_method else 0]
            for attempts in list(self._attempts):
                attempts.append(f"{name}({target!r})")
            raise NetworkBlockedError(f"{name}({target!r}): the network is blocked while recordings are replayed")

        return refuse


_BLOCKS = _Blocks()


@contextmanager
def blocked() -> Iterator[list[str]]:
    """Within this block whoever opens a connection gets `NetworkBlockedError`, loopback included.

    Yields the attempts so far, as `connect(('127.0.0.1', 80))`: clients may have swallowed the error.
    """
    attempts: list[str] = []
    _BLOCKS.enter(attempts)
    try:
        yield attempts
    finally:
        _BLOCKS.leave(attempts)
