"""What the reports say, and that no text of a user's becomes more than text in them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pytest_pytyche.report import charts
from pytest_pytyche.report.cells import code, escaped
from pytest_pytyche.report.compare import side_by_side
from pytest_pytyche.report.github import annotations, append_summary
from pytest_pytyche.report.html import render_html
from pytest_pytyche.report.markdown import render_markdown
from pytest_pytyche.report.outcome import outcome
from pytest_pytyche.report.run import Run, load_run
from pytest_pytyche.report.scenarios import scenario_rates
from tests.support.runs import END, HEADER, failed_item, fits, scenario_run, verdict, verdicts, whole_run, write_run

EVIL = "\x1b[31m</script><script>alert(1)</script><img src=x onerror=alert(2)> | `x` **b** @you ::error::y \u202e"
LONG = 10_000_000


class Tags(HTMLParser):
    """The elements of a page, and its visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def loaded(*lines: dict[str, Any], name: str = "run") -> Run:
        return load_run(write_run(tmp_path, lines, name))

    return loaded


def test_a_run_in_which_all_is_well_passes(load: Any) -> None:
    assert outcome(load(*whole_run())) == ("PASS", "0 of 24 checks failed")


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (whole_run(failed_item(), exit_status=1), "FAIL"),
        (whole_run(verdicts(verdict()), exit_status=1), "FAIL"),
        (whole_run(*scenario_run("cab", success=False), exit_status=1), "FAIL"),
        (whole_run(exit_status=3), "FAIL"),
        (whole_run(exit_status=2), "INCOMPLETE"),
        (whole_run(verdicts(verdict(word="INCONCLUSIVE"))), "INCONCLUSIVE"),
        (whole_run(verdicts(verdict(word="XFAIL"))), "PASS"),
        ([HEADER, *fits()], "INCOMPLETE"),
    ],
)
def test_the_first_word_is_the_worst_that_happened(lines: list[dict[str, Any]], word: str, load: Any) -> None:
    run = load(*lines)
    assert outcome(run).word == word
    assert word in render_markdown(run).splitlines()[0]
    assert f'<h1><span class="badge {word.lower()}">{word}</span>' in render_html(run, charts=False)


def test_markdown_names_what_failed_and_the_command_that_repeats_it(load: Any) -> None:
    text = render_markdown(load(*whole_run(failed_item(), verdicts(verdict()), exit_status=1)))
    assert "| reversal-cr-es1, seed 0 | failed | no convergence | `pytest --pytyche-profile=mine" in text
    assert "| reversal-cr-es1, lin: pehe | FAIL | +14.0 % against main (1 → 1.14, p 0.001) |  |" in text
    # PEHE 1 and 1.2 times scale; the means of the two seeds are 7/6 and 7/5; s/√R = 0.117.
    assert "| reversal | conversion\\_rate | lin | 3 | 1.28 ± 0.1 |" in text


def test_rates_carry_wilson_intervals_and_say_what_they_leave_out(load: Any) -> None:
    infra = scenario_run("night", success=False, status="infra", success_=None)
    infra[0].update(success=None, exception={"type": "InfraError", "message": "no model"}, proposal_count=4)
    run = load(HEADER, *scenario_run("cab"), *scenario_run("mail", success=False), *infra, END)
    # One of two: Wilson's interval is 9.5 to 90.5 %. The four proposals that broke count nowhere.
    assert "| replay | 3 | 2 | 50.0 % | 9.5 to 90.5 % | 1 infra | 0.5 | 50.0 % |" in render_markdown(run)
    assert "<td>1 infra</td><td>0.5</td><td>50.0 %</td>" in render_html(run, charts=False)
    rates = {rate.scenario: rate for rate in scenario_rates(run.pare)}
    assert (rates["cab"].proposals, rates["cab"].acceptances, rates["cab"].turns) == (2, 1, 4)
    assert (rates["night"].proposals, rates["night"].proposal_rate, rates["night"].acceptance_rate) == (0, None, None)
    assert rates["night"].seconds == 0.5


def test_repeated_runs_have_an_interval_clustered_by_scenario_and_pass_hat_k(load: Any) -> None:
    runs = [line for run in (1, 2) for name in ("a", "b") for line in scenario_run(name, run, success=name == "a")]
    page = render_html(load(HEADER, *runs, END), charts=False)
    # a succeeds twice, b never: pass^2 is the mean of 1 and 0.
    assert "pass^2 50.0 %" in page


@pytest.mark.parametrize("draw", [False, pytest.param(True, marks=pytest.mark.skipif("not charts.available()"))])
def test_no_text_becomes_markup_in_the_page(draw: bool, load: Any) -> None:
    tame, hostile = (
        load(
            *whole_run(
                failed_item(spec=text, reason=text),
                *scenario_run(text, success=False, rationale=text, timeline=text),
                verdicts(verdict(subject=text, reason=text)),
                exit_status=1,
            ),
            name=name,
        )
        for name, text in (("tame", "harmless"), ("hostile", EVIL))
    )
    assert Tags(render_html(hostile, charts=draw)).tags == Tags(render_html(tame, charts=draw)).tags
    assert "\x1b" not in render_html(hostile, charts=draw) + render_markdown(hostile)


def test_long_texts_are_cut_everywhere(load: Any) -> None:
    run = load(*whole_run(failed_item(reason="x" * LONG), *scenario_run("cab", success=False, rationale="y" * LONG)))
    for text in (render_markdown(run), render_html(run, charts=False), *annotations(run, {"GITHUB_ACTIONS": "true"})):
        assert len(text) < 200_000
        assert "(10,000,000 characters)" in text or "(4,000 characters)" in text or len(text) < 1_000


def test_markdown_shows_a_text_as_it_is() -> None:
    assert escaped("a|b *c* <i> @me") == "a\\|b \\*c\\* &lt;i\\> @\u200bme"
    assert code("a `b` | c") == "``a `b` \\| c``"


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script_but_its_own(load: Any) -> None:
    page = render_html(load(*whole_run(*scenario_run("cab"))))
    assert "default-src 'none'" in page
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:,)[^"']*["']""", page)
    assert "@import" not in page
    assert "url(" not in page


def test_without_the_extra_the_numbers_stand_in_tables(load: Any) -> None:
    page = render_html(load(*whole_run()), charts=False)
    assert "pip install &#39;pytest-pytyche[report]&#39;" in page or "pip install 'pytest-pytyche[report]'" in page
    assert "<svg" not in page
    assert page.count("<details open>") >= 4


@pytest.mark.skipif(not charts.available(), reason="charts need the extra `report`")
def test_charts_take_their_colours_from_the_page_and_say_what_they_show(load: Any) -> None:
    page = render_html(load(*whole_run(*scenario_run("cab"), verdicts(verdict()))))
    drawn = re.findall(r"<svg[^>]*>", page)
    # Two templates × PEHE and coverage, two calibration curves, one comparison, one of success.
    assert len(drawn) == 8
    assert all('role="img" aria-label="' in svg for svg in drawn)
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL)))) <= {
        "none",
        "transparent",
        *(f"var(--{name})" for name in ("s1", "s2", "soft", "line", "ink", "bad", "good", "warn")),
    }


def test_many_rows_are_capped_and_the_page_says_so(load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_pytyche.report.page_tables.MOST_ROWS", 5)
    page = render_html(load(*whole_run()), charts=False)
    # 24 estimates and 12 specs by estimator, of which five each are shown.
    assert "26 rows did not fit onto this page" in page


def test_github_gets_an_annotation_for_each_failure_on_one_line(load: Any) -> None:
    run = load(*whole_run(failed_item(spec="a,b:c", reason="100 %\nwrong"), exit_status=1))
    assert list(annotations(run, {})) == []
    (line,) = annotations(run, {"GITHUB_ACTIONS": "true"})
    assert line.startswith("::error title=a%2Cb%3Ac%2C seed 0::failed: 100 %25 wrong%0Apytest --pytyche-profile=mine ")


def test_github_shows_ten_and_is_told_of_the_rest(load: Any) -> None:
    run = load(*whole_run(*(failed_item(spec=f"s{number}") for number in range(12)), exit_status=1))
    lines = list(annotations(run, {"GITHUB_ACTIONS": "true"}))
    assert len(lines) == 11
    assert lines[-1] == "::notice title=pytyche::2 more failures; report.html has them all"


def test_the_job_summary_is_added_to_and_kept_under_githubs_limit(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n", "utf-8")
    run = load(*whole_run())
    append_summary(run, {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text("utf-8") == f"before\n{render_markdown(run)}"
    monkeypatch.setattr("pytest_pytyche.report.github.MOST_BYTES", 300)
    path.write_text("", "utf-8")
    append_summary(run, {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text("utf-8").endswith("\n\nThe rest did not fit; report.md has it all.\n")
    append_summary(run, {})


def test_two_runs_stand_side_by_side(load: Any) -> None:
    worse = [{**line, "pehe": line["pehe"] * 2} if line["kind"] == "estimate" else line for line in fits()]
    versions = {**HEADER, "versions": {"python": "3.12"}}
    one = load(*whole_run(*scenario_run("cab")), name="one")
    lines = list(side_by_side(one, load(versions, *worse, END, name="other")))
    assert lines[0] == "A  one: PASS: 0 of 24 checks failed; 1 of 1 run of scenarios succeeded"
    assert "python: 3.11 in A, 3.12 in B" in lines
    assert any(
        re.fullmatch(r"reversal +conversion_rate +lin +PEHE +1.28 ± 0.1 +2.57 ± 0.2 +2.000", line) for line in lines
    )
    assert [line.split() for line in lines[-2:]] == [
        ["replay", "A", "1", "100.0", "%", "20.7", "to", "100.0", "%", "50.0", "%"],
        ["replay", "B", "–", "–", "–", "–"],
    ]


def test_the_tables_of_the_page_hold_every_row(load: Any) -> None:
    page = render_html(load(*whole_run(*scenario_run("cab", 1), *scenario_run("cab", 2))), charts=False)
    specs, scenarios = (
        json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', page)
    )
    assert (specs["height"], specs["children"]["height"]) == (12, 24)
    assert specs["columns"]["pehe"][0] == 0.55
    assert specs["command"] == {
        "options": ["--pytyche-profile=mine", "--pytyche-seeds=2"],
        "nodes": {"mine": "pytyche:mine"},
    }
    assert (scenarios["height"], scenarios["children"]["height"]) == (1, 2)
