"""A run as its journal tells it: everything that is reported is made from this, at its end or any time later."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pytest_pytyche import attempts
from pytest_pytyche.attempts import PARE_SETTING
from pytest_pytyche.files import write_atomically, write_table
from pytest_pytyche.journal import FILE, JournalError, read_contents
from pytest_pytyche.report.frames import Tables, frame, last_outcomes, tables
from pytest_pytyche.report.records import NOT_KEPT
from pytest_pytyche.report.summary import Group, failures, groups, totals
from pytest_pytyche.report.verdict_columns import VERDICTS
from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pytest_pytyche.pare.results import PareResults

Record = dict[str, Any]

TABLE_KINDS = frozenset({"spec", "estimate", "item", "record"})
PARE_KINDS = frozenset({"pare", "pare-discovery"})
HEADER = ("started", "versions")
"""What a report needs of the first line."""
TORN = "the last line of the journal was cut off, and is left out"
UNFINISHED = "the run did not end: it was killed, or goes on"
STOPPED = "the run was stopped before its end"
INTERRUPTED = 2
"""Pytest's status for Ctrl-C, and for errors of collection."""


class RunError(ValueError):
    """A folder that cannot be read as a run; the message says what is wrong with it, on one line."""


@dataclass(frozen=True)
class Run:
    """What a run found.

    `lines`: those of its journal that count. `exit_status`: None where the run did not end by itself. `notes`: what is
    missing, and why. `verdicts`: None where nothing was compared.
    """

    folder: Path
    header: Record
    lines: list[Record]
    exit_status: int | None
    notes: tuple[str, ...]
    tables: Tables
    pare: "PareResults | None"
    verdicts: pl.DataFrame | None

    @property
    def name(self) -> str:
        """As `find_run` knows it."""
        return self.folder.name

    @property
    def whole(self) -> bool:
        """Whether it came to its end, and is not a share of a run."""
        return self.exit_status not in {None, INTERRUPTED} and not self.header.get("shard")

    @property
    def options(self) -> list[str]:
        """The options of pytest that it was given, as typed."""
        return list(self.header.get("options", ()))

    @property
    def split(self) -> str:
        """What the selection of scenarios is called."""
        return str(_setting(self.lines).get("split", "all"))

    @property
    def measured(self) -> bool:
        """Whether anything about specs, or of users' tests, is in it."""
        return any(line["kind"] in TABLE_KINDS for line in self.lines)

    @cached_property
    def groups(self) -> list[Group]:
        """Means per template, metric and estimator."""
        return groups(self.tables.estimates)

    @cached_property
    def failures(self) -> list[Record]:
        """Items about specs that failed, with the reason."""
        return failures(self.lines)

    @cached_property
    def left_out(self) -> list[str]:
        """Node ids of the items that the time did not suffice for."""
        items = last_outcomes(line for line in self.lines if line["kind"] == attempts.ITEM)
        return [item["nodeid"] for item in items if attempts.left_out(item)]

    @cached_property
    def totals(self) -> dict[str, dict[str, int]]:
        """Per check how many items about specs ended how."""
        return totals(self.lines)


def load_run(folder: Path) -> Run:
    """The run in a folder; RunError where there is none, or none that can be read."""
    lines, torn = _contents(folder / FILE)
    if not lines or lines[0]["kind"] != "run":
        raise RunError(f"{folder / FILE} does not begin as the journal of a run does")
    try:
        settled = attempts.settled(lines)
        status = attempts.exit_status(settled)
        notes = (*([TORN] if torn else []), *_missing(lines[0], status), *_not_kept(settled))
        if absent := [key for key in HEADER if key not in lines[0]]:
            raise KeyError(absent[0])
        return Run(folder, lines[0], settled, status, notes, tables(settled), _pare(settled), _verdicts(settled))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, pl.exceptions.PolarsError) as error:
        reason = next(iter(repr(error).splitlines()))[:200]
        raise RunError(f"{folder / FILE} is of another version, or no journal: {reason}") from error


def rebuild(folder: Path) -> Run:
    """Write every file of the run from its journal; RunError where that cannot be read, OSError where not written."""
    run = load_run(folder)
    write_run(run)
    return run


def write_run(run: Run, *, charts: bool = True) -> None:
    """The tables, the summaries and the reports, each whole or not at all; OSError where they cannot be stored.

    `charts`: draw them, where the extra `report` is installed.
    """
    from pytest_pytyche.report.html import render_html  # noqa: PLC0415  # loads jinja2
    from pytest_pytyche.report.markdown import render_markdown  # noqa: PLC0415  # for those who write reports
    from pytest_pytyche.report.summary import summary_text  # noqa: PLC0415

    if run.measured:
        run.tables.write(run.folder)
    if run.verdicts is not None:
        write_table(run.folder / "verdicts.parquet", run.verdicts)
    else:
        (run.folder / "verdicts.parquet").unlink(missing_ok=True)  # of a run that was continued without its gate
    if run.pare is not None:
        from pytest_pytyche.pare.results import HEADER, write  # noqa: PLC0415  # loads pare_harness

        write(run.pare, run.folder, run.split, {key: run.header.get(key) for key in HEADER})
    _write_text(run.folder / "summary.json", summary_text(run))
    _write_text(run.folder / "report.md", render_markdown(run))
    _write_text(run.folder / "report.html", render_html(run, charts=charts))


def _write_text(path: Path, text: str) -> None:
    write_atomically(path, lambda unfinished: unfinished.write_text(text, "utf-8"))


def _missing(header: Record, status: int | None) -> Iterator[str]:
    """Why what is here may not be all."""
    if status is None:
        yield UNFINISHED
    elif status == INTERRUPTED:
        yield STOPPED
    if header.get("shard"):
        yield shown(f"this is shard {header['shard']} of a run; pytyche report puts the shards together")


def _not_kept(lines: list[Record]) -> Iterator[str]:
    """Estimators whose fits the next run has to make again, and why."""
    reasons = {line["estimator"]: line[NOT_KEPT] for line in lines if NOT_KEPT in line}
    for estimator, reason in reasons.items():
        yield shown(f"fits of {estimator} are not kept for later runs: {reason}")


def _contents(path: Path) -> tuple[list[Record], bool]:
    try:
        return read_contents(path)
    except JournalError as error:
        raise RunError(str(error)) from error
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error


def _setting(lines: list[Record]) -> Record:
    return next((line for line in lines if line["kind"] == PARE_SETTING), {})


def _pare(lines: list[Record]) -> "PareResults | None":
    if not any(line["kind"] in PARE_KINDS for line in lines):
        return None
    from pare_harness.scenarios.config import ScenarioRunnerConfig  # noqa: PLC0415  # heavy
    from pytest_pytyche.pare.results import gather  # noqa: PLC0415  # heavy
    from pytest_pytyche.pare.runner_configs import replay_config  # noqa: PLC0415  # heavy

    stored = _setting(lines).get("config")
    return gather(lines, replay_config() if stored is None else ScenarioRunnerConfig.model_validate(stored))


def _verdicts(lines: list[Record]) -> pl.DataFrame | None:
    found = [line["rows"] for line in lines if line["kind"] == attempts.VERDICTS]
    return frame(VERDICTS, found[-1]) if found else None
