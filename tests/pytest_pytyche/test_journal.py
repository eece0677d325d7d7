import json
from pathlib import Path

import pytest

import pytest_pytyche.journal
from pytest_pytyche.files import write_atomically
from pytest_pytyche.journal import Journal, JournalError, prepare_output, read_contents, read_journal
from pytest_pytyche.run_folders import RunInUse


@pytest.fixture(autouse=True, params=[pytest_pytyche.journal.LARGE, 0], ids=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journals of these tests, read as small ones and as large ones are."""
    monkeypatch.setattr(pytest_pytyche.journal, "LARGE", request.param)


def journal(output: Path) -> Journal:
    return Journal(output, lambda: {"catalog": "mine"})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    values = [0.1, 1e300, 2**70, float("inf"), None, True, "ä\n\u2028", ["", {"a": -0.0}]]
    written = journal(tmp_path / "out")
    written.append([{"kind": "record", "value": value} for value in values])
    written.close()
    assert [line["value"] for line in read_journal(written.path)[1:]] == values


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


@pytest.mark.parametrize("tail", ['{"kind": "it', '{"kind": "it\n', "\x00\x00\n", "[1, 2"])
def test_a_torn_end_is_noticed(tail: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"kind": "run"}\n{"kind": "item"}\n' + tail, "utf-8")
    assert read_contents(path) == ([{"kind": "run"}, {"kind": "item"}], True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "run"}\nnonsense\n{"kind": "item"}\n', "line 2 is no line of a journal: "),
        ('{"kind": "run"}\n[1]\n', "line 2 is no line of a journal: it has no kind"),
        ('{"a": 1}\n', "line 1 is no line of a journal: it has no kind"),
    ],
)
def test_a_file_that_is_no_journal_is_refused_by_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(JournalError, match=message):
        read_journal(path)


def test_a_journal_is_continued_behind_its_last_whole_line(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.append([{"kind": "item", "nodeid": "a"}])
    first.close()
    with first.path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "it')
    second = Journal(tmp_path, lambda: {"catalog": "mine"}, resumed=first.folder)
    second.reopen()
    second.append([{"kind": "item", "nodeid": "b"}])
    second.close()
    assert [line["kind"] for line in read_journal(first.path)] == ["run", "item", "resume", "item"]
    assert second.kinds == {"run", "item"}


def test_two_processes_do_not_write_into_one_run(tmp_path: Path) -> None:
    first = journal(tmp_path)
    first.append([{"kind": "item"}])
    second = Journal(tmp_path, dict, resumed=first.folder)
    with pytest.raises(RunInUse, match="another process is writing to this run"):
        second.reopen()
    first.close()
    second.reopen()
    second.close()


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
