"""A run as a conversation to read: screens, what both sides were told, what they said and did, and the verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pare_harness.clock import format_time
from pare_harness.turns import INTERFACE

if TYPE_CHECKING:
    from pare_harness.trace_model import Trace, TraceCall, TraceStep

USER, AGENT, VALIDATOR = "user", "agent", "validator"
FIRST, LAST = 40, 80
"""Entries that are kept of a long run: its beginning, and its end."""

TEXT, DETAIL = 400, 400
"""Characters of an entry."""

_TOLD = "environment_notification"
_DECISIONS = {"accept_proposal": "accepts", "reject_proposal": "rejects"}
_ID = re.compile(r"\b([0-9a-f]{6})[0-9a-f]{26}\b")


@dataclass(frozen=True)
class Entry:
    """One line of the conversation.

    `kind`: screen, notification, proposal, message, decision, call, wait, validation or left out. `detail`: what came
    of a call, or why the verdict is as it is.
    """

    turn: int | None
    time: str
    who: str
    kind: str
    text: str
    detail: str = ""
    failed: bool = False


def conversation(trace: Trace) -> list[Entry]:
    """The entries of a run in order, cut to a length that a page can show; empty where nobody took a turn."""
    if not trace.steps:
        return []
    entries = [_cut(entry) for entry in _entries(trace.steps)]
    if len(entries) > FIRST + LAST:
        gap = len(entries) - FIRST - LAST
        middle = Entry(None, "", "", "left out", f"{gap} entries are left out here; the trace has them")
        entries = [*entries[:FIRST], middle, *entries[-LAST:]]
    return [*entries, _cut(_verdict(trace))]


def _entries(steps: Sequence[TraceStep]) -> Iterator[Entry]:
    screen = None
    for step in steps:
        if step.screen is not None and step.screen != screen:
            screen = step.screen
            yield _entry(step, "screen", screen)
        told = (message for message in step.messages if message.kind.startswith(_TOLD))
        yield from (_entry(step, "notification", message.text) for message in told)
        if step.call is not None:
            yield _called(step, step.call)


def _called(step: TraceStep, call: TraceCall) -> Entry:
    name = call.tool.removeprefix(f"{INTERFACE}__")
    content = str(call.args.get("content", ""))
    outcome = f"{step.error.type}: {step.error.message}" if step.error else ""
    if name in _DECISIONS:
        return _entry(step, "decision", f"{_DECISIONS[name]}: {content}", outcome)
    if name == "send_message_to_user":
        return _entry(step, "proposal" if step.mode == "observe" else "message", content, outcome)
    if name == "wait":
        return _entry(step, "wait", "waits", outcome)
    args = ", ".join(f"{key}={_json(value)}" for key, value in call.args.items() if value is not None)
    return _entry(step, "call", f"{call.tool}({args})", outcome or _json(step.value))


def _entry(step: TraceStep, kind: str, text: str, detail: str = "") -> Entry:
    failed = step.error is not None and kind not in ("screen", "notification")
    return Entry(step.turn, format_time(step.time), step.by, kind, text, detail, failed)


def _verdict(trace: Trace) -> Entry:
    ended = "" if trace.exception is None else f"{trace.exception.type}: {trace.exception.message}"
    detail = trace.rationale or ended
    return Entry(None, "", VALIDATOR, "validation", trace.status, detail, trace.status != "success")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(entry: Entry) -> Entry:
    return replace(entry, text=_short(entry.text, TEXT), detail=_short(entry.detail, DETAIL))


def _short(text: str, most: int) -> str:
    text = _ID.sub(r"\1", text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
