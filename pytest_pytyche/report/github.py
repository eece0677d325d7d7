"""What GitHub Actions shows of a run: the summary of the job, and a line for each failure."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_pytyche.report.markdown import render_markdown
from pytest_pytyche.report.troubles import troubles

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

SUMMARY, ACTIONS = "GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS"
MOST_BYTES = 1_000_000
"""GitHub refuses the summary of a step that is larger than 1 MiB."""

MOST_ANNOTATIONS = 10
"""GitHub shows no more errors of one step."""


def append_summary(run: "Run", environment: Mapping[str, str]) -> None:
    """Add the report to the job summary, where there is one; OSError where it cannot be written."""
    path = environment.get(SUMMARY)
    if path:
        text = render_markdown(run).encode()
        if len(text) > MOST_BYTES:
            text = text[:MOST_BYTES].rpartition(b"\n")[0] + b"\n\nThe rest did not fit; report.md has it all.\n"
        with open(path, "ab") as file:  # noqa: PTH123  # the runner's file, appended to
            file.write(text)


def annotations(run: "Run", environment: Mapping[str, str]) -> Iterator[str]:
    """A workflow command per failure, where GitHub runs the session."""
    if environment.get(ACTIONS) != "true":
        return
    found = troubles(run, MOST_ANNOTATIONS)
    for trouble in found.listed:
        again = f"\n{trouble.command}" if trouble.command else ""
        yield f"::error title={_property(trouble.what)}::{_message(f'{trouble.status}: {trouble.reason}{again}')}"
    if found.more:
        yield f"::notice title=pytyche::{found.more} more failures; report.html has them all"


def _message(text: str) -> str:
    """Escaped as the runner reads it: a line break would end the command, and a line of one's own begin another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
