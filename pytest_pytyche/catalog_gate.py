"""Estimates of a session against baselines; what stays inconclusive gets more replicates before the session ends."""

from collections.abc import Iterable, Sequence, Set
from os.path import relpath
from pathlib import Path

import polars as pl
import pytest

from pytest_pytyche.attempts import DONE, ITEM, finished, left_out, settled
from pytest_pytyche.baseline_files import keep, read_all
from pytest_pytyche.baselines import ESTIMATES, MEASURED, Baseline, replicates
from pytest_pytyche.budget import time_is_up
from pytest_pytyche.cases import Case, Catalog
from pytest_pytyche.environment import fingerprint
from pytest_pytyche.gate import GateRules, Judgement, More, judge
from pytest_pytyche.gate.expectations import reason_to_fail
from pytest_pytyche.gate.lateness import late_fits, without_time
from pytest_pytyche.gate.parsing import parse_limit
from pytest_pytyche.gate_settings import GateSettings
from pytest_pytyche.gating import FINISHED, Conclusion, expectations_of, parsed
from pytest_pytyche.generators.catalog import template_name
from pytest_pytyche.journal import Journal, Record, read_journal
from pytest_pytyche.option_tables import LIMIT
from pytest_pytyche.options import unknown
from pytest_pytyche.replicates import Replicate, run_replicates
from pytest_pytyche.report.frames import tables
from pytest_pytyche.report.verdict_text import count, verdict_lines
from pytest_pytyche.runtime import start_runtime

METRIC_NAMES = [column.name for column in MEASURED]


class CatalogGate:
    """Holds the baselines of the session; pytest.UsageError, one line, where a file or a rule makes no sense."""

    def __init__(self, config: pytest.Config, settings: GateSettings, catalog: Catalog) -> None:
        self.config, self.settings, self.catalog = config, settings, catalog
        self.environment = {**fingerprint(), "estimator-seed": str(settings.estimator_seed)}
        self.rules = rules_of(settings)
        self.before = read_all(settings.baselines, ESTIMATES, self.catalog.name, update=settings.update)

    @property
    def writes(self) -> Path | None:
        """The one file that an update is for."""
        return self.settings.baselines[0] if self.settings.update else None

    def conclude(self, journal: Journal, session: pytest.Session) -> Conclusion:
        """The verdicts; or the baseline written, of a session in which everything passed."""
        if self.settings.update:
            return self._keep(settled(read_journal(journal.path)), session)
        granted: set[str] = set()
        judgement = self._judge(journal, granted)
        for _ in self.rules.looks:
            if not judgement.more or session.exitstatus not in FINISHED:
                break
            new = self._extended(judgement.more, journal, session)
            if not new:
                break
            granted |= new
            judgement = self._judge(journal, granted)
        failed_fits = self._failed(journal, granted) if granted else 0
        lines = verdict_lines(judgement.frame)
        lines += [
            f"expected failure {rule.where.text!r}: no spec of this run has such a name"
            for rule in self.rules.expected
            if not any(rule.where.matches(name, template_name(spec)) for name, spec in self.catalog.specs.items())
        ]
        if failed_fits:
            lines.append(f"{count(failed_fits, 'fit')} of further replicates failed; estimates.parquet says why")
        return Conclusion(judgement.frame.to_dicts(), lines, failed=judgement.failed or failed_fits > 0)

    def _keep(self, lines: Sequence[Record], session: pytest.Session) -> Conclusion:
        """The baseline written, of a run that had time for everything."""
        path = self.settings.baselines[0]
        if late := sum(left_out(line) for line in lines if line["kind"] == ITEM):
            name = relpath(path, self.config.invocation_params.dir)
            return Conclusion(lines=[f"{name} is not written: {count(late, 'check')} were left out"], failed=True)
        new = Baseline(self._replicates(lines), self.catalog.name, self.environment)
        return keep(path, self.before, new, session)

    def _judge(self, journal: Journal, granted: Set[str]) -> Judgement:
        """One look at the run's own fits and those that earlier looks asked for.

        Others may be there, of a look for which the time did not suffice: who judged those would take a look that was
        not planned, after which the error rates would be others.
        """
        baselines = {path.stem: baseline for path, baseline in self.before.items()}
        lines = settled(read_journal(journal.path))
        hidden = self._asked_for(lines) - granted
        seen = [line for line in lines if line.get("nodeid") not in hidden]
        judgement = judge(self._replicates(seen), baselines, self.rules, self.environment)
        return without_time(judgement, late_fits(lines, self.catalog.name))

    def _asked_for(self, lines: Iterable[Record]) -> set[str]:
        """Node ids of the fits that no item made, but a look asked for."""
        ended: dict[str, set[str]] = {DONE: set(), ITEM: set()}
        for line in lines:
            if line["kind"] in ended and line["nodeid"].startswith(f"{self.catalog.nodeid}::estimate["):
                ended[line["kind"]].add(line["nodeid"])
        return ended[DONE] - ended[ITEM]

    def _failed(self, journal: Journal, granted: Set[str]) -> int:
        """How many of the fits that looks asked for failed where none may."""
        failed = [line for line in read_journal(journal.path) if line.get("error") and line.get("nodeid") in granted]
        return len({line["nodeid"] for line in failed if not self._may_fail(line["spec"])})

    def _replicates(self, lines: Sequence[Record]) -> pl.DataFrame:
        found = tables(lines)
        return replicates(found.estimates, found.specs, self.catalog.name)

    def _extended(self, more: Sequence[More], journal: Journal, session: pytest.Session) -> set[str]:
        """Run what a look asks for and is not there yet; node ids of the fits of what is complete then."""
        wanted = {one: {self._nodeid(case): case for case in self._cases(one)} for one in more}
        done = finished(read_journal(journal.path))
        missing = {nodeid: case for cases in wanted.values() for nodeid, case in cases.items() if nodeid not in done}
        if missing and not time_is_up(self.config):
            specs = count(len({case.spec_id for case in missing.values()}), "spec")
            _say(self.config, f"gate: {specs} inconclusive, running {count(len(missing), 'more replicate')}")
            self._run([*missing.values()], journal, session)
            done = finished(read_journal(journal.path))
        return {nodeid for cases in wanted.values() if cases.keys() <= done for nodeid in cases}

    def _run(self, cases: Sequence[Case], journal: Journal, session: pytest.Session) -> None:
        """Fit the cases; results go into the journal as they come."""
        runtime = start_runtime(self.config)
        try:
            for estimator in dict.fromkeys(case.estimator or "" for case in cases):
                replicate = Replicate(estimator, runtime.fits, self.settings.estimator_seed, runtime.scoring)
                mine = [case for case in cases if case.estimator == estimator]
                for case, lines in run_replicates(mine, replicate, _workers(self.config)):
                    journal.append([{**line, "nodeid": self._nodeid(case)} for line in (*lines, {"kind": DONE})])
                    if time_is_up(self.config) or journal.problem:
                        return
        except KeyboardInterrupt:
            session.exitstatus = pytest.ExitCode.INTERRUPTED

    def _nodeid(self, case: Case) -> str:
        return f"{self.catalog.nodeid}::estimate[{case.id}]"

    def _may_fail(self, spec: str) -> bool:
        return reason_to_fail(self.rules.expected, spec, template_name(self.catalog.specs[spec])) is not None

    def _cases(self, more: More) -> list[Case]:
        """What is asked for of a spec that the run has."""
        return [
            Case(self.catalog.name, name, spec, seed, position, more.candidate)
            for position, (name, spec) in enumerate(self.catalog.specs.items())
            if name == more.subject
            for seed in more.seeds
        ]


def rules_of(settings: GateSettings) -> GateRules:
    """The rules that were asked for; pytest.UsageError, one line, for one that cannot be read."""
    limits = tuple(parsed(parse_limit, LIMIT, text) for text in settings.limits)
    for limit in limits:
        if limit.metric not in METRIC_NAMES:
            raise unknown(LIMIT.flag, limit.metric, METRIC_NAMES)
    return GateRules(limits=limits, expected=expectations_of(settings), strict=settings.strict)


def _workers(config: pytest.Config) -> int:
    """As many processes as xdist had, 1 without it."""
    return len(config.getoption("tx", None) or ()) or 1


def _say(config: pytest.Config, text: str) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"\n{text}")
