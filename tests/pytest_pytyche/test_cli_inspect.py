import json
from pathlib import Path

from typer.testing import CliRunner

from pare_harness.traces import write_trace
from pytest_pytyche.cli import app
from tests.pare_harness.test_traces import frost


def test_traces_become_one_log_a_check(tmp_path: Path) -> None:
    for check in ("replay", "replay tools=0.1"):
        write_trace(frost().model_copy(update={"check": check}), tmp_path / "traces" / check)
    done = CliRunner().invoke(app, ["inspect", str(tmp_path / "traces"), str(tmp_path / "logs")])
    assert done.exit_code == 0, done.output
    files = sorted((tmp_path / "logs").iterdir())
    assert sorted(done.stdout.split()) == [str(file) for file in files]
    assert sorted(json.loads(file.read_text("utf-8"))["eval"]["task"] for file in files) == [
        "replay",
        "replay tools=0.1",
    ]


def test_a_file_that_is_no_trace_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"format": "other"}')
    done = CliRunner().invoke(app, ["inspect", str(tmp_path), str(tmp_path / "logs")])
    assert done.exit_code == 2
    assert f"{tmp_path / 'other.json'} is no trace of version 1" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_without_traces_is_a_mistake(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["inspect", str(tmp_path), str(tmp_path / "logs")])
    assert done.exit_code == 2
    assert "holds no traces; expected a folder that --pare-traces has filled" in done.stderr
