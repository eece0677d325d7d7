"""Arguments that are known only during the run: `{{order}}` or `{{order.order_id}}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pare_harness.errors import ScenarioError
from pare_harness.events import CompletedEvent

Find = Callable[[str], CompletedEvent | None]

_PLACEHOLDER = re.compile(r"\s*\{\{\s*([^{}.]+?)((?:\.[^{}.]+)*)\s*\}\}\s*")


def resolve(args: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """`args` with every text that is wholly a placeholder replaced by what the event of that id returned.

    `find` gives the completed event of an id; a text that names none stays as it is. Raises `ScenarioError` for a key
    that the value does not have.
    """
    return {name: _value(value, find) if isinstance(value, str) else value for name, value in args.items()}


def _value(text: str, find: Find) -> Any:
    match = _PLACEHOLDER.fullmatch(text) if "{{" in text else None
    event = find(match.group(1)) if match else None
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
