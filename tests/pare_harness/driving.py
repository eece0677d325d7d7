"""A phone for tests: apps, a clock at 2025-01-01, and a user who calls tools by name."""

from typing import Any

from pare_harness.apps.core import App
from pare_harness.apps.system import HomeScreenSystemApp
from pare_harness.clock import DEFAULT_START
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.events import CompletedEvent
from pare_harness.schedule import Schedule


class Phone(StateAwareEnvironmentWrapper):
    """An environment without a scenario, driven by hand."""

    def user(self, app: App, tool: str, **args: Any) -> Any:
        """Open `app` unless it is shown, and call one of the tools of its current screen."""
        if self.active_app is not app:
            self.phone.open_app(app.name)
        offered = {one.registration.label: one for one in self.get_user_tools() if one.app_name == app.name}
        assert tool in offered, f"{tool!r} is not offered; expected one of {sorted(offered)}"
        return offered[tool](**args)

    def agent(self, app: App, tool: str, **args: Any) -> Any:
        """Call one of the agent's tools."""
        return {one.name: one for one in self.get_tools()}[f"{app.name}__{tool}"](**args)

    def logged(self) -> list[CompletedEvent]:
        return self.event_log.list_view()


def phone(*apps: App) -> Phone:
    """`apps` and a home screen named System, at 2025-01-01 00:00:00 UTC."""
    env = Phone()
    env.time_manager.reset(DEFAULT_START)
    env.schedule = Schedule(DEFAULT_START)
    env.register_apps([HomeScreenSystemApp(name="System"), *apps])
    return env
