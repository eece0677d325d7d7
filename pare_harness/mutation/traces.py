"""What can be told apart about two runs, and how they differ in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from pare_harness.event_log import EventLog, event_to_dict
from pare_harness.events import CompletedEvent
from pare_harness.timeline import line

if TYPE_CHECKING:
    from pare_harness.runner import ScenarioRun

CONTEXT = 10
_NOTHING = " -> null"
_UNSEEN = frozenset({"event_id"})
_RESULTS = frozenset({"event_id", "metadata"})


class Change(NamedTuple):
    """A call that changes something, with its time and its arguments, and the type of its error if it has one."""

    call: str
    error: str | None


class Trace(NamedTuple):
    """What a run leaves: its whole log, what was changed or said in it, and the apps at its end.

    `changes` holds writes, failed ones too, and the conversation, with their times, arguments and errors: not what
    calls returned, which may hold random numbers that reads have moved.
    """

    log: str
    changes: tuple[Change, ...]
    state: str

    @property
    def distinct_changes(self) -> tuple[Change, ...]:
        """The same without what only does again what was done before it, whether that is refused or not."""
        return tuple(next(again) for _, again in groupby(self.changes, key=lambda change: change.call))


def trace_of(run: ScenarioRun) -> Trace:
    """The trace of a run that has ended."""
    events = run.log.list_view()
    log = [_without(event_to_dict(event), _UNSEEN) for event in events]
    changes = tuple(
        Change(_text(_without(entry, _RESULTS)), entry["metadata"]["exception_type"])
        for event, entry in zip(events, log, strict=True)
        if event.is_write()
    )
    return Trace(_text(log), changes, _text(run.env.get_state()))


def difference(expected: EventLog, happened: EventLog) -> str:
    """The timeline of `happened` beside the expected one: `-` what is missing, `+` what is new, a blank what is both.

    What calls returned is left out, errors are not; so are long stretches without a difference, as `…`.
    """
    old, new = ([_call(event) for event in log.list_view()] for log in (expected, happened))
    return "\n".join(_merged(old, new))


def cut(timeline: str, width: int) -> Iterator[str]:
    """The lines of a difference; those without one at most `width` columns wide."""
    for text in timeline.splitlines():
        yield text if text[:1] in {"-", "+"} or len(text) <= width else f"{text[: width - 1]}…"


def _call(event: CompletedEvent) -> str:
    return line(replace(event, metadata=replace(event.metadata, return_value=None))).removesuffix(_NOTHING)


def _merged(old: list[str], new: list[str]) -> Iterator[str]:
    end = 0
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        if group[0][3] > end:
            yield "…"
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                yield from (f"  {text}" for text in new[new_start:new_end])
            else:
                yield from (f"- {text}" for text in old[old_start:old_end])
                yield from (f"+ {text}" for text in new[new_start:new_end])
        end = group[-1][4]
    if end < len(new):
        yield "…"


def _without(entry: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
