"""Attachments: files of the phone that mails, messages and notes carry as base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from posixpath import basename, join
from typing import IO, Annotated, Any

from pare_harness.apps.binary import AsText
from pare_harness.apps.core import StatefulApp
from pare_harness.apps.files import FILE_SYSTEM, FileSystem
from pare_harness.capture import disable_events

Attachment = Annotated[bytes, AsText()]
"""The content of a file, in base64."""


def host_attachment(path: str) -> tuple[str, bytes]:
    """The base name of a file of the host and its content in base64. Raises `ValueError` when it cannot be read."""
    return _encoded(path, Path(path).open)


def _encoded(path: str, open_: Callable[[str], IO[Any]]) -> tuple[str, bytes]:
    try:
        with open_("rb") as file:
            return basename(path), b64encode(file.read())
    except OSError as error:
        raise ValueError(f"attachment {path!r}: {error.strerror or error}") from error


class AttachmentApp(StatefulApp):
    """An app that attaches and saves files of the phone's file system, `internal_fs`."""

    internal_fs: FileSystem | None

    def __init__(self, name: str | None = None, internal_fs: FileSystem | None = None) -> None:
        super().__init__(name)
        self.internal_fs = internal_fs

    def connect_to_protocols(self, protocols: dict[str, Any]) -> None:
        self.internal_fs = protocols.get(FILE_SYSTEM, self.internal_fs)

    def read_attachment(self, path: str) -> tuple[str, bytes]:
        """The base name of a file and its content in base64. Raises `ValueError` when it cannot be read.

        A phone without a file system takes the file from the host while its scenario is being set up, never in a run.
        """
        with disable_events():
            return _encoded(path, lambda mode: self._open(path, mode))

    def save_attachment(self, directory: str, name: str, attachment: bytes) -> str:
        """Write a decoded attachment to `directory`; returns its path there.

        Raises `FileNotFoundError` without that directory or a file system, `ValueError` when it is not base64.
        """
        path = join(directory, name)
        if self.internal_fs is None:
            raise FileNotFoundError(f"path={path!r}: this phone has no file system")
        try:
            content = b64decode(attachment)
        except ValueError as error:
            raise ValueError(f"attachment {name!r} is not base64: {error}") from None
        with disable_events(), self.internal_fs.open(path, "wb") as file:
            file.write(content)
        return path

    def _open(self, path: str, mode: str) -> IO[Any]:
        if self.internal_fs is not None:
            return self.internal_fs.open(path, mode)
        if self.add_event_callbacks:
            raise FileNotFoundError("this phone has no file system")
        return Path(path).open(mode)
