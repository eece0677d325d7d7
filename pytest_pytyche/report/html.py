"""`report.html`: the run as one page."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run


def render_html(run: "Run") -> str:
    """The page."""
    return f"<!doctype html><title>{run.name}</title>\n"
