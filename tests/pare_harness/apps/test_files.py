import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps import SandboxLocalFileSystem
from pare_harness.apps.file_tree import HOME, resolve
from pare_harness.capture import EventRegisterer
from pare_harness.events import Event, EventType, OperationType
from tests.pare_harness.driving import phone

LEAVES = st.sampled_from(["/a", "/b/c", "/b/d/e", "~/f"])


@pytest.fixture
def files() -> SandboxLocalFileSystem:
    """Holds /papers/lease.md with three lines, and the empty /papers/old."""
    files = SandboxLocalFileSystem(name="Files")
    files.makedirs("/papers/old")
    with files.open("/papers/lease.md", "w") as file:
        file.write("one\ntwo\nthree\n")
    return files


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "resolved"),
        [
            (".", "/"),
            ("/", "/"),
            ("a", "/a"),
            ("/a//b/", "/a/b"),
            ("a/../b", "/b"),
            ("~", HOME),
            ("~/a", f"{HOME}/a"),
            ("a/~/b", "/a/~/b"),
        ],
    )
    def test_start_at_the_root_or_at_home(self, path: str, resolved: str) -> None:
        assert resolve(path) == resolved

    @pytest.mark.parametrize("path", ["..", "/../etc/passwd", "a/../../b", "~/../../../x"])
    def test_do_not_leave_the_sandbox(self, files: SandboxLocalFileSystem, path: str) -> None:
        with pytest.raises(PermissionError, match="leaves the sandbox"):
            files.exists(path)


class TestOpening:
    def test_bytes_are_read_by_default(self, files: SandboxLocalFileSystem) -> None:
        with files.open("papers/lease.md") as file:
            assert file.read() == b"one\ntwo\nthree\n"

    def test_text_is_written_as_utf_8(self, files: SandboxLocalFileSystem) -> None:
        with files.open("/note.txt", "w") as file:
            file.write("naïve\n")
        assert files.cat("/note.txt") == b"na\xc3\xafve\n"
        with files.open("/note.txt", "r") as file:
            assert file.read() == "naïve\n"

    def test_writing_replaces_and_appending_adds(self, files: SandboxLocalFileSystem) -> None:
        for mode, content in (("wb", b"first"), ("wb", b"second"), ("ab", b" and third")):
            with files.open("/log", mode) as file:
                file.write(content)
        assert files.cat("/log") == b"second and third"

    def test_what_is_written_is_there_when_the_file_is_closed(self, files: SandboxLocalFileSystem) -> None:
        file = files.open("/log", "wb")
        file.write(b"x")
        assert files.info("/log")["size"] == 0
        file.close()
        assert files.info("/log")["size"] == 1

    @pytest.mark.parametrize(
        ("path", "mode", "error", "message"),
        [
            ("/missing", "rb", FileNotFoundError, "path='/missing' does not exist"),
            ("/missing/x", "w", FileNotFoundError, "path='/missing' does not exist"),
            ("/papers", "rb", IsADirectoryError, "'/papers' is a directory"),
            ("/papers", "w", IsADirectoryError, "'/papers' is a directory"),
            ("/papers/lease.md", "x", FileExistsError, "path='/papers/lease.md' exists"),
            ("/papers/lease.md/x", "w", NotADirectoryError, "'/papers/lease.md' is a file"),
            ("/papers/lease.md", "rw", ValueError, "mode='rw'; expected one of r, w, a, x"),
        ],
    )
    def test_fails_as_on_disk(
        self, files: SandboxLocalFileSystem, path: str, mode: str, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            files.open(path, mode)

    def test_a_mode_that_is_refused_leaves_the_file_alone(self, files: SandboxLocalFileSystem) -> None:
        with pytest.raises(ValueError, match="compression='gzip'; expected None"):
            files.open("/papers/lease.md", "w", compression="gzip")
        assert files.cat("/papers/lease.md") == b"one\ntwo\nthree\n"


class TestDirectories:
    def test_are_made_with_those_above(self, files: SandboxLocalFileSystem) -> None:
        files.mkdir("/a/b/c")
        assert files.ls("/a") == ["/a/b"]
        assert files.ls("/a/b") == ["/a/b/c"]

    def test_are_made_alone_on_request(self, files: SandboxLocalFileSystem) -> None:
        files.mkdir("/a", create_parents=False)
        with pytest.raises(FileNotFoundError, match="path='/b' does not exist"):
            files.mkdir("/b/c", create_parents=False)

    def test_exist_once(self, files: SandboxLocalFileSystem) -> None:
        files.makedirs("/papers", exist_ok=True)
        for path in ("/papers", "/papers/lease.md"):
            with pytest.raises(FileExistsError, match=f"path='{path}' exists"):
                files.makedirs(path)
        with pytest.raises(FileExistsError, match=r"lease\.md"):
            files.makedirs("/papers/lease.md", exist_ok=True)
        with pytest.raises(FileExistsError, match="papers"):
            files.mkdir("/papers")

    def test_are_not_made_below_a_file(self, files: SandboxLocalFileSystem) -> None:
        with pytest.raises(NotADirectoryError, match=r"'/papers/lease\.md' is a file"):
            files.makedirs("/papers/lease.md/a/b")

    def test_are_removed_when_empty(self, files: SandboxLocalFileSystem) -> None:
        files.rmdir("/papers/old")
        assert not files.exists("/papers/old")
        with pytest.raises(OSError, match="path='/papers' is not an empty directory"):
            files.rmdir("/papers")
        with pytest.raises(NotADirectoryError, match="is a file"):
            files.rmdir("/papers/lease.md")


class TestLooking:
    def test_listings_are_sorted_paths(self, files: SandboxLocalFileSystem) -> None:
        assert files.ls() == ["/home", "/papers"]
        assert files.ls("papers") == ["/papers/lease.md", "/papers/old"]
        assert files.ls("/papers/lease.md") == ["/papers/lease.md"]

    def test_details_are_name_size_and_type(self, files: SandboxLocalFileSystem) -> None:
        assert files.ls("/papers", detail=True) == [
            {"name": "/papers/lease.md", "size": 14, "type": "file"},
            {"name": "/papers/old", "size": 0, "type": "directory"},
        ]
        assert files.info("papers/old") == {"name": "/papers/old", "size": 0, "type": "directory"}

    def test_only_files_are_displayed(self, files: SandboxLocalFileSystem) -> None:
        assert [files.display(path) for path in ("/papers/lease.md", "/papers", "/missing")] == [True, False, False]

    def test_the_tree_is_indented_by_depth(self, files: SandboxLocalFileSystem) -> None:
        assert files.tree() == "/\n  home/\n    userhome/\n  papers/\n    lease.md\n    old/"
        assert files.tree("/papers") == "/papers\n  lease.md\n  old/"

    def test_what_is_missing_is_named(self, files: SandboxLocalFileSystem) -> None:
        for look in (files.ls, files.info, files.cat, files.tree, files.get_file_content):
            with pytest.raises(FileNotFoundError, match="path='/missing' does not exist"):
                look("/missing")

    def test_all_files_are_listed_without_directories(self, files: SandboxLocalFileSystem) -> None:
        assert files.get_file_paths_list() == ["/papers/lease.md"]
        assert files.get_file_content("/papers/lease.md") == b"one\ntwo\nthree\n"


class TestMoving:
    def test_renames_and_replaces_files(self, files: SandboxLocalFileSystem) -> None:
        with files.open("/new", "wb") as file:
            file.write(b"new")
        files.mv("/new", "/papers/lease.md")
        assert files.cat("/papers/lease.md") == b"new"
        assert not files.exists("/new")

    def test_into_a_directory_keeps_the_name(self, files: SandboxLocalFileSystem) -> None:
        files.mv("/papers/lease.md", "/papers/old")
        assert files.get_file_paths_list() == ["/papers/old/lease.md"]

    def test_takes_along_all_below(self, files: SandboxLocalFileSystem) -> None:
        files.mv("/papers", "/archive", recursive=True)
        assert files.tree("/archive") == "/archive\n  lease.md\n  old/"
        assert not files.exists("/papers")

    @pytest.mark.parametrize(
        ("move", "error", "message"),
        [
            (("/missing", "/x", False), FileNotFoundError, "path='/missing' does not exist"),
            (("/papers/lease.md", "/missing/x", False), FileNotFoundError, "path='/missing' does not exist"),
            (("/papers", "/x", False), ValueError, "path='/papers' is a directory; pass recursive=True"),
            (("/papers", "/papers/old", True), ValueError, "path2='/papers/old' is inside path1='/papers'"),
            (("/papers/old", "/papers/lease.md", True), FileExistsError, "'/papers/lease.md' exists"),
            (("/", "/x", True), PermissionError, "path='/' is the root"),
        ],
    )
    def test_fails_before_anything_moves(
        self, files: SandboxLocalFileSystem, move: tuple[str, str, bool], error: type[Exception], message: str
    ) -> None:
        before = files.get_state()
        with pytest.raises(error, match=message):
            files.mv(*move)
        assert files.get_state() == before


class TestRemoving:
    def test_a_file_goes_alone(self, files: SandboxLocalFileSystem) -> None:
        files.rm("/papers/lease.md")
        assert files.ls("/papers") == ["/papers/old"]

    def test_a_directory_goes_with_all_below(self, files: SandboxLocalFileSystem) -> None:
        files.makedirs("/papers2")
        files.rm("/papers", recursive=True)
        assert files.ls() == ["/home", "/papers2"]

    def test_fails_before_anything_goes(self, files: SandboxLocalFileSystem) -> None:
        with pytest.raises(ValueError, match="path='/papers' is a directory; pass recursive=True"):
            files.rm("/papers")
        with pytest.raises(ValueError, match="maxdepth=1; expected None"):
            files.rm("/papers", recursive=True, maxdepth=1)
        with pytest.raises(FileNotFoundError, match="path='/missing' does not exist"):
            files.rm("/missing")
        assert files.exists("/papers/lease.md")


class TestReadingDocuments:
    def test_gives_all_lines_of_a_short_one(self, files: SandboxLocalFileSystem) -> None:
        assert files.read_document("/papers/lease.md") == "one\ntwo\nthree"

    def test_says_how_much_is_shown_of_a_long_one(self, files: SandboxLocalFileSystem) -> None:
        assert files.read_document("/papers/lease.md", max_lines=2) == "one\ntwo\n[2 of 3 lines shown]"

    @pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00"])
    def test_missing_empty_and_binary_ones_are_not_found(
        self, files: SandboxLocalFileSystem, content: bytes | None
    ) -> None:
        if content is not None:
            with files.open("/x.pdf", "wb") as file:
                file.write(content)
        with pytest.raises(FileNotFoundError, match=r"file_path='/x.pdf' is missing, empty or not text"):
            files.read_document("/x.pdf")

    def test_some_line_is_asked_for(self, files: SandboxLocalFileSystem) -> None:
        with pytest.raises(ValueError, match="max_lines=0; expected at least 1"):
            files.read_document("/papers/lease.md", max_lines=0)


class TestEvents:
    def test_calls_are_captured_and_logged_with_their_operation(self) -> None:
        files = SandboxLocalFileSystem(name="Files")
        env = phone(files)
        files.mkdir("/a")
        files.exists("/a")
        files.get_file_paths_list()
        assert [(event.action.function_name, event.action.operation_type) for event in env.logged()] == [
            ("mkdir", OperationType.WRITE),
            ("exists", OperationType.READ),
        ]
        assert {event.event_type for event in env.logged()} == {EventType.AGENT}
        with EventRegisterer.capture_mode():
            assert isinstance(files.open("/a/b", "wb"), Event)
        assert not files.exists("/a/b")


@given(contents=st.dictionaries(LEAVES, st.binary()))
def test_any_state_survives_json(contents: dict[str, bytes]) -> None:
    files, loaded = SandboxLocalFileSystem(), SandboxLocalFileSystem()
    files.makedirs("/b/d")
    for path, content in contents.items():
        with files.open(path, "wb") as file:
            file.write(content)
    loaded.load_state(json.loads(json.dumps(files.get_state())))
    assert loaded.entries == files.entries
    assert {path: loaded.cat(path) for path in contents} == contents
    with loaded.open("/a", "ab") as file:
        file.write(b"more")
    assert loaded.cat("/a") == contents.get("/a", b"") + b"more"
