"""The journal of a run: every result on disk as soon as it is known."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from errno import EACCES
from pathlib import Path
from typing import Any, TextIO

Record = dict[str, Any]

FILE = "journal.jsonl"


@dataclass
class Journal:
    """One run's folder, made when there is something to put into it, and the file that results are appended to.

    `problem` says why nothing more can be stored, should that happen: the tests go on, and the summary says so. `kinds`
    are those of the lines that are stored.
    """

    output: Path
    header: Callable[[], Record]
    name: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}")
    problem: str | None = None
    kinds: set[str] = field(default_factory=set)
    _file: TextIO | None = None

    @property
    def folder(self) -> Path:
        """Where everything about the run is stored."""
        return self.output / "runs" / self.name

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
            file = self._file or self._start()
            file.writelines(f"{json.dumps(line)}\n" for line in lines)
            file.flush()
            self.kinds.update(line["kind"] for line in lines)
        except OSError as error:
            self.problem = f"results cannot be stored in {self.folder}: {error.strerror or error}"

    def close(self) -> None:
        """Nothing more will come."""
        if self._file is not None:
            self._file.close()

    def _start(self) -> TextIO:
        prepare_output(self.output)
        self.folder.mkdir(parents=True)
        self._file = self.path.open("w", encoding="utf-8")
        self._file.write(f"{json.dumps({'kind': 'run', **self.header()})}\n")
        return self._file


def prepare_output(output: Path) -> None:
    """Make the folder for results, a new one out of sight of version control; OSError if nothing can go there."""
    if not output.exists():
        output.mkdir(parents=True)
        (output / ".gitignore").write_text("*\n", "utf-8")
    runs = output / "runs"
    runs.mkdir(exist_ok=True)
    if not os.access(runs, os.W_OK):
        raise PermissionError(EACCES, "Permission denied", str(runs))


def read_journal(path: Path) -> list[Record]:
    """The lines of a journal; a last one that was cut off is left out."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]
