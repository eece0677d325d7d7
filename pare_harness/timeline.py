"""The event log as text that a person can read and review."""

from __future__ import annotations

import json
import re
from typing import Any

from pare_harness.clock import format_time
from pare_harness.event_log import EventLog, plain
from pare_harness.events import CompletedEvent

_ID = re.compile(r"\b([0-9a-f]{6})[0-9a-f]{26}\b")
_FAILED = " !! "


def render(log: EventLog, tail: int | None = None, width: int | None = None) -> str:
    """One line for each event: time, who, what, and what came of it; errors stand behind `!!`.

    `tail` keeps the last events only and says how many came before; `width` cuts long lines, an error last. Ids are
    shortened to six characters. The same log gives the same text in every process.
    """
    events = log.list_view()
    shown = events if tail is None else events[-tail:]
    lines = [] if len(shown) == len(events) else [f"… {len(events) - len(shown)} earlier events"]
    lines += [line(event) for event in shown]
    return "\n".join(lines if width is None else (_cut(one, width) for one in lines))


def line(event: CompletedEvent) -> str:
    """One event on one line."""
    args = ", ".join(f"{k}={_text(v)}" for k, v in event.get_args().items() if k != "self" and v is not None)
    metadata = event.metadata
    outcome = f"-> {_text(metadata.return_value)}"
    if event.failed():
        outcome = f"!! {metadata.exception_type}: {metadata.exception}"
    mode = "" if metadata.turn_number is None else f" [{metadata.turn_number}]"
    who = f"{event.event_type.value}{mode}"
    call = f"{event.app_name()}.{event.function_name()}({args})"
    return _ID.sub(r"\1", f"{format_time(event.event_time or 0.0)}  {who:<9} {call} {outcome}".replace("\n", "\\n"))


def _cut(text: str, width: int) -> str:
    """At most `width` characters, up to half of them for the error."""
    call, mark, error = text.partition(_FAILED)
    if len(text) <= width:
        return text
    outcome = _short(mark + error, max(width // 2, width - len(call)))
    return _short(call, width - len(outcome)) + outcome


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _text(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False)
