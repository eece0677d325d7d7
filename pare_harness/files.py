"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from threading import get_ident

LONGEST = 180
"""Bytes of a text in the name of a file, which may have 255 of them, endings included."""


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` into a file next to `path`, in a folder that is made if need be, and give it that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.tmp")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def seen_from_here(path: Path) -> str:
    """A path for people: without what it shares with the current folder, if it lies below that."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def file_name(text: str) -> str:
    """`text` as the name of a file, another for every text: what had to be replaced or cut is told apart by a hash."""
    name = re.sub(r"[^\w.=-]", "-", text).encode()[:LONGEST].decode(errors="ignore")
    return name if name == text else f"{name}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"
