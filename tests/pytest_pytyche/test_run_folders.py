from pathlib import Path

import pytest

from pytest_pytyche.run_folders import LATEST, RunNotFound, find_run, point_latest
from tests.support.runs import HEADER, write_run

NAMES = ("20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    for name in NAMES:
        write_run(tmp_path, [HEADER], name)
    return tmp_path


@pytest.mark.parametrize("given", [NAMES[1], "20260102", LATEST])
def test_a_run_goes_by_its_name_its_start_and_as_the_latest(given: str, output: Path) -> None:
    point_latest(output, NAMES[0])
    point_latest(output, NAMES[1])
    assert find_run(given, output) == output / "runs" / NAMES[1]


def test_a_run_goes_by_its_path(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(output / "runs")
    assert find_run(NAMES[0], Path("elsewhere")) == output / "runs" / NAMES[0]


def test_latest_is_a_text_file_where_links_are_not_allowed(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, *_args: object, **_options: object) -> None:
        raise OSError("links need a privilege")

    monkeypatch.setattr(Path, "symlink_to", refused)
    point_latest(output, NAMES[0])
    assert (output / LATEST).read_text("utf-8") == f"runs/{NAMES[0]}\n"
    assert find_run(LATEST, output) == output / "runs" / NAMES[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("2026", r"'2026' is no run: expected .* 20260101T000000Z-aaaaaa, 20260102T000000Z-bbbbbb$"),
        ("", "'' is no run: "),
        (".", "'.' is no run: the folder holds no journal.jsonl"),
    ],
)
def test_what_is_no_run_is_refused_with_those_there_are(given: str, message: str, output: Path) -> None:
    with pytest.raises(RunNotFound, match=message):
        find_run(given, output)


def test_no_latest_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound, match="there is no run in "):
        find_run(LATEST, tmp_path)


def test_a_latest_that_was_deleted_is_said(output: Path) -> None:
    point_latest(output, "gone")
    with pytest.raises(RunNotFound, match=r"latest' points to .*gone', which is no run"):
        find_run(LATEST, output)
