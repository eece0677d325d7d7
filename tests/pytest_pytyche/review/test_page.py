import re
from pathlib import Path

from pytest_pytyche.review.page import Buttons, render, write
from pytest_pytyche.review.received import pending
from tests.support.truths import receive, truth, write_run

HOSTILE = "<script>alert(1)</script>'\"&"


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    run = write_run(tmp_path, {"a-cr": truth(effect=0.2)}, {"a-cr": truth()})
    path = write(run, pending(run))
    assert path == run / "review.html"
    text = path.read_text("utf-8")
    assert not re.search(r"https?://|@import|url\(", text)
    assert "<form" not in text
    assert "<code>pytyche accept a-cr-s0</code>" in text


def test_names_from_elsewhere_are_escaped(tmp_path: Path) -> None:
    received = receive(tmp_path, truth(effect=0.2), truth(), spec="x-cr")
    hostile = received._replace(spec=HOSTILE, template=HOSTILE, nodeid=HOSTILE)
    text = render(HOSTILE, [hostile], Buttons("token", "nonce"), [HOSTILE])
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert not re.search(r"""=["'][^"'>]*<script""", text)


def test_a_command_to_paste_does_what_it_says(tmp_path: Path) -> None:
    received = receive(tmp_path, truth(effect=0.2), truth(), spec="x-cr")
    hostile = received._replace(spec="x'; echo y")
    assert "pytyche accept &#39;x&#39;&#34;&#39;&#34;&#39;; echo y-s0&#39;" in render("run", [hostile])


def test_a_row_name_of_a_stored_text_is_escaped(tmp_path: Path) -> None:
    received = truth().replace("tenure", "<img/src=x>")
    text = render("run", [receive(tmp_path, received, truth())])
    assert "&lt;img/src=x&gt;" in text
    assert "<img" not in text


def test_buttons_post_names_and_token(tmp_path: Path) -> None:
    one = receive(tmp_path, truth(effect=0.2), truth())
    text = render("run", [one], Buttons("the-token", "the-nonce"), ["accepted x"])
    assert text.count('name="token" value="the-token"') == 2
    assert text.count(f'name="name" value="{one.name}"') == 2
    assert '<script nonce="the-nonce">' in text
    assert "accepted x" in text


def test_nothing_left_is_said() -> None:
    assert "Nothing is left to settle" in render("run", [])
