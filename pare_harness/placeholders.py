"""Arguments that are known only during the run: `{{order}}` or `{{order.order_id}}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pare_harness.errors import ScenarioError
from pare_harness.event_log import EventLog

_PLACEHOLDER = re.compile(r"\s*\{\{\s*([^{}.]+?)((?:\.[^{}.]+)*)\s*\}\}\s*")


def resolve(args: Mapping[str, Any], log: EventLog) -> dict[str, Any]:
    """`args` with every text that is wholly a placeholder replaced by what the event of that id returned.

    A text that names no event in the log stays as it is. Raises `ScenarioError` for a key that the value does not have.
    """
    return {name: _value(value, log) if isinstance(value, str) else value for name, value in args.items()}


def _value(text: str, log: EventLog) -> Any:
    match = _PLACEHOLDER.fullmatch(text) if "{{" in text else None
    event = log.find(match.group(1)) if match else None
    if match is None or event is None:
        return text
    value = event.metadata.return_value
    for key in match.group(2).split(".")[1:]:
        value = _inside(value, key, text)
    return value


def _inside(value: Any, key: str, text: str) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if hasattr(value, key) and not isinstance(value, Mapping):
        return getattr(value, key)
    raise ScenarioError(f"placeholder {text.strip()}: key {key!r}; expected one of {_keys(value)}")


def _keys(value: Any) -> list[str]:
    return sorted(map(str, value)) if isinstance(value, Mapping) else sorted(getattr(value, "__dict__", {}))
