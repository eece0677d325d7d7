from pathlib import Path
from typing import Any

import polars as pl

from pare_harness.errors import LimitReached
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.result_columns import COLUMNS
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pytest_pytyche.pare.records import to_record
from pytest_pytyche.pare.results import PareResults, gather, markdown, summary, write
from pytest_pytyche.pare.terminal import failure_lines, tables
from pytest_pytyche.report.rerun import pare_command

CONFIG = ScenarioRunnerConfig()
GOOD, BAD = PAREScenarioValidationResult(True, duration=0.25), PAREScenarioValidationResult(False, rationale="no reply")
LATE = PAREScenarioValidationResult(None, exception=LimitReached("3 turns"))
MISSING = {
    "kind": "pare-discovery",
    "nodeid": "pare::discovery[b.py]",
    "file": "b.py",
    "message": "line 1: oops\nline 2",
}


def line(
    result: PAREScenarioValidationResult, check: str, scenario: str, position: int | None = 0, run: int | None = None
) -> dict[str, Any]:
    nodeid = f"pare::{check}[{scenario}]"
    return to_record(result, nodeid=nodeid, check=check, scenario=scenario, position=position, run=run, seed=1)


def rows(results: PareResults) -> list[tuple[Any, ...]]:
    return results.to_polars().select("check", "base_scenario_id", "run_number", "status").rows()


def test_rows_come_check_by_check_in_the_order_of_discovery() -> None:
    lines = [
        line(GOOD, "test_own", "zebra", 0),
        line(LATE, "replay", "zebra", 0),
        line(BAD, "oracle", "ant", 1, run=2),
        line(GOOD, "oracle", "ant", 1, run=1),
        line(GOOD, "oracle", "zebra", 0),
    ]
    expected = [
        ("oracle", "zebra", None, "success"),
        ("oracle", "ant", 1, "success"),
        ("oracle", "ant", 2, "failed"),
        ("replay", "zebra", None, "limit"),
        ("test_own", "zebra", None, "success"),
    ]
    assert rows(gather(lines, CONFIG)) == rows(gather(reversed(lines), CONFIG)) == expected


def test_one_result_holds_all_checks_and_each_has_its_own() -> None:
    found = gather([line(GOOD, "oracle", "a"), line(BAD, "replay", "a")], CONFIG)
    assert list(found.runs.scenario_results) == [("oracle[a]", None), ("replay[a]", None)]
    assert {check: list(one.scenario_results) for check, one in found.checks.items()} == {
        "oracle": [("a", None)],
        "replay": [("a", None)],
    }
    assert [one.run_config.oracle for one in found.checks.values()] == [True, False]
    assert (found.runs.duration, found.runs.success_rate) == (0.25, 0.5)


def test_a_check_that_ran_again_replaces_its_result_and_a_test_adds_to_it() -> None:
    again = [line(BAD, "oracle", "a"), line(GOOD, "oracle", "a")]
    assert rows(gather(again, CONFIG)) == [("oracle", "a", None, "success")]
    recorded = [{**line(result, "test_own", "a"), "recorded": True} for result in (BAD, GOOD, LATE)]
    assert [row[2:] for row in rows(gather(recorded, CONFIG))] == [(None, "failed"), (2, "success"), (3, "limit")]


def test_what_a_test_adds_takes_the_number_of_no_other_run() -> None:
    twice = [{**line(GOOD, "test_own", "a", run=run), "recorded": 1} for run in (1, 1, 2)]
    twice[1] |= {"status": "failed", "success": False}
    assert [row[2:] for row in rows(gather(twice, CONFIG))] == [(1, "success"), (2, "success"), (3, "failed")]


def test_the_frame_has_the_columns_of_results_and_whose_they_are() -> None:
    empty, some = gather([], CONFIG).to_polars(), gather([line(GOOD, "oracle", "a")], CONFIG).to_polars()
    assert empty.schema == some.schema
    assert some.columns == [*(column.name for column in COLUMNS), "check", "seed", "nodeid"]


def test_files_are_written_and_read_back(tmp_path: Path) -> None:
    found = gather([line(GOOD, "oracle", "a"), line(BAD, "replay", "a"), MISSING], CONFIG)
    write(found, tmp_path, "few", {"started": "now"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pare.json", "pare.md", "pare.parquet"]
    assert pl.read_parquet(tmp_path / "pare.parquet").equals(found.to_polars())


def test_the_summary_names_everything_that_did_not_succeed() -> None:
    found = summary(gather([line(GOOD, "oracle", "a"), line(BAD, "replay", "a"), MISSING], CONFIG))
    assert found["failures"] == [
        {
            "nodeid": "pare::discovery[b.py]",
            "what": "b.py",
            "status": "not discovered",
            "reason": "line 1: oops\nline 2",
        },
        {"nodeid": "pare::replay[a]", "what": "replay[a]", "status": "failed", "reason": "no reply"},
    ]
    assert {check: one["success_rate"] for check, one in found["checks"].items()} == {"oracle": 1.0, "replay": 0.0}


def test_the_report_has_a_chapter_per_check() -> None:
    text = markdown(gather([line(GOOD, "oracle", "a"), line(BAD, "replay", "a"), MISSING], CONFIG), "few")
    assert [one for one in text.splitlines() if one.startswith("#")] == [
        "# Not discovered",
        "# oracle",
        "## PARE: 1 run of 1 scenario, split few, 0.2 s",
        "### Rates",
        "# replay",
        "## PARE: 1 run of 1 scenario, split few, 0.0 s",
        "### Not successful",
        "### Rates",
    ]
    assert "- b.py: line 1: oops line 2" in text


def test_the_terminal_shows_a_row_per_check() -> None:
    found = gather([line(GOOD, "oracle", "a"), line(BAD, "oracle", "b"), line(LATE, "replay", "a")], CONFIG)
    assert list(tables(found.checks)) == [
        "check   scenarios  runs  success  failed  exception  infra  limit  no validation",
        "oracle          2     2        1       1          0      0      0              0",
        "replay          1     1        0       0          0      0      1              0",
        "",
        "check   proposals  acceptances  read-only  write  turns  seconds",
        "oracle          0            0          0      0      0    0.250",
        "replay          0            0          0      0      0    0.000",
        "",
    ]
    assert list(tables({})) == []


def test_failures_come_with_a_command_each_and_end_after_ten() -> None:
    options = ("--pare-scenarios=my days", "--pare-check=oracle", "--pare-runs=2")
    found = gather([MISSING, *(line(BAD, "oracle", f"s{n:02}", n) for n in range(11))], CONFIG)
    shown = list(failure_lines(found.failures, options))
    assert shown[:4] == [
        "b.py: not discovered: line 1: oops (and 1 more)",
        "  pytest '--pare-scenarios=my days' --pare-runs=2 'pare::discovery[b.py]'",
        "oracle[s00]: failed: no reply",
        "  pytest '--pare-scenarios=my days' --pare-runs=2 'pare::oracle[s00]'",
    ]
    assert shown[-1] == "… and 2 more; pare.json has them all"
    assert pare_command("a.py::test_b[c]", []) == "pytest 'a.py::test_b[c]'"
