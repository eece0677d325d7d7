"""The summary that ends a run."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from pytest_pytyche.generators.catalog import SHORT_METRICS
from pytest_pytyche.report.rerun import catalog_command, subject
from pytest_pytyche.report.run import Record, Run
from pytest_pytyche.report.summary import Group
from pytest_pytyche.text import shown

METRICS = {
    "PEHE": "pehe",
    "ATE err": "ate_error",
    "cover": "coverage_cate",
    "int.score": "interval_score",
    "seconds": "seconds",
}
TEXT_COLUMNS = 2
SHOWN_FAILURES = 10


def write_summary(reporter: pytest.TerminalReporter, run: Run) -> None:
    """Write a table per estimator, and the failures with a command for each."""
    reporter.write_sep("=", "pytyche")
    notes = (*cache_lines(run), *budget_lines(run), *run.notes)
    for line in (*tables(run.groups), *notes, *failure_lines(run.failures, run.options)):
        reporter.write_line(line)


def write_folder(reporter: pytest.TerminalReporter, folder: Path) -> None:
    """Say where the run is stored."""
    reporter.write_line(f"results: {_relative(folder, reporter.startpath)}")


def tables(groups: Sequence[Group]) -> Iterator[str]:
    """Per estimator the means over the specs of each template and metric, 80 characters wide; – where undefined."""
    for estimator, of_estimator in groupby(sorted(groups, key=by_estimator), by_estimator):
        rows = [("template", "metric", "specs", *METRICS), *map(_row, of_estimator)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        yield f"{estimator}: means over specs; cover and int.score of the 95% CATE intervals"
        for row in rows:
            texts = (f"{cell:<{width}}" for cell, width in zip(row[:TEXT_COLUMNS], widths, strict=False))
            numbers = (
                f"{cell:>{width}}" for cell, width in zip(row[TEXT_COLUMNS:], widths[TEXT_COLUMNS:], strict=True)
            )
            yield "  ".join((*texts, *numbers))
        yield ""


def cache_lines(run: Run) -> Iterator[str]:
    """How many fits an earlier run had made, if any."""
    fits = run.tables.estimates.unique(["catalog", "spec", "seed", "estimator"])
    if cached := int(fits["cached"].sum()):
        yield f"{cached} of {fits.height} fits are of earlier runs"


def budget_lines(run: Run) -> Iterator[str]:
    """What the time did not suffice for, if anything, and how to go on."""
    if run.left_out:
        items = sum(sum(of_check.values()) for of_check in run.totals.values())
        late = f"{len(run.left_out)} of {items} checks were left out"
        yield f"out of budget: {late}; --pytyche-resume={run.name} runs them"


def failure_lines(failures: Sequence[Record], options: Sequence[str]) -> Iterator[str]:
    """Each failure with its reason and the command that runs just that item again."""
    for failure in failures[:SHOWN_FAILURES]:
        yield shown(f"failed: {subject(failure)}: {failure['reason']}")
        yield f"  {catalog_command(failure['nodeid'], options)}"
    if len(failures) > SHOWN_FAILURES:
        yield f"… and {len(failures) - SHOWN_FAILURES} more failures; summary.json has them all"


def by_estimator(group: Group) -> str:
    """The name that groups are put together by."""
    return group.estimator


def _row(group: Group) -> tuple[str, ...]:
    metric = SHORT_METRICS.get(group.metric, group.metric)
    numbers = (_number(group.means[name].mean) for name in METRICS.values())
    specs = f"{group.n_specs - group.n_failed}/{group.n_specs}" if group.n_failed else str(group.n_specs)
    return (group.template, metric, specs, *numbers)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _relative(folder: Path, start: Path) -> Path:
    return folder.relative_to(start) if folder.is_relative_to(start) else folder
