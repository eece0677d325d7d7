import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.binary import Content, MemoryFile, check_mode, open_memory

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.binary(max_size=9)),
        st.tuples(st.just("seek"), st.integers(0, 30)),
        st.tuples(st.just("read"), st.integers(0, 9)),
        st.tuples(st.just("truncate"), st.integers(0, 30)),
    ),
    max_size=8,
)


@given(start=st.binary(max_size=20), mode=st.sampled_from(["r+b", "w+b", "a+b"]), operations=OPERATIONS)
def test_a_file_in_memory_does_what_a_file_on_disk_does(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, mode: str, operations: list[tuple[str, bytes | int]]
) -> None:
    disk = tmp_path_factory.getbasetemp() / "disk"
    disk.write_bytes(start)
    content = Content(b"" if mode.startswith("w") else start)
    with disk.open(mode) as real, open_memory(content, mode, "utf-8", None, "") as memory:
        for name, argument in operations:
            assert getattr(memory, name)(argument) == getattr(real, name)(argument)
            assert memory.tell() == real.tell()
    assert bytes(content) == disk.read_bytes()


def test_text_is_encoded_as_asked() -> None:
    content = Content()
    with open_memory(content, "w", "latin-1", None, "") as file:
        file.write("é\n")
    assert bytes(content) == b"\xe9\n"


def test_a_reader_cannot_write_and_a_writer_cannot_read() -> None:
    with (
        open_memory(Content(b"x"), "rb", "utf-8", None, "") as file,
        pytest.raises(io.UnsupportedOperation, match="write"),
    ):
        file.write(b"y")
    with (
        open_memory(Content(b"x"), "w", "utf-8", None, "") as file,
        pytest.raises(io.UnsupportedOperation, match="not readable"),
    ):
        file.read()


def test_unbuffered_writes_are_seen_at_once() -> None:
    content = Content(b"abc")
    MemoryFile(content, "ab").write(b"d")
    assert content == b"abcd"


@pytest.mark.parametrize("mode", ["r", "rb", "wt", "a+", "xb+", "r+b"])
def test_modes_of_open_are_taken(mode: str, tmp_path: Path) -> None:
    check_mode(mode)
    path = tmp_path / "file"
    if "x" not in mode:
        path.touch()
    path.open(mode).close()


@pytest.mark.parametrize("mode", ["", "b", "rw", "rbt", "q"])
def test_other_modes_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match=rf"mode='{mode}'; expected one of r, w, a, x, with or without \+ and b or t"):
        check_mode(mode)
