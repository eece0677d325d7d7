"""Which runs the page shows as conversations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pare_harness.traces import write_trace
from pytest_pytyche.report import stories as module
from pytest_pytyche.report.html import render_html
from pytest_pytyche.report.run import Run, load_run
from pytest_pytyche.report.stories import stories
from tests.pare_harness.test_traces import frost
from tests.support.runs import END, HEADER, scenario_run, write_run

Load = Callable[..., Run]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return lambda *lines: load_run(write_run(tmp_path, [HEADER, *lines, END]))


def said(text: str) -> list[dict[str, Any]]:
    entry = {"turn": 1, "time": "2025-01-01 00:00:00", "who": "agent", "kind": "proposal", "text": text}
    return [{**entry, "detail": "", "failed": False}]


def failed(scenario: str, text: str = "Shall I?") -> list[dict[str, Any]]:
    return scenario_run(scenario, success=False, conversation=said(text))


def test_runs_without_success_are_shown_and_linked_from_what_failed(load: Load) -> None:
    run = load(*failed("cab"), *scenario_run("mail"))
    (one,) = stories(run).shown
    assert (one.anchor, one.what, one.status, one.lines[0].text) == ("story-1", "replay[cab]", "failed", "Shall I?")
    page = render_html(run, charts=False)
    assert page.count('href="#story-1"') == 1
    assert '<ol id="story-1" class="talk"' in page
    assert "agent proposes" in page


def test_a_success_is_shown_where_its_trace_is_still_there(load: Load, tmp_path: Path) -> None:
    path = write_trace(frost(), tmp_path)
    gone = scenario_run("mail", export_path=str(tmp_path / "gone.json"))
    (one,) = stories(load(*scenario_run("cab", export_path=str(path)), *gone)).shown
    assert (one.what, one.status, one.lines[-1].kind) == ("replay[cab]", "success", "validation")


def test_what_does_not_fit_is_left_out_and_counted(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXT", 200)
    found = stories(load(*failed("a", "x" * 20), *failed("b", "y" * 20), *failed("c", "z" * 5)))
    assert [one.what for one in found.shown] == ["replay[a]"]
    assert found.left_out == 2


def test_hostile_texts_stay_texts(load: Load) -> None:
    page = render_html(load(*failed("cab", "\x1b[31m<script>alert(1)</script>")), charts=False)
    assert "<script>alert(1)" not in page
    assert "\x1b" not in page


def test_a_thousand_long_conversations_leave_the_page_under_six_megabytes(load: Load) -> None:
    talk = said("x" * 400) * 120
    lines = [line for number in range(1_000) for line in scenario_run(f"s{number}", success=False, conversation=talk)]
    page = render_html(load(*lines), charts=False)
    assert 1_000_000 < len(page.encode()) < 6_000_000
    assert "more runs without success did not fit" in page
