"""Everything that went wrong in a run, in one list, whatever kind of item it was."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pytest_pytyche.report.rerun import catalog_command, pare_command
from pytest_pytyche.report.verdict_columns import FAIL
from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run


class Trouble(NamedTuple):
    """What failed, how and why, each fit to be shown; `command` runs the item again; `timeline` of a scenario's run."""

    what: str
    status: str
    reason: str
    command: str | None = None
    timeline: str | None = None


def troubles(run: "Run") -> list[Trouble]:
    """Verdicts first, then items about specs, then runs of scenarios."""
    return [*_verdicts(run), *_items(run), *_scenarios(run)]


def _verdicts(run: "Run") -> Iterator[Trouble]:
    if run.verdicts is None:
        return
    for row in run.verdicts.iter_rows(named=True):
        if row["verdict"] == FAIL:
            yield Trouble(
                shown(f"{row['subject']}, {row['candidate']}: {row['metric']}"), FAIL, shown(worse(row))
            )


def worse(row: dict[str, object]) -> str:
    """How a verdict came about, in numbers and in the words of the gate."""
    numbers = [
        f"{name} {_number(row[key])}"
        for name, key in (("baseline", "baseline_mean"), ("candidate", "candidate_mean"), ("p", "p_holm"))
        if row[key] is not None
    ]
    against = f"against {row['baseline']}: " if row["baseline"] else ""
    why = f"; {row['reason']}" if row["reason"] else ""
    return f"{against}{', '.join(numbers)}{why}"


def _items(run: "Run") -> Iterator[Trouble]:
    for failure in run.failures:
        what = shown(f"{failure['spec']}, seed {failure['seed']}")
        command = catalog_command(failure["nodeid"], run.options)
        yield Trouble(what, "failed", shown(failure["reason"]), shown(command))


def _scenarios(run: "Run") -> Iterator[Trouble]:
    if run.pare is None:
        return
    timelines = run.pare.timelines
    for failure in run.pare.failures:
        yield Trouble(
            shown(failure.what),
            failure.status,
            shown(failure.reason),
            shown(pare_command(failure.nodeid, run.options)),
            timelines.get((failure.nodeid, failure.what)),
        )


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
