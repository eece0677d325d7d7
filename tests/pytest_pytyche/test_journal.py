import json
from pathlib import Path

import pytest

from pytest_pytyche.files import write_atomically
from pytest_pytyche.journal import Journal, prepare_output, read_journal


def journal(output: Path) -> Journal:
    return Journal(output, lambda: {"catalog": "mine"})


def test_lines_are_on_disk_as_soon_as_they_are_known(tmp_path: Path) -> None:
    written = journal(tmp_path / "out")
    written.append([{"kind": "item", "nodeid": "a"}])
    written.append([{"kind": "item", "nodeid": "b"}, {"kind": "spec"}])
    assert read_journal(written.path) == [
        {"kind": "run", "catalog": "mine"},
        {"kind": "item", "nodeid": "a"},
        {"kind": "item", "nodeid": "b"},
        {"kind": "spec"},
    ]
    written.close()


def test_nothing_is_made_before_there_is_something_to_store(tmp_path: Path) -> None:
    silent = journal(tmp_path / "out")
    silent.append([])
    silent.close()
    assert not silent.started
    assert list(tmp_path.iterdir()) == []


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({"kind": "run"}) + '\n{"kind": "it', "utf-8")
    assert read_journal(path) == [{"kind": "run"}]


def test_two_runs_have_folders_of_their_own(tmp_path: Path) -> None:
    assert journal(tmp_path).folder != journal(tmp_path).folder


def test_what_cannot_be_stored_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file in the way", "utf-8")
    blocked = journal(tmp_path / "out")
    blocked.append([{"kind": "item"}])
    blocked.append([{"kind": "item"}])
    assert blocked.problem is not None
    assert blocked.problem.startswith(f"results cannot be stored in {blocked.folder}: ")
    assert not blocked.started


def test_a_new_output_folder_keeps_out_of_version_control(tmp_path: Path) -> None:
    prepare_output(tmp_path / "new" / "out")
    assert (tmp_path / "new" / "out" / ".gitignore").read_text("utf-8") == "*\n"


def test_a_folder_of_the_users_is_not_hidden_from_version_control(tmp_path: Path) -> None:
    prepare_output(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "summary.json"
    write_atomically(target, lambda path: path.write_text("old", "utf-8"))

    def break_off(path: Path) -> None:
        path.write_text("half", "utf-8")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, break_off)
    assert target.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]
