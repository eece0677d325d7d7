from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.support.plugin_runs import Run, Stored

DAYS = """
import os

from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface
from pare_harness.scenarios import PAREScenario, ScenarioValidationResult, register_scenario


class Day(PAREScenario):
    def init_and_populate_apps(self, *args, **kwargs):
        self.apps = [PAREAgentUserInterface(), HomeScreenSystemApp(name="System")]

    def build_events_flow(self):
        self.events = []

    def validate(self, env):
        return ScenarioValidationResult(success=self.number >= int(os.environ.get("LOST", "0")))


for number in range(12):
    register_scenario(f"day_{number}")(type(f"Day{number}", (Day,), {"scenario_id": f"day_{number}", "number": number}))
"""
RUNS = ("--pare-scenarios=days.py", "--pare-check=replay", "-q")
BASELINE = "--pare-baseline=days.parquet"


@pytest.fixture
def kept(pytester: pytest.Pytester, run: Run) -> Path:
    """A baseline of two runs of each of twelve scenarios."""
    pytester.makepyfile(days=DAYS)
    result = run(*RUNS, "--pare-runs=2", BASELINE, "--pare-baseline-update")
    result.stdout.fnmatch_lines(["baseline days.parquet: 24 rows, 12 scenarios"])
    return pytester.path / "days.parquet"


def test_the_same_runs_are_green(run: Run, kept: Path, every_layout: tuple[str, ...]) -> None:
    result = run(*every_layout, *RUNS, "--pare-runs=2", BASELINE)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["against days: 3 PASS"])


def test_lost_scenarios_are_red_and_named(
    run: Run, kept: Path, stored: Callable[[], Stored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOST", "8")
    result = run(*RUNS, "--pare-runs=2", BASELINE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "FAIL  (all scenarios)  success_rate  -66.7 points *  12",
            "(all scenarios): k = 2; less success: day_0 1 → 0, day_1 1 → 0, day_2 1 → 0 and 5 more",
            "against days: 2 FAIL, 1 PASS",
        ]
    )
    verdicts = stored().frame("verdicts")
    assert set(verdicts["kind"]) == {"pare"}
    assert verdicts.filter(verdict="FAIL")["metric"].to_list() == ["success_rate", "pass^k"]


def test_a_baseline_may_hold_runs_without_success(run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOST", "3")
    result = run(*RUNS, "--pare-runs=2", BASELINE, "--pare-baseline-update")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["baseline days.parquet: 24 rows, 12 scenarios"])
    assert pl.read_parquet(kept).filter(status="failed").height == 6


def test_a_baseline_holds_no_runs_that_broke(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(days=DAYS, mine="def agent():\n    raise RuntimeError('no licence')\n")
    agent = ("--pare-scenarios=days.py", "--pare-agent=mine:agent", "--pare-user=accepts", "-q", BASELINE)
    result = run(*agent, "--pare-baseline-update")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["days.parquet is not written: 12 runs broke; a baseline takes none that did"])
    assert not Path(pytester.path, "days.parquet").exists()


def test_other_noise_is_said(run: Run, kept: Path) -> None:
    result = run(*RUNS, "--pare-runs=2", BASELINE, "--pare-noise=tools=0.2")
    result.stdout.fnmatch_lines(["(all scenarios): environment changed: tool-noise 0 → 0.2; k = 2"])


def test_other_numbers_of_runs_are_not_mixed(pytester: pytest.Pytester, run: Run, kept: Path) -> None:
    pytester.makefile(".txt", some="day_1\nday_2")
    result = run(*RUNS, "--pare-runs=3", "--pare-split=some.txt", BASELINE, "--pare-baseline-update")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["days.parquet is not written: the file would mix runs 1, 2 with 1, 2, 3; *"])


def test_a_baseline_of_estimates_is_refused(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(days=DAYS)
    pl.DataFrame({"a": [1]}).write_parquet(pytester.path / "days.parquet")
    result = run(*RUNS, BASELINE)
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: --pare-baseline: *days.parquet is no baseline; expected a file that --pare-baseline-update wrote"]
    )


def test_failed_runs_of_an_agent_are_expected_where_rates_are_judged(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(days=DAYS)
    agent = ("--pare-scenarios=days.py", "--pare-agent=replay", "--pare-user=replay", "-q", BASELINE)
    monkeypatch.setenv("LOST", "2")
    kept = run(*agent, "--pare-baseline-update")
    kept.assert_outcomes(passed=10, xfailed=2)
    assert kept.ret == run(*agent).ret == run(*agent, "--pytyche-resume=latest").ret == 0
    monkeypatch.setenv("LOST", "10")
    worse = run(*agent)
    worse.assert_outcomes(passed=2, xfailed=10)
    worse.stdout.fnmatch_lines(["against days: * FAIL*"])
    assert worse.ret == 1


FILE = "evening.pytyche.toml"
OF_FILE = '[pare]\nscenarios = ["days.py"]\nagent = "replay"\nuser = "replay"\n'


def test_scenarios_of_a_catalog_file_are_compared_with_its_own_baselines(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch, layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(days=DAYS)
    (pytester.path / FILE).write_text(f"{OF_FILE}baselines = ['bad.parquet']\n", "utf-8")
    monkeypatch.setenv("LOST", "10")
    run(FILE, "--pare-baseline=bad.parquet", "--pare-baseline-update").assert_outcomes(passed=2, xfailed=10)
    pytester.makeini("[pytest]\npare_baseline = gone.parquet\n")
    result = run(FILE, *layout)
    assert result.ret == 0
    result.assert_outcomes(passed=2, xfailed=10)
    result.stdout.fnmatch_lines(["against bad: 2 PASS"])
    assert result.stdout.str().count("against") == 1


def test_a_baseline_of_the_ini_file_is_for_the_scenarios_of_the_run(
    pytester: pytest.Pytester, run: Run, kept: Path, layout: tuple[str, ...]
) -> None:
    pytester.makeini(f"[pytest]\npare_baseline = {kept.name}\n")
    run(*RUNS, "--pare-runs=2", *layout).stdout.fnmatch_lines(["against days: 3 PASS"])
    kept.unlink()
    result = pytester.runpytest_inprocess(*RUNS)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --pare-baseline: *days.parquet: no such file"])


def test_an_update_of_a_file_without_a_baseline_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(days=DAYS)
    (pytester.path / FILE).write_text(OF_FILE, "utf-8")
    result = pytester.runpytest_inprocess(FILE, "--pare-baseline-update", "-o", "pare_baseline=days.parquet")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {FILE}: --pare-baseline-update writes one file; the file names 0: [[][]]"])
