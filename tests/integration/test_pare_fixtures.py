"""Users' own tests over scenarios."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pare_harness.trace_model import Trace
from tests.support.pare_runs import day, days, frame, no_results, scenario
from tests.support.plugin_runs import Run, Stored

TWO = day("fine", scenario("later", "wrong"))


def test_a_test_runs_once_per_scenario(run: Run, pytester: pytest.Pytester, every_layout: tuple[str, ...]) -> None:
    pytester.makepyfile("""
        seen = set()

        def test_own(pare_scenario):
            assert not pare_scenario.initialized
            assert pare_scenario.scenario_id in ("fine", "later")
            assert id(pare_scenario) not in seen
        """)
    result = run(days(pytester, lunch=TWO), "-v", *every_layout, "test_a_test_runs_once_per_scenario.py")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(["*::test_own[[]fine[]]*", "*::test_own[[]later[]]*"])
    assert no_results(pytester.path / ".pytyche")


def test_the_suite_may_run_along(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own(pare_scenario): pass")
    option = days(pytester, lunch=TWO)
    run(option, ".").assert_outcomes(passed=2)
    run(option, "--pytyche-suite", ".").assert_outcomes(passed=4, failed=2)


def test_without_scenarios_a_test_skips_itself(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own(pare_scenario): assert False")
    result = run("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*needs scenarios: say where they are with --pare-scenarios=PATH"])


LATE = """
    import unittest
    import pytest

    def test_own(request):
        request.getfixturevalue("pare_scenario")

    @pytest.mark.usefixtures("pare_scenario")
    class TestOwn(unittest.TestCase):
        def test_one(self):
            pass
    """


def test_asking_for_a_scenario_too_late_fails_where_there_are_some(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(LATE)
    run(".", *layout).assert_outcomes(skipped=2)
    result = run(days(pytester, lunch=TWO), ".", *layout)
    result.assert_outcomes(errors=1, failed=1)
    assert result.stdout.str().count("\npare_scenario must be an argument of a test function, which then runs") == 2


def test_scenarios_may_be_registered_in_a_conftest(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(TWO)
    pytester.makepyfile("def test_own(pare_scenario): pass")
    run().assert_outcomes(passed=2)


RECORDS = """
    from pare_harness.runner import TwoAgentScenarioRunner

    def test_agent(pare_scenario, pare_runner_config, pare_record):
        run = TwoAgentScenarioRunner().record(pare_runner_config, pare_scenario)
        pare_record(run)
        assert run.result.status in ("success", "failed")
    """


def test_recorded_results_enter_the_report(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    path = pytester.makepyfile(RECORDS).name
    result = run(days(pytester, lunch=TWO), path, *layout)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            f"{path}::test_agent          2     2        1       1 *",
            f"{path}::test_agent[[]later[]]: failed: Ada got no reply",
            f"  pytest --pare-scenarios=days '{path}::test_agent[[]later[]]'",
        ]
    )
    rows = frame(stored()).select("base_scenario_id", "check", "status", "proposal_count", "nodeid").rows()
    assert rows == [
        ("fine", f"{path}::test_agent", "success", 1, f"{path}::test_agent[fine]"),
        ("later", f"{path}::test_agent", "failed", 1, f"{path}::test_agent[later]"),
    ]


def test_a_failed_test_shows_what_happened_in_the_run_that_it_recorded(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    path = pytester.makepyfile(RECORDS.replace('in ("success", "failed")', '== "success"')).name
    result = run(days(pytester, lunch=TWO), path, *layout)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Captured timeline call*", "2025-01-01 00:00:05  ENV*", "2025-01-01 00:00:*USER*"])
    assert result.stdout.str().count("Captured timeline") == 1


def test_several_results_of_one_test_are_all_kept(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("""
        from pare_harness.scenarios import PAREScenarioValidationResult

        def test_agent(pare_scenario, pare_record):
            for success in (True, False, None):
                pare_record(PAREScenarioValidationResult(success))
        """)
    run(days(pytester, lunch=day("fine")), ".").assert_outcomes(passed=1)
    rows = frame(stored()).select("run_number", "status").rows()
    assert rows == [(None, "success"), (2, "failed"), (3, "no_validation")]


def test_a_result_of_a_scenario_made_by_hand_names_it(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile(
        made=day("fine"),
        test_own="""
        from made import Day_fine
        from pare_harness.runner import run_oracle

        def test_by_hand(pare_record):
            scenario = Day_fine(seed=5)
            pare_record(run_oracle(scenario), scenario)
        """,
    )
    run("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert frame(stored()).select("base_scenario_id", "check", "seed").rows() == [
        ("fine", "test_own.py::test_by_hand", 5)
    ]


TRACED = """
    from pare_harness.runner import run_oracle, run_replay

    def test_twice(pare_scenario, pare_record):
        pare_record(run_oracle(pare_scenario))
        pare_scenario.soft_reset()
        pare_record(run_replay(pare_scenario))
        pare_record(run_oracle(type(pare_scenario)()).result)
    """


def test_recorded_runs_leave_their_traces(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    path = pytester.makepyfile(TRACED).name
    run(days(pytester, lunch=TWO), "--pare-traces=kept", path, *layout).assert_outcomes(passed=2)
    rows = frame(stored()).select("base_scenario_id", "run_number", "export_path").rows()
    written = {row[:2]: row[2] and Trace.model_validate_json(Path(row[2]).read_bytes()) for row in rows}
    assert sorted(pytester.path.glob("kept/*/*.json")) == sorted(Path(row[2]) for row in rows if row[2])
    for scenario_id in ("fine", "later"):
        one, two = written[scenario_id, None], written[scenario_id, 2]
        assert (one.scenario_id, one.check, one.agents.agent) == (scenario_id, f"{path}::test_twice", "test")
        assert (one.turns, two.turns > 0, two.check) == (0, True, f"{path}::test_twice #2")
        assert written[scenario_id, 3] is None


def test_a_trace_that_the_runner_wrote_is_kept(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile(RECORDS)
    run(days(pytester, lunch=day("fine")), "--pare-traces=kept", ".").assert_outcomes(passed=1)
    assert frame(stored())["export_path"].to_list() == [str(pytester.path / "kept" / "fine.json")]


SAME = """
    import pytest
    from pare_harness.runner import run_oracle

    def test_one(pare_scenario, pare_record):
        pare_record(run_oracle(pare_scenario))

    @pytest.mark.parametrize("limit", [1, 50])
    class TestC:
        def test_one(self, limit, pare_scenario, pare_record):
            pare_record(run_oracle(pare_scenario), pare_scenario)
    """


def test_tests_of_one_name_are_checks_of_their_own(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    folder = pytester.mkpydir("deep")
    one, other = (pytester.makepyfile(**{name: SAME}) for name in ("test_same", "test_other"))
    other.rename(folder / one.name)
    option = days(pytester, lunch=day("fine", scenario("d-é", "fine").replace("Day_d-é", "Day_d")))
    run(option, ".", "--pare-runs=2", *layout).assert_outcomes(passed=24)
    rows = frame(stored()).select("check", "base_scenario_id", "run_number").rows()
    names = ("test_one", "TestC::test_one[1]", "TestC::test_one[50]")
    checks = [f"{path}::{name}" for path in ("deep/test_same.py", "test_same.py") for name in names]
    assert sorted(rows) == sorted(
        (check, found, run) for check in checks for found in ("fine", "d-é") for run in (1, 2)
    )
    run(option, "test_same.py::TestC::test_one[fine-1]").assert_outcomes(passed=1)
    assert frame(stored())["check"].to_list() == ["test_same.py::TestC::test_one[1]"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("pare_record(True)", "pare_record(True); expected a ScenarioRun or a PAREScenarioValidationResult"),
        (
            "pare_record(PAREScenarioValidationResult(True))",
            "pare_record(result) in a test without pare_scenario; expected pare_record(result, scenario)",
        ),
        ("pare_event_log(3)", "pare_event_log(3); expected a ScenarioRun, an EventLog or a PAREScenario"),
    ],
)
def test_what_is_no_result_is_refused(run: Run, pytester: pytest.Pytester, call: str, message: str) -> None:
    pytester.makepyfile(f"""
        from pare_harness.scenarios import PAREScenarioValidationResult

        def test_own(pare_record, pare_event_log):
            {call}
        """)
    escaped = message.replace("[", "[[]")
    run().stdout.fnmatch_lines([f"E  *TypeError: {escaped}"])


SNAPSHOT = """
    from pare_harness.runner import run_oracle

    def test_log(pare_scenario, pare_event_log, snapshot):
        assert pare_event_log(run_oracle(pare_scenario)) == snapshot

    def test_the_same_text_for_a_scenario_a_run_and_a_log(pare_scenario, pare_event_log):
        run = run_oracle(pare_scenario)
        pare_scenario.soft_reset()
        assert pare_event_log(run) == pare_event_log(run.log) == pare_event_log(pare_scenario)
    """


def test_event_logs_can_be_snapshots(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]) -> None:
    path = pytester.makepyfile(SNAPSHOT).name
    arguments = (days(pytester, lunch=TWO), path, *layout)
    run(*arguments, "--snapshot-update").assert_outcomes(passed=4)
    run(*arguments).assert_outcomes(passed=4)
    (stored,) = pytester.path.glob("__snapshots__/*.ambr")
    text = stored.read_text("utf-8")
    assert "4 events, 0 turns" in text
    assert 'Emails.reply_to_email(email_id="lunch", folder_name="INBOX", content="Yes"' in text
    stored.write_text(text.replace('content="Yes"', 'content="No"'), "utf-8")
    run(*arguments).assert_outcomes(passed=2, failed=2)
