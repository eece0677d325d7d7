"""Everything that went wrong in a run, in one list, whatever kind of item it was."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_pytyche.report.rerun import catalog_command, pare_command, subject
from pytest_pytyche.report.verdict_columns import FAIL
from pytest_pytyche.text import shown, stored

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run


NOWHERE: Mapping[tuple[str, str], str] = MappingProxyType({})


class Troubles(NamedTuple):
    """The first of them, and how many there are."""

    listed: list["Trouble"]
    total: int

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.total - len(self.listed)


class Trouble(NamedTuple):
    """What failed, how and why, each fit to be shown; `command` runs the item again; `timeline` of a scenario's run.

    `story`: where the page shows it as a conversation.
    """

    what: str
    status: str
    reason: str
    command: str | None = None
    timeline: str | None = None
    story: str | None = None


def troubles(run: "Run", most: int, anchors: Mapping[tuple[str, str], str] = NOWHERE) -> Troubles:
    """Verdicts first, then items about specs, then runs of scenarios; only the first `most` are put into words."""
    verdicts = 0 if run.verdicts is None else int((run.verdicts["verdict"] == FAIL).sum())
    scenarios = 0 if run.pare is None else len(run.pare.failures)
    listed = islice(chain(_verdicts(run), _items(run), _scenarios(run, anchors)), most)
    return Troubles(list(listed), verdicts + len(run.failures) + scenarios)


def _verdicts(run: "Run") -> Iterator[Trouble]:
    if run.verdicts is None:
        return
    for row in run.verdicts.iter_rows(named=True):
        if row["verdict"] == FAIL:
            what = f"{row['subject']}, {row['candidate']}: {row['metric']}"
            yield Trouble(shown(what), FAIL, shown(_verdict(row)))


def _verdict(row: dict[str, Any]) -> str:
    """How it came about, in numbers and in the words of the gate."""
    from pytest_pytyche.report.verdict_text import change  # noqa: PLC0415  # loads the gate, for those who have verdicts

    moved = "" if row["difference"] is None else f"{change(row)} "
    means = [f"{row[key]:.4g}" for key in ("baseline_mean", "candidate_mean") if row[key] is not None]
    chance = [] if row["p_holm"] is None else [f"p {row['p_holm']:.2g}"]
    numbers = ", ".join([" → ".join(means), *chance])
    return f"{moved}against {row['baseline']} ({numbers}){'; ' if row['reason'] else ''}{row['reason'] or ''}"


def _items(run: "Run") -> Iterator[Trouble]:
    for failure in run.failures:
        what = shown(subject(failure))
        command = catalog_command(failure["nodeid"], run.options)
        yield Trouble(what, "failed", shown(failure["reason"]), shown(command))


def _scenarios(run: "Run", anchors: Mapping[tuple[str, str], str]) -> Iterator[Trouble]:
    if run.pare is None:
        return
    timelines = run.pare.timelines
    for failure in run.pare.failures:
        yield Trouble(
            shown(failure.what),
            failure.status,
            shown(failure.reason),
            shown(pare_command(failure.nodeid, run.options)),
            stored(timelines.get((failure.nodeid, failure.what), "")) or None,
            anchors.get((failure.nodeid, failure.what)),
        )
