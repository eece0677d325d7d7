from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pytest_pytyche.report.run import TORN, UNFINISHED, RunError, load_run, rebuild
from tests.support.runs import END, HEADER, failed_item, fits, scenario_run, verdict, verdicts, whole_run, write_run

FILES = [
    "estimates.parquet",
    "journal.jsonl",
    "pare.json",
    "pare.md",
    "pare.parquet",
    "report.html",
    "report.md",
    "specs.parquet",
    "summary.json",
    "verdicts.parquet",
]


def test_every_file_is_rebuilt_from_the_journal(tmp_path: Path) -> None:
    folder = write_run(tmp_path, whole_run(*scenario_run("cab"), verdicts(verdict())))
    run = rebuild(folder)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert run.tables.estimates.equals(pl.read_parquet(folder / "estimates.parquet"))
    assert pl.read_parquet(folder / "verdicts.parquet")["subject"].to_list() == ["reversal-cr-es1"]
    assert pl.read_parquet(folder / "pare.parquet")["base_scenario_id"].to_list() == ["cab"]
    assert run.notes == ()


def test_rebuilding_changes_nothing(tmp_path: Path) -> None:
    folder = write_run(tmp_path, whole_run(*scenario_run("cab"), verdicts(verdict())))
    rebuild(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".parquet"}
    rebuild(folder)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".parquet"}


def test_only_what_the_run_has_is_written(tmp_path: Path) -> None:
    folder = write_run(tmp_path, [HEADER, *scenario_run("cab"), END])
    rebuild(folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {*FILES} - {"estimates.parquet", "specs.parquet", "verdicts.parquet"}


def test_a_torn_journal_of_a_killed_run_is_reported_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = write_run(tmp_path, [HEADER, *fits(seeds=1)], tail='{"kind": "estim')
    run = rebuild(folder)
    assert run.notes == (TORN, UNFINISHED)
    assert run.tables.estimates.height == 12
    for file in ("report.md", "report.html", "summary.json"):
        assert TORN in (folder / file).read_text("utf-8")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "does not begin as the journal of a run does"),
        ([{"kind": "item"}], "does not begin as the journal of a run does"),
        ([HEADER, {"kind": "item", "phase": "call", "nodeid": "a"}], "is of another version, or no journal: "),
        ([HEADER, {"kind": "verdicts", "rows": [{"p_value": "a text"}]}], "is of another version, or no journal: "),
    ],
)
def test_what_is_no_journal_of_ours_is_refused(lines: list[dict[str, Any]], message: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=message):
        load_run(write_run(tmp_path, lines))


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"journal.jsonl: No such file or directory$"):
        load_run(tmp_path)


def test_an_interrupted_attempt_leaves_no_second_row(tmp_path: Path) -> None:
    lines = list(fits(seeds=1, estimators=("lin",)))
    # The last three lines are of one item: its data and its estimate were known when the process died.
    resumed = [HEADER, *lines[:-1], {**HEADER, "kind": "resume"}, *lines[-3:], END]
    undisturbed = [HEADER, *lines, END]
    one, other = (load_run(write_run(tmp_path, found, name)) for found, name in ((resumed, "a"), (undisturbed, "b")))
    assert one.tables.estimates.equals(other.tables.estimates)
    assert one.tables.specs.equals(other.tables.specs)


def test_failures_name_item_and_reason(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path, whole_run(failed_item(), exit_status=1)))
    assert [failure["reason"] for failure in run.failures] == ["no convergence"]
    assert run.totals["truth"] == {"failed": 1}
