import io
import sys

import pytest

from pare_harness.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_the_job_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(3, "night") as progress:
        progress.advance("success")
        progress.advance("limit")
        progress.advance("success")
    assert terminal.getvalue().split("\r")[-1] == "night: 3/3 runs, 2 success, 1 limit\n"


def test_a_description_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(1, None):
        pass
    assert terminal.getvalue() == "\r0/1 runs\n"


def test_nothing_is_written_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    with Progress(1, "night") as progress:
        progress.advance("success")
    assert file.getvalue() == ""
