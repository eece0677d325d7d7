"""Which app the user looks at, and which ones are open behind it."""

from __future__ import annotations

from collections.abc import Mapping

from pare_harness.apps.core import App, StatefulApp
from pare_harness.apps.system import HomeScreenSystemApp
from pare_harness.errors import ScenarioError
from pare_harness.tools import AppTool, declared_tool

INTERFACE = "PAREAgentUserInterface"
_HOME_ONLY = "open_app"


class Phone:
    """The screen in front of the user. Raises `ScenarioError` for a phone without a home screen."""

    def __init__(self, apps: Mapping[str, App]) -> None:
        self.apps = apps
        home = next((app for app in apps.values() if isinstance(app, HomeScreenSystemApp)), None)
        if home is None:
            raise ScenarioError(f"no HomeScreenSystemApp among the apps {list(apps)}; a phone needs one")
        self.home = home
        self.active_app: App = home
        self.background_apps: list[StatefulApp] = []

    def go_home(self) -> str:
        if self.active_app is self.home:
            return "the home screen is already shown"
        self._leave(self.home)
        return "the home screen is shown"

    def open_app(self, name: str) -> str:
        """Show an app: as it was left when it is still open, else its first screen."""
        app = self._stateful(name)
        if app is self.active_app:
            return f"{name} is already open"
        if app not in self.background_apps:
            app.load_root_state()
        self._leave(app)
        return f"{name} is open"

    def switch_app(self, name: str) -> str:
        """Show an app that is open in the background, as it was left."""
        app = self._stateful(name)
        if app not in self.background_apps:
            raise ValueError(f"app {name!r} is not open; expected one of {[one.name for one in self.background_apps]}")
        self._leave(app)
        return f"{name} is shown"

    def user_tools(self) -> list[AppTool]:
        """What the user can do now: answer the agent, move between apps, and act on the screen that is shown."""
        interface = self.apps.get(INTERFACE)
        tools = [] if interface is None else interface.get_user_tools()
        at_home = self.active_app is self.home
        tools += [one for one in self.home.get_user_tools() if at_home or one.registration.label != _HOME_ONLY]
        if isinstance(self.active_app, StatefulApp):
            tools += self.active_app.get_user_tools()
            if self.active_app.navigation_stack:
                tools.append(declared_tool(self.active_app, "go_back"))
        return tools

    def _stateful(self, name: str) -> StatefulApp:
        choices = [one for one, app in self.apps.items() if isinstance(app, StatefulApp)]
        if name not in self.apps:
            raise KeyError(f"no app {name!r}; expected one of {choices}")
        app = self.apps[name]
        if not isinstance(app, StatefulApp):
            raise TypeError(f"app {name!r} cannot be opened; expected one of {choices}")
        return app

    def _leave(self, app: App) -> None:
        if isinstance(self.active_app, StatefulApp):
            self.background_apps.append(self.active_app)
        if isinstance(app, StatefulApp) and app in self.background_apps:
            self.background_apps.remove(app)
        self.active_app = app
