from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pytest_pytyche.cli import app
from tests.support.truths import truth, write_run

NEW = truth(effect=0.2)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The latest run, which received three changed truths."""
    monkeypatch.chdir(tmp_path)
    specs = ("reversal-cr-es1", "reversal-rpv-es2-mirror", "constant-cr-es1")
    folder = write_run(tmp_path, dict.fromkeys(specs, NEW), dict.fromkeys(specs, truth()))
    (tmp_path / ".pytyche" / "latest").symlink_to(Path("runs", folder.name))
    return folder


def pytyche(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def stored(folder: Path, spec: str) -> str:
    return (folder / f"__snapshots__/conftest/truth[{spec}-s0].truth").read_text("utf-8")


def test_review_writes_the_page_of_the_latest_run(run: Path) -> None:
    result = pytyche("review")
    assert result.output == f"3 truths to settle: {run / 'review.html'}\n"
    assert "reversal-rpv-es2-mirror-s0" in (run / "review.html").read_text("utf-8")


def test_a_run_may_be_named(run: Path) -> None:
    assert pytyche("review", run.name[:8]).exit_code == 0
    assert pytyche("review", str(run)).exit_code == 0
    result = pytyche("accept", "--run", "2025")
    assert result.exit_code == 2
    assert result.stderr.startswith("pytyche: '2025' is no run: expected ")


def test_accept_stores_what_matches_and_says_so(run: Path, tmp_path: Path) -> None:
    result = pytyche("accept", "reversal-*")
    assert result.output.splitlines() == [
        f"accepted {spec}-s0: stored in {tmp_path}/__snapshots__/conftest/truth[{spec}-s0].truth"
        for spec in ("reversal-cr-es1", "reversal-rpv-es2-mirror")
    ]
    assert stored(tmp_path, "reversal-cr-es1") == NEW
    assert stored(tmp_path, "constant-cr-es1") == truth()


def test_reject_forgets_what_matches_and_says_so(run: Path, tmp_path: Path) -> None:
    result = pytyche("reject", "constant-cr-es1")
    assert result.output.startswith("rejected constant-cr-es1-s0: ")
    assert stored(tmp_path, "constant-cr-es1") == truth()
    assert pytyche("review").output.startswith("2 truths to settle: ")


def test_without_a_pattern_all_are_settled(run: Path) -> None:
    assert len(pytyche("accept").output.splitlines()) == 3
    result = pytyche("accept")
    assert (result.exit_code, result.output) == (0, f"nothing to settle in {run}\n")


def test_a_pattern_that_matches_nothing_is_one_line_with_the_choices(run: Path) -> None:
    result = pytyche("reject", "clustered-*")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "pytyche: 'clustered-*' matches no truth to settle; expected one of "
        "['reversal-cr-es1-s0', 'reversal-rpv-es2-mirror-s0', 'constant-cr-es1-s0']\n"
    )


def test_without_any_run_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = pytyche("review")
    assert result.exit_code == 2
    assert result.stderr == "pytyche: there is no run in '.pytyche' yet\n"


def test_a_port_that_is_taken_is_one_line(run: Path) -> None:
    from pytest_pytyche.review.serve import Review, Server

    with Server(Review(run, print)) as server:
        result = pytyche("review", "--serve", f"--port={server.server_port}")
    assert result.exit_code == 2
    assert result.stderr == f"pytyche: --port={server.server_port} cannot be listened to: Address already in use\n"
