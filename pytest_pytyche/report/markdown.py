"""`report.md`: the run as a CI job summary shows it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_pytyche.report.cells import LISTED, Row, code, escaped, interval, mean, number, percent, table
from pytest_pytyche.report.outcome import outcome
from pytest_pytyche.report.scenarios import check_rates, scenario_rates
from pytest_pytyche.report.summary import MEANS
from pytest_pytyche.report.troubles import Trouble, Troubles, troubles
from pytest_pytyche.report.verdict_columns import INCONCLUSIVE, NOT_COMPARED, XFAIL

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

ICONS = {"FAIL": "❌", "PASS": "✅", "INCOMPLETE": "⚠️", "INCONCLUSIVE": "❔"}


def render_markdown(run: "Run") -> str:
    """Verdict, failures, verdicts that need a look, then a table of means and one of rates."""
    found = outcome(run)
    parts = [f"# {ICONS[found.word]} {found.word}: {found.sentence}", _setting(run)]
    parts += [f"> {escaped(note)}" for note in run.notes]
    parts += [*_failed(troubles(run, LISTED)), *_other_verdicts(run), *_means(run), *_rates(run), *_mutants(run)]
    return "\n\n".join(parts) + "\n"


def _setting(run: "Run") -> str:
    header = run.header
    catalog = f"catalog {header['catalog']}, {', '.join(header['estimators'])}; " if header.get("catalog") else ""
    started = f"{catalog}started {header.get('started')}"
    return f"{escaped(started)}; run {code(run.name)}"


def _failed(found: Troubles) -> Iterator[str]:
    if found.total:
        yield "## Failed"
        yield table(("what", "status", "why", "run it again"), map(_trouble_row, found.listed))
        if found.more:
            yield f"… and {found.more:,} more; report.html has them all."


def _trouble_row(trouble: Trouble) -> Row:
    again = code(trouble.command) if trouble.command else ""
    return escaped(trouble.what), trouble.status, escaped(trouble.reason), again


def _other_verdicts(run: "Run") -> Iterator[str]:
    if run.verdicts is None:
        return
    rows = [row for row in run.verdicts.iter_rows(named=True) if row["verdict"] in {INCONCLUSIVE, NOT_COMPARED, XFAIL}]
    if rows:
        head = ("subject", "candidate", "metric", "verdict", "difference", "upper bound", "margin", "why")
        numbers = ("difference", "upper_bound", "margin")
        cells = (
            [
                *(escaped(row[name]) for name in ("subject", "candidate", "metric", "verdict")),
                *(number(row[name]) for name in numbers),
                escaped(row["reason"] or ""),
            ]
            for row in rows[:LISTED]
        )
        yield "## Not settled"
        yield table(head, cells)
        if len(rows) > LISTED:
            yield f"… and {len(rows) - LISTED} more; verdicts.parquet has them all."


def _means(run: "Run") -> Iterator[str]:
    if run.groups:
        head = ("template", "metric", "estimator", "specs", *MEANS)
        yield "## Estimators"
        yield "Means over specs ± Monte-Carlo standard error over seeds; coverage and interval score at 95 %."
        yield table(
            head,
            (
                [
                    *map(escaped, (group.template, group.metric, group.estimator)),
                    f"{group.n_specs - group.n_failed}/{group.n_specs}" if group.n_failed else str(group.n_specs),
                    *(mean(group.means[name]) for name in MEANS.values()),
                ]
                for group in run.groups
            ),
        )


def _mutants(run: "Run") -> Iterator[str]:
    if run.pare is not None and run.pare.mutants:
        from pytest_pytyche.pare.mutants_report import markdown_parts  # noqa: PLC0415  # loads pare_harness

        yield from markdown_parts(run.pare)


def _rates(run: "Run") -> Iterator[str]:
    if run.pare is None:
        return
    checks = check_rates(run.pare, scenario_rates(run.pare))
    if checks:
        head = ("check", "scenarios", "runs", "success", "95 % interval", "left out", "proposals a turn", "accepted")
        yield "## Scenarios"
        yield table(
            head,
            (
                [
                    escaped(check.check),
                    str(check.scenarios),
                    str(check.runs),
                    percent(check.rate),
                    interval(check.interval),
                    f"{check.infra} infra",
                    number(check.proposal_rate),
                    percent(check.acceptance_rate),
                ]
                for check in checks
            ),
        )
