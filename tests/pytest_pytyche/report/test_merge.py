"""Which runs are shards of one, by their journals alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pytest_pytyche.attempts import exit_status
from pytest_pytyche.cli import app
from pytest_pytyche.journal import FILE, read_journal
from pytest_pytyche.report.merge import merge
from pytest_pytyche.report.run import RunError

HEADER = {
    "kind": "run",
    "catalog": "mine",
    "seeds": [0],
    "estimators": ["lin"],
    "checks": ["estimate"],
    "options": [],
    "versions": {},
    "command": ["pytest", "--pytyche-profile=mine", "--pytyche-shard=1/2"],
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the journal of a run called `name`, with its header changed and ended with a status."""

    def written(name: str, status: int | None = 0, **changed: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        header = {**HEADER, "started": f"2026-01-01T00:00:0{len(list(tmp_path.iterdir()))}+00:00", **changed}
        lines = [header, {"kind": "record", "nodeid": f"test_{name}", "name": "x", "value": 1.0}]
        lines += [] if status is None else [{"kind": "end", "exit_status": status, "ended": "later"}]
        (folder / FILE).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return folder

    return written


def test_the_merged_journal_is_that_of_one_run(write: Write, tmp_path: Path) -> None:
    folder, missing = merge([write("b", shard="2/2"), write("a", shard="1/2")], tmp_path / "out")
    header, *lines = read_journal(folder / FILE)
    assert missing == []
    assert header["command"] == ["pytest", "--pytyche-profile=mine"]
    assert header["merged"] == ["b", "a"]
    assert header["started"].endswith("01+00:00")
    assert "shard" not in header
    assert [line.get("nodeid") for line in lines] == ["test_b", "test_a", None]
    assert lines[-1]["exit_status"] == 0


@pytest.mark.parametrize(
    ("statuses", "merged"), [((0, 0), 0), ((0, 5), 0), ((1, 5), 1), ((1, 2), 2), ((0, None), None)]
)
def test_the_worst_end_of_a_shard_is_that_of_the_run(
    write: Write, tmp_path: Path, statuses: tuple[int | None, ...], merged: int | None
) -> None:
    shards = [write(f"s{n}", status, shard=f"{n}/2") for n, status in enumerate(statuses, start=1)]
    folder, _ = merge(shards, tmp_path / "out")
    assert exit_status(read_journal(folder / FILE)) == merged


def test_a_run_that_lacks_shards_has_not_ended(write: Write, tmp_path: Path) -> None:
    folder, missing = merge([write("a", shard="1/4"), write("b", shard="3/4")], tmp_path / "out")
    assert missing == ["2/4", "4/4"]
    assert exit_status(read_journal(folder / FILE)) is None


def test_shards_that_do_not_belong_together_are_refused(write: Write, tmp_path: Path) -> None:
    one = write("one", shard="1/2")
    with pytest.raises(RunError, match="one and again are both shard 1/2"):
        merge([one, write("again", shard="1/2")], tmp_path)
    with pytest.raises(RunError, match="one is given twice; expected each shard once"):
        merge([one, one], tmp_path)
    with pytest.raises(RunError, match=r"different runs: seeds is \[0\] and \[1\]"):
        merge([one, write("other", shard="2/2", seeds=[1])], tmp_path)
    with pytest.raises(RunError, match="these are shards 1/2, 2/3; expected shards of as many"):
        merge([one, write("third", shard="2/3")], tmp_path)


def test_the_command_of_the_whole_has_no_shard_however_it_was_written(write: Write, tmp_path: Path) -> None:
    commands = ["pytest", "-x", "--pytyche-shard", "1/2", "-q"], ["pytest", "-x", "--pytyche-shard=2/2", "-q"]
    shards = [write(f"s{n}", shard=f"{n}/2", command=command) for n, command in enumerate(commands, start=1)]
    folder, _ = merge(shards, tmp_path)
    assert read_journal(folder / FILE)[0]["command"] == ["pytest", "-x", "-q"]


def test_shards_may_keep_their_results_in_different_folders(write: Write, tmp_path: Path) -> None:
    shards = [write(f"shard{n}", shard=f"{n}/2", options=["-x", f"--pytyche-output={n}"]) for n in (1, 2)]
    _, missing = merge(shards, tmp_path)
    assert missing == []


def test_a_whole_run_among_shards_is_one_line(write: Write) -> None:
    result = CliRunner().invoke(app, ["report", str(write("one", shard="1/2")), str(write("whole"))])
    assert result.exit_code == 2
    assert "whole is a whole run, and others are shards; expected shards of one run, or two runs" in result.stderr


def test_more_than_two_whole_runs_are_one_line(write: Write) -> None:
    result = CliRunner().invoke(app, ["report", *(str(write(name)) for name in "abc")])
    assert result.exit_code == 2
    assert "3 runs; expected one, two to show side by side, or the shards of one" in result.stderr


def test_shards_of_a_catalog_file_that_changed_are_refused(write: Write, tmp_path: Path) -> None:
    shards = [write(f"s{number}", shard=f"{number}/3") for number in (1, 2, 3)]
    for shard, digest in zip(shards[1:], "xy", strict=True):
        with (shard / FILE).open("a") as journal:
            journal.write(json.dumps({"kind": "catalog-file", "file": "shop.pytyche.toml", "sha256": digest}) + "\n")
    assert merge(shards[:2], tmp_path / "out")[1] == ["3/3"]
    with pytest.raises(RunError, match=r"shards of different runs: shop\.pytyche\.toml changed between them"):
        merge(shards, tmp_path / "out")
