"""The journal of a run: every result on disk as soon as it is known."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from errno import EACCES
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from pytest_pytyche.files import write_atomically
from pytest_pytyche.run_folders import lock, point_latest

Record = dict[str, Any]

FILE = "journal.jsonl"
LARGE = 1_000_000
"""Bytes of a journal that is worth loading pydantic for; a run of `standard` makes a sixth of them."""


@dataclass
class Journal:
    """One run's folder, made when there is something to put into it, and the file that results are appended to.

    `problem` says why nothing more can be stored, should that happen: the tests go on, and the summary says so. `kinds`
    are those of the lines that are stored. `resumed`: the folder of an earlier run, whose journal is continued.
    """

    output: Path
    header: Callable[[], Record]
    name: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}")
    problem: str | None = None
    kinds: set[str] = field(default_factory=set)
    resumed: Path | None = None
    _file: BinaryIO | None = None

    @property
    def folder(self) -> Path:
        """Where everything about the run is stored."""
        return self.resumed or self.output / "runs" / self.name

    @property
    def path(self) -> Path:
        """The journal itself."""
        return self.folder / FILE

    @property
    def started(self) -> bool:
        """Whether there is anything in it."""
        return self._file is not None

    def append(self, lines: list[Record]) -> None:
        """Add lines, each handed to the system before this returns."""
        if not lines or self.problem:
            return
        try:
            self._write(self._file or self._start(), lines)
            self.kinds.update(line["kind"] for line in lines)
        except OSError as error:
            self.problem = f"results cannot be stored in {self.folder}: {error.strerror or error}"

    def begin(self) -> None:
        """Make the folder, although there may be nothing to put into it."""
        if not (self.started or self.problem):
            try:
                self._start()
            except OSError as error:
                self.problem = f"results cannot be stored in {self.folder}: {error.strerror or error}"

    def store(self, name: str, text: str) -> None:
        """Put a file of its own into the folder, before the line that tells of it."""
        if self.problem:
            return
        path = self.folder / name
        try:
            if not self.started:
                self._start()
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda unfinished: unfinished.write_text(text, "utf-8"))
        except OSError as error:
            self.problem = f"results cannot be stored in {self.folder}: {error.strerror or error}"

    def close(self) -> None:
        """Nothing more will come."""
        if self._file is not None:
            self._file.close()

    def reopen(self) -> None:
        """Continue the journal of `resumed`; OSError where it cannot be written to, or another process does so."""
        self.kinds.update(line["kind"] for line in read_journal(self.path))
        self._start()

    def _start(self) -> BinaryIO:
        if self.resumed is None:
            prepare_output(self.output)
            self.folder.mkdir(parents=True)
        file = self.path.open("ab", buffering=0)
        try:
            lock(file)
        except OSError:
            file.close()
            raise
        self._file = file
        if self.resumed is None:
            self._write(file, [{"kind": "run", **self.header()}])
            point_latest(self.output, self.name)
        else:
            file.truncate(whole_lines(self.path.read_bytes()))
            self._write(file, [{"kind": "resume", **self.header()}])
        return file

    @staticmethod
    def _write(file: BinaryIO, lines: list[Record]) -> None:
        """All of it, or OSError: a nearly full disk takes a part without complaint."""
        left = memoryview("".join(f"{json.dumps(line)}\n" for line in lines).encode())
        while left:
            left = left[file.write(left) :]


def prepare_output(output: Path) -> None:
    """Make the folder for results, a new one out of sight of version control; OSError if nothing can go there."""
    if not output.exists():
        output.mkdir(parents=True)
        (output / ".gitignore").write_text("*\n", "utf-8")
    runs = output / "runs"
    runs.mkdir(exist_ok=True)
    if not os.access(runs, os.W_OK):
        raise PermissionError(EACCES, "Permission denied", str(runs))


class JournalError(ValueError):
    """A file that is no journal; the message names the file and the line."""


class Contents(NamedTuple):
    """The lines of a journal; `torn`: the last one was cut off, and is left out."""

    lines: list[Record]
    torn: bool


def read_journal(path: Path) -> list[Record]:
    """The lines of a journal; a last one that was cut off is left out."""
    return read_contents(path).lines


def read_contents(path: Path) -> Contents:
    """What a journal holds; JournalError for a line that is none of ours, OSError where it cannot be read."""
    data = path.read_bytes()
    whole = whole_lines(data)
    return Contents(_records(path, data[:whole]), torn=whole < len(data))


def whole_lines(data: bytes) -> int:
    """How many bytes of a journal are whole lines: a process or a machine may have died in the middle of one."""
    end = data.rfind(b"\n") + 1
    last = data[data.rfind(b"\n", 0, max(end - 1, 0)) + 1 : end]
    return end if _is_json(last) else end - len(last)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _records(path: Path, data: bytes) -> list[Record]:
    """All lines at once, as one JSON array."""
    try:
        found = _parsed(b"[" + data.rstrip(b"\n").replace(b"\n", b",") + b"]")
    except ValueError:
        found = [None]
    if len(found) == data.count(b"\n") and all(isinstance(line, dict) and "kind" in line for line in found):
        return list(found)
    return [_record(path, number, line) for number, line in enumerate(data.splitlines(), start=1)]


def _parsed(data: bytes) -> Any:
    """The value of a JSON text; of a large one, the short texts that repeat are kept in memory once."""
    if len(data) < LARGE:
        return json.loads(data)
    from pydantic_core import from_json  # noqa: PLC0415  # takes longer to load than a small journal to read

    return from_json(data)


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise JournalError(f"{path}: line {number} is no line of a journal: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise JournalError(f"{path}: line {number} is no line of a journal: it has no kind")
    return found
