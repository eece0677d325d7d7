"""The event log: the one record of a run, from which everything else is counted and shown."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from pare_harness.events import Action, CompletedEvent


class EventLog:
    """Completed events in the order in which they were logged, and the number of completed turns."""

    def __init__(self) -> None:
        self._events: list[CompletedEvent] = []
        self.turns = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, events: CompletedEvent | Iterable[CompletedEvent]) -> None:
        self._events.extend([events] if isinstance(events, CompletedEvent) else events)

    def list_view(self) -> list[CompletedEvent]:
        """A new list in the order of time; events of the same time in the order in which they were logged."""
        return sorted(self._events, key=lambda event: event.event_time or 0.0)

    def find(self, event_id: str) -> CompletedEvent | None:
        """The first event with that id."""
        return next((event for event in self._events if event.event_id == event_id), None)

    def to_dict(self) -> dict[str, Any]:
        """The log as plain JSON values: the same in every process for the same scenario, seed and agents."""
        return {"turns": self.turns, "events": [event_to_dict(event) for event in self.list_view()]}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)


def event_to_dict(event: CompletedEvent) -> dict[str, Any]:
    """One entry of the log as plain JSON values, `self` left out of the arguments."""
    action = event.action
    return {
        "event_id": event.event_id,
        "event_type": event.event_type.value,
        "event_time": event.event_time,
        "app": event.app_name(),
        "app_class": event.app_class_name(),
        "function": event.function_name(),
        "operation": action.operation_type.value if isinstance(action, Action) and action.operation_type else None,
        "args": plain(action.arguments) if isinstance(action, Action) else {},
        "metadata": {
            field.name: plain(getattr(event.metadata, field.name))
            for field in dataclasses.fields(event.metadata)
            if field.name != "exception_stack_trace"  # paths of the machine
        },
    }


def plain(value: Any) -> Any:
    """`value` as JSON values that depend on its content alone; what has no such form becomes its type's name."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return _scalar(value)


def whole_text(value: Any) -> Any:
    """JSON values with the halves of surrogate pairs in their texts, which have no UTF-8, replaced by U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {whole_text(key): whole_text(item) for key, item in value.items()}
    return [whole_text(item) for item in value] if isinstance(value, list) else value


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.decode("ascii", "backslashreplace")
    if isinstance(value, date):
        return value.isoformat()
    return f"<{type(value).__name__}>"
