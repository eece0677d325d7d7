"""The journal of a run: every result on disk as soon as it is known."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from errno import EACCES
from pathlib import Path
from typing import Any

Record = dict[str, Any]

FILE = "journal.jsonl"


@dataclass
class Journal:
    """One run's folder, made when there is something to put into it, and the file that results are appended to.

    `problem` says why nothing more can be stored, should that happen: the tests go on, and the summary says so.
    """

    output: Path
    header: Callable[[], Record]
    name: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}")
    started: bool = False
    problem: str | None = None

    @property
    def folder(self) -> Path:
        """Where everything about the run is stored."""
        return self.output / "runs" / self.name

    @property
    def path(self) -> Path:
        """The journal itself."""
        return self.folder / FILE

    def append(self, lines: list[Record]) -> None:
        """Add lines, each on disk before this returns."""
        if not lines or self.problem:
            return
        try:
            self._start()
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(line)}\n" for line in lines)
        except OSError as error:
            self.problem = f"results cannot be stored in {self.folder}: {error.strerror or error}"

    def _start(self) -> None:
        if not self.started:
            prepare_output(self.output)
            self.folder.mkdir(parents=True)
            self.path.write_text(f"{json.dumps({'kind': 'run', **self.header()})}\n", "utf-8")
            self.started = True


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
