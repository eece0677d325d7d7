"""What to tell somebody whose request is not on the cassette: what comes nearest, and where it differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from pare_harness.agents.cassettes import Cassette, in_lines
from pare_harness.agents.chat import Json
from pare_harness.errors import NotRecordedError
from pare_harness.files import seen_from_here

ASK = "record it with --pare-record=once"
SHOWN_LINES = 80


def nearest(path: Path, cassette: Cassette, part: str, wanted: Json, number: int) -> NotRecordedError:
    """The error for a request that has no recording: `number` counts the calls of the run from 1."""
    what, file = f"model call {number} ({part})", seen_from_here(path)
    lines = request_lines(wanted)
    recorded = [
        (position, request_lines(call.request))
        for position, call in enumerate(cassette.calls, start=1)
        if call.part == part
    ]
    if not recorded:
        known = f"has no call of {part!r}" if cassette.calls else "does not exist"
        return NotRecordedError(f"{what} has no recording: {file} {known}; {ASK}")
    # Of those that are equally near, the one at the same place in the run is probably meant.
    position, found = max(recorded, key=lambda one: (_likeness(one[1], lines), -abs(one[0] - number)))
    if found == lines:
        return NotRecordedError(f"{what} is call {position} of {file}, which the run has had already; {ASK}")
    difference = unified_diff(found, lines, f"{file} call {position}", what, n=2, lineterm="")
    return NotRecordedError(
        f"{what} has no recording in {file}; call {position} comes nearest: {ASK}", _shown(list(difference))
    )


def request_lines(request: Json) -> list[str]:
    """A request as indented JSON, texts line by line."""
    return json.dumps(in_lines(dict(request)), indent=1, ensure_ascii=False, sort_keys=True).split("\n")


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """2 × common lines / all lines, wherever they stand."""
    return SequenceMatcher(None, one, other, autojunk=False).quick_ratio()


def _shown(lines: list[str]) -> str:
    more = len(lines) - SHOWN_LINES
    return "\n".join([*lines[:SHOWN_LINES], *([f"… and {more} more lines"] if more > 0 else [])])
