"""Mistakes in a TOML file: on which line a key stands, and a message that names key, value and choices."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

TABLE = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
KEY = re.compile(r"""\s*(?P<name>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
LONGEST_VALUE = 80
UNKNOWN_KEY, ONE_OF = "unknown_key", "one_of"
EXPECTED = "Input should be "
TYPES = {"model_type": "a table", "dict_type": "a table", "list_type": "a list"}
TAG = "<"
"""Begins the name of a variant of a union, which pydantic puts into locations."""


def line_of(text: str, location: Sequence[int | str]) -> int | None:
    """The line, from 1, of the key or table at `location`, else of the nearest one around it; None for the whole file.

    Found by looking at the text, as TOML's reader tells no lines: keys of inline tables are on the line of the table.
    """
    lines = _lines(text)
    for end in range(len(location), 0, -1):
        if (found := lines.get(tuple(location[:end]))) is not None:
            return found
    return None


def _lines(text: str) -> dict[Location, int]:
    found: dict[Location, int] = {}
    table: Location = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := TABLE.fullmatch(line):
            table = _parts(header["name"])
            if header["open"] == "[[":
                found.setdefault(table, number)
                table = (*table, sum(1 for known in found if known[:-1] == table and isinstance(known[-1], int)))
            found.setdefault(table, number)
        elif key := KEY.match(line):
            found.setdefault((*table, *_parts(key["name"])), number)
    return found


def _parts(name: str) -> Location:
    return tuple(part.strip("\"'") for part in PART.findall(name))


def explain(details: ErrorDetails) -> str:
    """One mistake on one line, such as `gate.limits[0].max='x'; expected a valid number`."""
    location = tuple(part for part in details["loc"] if not (isinstance(part, str) and part.startswith(TAG)))
    where, given, context = path(location), _short(details["input"]), details.get("ctx", {})
    if details["type"] == "value_error":
        return f"{where}: {context['error']}" if where else str(context["error"])
    if details["type"] == UNKNOWN_KEY:
        key = context["key"]
        return f"unknown key {path((*location, key))}={_short(context['value'])}; {_choices(key, context['choices'])}"
    if details["type"] == ONE_OF:
        return f"{where}={given}; {_choices(str(details['input']), context['choices'])}"
    if details["type"] == "missing":
        return f"{where} is missing"
    message = f"{EXPECTED}{TYPES[details['type']]}" if details["type"] in TYPES else details["msg"]
    if message.startswith(EXPECTED):
        return f"{where}={given}; expected {message.removeprefix(EXPECTED)}"
    return f"{where}={given}: {message[:1].lower()}{message[1:]}"


def place(details: ErrorDetails) -> Location:
    """Where in the file the mistake stands."""
    extra = (details["ctx"]["key"],) if details["type"] == UNKNOWN_KEY else ()
    return (*(part for part in details["loc"] if not str(part).startswith(TAG)), *extra)


def path(location: Location) -> str:
    """`gate.limits[0].max`, as one would write it in Python."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _choices(value: str, choices: Sequence[str]) -> str:
    close = get_close_matches(value, choices, n=1)
    return f"expected one of {list(choices)}" + (f"; did you mean {close[0]!r}?" if close else "")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
