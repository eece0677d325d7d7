"""A run over several jobs: the shards together are the whole run, and are judged as one."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from pytest_pytyche.cli import app
from pytest_pytyche.report import compare, html, merge
from tests.support.plugin_runs import MINE, Run, Stored

LOADED = (compare, html, merge)
"""What the command imports when it runs, which must not be for the first time in a test: pytester would forget it."""

MEASURED = ("seconds", "peak_rss_mb")
CHECKS = "--pytyche-check=invariants,estimate"
OWN_TESTS = """
import pytest

def test_of_specs(pytyche_bundle, pytyche_record):
    pytyche_record(effect=pytyche_bundle.truth.effect)

@pytest.mark.parametrize("n", range(3))
def test_of_nothing(n):
    pass
"""


def report(folder: Path, *runs: Path) -> str:
    result = CliRunner().invoke(app, ["report", *map(str, runs), "--output", str(folder / ".pytyche")])
    assert result.exit_code == 0, result.output
    return result.output


def frames(folder: Path) -> dict[str, pl.DataFrame]:
    return {
        name: pl.read_parquet(folder / f"{name}.parquet").drop(MEASURED, strict=False)
        for name in ("estimates", "specs", "records")
    }


def test_merged_shards_are_the_whole_run(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    pytester.makepyfile(OWN_TESTS)
    command = (MINE, "--pytyche-suite", CHECKS, "--pytyche-seeds=4", ".")
    run(*command, "-n0").assert_outcomes(passed=2 * 12 + 12 + 3)
    whole, shards, passed = stored().folder, [], []
    for index, layout in ((2, "-n2"), (1, "-n0")):
        result = run(*command, f"--pytyche-shard={index}/2", layout)
        shards.append(stored().folder)
        passed.append(result.parseoutcomes()["passed"])
    assert sum(passed) == 39
    assert report(pytester.path, *shards).startswith("merged: 2 shards into ")
    merged = stored()
    for name, frame in frames(whole).items():
        assert_frame_equal(frames(merged.folder)[name], frame, check_exact=True)
    assert (pytester.path / ".pytyche" / "latest").resolve() == merged.folder.resolve()


def test_the_gate_judges_the_merged_run_as_the_whole(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    base, rest = "--pytyche-baseline=base.parquet", (MINE, CHECKS, "--pytyche-seeds=4")
    run(MINE, CHECKS, "--pytyche-seeds=6", base, "--pytyche-baseline-update", "-n0")
    worse = (*rest, "--pytyche-estimator=difference_in_means", base)
    whole = run(*worse, "-n0")
    verdicts = stored().frame("verdicts")
    shards = []
    for index in (1, 2, 3):
        run(*worse, f"--pytyche-shard={index}/3", "-n0").stdout.no_fnmatch_line("*= gate =*")
        shards.append(stored().folder)
    report(pytester.path, *shards)
    judged = run(*worse, "--pytyche-resume=latest", "-n0")
    assert judged.ret == whole.ret
    costs = pl.col("metric") == "seconds"
    assert_frame_equal(stored().frame("verdicts").filter(~costs), verdicts.filter(~costs), check_exact=True)


def test_a_shard_that_is_missing_is_said_and_can_be_run(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    command = (MINE, CHECKS, "--pytyche-seeds=2", "-n0")
    shards = []
    for index in (1, 3):
        run(*command, f"--pytyche-shard={index}/3")
        shards.append(stored().folder)
    told = report(pytester.path, *shards)
    assert "missing: shards 2/3; --pytyche-resume=" in told
    assert "INCOMPLETE: " in told
    run(*command, "--pytyche-resume=latest").assert_outcomes(passed=4, deselected=8)
    assert stored().summary["items"] == {"invariants": {"passed": 6}, "estimate": {"passed": 6}}


def test_a_shard_by_itself_says_that_it_is_one(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    run(MINE, CHECKS, "--pytyche-shard=1/2", "-n0")
    told = report(pytester.path, stored().folder)
    assert "INCOMPLETE: 0 of 4 checks failed" in told
    assert "this is shard 1/2 of a run; pytyche report puts the shards together" in told


def test_a_shard_without_items_is_not_missing(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    shards = []
    for index in (1, 2, 3, 4):
        result = run(MINE, "--pytyche-check=estimate", f"--pytyche-shard={index}/4", "-n0")
        shards.append(stored().folder)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    told = report(pytester.path, *shards)
    assert "missing: " not in told
    assert "PASS: 0 of 3 checks failed" in told


def test_shards_of_different_machines_belong_together(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    shards = []
    for index in (1, 2):
        run(MINE, "--pytyche-check=estimate", f"--pytyche-shard={index}/2", "-n0")
        shards.append(stored().folder)
    journal = shards[0] / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").replace('"platform": "', '"platform": "Another-'), "utf-8")
    assert "merged: 2 shards into" in report(pytester.path, *shards)


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b"])
def test_mistakes_are_one_line(pytester: pytest.Pytester, text: str) -> None:
    result = pytester.runpytest_inprocess("--pytyche-profile=validate", f"--pytyche-shard={text}")
    assert f"ERROR: --pytyche-shard={text!r}; expected one of 1/N to N/N, such as 2/5" in result.stderr.lines
