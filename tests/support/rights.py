"""Rights of files that hold for root too, so that tests of them need no other user."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_OVERRIDES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root read and write anything."""
_SET_SECUREBITS, _NO_ROOT = 28, 1
"""With SECBIT_NOROOT, programs that root starts get no capabilities for it."""


@contextmanager
def ordinary_rights() -> Iterator[None]:
    """Nobody may read or write what its mode forbids, in this process and in those that it starts."""
    if os.geteuid() != 0:
        yield
        return
    before = _capabilities()
    _libc("prctl", _SET_SECUREBITS, _NO_ROOT, 0, 0, 0)
    _set_effective(before, before[0] & ~_OVERRIDES)
    try:
        yield
    finally:
        _set_effective(before, before[0])
        _libc("prctl", _SET_SECUREBITS, 0, 0, 0, 0)


def _capabilities() -> "ctypes.Array[ctypes.c_uint32]":
    """Effective, permitted and inheritable ones, low halves first."""
    data = (ctypes.c_uint32 * 6)()
    _libc("capget", _header(), data)
    return data


def _set_effective(capabilities: "ctypes.Array[ctypes.c_uint32]", effective: int) -> None:
    _libc("capset", _header(), (ctypes.c_uint32 * 6)(effective, *capabilities[1:]))


def _header() -> "ctypes.Array[ctypes.c_uint32]":
    return (ctypes.c_uint32 * 2)(_VERSION_3, 0)


def _libc(name: str, *arguments: object) -> None:
    if not sys.platform.startswith("linux"):
        raise OSError(f"no {name} on {sys.platform}; run these tests as another user than root")
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
