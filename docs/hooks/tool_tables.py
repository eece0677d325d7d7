# ruff: noqa: INP001 - mkdocs loads this file by its path
"""Puts the tools and screens of an app where a page says `<!-- tools: StatefulCabApp -->`, from their declarations."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pare_harness.apps
from pare_harness.apps import App, AppState, StatefulApp
from pare_harness.capture import Registration
from pare_harness.tools import AppTool, Kind, declared

MARKER = re.compile(r"^<!-- tools: (\w+) -->$", re.MULTILINE)
CALLERS = {Kind.APP: "agent", Kind.USER: "user", Kind.ENV: "world"}


def on_page_markdown(markdown: str, **_page: Any) -> str:
    """The hook of mkdocs: the page with its tables."""
    return MARKER.sub(lambda found: tables(getattr(pare_harness.apps, found[1])), markdown)


def tables(app: type[App]) -> str:
    """The tools of an app, and of each of its screens."""
    screens = app.STATES if issubclass(app, StatefulApp) else ()
    return "\n\n".join([_app_table(app), *map(_screen_table, screens)])


def _app_table(app: type[App]) -> str:
    found = dict.fromkeys(one for kind in CALLERS for one in declared(app, kind))
    rows = ((_call(one), f"{_callers(one)} {_access(one)}", _description(one)) for one in found)
    return _table(("tool", "who", "what it does"), rows)


def _screen_table(screen: type[AppState[Any]]) -> str:
    found = sorted(declared(screen, Kind.USER), key=lambda one: one.label)
    rows = ((_call(one), _access(one), f"{_description(one)}{_way(one)}") for one in found)
    summary = (screen.__doc__ or "").split("\n")[0]
    return f"**Screen {screen.__name__}.** {summary}\n\n{_table(('tool', 'user', 'what it does'), rows)}"


def _call(registration: Registration) -> str:
    args = (f"{arg.name}={arg.default!r}" if arg.has_default else arg.name for arg in AppTool(None, registration).args)
    return f"`{registration.label}({', '.join(args)})`"


def _callers(registration: Registration) -> str:
    return ", ".join(name for kind, name in CALLERS.items() if kind in registration.kinds)


def _access(registration: Registration) -> str:
    return "writes" if AppTool(None, registration).write_operation else "reads"


def _description(registration: Registration) -> str:
    return AppTool(None, registration).description.replace("|", "\\|")


def _way(registration: Registration) -> str:
    return "".join(f" → {screen}" for screen in registration.leads_to)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(_lines([tuple(head), *map(tuple, rows)]))


def _lines(rows: list[tuple[str, ...]]) -> Iterator[str]:
    head, *body = rows
    for row in (head, ("---",) * len(head), *body):
        yield f"| {' | '.join(row)} |"
