"""A scenario in which nothing happens: for what runs scenarios rather than for what happens in them."""

from typing import Any

from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface
from pare_harness.scenarios.scenario import PAREScenario


class QuietDay(PAREScenario):
    scenario_id = "quiet"

    def init_and_populate_apps(self, *_args: Any, **_kwargs: Any) -> None:
        self.apps = [PAREAgentUserInterface(), HomeScreenSystemApp(name="System")]

    def build_events_flow(self) -> None:
        self.events = []
