"""A run whose time is up: every template has come first, and what was left out is told and can be made up for."""

from collections.abc import Callable

import pytest

from tests.support.plugin_runs import MINE, SPECS, Run, Stored, node_ids

CHECKS = "--pytyche-check=invariants,estimate"
EARLY = """
import pytest_pytyche.budget

class Clock:
    now = 0.0

    def time(self):
        Clock.now += 1.0
        return Clock.now

pytest_pytyche.budget.time = Clock()
"""


@pytest.fixture
def clock(pytester: pytest.Pytester, own_catalog: None) -> None:
    """One second passes whenever the plugin looks at the clock: at the start and before each item."""
    pytester.makepyfile(clock=EARLY)


def test_templates_take_turns(run: Run, own_catalog: None) -> None:
    result = run(MINE, "--pytyche-check=estimate", "--pytyche-seeds=2", "--pytyche-budget=1h", "--co", "-q")
    reversal, constant, other = SPECS
    assert node_ids(result) == [
        f"pytyche:mine::estimate[{spec}-s{seed}-lin]"
        for spec, seed in (
            (reversal, 0),
            (constant, 0),
            (reversal, 1),
            (constant, 1),
            (other, 0),
            (other, 1),
        )
    ]


def test_what_is_left_out_is_told_and_run_later(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, clock: None
) -> None:
    command = (MINE, CHECKS, "-n0")
    result = run(*command, "-p", "clock", "--pytyche-budget=4s")
    result.assert_outcomes(passed=4, skipped=2)
    assert result.ret == pytest.ExitCode.OK
    found = stored()
    name = found.folder.name
    result.stdout.fnmatch_lines([f"out of budget: 2 of 6 checks were left out; --pytyche-resume={name} runs them"])
    assert found.summary["left_out"] == [
        f"pytyche:mine::{check}[{SPECS[2]}-s0{end}]" for check, end in (("invariants", ""), ("estimate", "-lin"))
    ]
    verdict = (found.folder / "report.md").read_text("utf-8")
    assert "INCONCLUSIVE" in verdict
    assert "0 of 6 checks failed; 2 were left out, out of budget" in verdict
    again = run(*command, "--pytyche-resume=latest")
    again.assert_outcomes(passed=2, deselected=4)
    assert stored().summary["left_out"] == []


def test_strict_runs_fail_for_what_is_left_out(run: Run, clock: None) -> None:
    result = run(MINE, CHECKS, "-n0", "-p", "clock", "--pytyche-budget=4s", "--pytyche-strict")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_gate_cannot_tell_what_was_left_out(run: Run, stored: Callable[[], Stored], clock: None) -> None:
    base = "--pytyche-baseline=base.parquet"
    run(MINE, CHECKS, base, "--pytyche-baseline-update", "-n0")
    run(MINE, CHECKS, base, "-n0", "-p", "clock", "--pytyche-budget=4s")
    rows = stored().frame("verdicts").select("subject", "verdict", "reason").unique().rows()
    late = [row for row in rows if row[0] == SPECS[2]]
    assert late == [(SPECS[2], "INCONCLUSIVE", "not in this run; out of budget: 1 replicate left out")]
    assert {row[1] for row in rows if row[0] != SPECS[2]} <= {"PASS", "INCONCLUSIVE", "NOT_COMPARED"}


def test_workers_share_one_deadline(run: Run, stored: Callable[[], Stored], own_catalog: None) -> None:
    result = run(MINE, CHECKS, "-n2", "--pytyche-budget=0.000001s")
    result.assert_outcomes(skipped=6)
    assert len(stored().summary["left_out"]) == 6


def test_a_budget_that_is_none_is_one_line(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--pytyche-profile=validate", "--pytyche-budget=0s")
    assert "ERROR: --pytyche-budget='0s'; expected a duration such as 90s, 10m or 1h30m" in result.stderr.lines


def test_what_was_left_out_keeps_a_baseline_from_being_written(
    run: Run, pytester: pytest.Pytester, clock: None
) -> None:
    update = ("--pytyche-baseline=base.parquet", "--pytyche-baseline-update")
    result = run(MINE, CHECKS, *update, "-n0", "-p", "clock", "--pytyche-budget=4s")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["base.parquet is not written: 2 checks were left out"])
    assert not (pytester.path / "base.parquet").exists()
