from pathlib import Path

import pytest

from pare_harness.files import file_name, write_atomically


@pytest.mark.parametrize("letter", ["a", "é", "/"])
def test_names_of_long_texts_are_cut_and_told_apart(tmp_path: Path, letter: str) -> None:
    names = [file_name(letter * length) for length in (300, 301)]
    for name in names:
        write_atomically(tmp_path / f"{name}_run_10000.json", b"")
    assert len(list(tmp_path.iterdir())) == len(set(names)) == 2


def test_a_text_that_is_a_name_stays_as_it_is() -> None:
    assert file_name("tools=0.1-day") == "tools=0.1-day"
