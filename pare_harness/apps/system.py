"""The home screen: it opens apps, tells the time and lets it pass."""

from __future__ import annotations

from typing import Any, Protocol

from pare_harness.apps.core import App
from pare_harness.clock import as_datetime, format_time
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool


class Navigator(Protocol):
    """What shows apps to the user."""

    def go_home(self) -> str: ...
    def open_app(self, name: str) -> str: ...
    def switch_app(self, name: str) -> str: ...


class Waiting(Protocol):
    """What knows when the next event is due."""

    def next_time(self) -> float | None: ...


class HomeScreenSystemApp(App):
    """The phone itself. It has no state of its own."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self._navigator: Navigator | None = None
        self._waiting: Waiting | None = None

    def connect(self, navigator: Navigator, waiting: Waiting) -> None:
        """Show apps through `navigator`, and wait for the events of `waiting`."""
        self._navigator, self._waiting = navigator, waiting

    @tool(Kind.USER, by=EventType.USER, strict=False, navigates=True)
    def go_home(self) -> str:
        """Leave the current app for the home screen."""
        return self._phone().go_home()

    @tool(Kind.USER, by=EventType.USER, strict=False, navigates=True)
    def open_app(self, app_name: str) -> str:
        """Open an app from the home screen, by the name under which it is installed."""
        return self._phone().open_app(app_name)

    @tool(Kind.USER, by=EventType.USER, strict=False, navigates=True)
    def switch_app(self, app_name: str) -> str:
        """Return to an app that is open in the background, as it was left."""
        return self._phone().switch_app(app_name)

    @tool(Kind.APP, strict=False)
    def get_current_time(self) -> dict[str, Any]:
        """Tell the time: as seconds since the Unix epoch, as text in UTC, and the day of the week."""
        now = self.now()
        return {
            "current_timestamp": now,
            "current_datetime": format_time(now),
            "current_weekday": as_datetime(now).strftime("%A"),
        }

    @tool(Kind.APP, strict=False)
    def wait_for_notification(self, timeout: int = 0) -> None:
        """Let time pass until something happens on the phone, at most `timeout` seconds; 0 waits for the next event."""
        if timeout < 0:
            raise AssertionError(f"timeout={timeout}; expected a number of seconds that is not negative")
        due = None if self._waiting is None else self._waiting.next_time()
        latest = self.now() + timeout if timeout else due
        times = [time for time in (due, latest) if time is not None]
        if times:
            self.time_manager.advance_to(min(times))

    @tool()
    def wait(self, time: int = 0) -> None:
        """Let `time` seconds pass."""
        self.time_manager.add_offset(time)

    def _phone(self) -> Navigator:
        if self._navigator is None:
            raise RuntimeError(f"{self.name} is not part of a phone yet; register it with an environment first")
        return self._navigator
