"""At the end of a run: its journal gathered into tables, a summary and files."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from pytest_pytyche.files import write_atomically
from pytest_pytyche.journal import Journal, read_journal
from pytest_pytyche.report.frames import tables
from pytest_pytyche.report.summary import Group, failures, groups, summary

Record = dict[str, Any]


class Results(NamedTuple):
    """What a run found and where it is stored; `problem` says why not all of it is."""

    folder: Path
    groups: list[Group]
    failures: list[Record]
    problem: str | None


def gather(journal: Journal, exit_status: int) -> Results:
    """Write `estimates.parquet`, `specs.parquet`, `summary.json` and, if there are any, `records.parquet`."""
    lines = read_journal(journal.path)
    found = tables(lines)
    summarised = groups(found.estimates)
    problem = journal.problem
    try:
        found.write(journal.folder)
        text = json.dumps(summary(lines, summarised, exit_status), indent=2)
        write_atomically(journal.folder / "summary.json", lambda path: path.write_text(f"{text}\n", "utf-8"))
    except OSError as error:
        problem = f"results cannot be stored in {journal.folder}: {error.strerror or error}"
    return Results(journal.folder, summarised, failures(lines), problem)
