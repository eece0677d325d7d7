"""Bytes in memory: as text in a JSON state, and as open files."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_MODE = re.compile(r"[rwax](\+?[bt]?|[bt]\+)")


class Content(bytearray):
    """The content of a file. Its JSON is text, a character a byte (Latin-1): any content fits."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Content], _: GetCoreSchemaHandler) -> CoreSchema:
        return _as_text(cls)


@dataclass(frozen=True)
class AsText:
    """Annotates `bytes` in a state, so that their JSON is that of a `Content`."""

    def __get_pydantic_core_schema__(self, source: type[bytes], _: GetCoreSchemaHandler) -> CoreSchema:
        return _as_text(bytes)


def _as_text(kind: type[bytes] | type[Content]) -> CoreSchema:
    from pydantic_core import core_schema  # noqa: PLC0415 - pydantic is loaded with the first state

    return core_schema.no_info_plain_validator_function(
        lambda value: kind(value.encode("latin-1") if isinstance(value, str) else value),
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda value: value.decode("latin-1"), when_used="json"
        ),
    )


class MemoryFile(io.RawIOBase):
    """An unbuffered open file that reads and writes `content` in place; `mode` as in `open`."""

    def __init__(self, content: Content, mode: str) -> None:
        super().__init__()
        self._content = content
        self._mode = mode
        self._position = len(content) if "a" in mode else 0

    def readable(self) -> bool:
        return not {"r", "+"}.isdisjoint(self._mode)

    def writable(self) -> bool:
        return not {"w", "a", "x", "+"}.isdisjoint(self._mode)

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        chunk = self._content[self._position : self._position + len(view)]
        view[: len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)

    def write(self, data: ReadableBuffer, /) -> int:
        chunk = bytes(data)
        if "a" in self._mode:
            self._position = len(self._content)
        self._content.extend(bytes(max(0, self._position - len(self._content))))
        self._content[self._position : self._position + len(chunk)] = chunk
        self._position += len(chunk)
        return len(chunk)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._position = offset + (0, self._position, len(self._content))[whence]
        return self._position

    def truncate(self, size: int | None = None, /) -> int:
        length = self._position if size is None else size
        self._content[length:] = bytes(max(0, length - len(self._content)))
        return length


def check_mode(mode: str) -> None:
    """Raise `ValueError` for a mode that `open` would not take."""
    if not _MODE.fullmatch(mode):
        raise ValueError(f"mode={mode!r}; expected one of r, w, a, x, with or without + and b or t")


def open_memory(content: Content, mode: str, encoding: str, errors: str | None, newline: str | None) -> IO[Any]:
    """A buffered file over `content`: of bytes when `mode` has a `b`, of text otherwise."""
    raw = MemoryFile(content, mode)
    buffer: io.BufferedRandom | io.BufferedReader | io.BufferedWriter
    if "+" in mode:
        buffer = io.BufferedRandom(raw)
    else:
        buffer = io.BufferedReader(raw) if "r" in mode else io.BufferedWriter(raw)
    return buffer if "b" in mode else io.TextIOWrapper(buffer, encoding, errors, newline)
