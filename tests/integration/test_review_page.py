"""The review in a browser: it opens clean, filters, works by keyboard, accepts and rejects."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from pytest_pytyche.review.page import write
from pytest_pytyche.review.received import pending
from pytest_pytyche.review.serve import Review, Server
from tests.support.browser import chromium, watched
from tests.support.truths import truth, write_run

NEW = truth(effect=0.2, contrast_cate_per_visitor=0.2)
SPECS = ("reversal-cr-es1", "reversal-rpv-es2-mirror", "constant-cr-es1")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def run(tmp_path: Path) -> Path:
    received = {**dict.fromkeys(SPECS, NEW), SPECS[2]: truth(tenure=3)}
    return write_run(tmp_path, received, dict.fromkeys(SPECS, truth()))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def url(run: Path) -> Iterator[str]:
    """Of the served review."""
    with Server(Review(run, lambda line: None)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


def test_the_written_page_opens_clean_and_filters(page: Page, run: Path) -> None:
    seen = watched(page)
    page.goto(write(run, pending(run)).as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("3 changed truths")
    expect(page.locator("summary")).to_have_count(3)
    page.get_by_label("Filter by spec or cause").fill("tenure")
    expect(page.locator("summary:visible")).to_have_count(1)
    expect(page.get_by_role("heading", name="Effects of reversal")).to_be_hidden()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    assert page.get_by_role("button", name="Accept").count() == 0
    assert seen == []


def test_the_numbers_stand_side_by_side_with_a_drawing(page: Page, run: Path) -> None:
    page.goto(write(run, pending(run)).as_uri())
    page.get_by_role("button", name="Open all").click()
    row = page.get_by_role("row", name="effect 0.1 0.2 +100 %").first
    expect(row.get_by_role("cell")).to_have_text(["0.1", "0.2", "+100 %"])
    drawing = "Distributions of contrast_cate_per_visitor[treatment], stored and received"
    expect(page.get_by_role("img", name=drawing).first).to_be_visible()


@pytest.mark.parametrize(
    ("size", "scheme"),
    [({"width": 1200, "height": 900}, "light"), ({"width": 360, "height": 740}, "dark")],
    ids=["wide", "phone"],
)
def test_nothing_runs_out_of_the_screen(browser: Browser, run: Path, size: dict[str, int], scheme: str) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]  # as parametrised
    page = context.new_page()
    page.goto(write(run, pending(run)).as_uri())
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()


def test_buttons_accept_and_reject(page: Page, url: str, run: Path, tmp_path: Path) -> None:
    seen = watched(page)
    page.goto(url)
    page.get_by_role("button", name="Open all").click()
    page.get_by_role("button", name="Accept reversal-cr-es1-s0", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("accepted reversal-cr-es1-s0: stored in ")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 changed truths")
    assert (tmp_path / "__snapshots__/conftest/truth[reversal-cr-es1-s0].truth").read_text("utf-8") == NEW
    page.get_by_role("button", name="Open all").click()
    page.get_by_role("button", name="Reject constant-cr-es1-s0", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("rejected constant-cr-es1-s0: ")
    assert (tmp_path / "__snapshots__/conftest/truth[constant-cr-es1-s0].truth").read_text("utf-8") == truth()
    assert [received.spec for received in pending(run)] == [SPECS[1]]
    assert seen == []


def test_a_whole_cause_is_accepted_at_once(page: Page, url: str, run: Path) -> None:
    page.goto(url)
    page.get_by_role("button", name="Accept all of: Effects of reversal").click()
    expect(page.get_by_role("status").first).to_contain_text("accepted reversal-rpv-es2-mirror-s0")
    assert [received.spec for received in pending(run)] == [SPECS[2]]


def test_the_keyboard_is_enough(page: Page, url: str, run: Path) -> None:
    page.goto(url)
    button = page.get_by_role("button", name="Accept all of: Effects of reversal")
    for _ in range(10):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 changed truth")


def test_without_scripts_it_works_all_the_same(browser: Browser, url: str, run: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name="Reject all of: Effects of reversal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 changed truth")
    context.close()
