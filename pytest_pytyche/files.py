"""Files that appear whole or not at all, and what tells one content from another."""

import os
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file next to `path`, then give it that name in one step."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_table(path: Path, frame: "pl.DataFrame", metadata: dict[str, str] | None = None) -> None:
    """The same for a Parquet file. OSError where it cannot be written, for which polars has errors of its own."""
    content = BytesIO()
    frame.write_parquet(content, metadata=metadata)
    write_atomically(path, lambda unfinished: unfinished.write_bytes(content.getbuffer()))


def sha256_of(path: Path) -> str:
    """Of the bytes of a file; OSError where it cannot be read."""
    return sha256(path.read_bytes()).hexdigest()
