"""Estimates of a session against baselines; what stays inconclusive gets more replicates before the session ends."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from pytest_pytyche.attempts import DONE, settled
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
            new = Baseline(self._replicates(settled(read_journal(journal.path))), self.catalog.name, self.environment)
            return keep(self.settings.baselines[0], self.before, new, session)
        judgement = self._judge(journal)
        failed_fits = 0
        for _ in self.rules.looks:
            if not judgement.more or time_is_up(self.config) or session.exitstatus not in FINISHED or journal.problem:
                break
            failed_fits += self._extend(judgement.more, journal, session)
            judgement = self._judge(journal)
        lines = verdict_lines(judgement.frame)
        lines += [
            f"expected failure {rule.where.text!r}: no spec of this run has such a name"
            for rule in self.rules.expected
            if not any(rule.where.matches(name, template_name(spec)) for name, spec in self.catalog.specs.items())
        ]
        if failed_fits:
            lines.append(f"{count(failed_fits, 'fit')} of further replicates failed; estimates.parquet says why")
        return Conclusion(judgement.frame.to_dicts(), lines, failed=judgement.failed or failed_fits > 0)

    def _judge(self, journal: Journal) -> Judgement:
        baselines = {path.stem: baseline for path, baseline in self.before.items()}
        lines = settled(read_journal(journal.path))
        judgement = judge(self._replicates(lines), baselines, self.rules, self.environment)
        return without_time(judgement, late_fits(lines, self.catalog.name))

    def _replicates(self, lines: Sequence[Record]) -> pl.DataFrame:
        found = tables(lines)
        return replicates(found.estimates, found.specs, self.catalog.name)

    def _extend(self, more: Sequence[More], journal: Journal, session: pytest.Session) -> int:
        """Run what is asked for; results go into the journal as they come. How many fits failed."""
        _say(self.config, f"gate: {count(len({one.subject for one in more}), 'spec')} inconclusive, {_work(more)}")
        failed, runtime = 0, start_runtime(self.config)
        try:
            for estimator in dict.fromkeys(one.candidate for one in more):
                replicate = Replicate(estimator, runtime.fits, self.settings.estimator_seed, runtime.scoring)
                for case, lines in run_replicates(self._cases(more, estimator), replicate, _workers(self.config)):
                    failed += any(line.get("error") is not None for line in lines) and not self._may_fail(case)
                    nodeid = f"{self.catalog.nodeid}::estimate[{case.id}]"
                    journal.append([{**line, "nodeid": nodeid} for line in (*lines, {"kind": DONE})])
                    if time_is_up(self.config):
                        return failed
        except KeyboardInterrupt:
            session.exitstatus = pytest.ExitCode.INTERRUPTED
        return failed

    def _may_fail(self, case: Case) -> bool:
        return reason_to_fail(self.rules.expected, case.spec_id, template_name(case.spec)) is not None

    def _cases(self, more: Sequence[More], estimator: str) -> list[Case]:
        positions = {spec: position for position, spec in enumerate(self.catalog.specs)}
        return [
            Case(
                self.catalog.name, one.subject, self.catalog.specs[one.subject], seed, positions[one.subject], estimator
            )
            for one in more
            if one.candidate == estimator and one.subject in positions
            for seed in one.seeds
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


def _work(more: Sequence[More]) -> str:
    return f"running {count(sum(len(one.seeds) for one in more), 'more replicate')}"
