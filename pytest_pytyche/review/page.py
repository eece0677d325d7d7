"""The page: one file that needs nothing else, with buttons where somebody listens to them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shlex import quote
from typing import NamedTuple

import jinja2

from pytest_pytyche.files import write_atomically
from pytest_pytyche.review.causes import group
from pytest_pytyche.review.changed import compare
from pytest_pytyche.review.curves import HEIGHT, WIDTH
from pytest_pytyche.review.received import Received
from pytest_pytyche.review.views import sections

FILE = "review.html"
TEMPLATE = "review.html.j2"
MAX_SHOWN = 300


class Buttons(NamedTuple):
    """What the forms of a served page send along. `nonce`: allows its style and script, and no other."""

    token: str
    nonce: str


def render(run: str, received: Sequence[Received], buttons: Buttons | None = None, done: Sequence[str] = ()) -> str:
    """The page of what is to be settled, and of what was `done` just now; everything in it is escaped."""
    groups = group(map(compare, received))
    return _template().render(
        run=run,
        total=len(received),
        sections=sections(groups, MAX_SHOWN),
        buttons=buttons,
        done=done,
        width=WIDTH,
        height=HEIGHT,
    )


def write(folder: Path, received: Sequence[Received]) -> Path:
    """Write the page into the folder of its run; its path."""
    path = folder / FILE
    text = render(folder.name, received)
    write_atomically(path, lambda unfinished: unfinished.write_text(text, "utf-8"))
    return path


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pytest_pytyche.review"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = quote
    return environment.get_template(TEMPLATE)
