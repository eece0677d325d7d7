"""The apps of the simulated phone, each imported when it is first asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pare_harness.apps.agent_user_interface import PAREAgentUserInterface
    from pare_harness.apps.apartment import StatefulApartmentApp
    from pare_harness.apps.cab import StatefulCabApp
    from pare_harness.apps.calendar import StatefulCalendarApp
    from pare_harness.apps.contacts import StatefulContactsApp
    from pare_harness.apps.core import App, AppState, StatefulApp
    from pare_harness.apps.email import StatefulEmailApp
    from pare_harness.apps.files import SandboxLocalFileSystem
    from pare_harness.apps.messaging import StatefulMessagingApp
    from pare_harness.apps.note import StatefulNotesApp
    from pare_harness.apps.reminder import StatefulReminderApp
    from pare_harness.apps.shopping import StatefulShoppingApp
    from pare_harness.apps.system import HomeScreenSystemApp

_HOMES = {
    "App": "core",
    "AppState": "core",
    "HomeScreenSystemApp": "system",
    "PAREAgentUserInterface": "agent_user_interface",
    "SandboxLocalFileSystem": "files",
    "StatefulApartmentApp": "apartment",
    "StatefulApp": "core",
    "StatefulCabApp": "cab",
    "StatefulCalendarApp": "calendar",
    "StatefulContactsApp": "contacts",
    "StatefulEmailApp": "email",
    "StatefulMessagingApp": "messaging",
    "StatefulNotesApp": "note",
    "StatefulReminderApp": "reminder",
    "StatefulShoppingApp": "shopping",
}

__all__ = [
    "App",
    "AppState",
    "HomeScreenSystemApp",
    "PAREAgentUserInterface",
    "SandboxLocalFileSystem",
    "StatefulApartmentApp",
    "StatefulApp",
    "StatefulCabApp",
    "StatefulCalendarApp",
    "StatefulContactsApp",
    "StatefulEmailApp",
    "StatefulMessagingApp",
    "StatefulNotesApp",
    "StatefulReminderApp",
    "StatefulShoppingApp",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; expected one of {__all__}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
