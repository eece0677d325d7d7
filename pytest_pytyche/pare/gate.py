"""Runs of scenarios against baselines, at the end of a session."""

import inspect
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.result_columns import proactive_model
from pytest_pytyche.attempts import settled
from pytest_pytyche.baseline_files import keep, read_all
from pytest_pytyche.baselines import RUNS, SCENARIOS, Baseline
from pytest_pytyche.environment import fingerprint
from pytest_pytyche.gate.agents import judge_agents
from pytest_pytyche.gate.rules import GateRules
from pytest_pytyche.gate_settings import GateSettings
from pytest_pytyche.gating import Conclusion, expectations_of
from pytest_pytyche.journal import Journal, read_journal
from pytest_pytyche.pare.loading import Scenarios, runner_config, scenarios_of
from pytest_pytyche.pare.records import group
from pytest_pytyche.pare.results import gather
from pytest_pytyche.report.verdict_text import verdict_lines

CATALOG = "pare"
Record = dict[str, Any]


class PareGate:
    """Holds the baselines of the session; pytest.UsageError, one line, for a file that is none."""

    def __init__(self, config: pytest.Config, settings: GateSettings) -> None:
        self.config, self.settings = config, settings
        self.rules = GateRules(expected=expectations_of(settings), strict=settings.strict)
        self.before = read_all(settings.pare_baselines, SCENARIOS, CATALOG, update=settings.pare_update)

    @property
    def writes(self) -> Path | None:
        """The one file that an update is for."""
        return self.settings.pare_baselines[0] if self.settings.pare_update else None

    def conclude(self, journal: Journal, session: pytest.Session) -> Conclusion:
        """The verdicts; or the baseline written, of a session in which everything passed."""
        runner = runner_config(self.config)
        records = gather(settled(read_journal(journal.path)), runner).records
        runs, environment = run_table(records, scenarios_of(self.config)), described(runner)
        if self.settings.pare_update:
            new = Baseline(runs, CATALOG, environment, SCENARIOS)
            return keep(self.settings.pare_baselines[0], self.before, new, session)
        baselines = {path.stem: baseline for path, baseline in self.before.items()}
        judgement = judge_agents(runs, baselines, self.rules, environment)
        return Conclusion(judgement.frame.to_dicts(), verdict_lines(judgement.frame), failed=judgement.failed)


def run_table(records: Iterable[Record], scenarios: Scenarios) -> pl.DataFrame:
    """Results of runs -> the columns of `baselines.RUNS`."""
    digests = {case.scenario_id: source_digest(case.scenario) for case in scenarios.cases}
    rows = [
        {
            **record,
            "check": group(record),
            "run": record["run"] or 0,
            "digest": digests.get(record["scenario"]),
        }
        for record in records
    ]
    columns = [column.name for column in RUNS]
    return pl.DataFrame([[row[name] for name in columns] for row in rows], schema=SCENARIOS.schema, orient="row")


def source_digest(scenario: type) -> str | None:
    """sha256 of the source of a scenario's class; None where there is no source."""
    try:
        return sha256(inspect.getsource(scenario).encode()).hexdigest()
    except (OSError, TypeError):
        return None


def described(config: ScenarioRunnerConfig) -> dict[str, str]:
    """Where runs came about, and under which agents and noise."""
    tools, events = config.tool_augmentation_config, config.env_events_config
    return {
        **fingerprint(),
        "agent": proactive_model(config),
        "user": config.user_model_alias or "unnamed",
        "tool-noise": "0" if tools is None else f"{tools.tool_failure_probability:g}",
        "event-noise": "0" if events is None else f"{events.num_env_events_per_minute:g}",
    }
