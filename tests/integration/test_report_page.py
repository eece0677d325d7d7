"""The report in a browser: it opens clean, sorts, filters and opens rows, works by keyboard, and fits every screen."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pytest_pytyche.report.html import render_html
from pytest_pytyche.report.run import load_run
from tests.support.browser import chromium, watched
from tests.support.runs import END, HEADER, failed_item, fits, scenario_run, verdict, verdicts, write_run

EVIL = "\x1b[31m</script><script>alert(1)</script><img src=x onerror=alert(2)> & \u202e"
TIMELINE = "07:00:00  AGENT [1] Emails.send() -> null\n07:01:00  USER [2] Ride.order() !! NoDriver: none near"
TALK = [
    {"turn": 1, "time": "07:00", "who": "agent", "kind": "proposal", "text": "A cab?", "detail": "", "failed": False},
    {"turn": 2, "time": "07:01", "who": "user", "kind": "decision", "text": "accepts", "detail": "", "failed": False},
    {"turn": 2, "time": "07:01", "who": "agent", "kind": "call", "text": "order()", "detail": EVIL, "failed": True},
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a run with verdicts, a failed check, estimates of 150 specs and scenarios, one of which has failed."""
    folder = tmp_path_factory.mktemp("report")
    failed = scenario_run("cab", 2, success=False, rationale=f"no ride {EVIL}", timeline=TIMELINE)
    told = scenario_run("night", 3, success=False, rationale="no ride", conversation=TALK)
    many = [
        {**line, "spec": f"{line['spec']}-n{number}", "position": 10 * number + line["position"]}
        for number in range(13)
        for line in fits()
        if line["kind"] != "item"
    ]
    words = [verdict(), verdict("constant-cr-es1", "PASS", difference=0.0), verdict(EVIL, "INCONCLUSIVE")]
    lines = [*fits(), *many, failed_item(reason=EVIL), *scenario_run("cab", 1), *failed, *told, *scenario_run("mail")]
    path = folder / "report.html"
    run = load_run(write_run(folder, [HEADER, *lines, verdicts(*words), {**END, "exit_status": 1}]))
    path.write_text(render_html(run), "utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The report, opened; fails if anything went wrong in it until the end of the test."""
    context = browser.new_context()
    opened = context.new_page()
    seen = watched(opened)
    opened.goto(url)
    yield opened
    context.close()
    assert seen == []


def table(page: Page, name: str) -> Locator:
    return page.locator(f'[data-name="{name}"]')


def first_column(found: Locator) -> list[str]:
    return [text.strip("+− ") for text in found.locator("tbody > tr > th").all_inner_texts()]


def test_the_verdict_comes_first_then_what_failed(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("FAIL")
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == [
        "Failed",
        "Verdicts against the baseline",
        "Estimators",
        "Scenarios",
        "Conversations",
        "About this run",
    ]
    first = page.locator("#failed details").first
    expect(first).to_contain_text("reversal-cr-es1, lin: pehe")
    expect(page.locator("#failed")).to_contain_text("pytest --pytyche-profile=mine")


def test_the_page_has_landmarks_and_its_tables_are_tables(page: Page) -> None:
    for landmark in ("banner", "main", "navigation"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    unnamed = page.locator("table").evaluate_all(
        "tables => tables.filter(t => t.offsetParent && !t.caption && !t.hasAttribute('aria-labelledby')"
        " && !t.closest('[aria-label]')).length"
    )
    assert unnamed == 0
    assert page.locator("table:visible:not(:has(thead th[scope=col]))").count() == 0
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("svg:not([role=img][aria-label])").count() == 0
    assert len(set(page.locator("[id]").evaluate_all("all => all.map(e => e.id)"))) == page.locator("[id]").count()


def test_hostile_texts_are_shown_as_text(page: Page) -> None:
    expect(page.locator("#failed")).to_contain_text("</script><script>alert(1)</script><img src=x onerror=alert(2)>")
    assert page.locator("img").count() == 0
    expect(table(page, "verdict-table").get_by_role("rowheader", name="<script>alert(1)</script>")).to_be_visible()


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(page: Page) -> None:
    specs = table(page, "spec-table")
    heading = specs.locator("th", has=page.get_by_role("button", name="PEHE"))
    expect(heading).to_have_attribute("aria-sort", "none")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert all("es2" in spec for spec in first_column(specs)[:10])
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert all("es0.5" in spec for spec in first_column(specs)[:10])


def test_words_and_choices_filter_together(page: Page) -> None:
    specs = table(page, "spec-table")
    expect(specs.get_by_role("status")).to_have_text("168 of 168")
    specs.get_by_label("Filter by words").fill("REVERSAL es2")
    expect(specs.get_by_role("status")).to_have_text("28 of 168")
    specs.get_by_label("estimator").select_option("other")
    expect(specs.get_by_role("status")).to_have_text("14 of 168")
    expect(specs.locator("tbody tr")).to_have_count(14)
    specs.get_by_label("Filter by words").fill("nowhere")
    expect(specs.locator("tbody tr")).to_have_count(0)


def test_a_long_table_shows_a_part_and_more_on_demand(page: Page) -> None:
    specs = table(page, "spec-table")
    expect(specs.locator("tbody tr")).to_have_count(100)
    specs.get_by_role("button", name="Show 68 more of 68").click()
    expect(specs.locator("tbody tr")).to_have_count(168)
    expect(specs.get_by_role("button", name="Show")).to_be_hidden()


def test_a_spec_opens_to_its_seeds_with_the_command_for_each(page: Page) -> None:
    specs = table(page, "spec-table")
    opener = specs.get_by_role("button", name="Details of reversal-cr-es1", exact=True).first
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(specs.locator(".opened tbody tr")).to_have_count(2)
    expect(specs.locator(".opened code").first).to_have_text(
        "pytest --pytyche-profile=mine --pytyche-seeds=2 --pytyche-estimator=lin"
        " 'pytyche:mine::estimate[reversal-cr-es1-s0-lin]'"
    )
    opener.click()
    expect(specs.locator(".opened")).to_have_count(0)


def test_a_scenario_opens_to_its_runs_with_the_timeline_of_the_one_that_failed(page: Page) -> None:
    scenarios = table(page, "scenario-table")
    scenarios.get_by_role("button", name="Details of cab").click()
    opened = scenarios.locator(".opened")
    expect(opened.locator("pre")).to_have_text(re.compile("NoDriver: none near"))
    expect(opened.locator("code")).to_have_text("pytest 'pare::replay[cab-run2]'")
    expect(scenarios.locator("tbody > tr", has_text="mail").last).to_contain_text("20.7 %")


def test_a_link_opens_the_conversation_of_a_run_by_keyboard_too(page: Page) -> None:
    story = page.locator("details.story")
    expect(story).not_to_have_attribute("open", "")
    link = page.locator("#failed").get_by_role("link", name="What was said and done")
    page.locator("#failed details", has=page.locator("a")).evaluate("each => { each.open = true; }")
    link.focus()
    page.keyboard.press("Enter")
    expect(story).to_have_attribute("open", "")
    entries = page.get_by_role("list", name="Conversation: replay[night-run3]").get_by_role("listitem")
    expect(entries).to_have_count(3)
    expect(entries.nth(1)).to_contain_text("user decides")
    expect(entries.nth(2)).to_contain_text("<img src=x onerror=alert(2)>")
    story.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(story).not_to_have_attribute("open", "")


def test_everything_works_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the results")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the results")).to_be_in_viewport()
    specs = table(page, "spec-table")
    specs.get_by_label("Filter by words").focus()
    page.keyboard.type("constant")
    expect(specs.get_by_role("status")).to_have_text("84 of 168")
    specs.get_by_role("button", name="spec", exact=True).focus()
    page.keyboard.press("Enter")
    expect(specs.locator("th[aria-sort=ascending]")).to_have_text("spec")
    opener = specs.get_by_role("button", name="Details of").first
    opener.focus()
    page.keyboard.press("Space")
    expect(specs.locator(".opened")).to_have_count(1)
    expect(opener).to_be_focused()
    trouble = page.locator("#failed details").first
    expect(trouble).to_have_attribute("open", "")
    trouble.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(trouble).not_to_have_attribute("open", "")


CONTRAST = """
() => {
  const channel = (value) => { const c = value / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = (rgb) => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
  const parsed = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parsed(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let worst = [99, ""];
  for (const e of document.querySelectorAll("main *, header *")) {
    if (!e.offsetParent || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(parsed(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 80)];
  }
  return worst;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(scheme: Any, page: Page) -> None:
    page.emulate_media(color_scheme=scheme)
    ratio, element = page.evaluate(CONTRAST)
    # WCAG 2.2, level AA: 4.5 to 1 for text.
    assert ratio >= 4.5, element


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_fits_a_phone_and_a_desk(width: int, page: Page) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_without_controls(page: Page, tmp_path: Path) -> None:
    page.emulate_media(media="print")
    for control in (".tools", ".more", "nav"):
        expect(page.locator(control).first).to_be_hidden()
    path = tmp_path / "report.pdf"
    page.pdf(path=path)
    assert path.read_bytes().startswith(b"%PDF")


def test_without_scripts_everything_but_the_large_tables_is_there(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#failed details").first).to_be_visible()
    expect(page.get_by_text("This table needs JavaScript").first).to_be_visible()
    context.close()
