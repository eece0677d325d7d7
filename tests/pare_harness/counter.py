"""A small app with everything that apps can have, for tests of the kernel."""

from typing import Any, ClassVar

from pare_harness.apps.agent_user_interface import PAREAgentUserInterface
from pare_harness.apps.core import AppState, StatefulApp
from pare_harness.apps.system import HomeScreenSystemApp
from pare_harness.capture import EventRegisterer
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.events import AbstractEvent, EventType
from pare_harness.scenarios.scenario import PAREScenario, ScenarioValidationResult
from pare_harness.tools import Kind, tool, user_tool


class Counter(StatefulApp):
    """Counts."""

    STATE: ClassVar[tuple[str, ...]] = ("total", "labels")
    total: int
    labels: dict[str, int]

    def __init__(self, name: str | None = None, total: int = 0) -> None:
        super().__init__(name)
        self.total = total
        self.labels = {}

    @tool(Kind.APP, writes=True)
    def add(self, amount: int = 1, label: str | None = None) -> int:
        """Add an amount to the total.

        Args:
            amount: how much; negative takes away
        """
        self.total += amount
        if label is not None:
            self.labels[label] = self.total
        return self.total

    @tool(Kind.APP)
    def read(self) -> dict[str, int]:
        """Read the total."""
        return {"total": self.total}

    @tool(Kind.APP, writes=True)
    def add_twice(self, amount: int) -> int:
        """Add an amount two times."""
        self.add(amount)
        return self.add(amount)

    @tool(Kind.APP, writes=True)
    def refuse(self, why: str) -> None:
        """Fail."""
        raise KeyError(why)

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def tick(self) -> str:
        """Add one, from outside."""
        self.total += 1
        return self.new_id()

    def seed_total(self, total: int) -> None:
        self.total = total


class Display(AppState[Counter]):
    """Shows the total."""

    @user_tool(writes=True)
    def press(self, times: int = 1) -> int:
        """Press the button."""
        return self.app.add(times)

    @user_tool(leads_to=("Details",))
    def open_details(self, label: str) -> str:
        """Look at a label."""
        self.go(Details(label))
        return label


class Details(AppState[Counter]):
    """Shows one label, as long as it exists."""

    def __init__(self, label: str) -> None:
        self.label = label

    def on_enter(self) -> None:
        if self.label not in self.app.labels:
            raise KeyError(self.label)

    @user_tool(writes=True)
    def forget(self) -> str:
        """Delete the label."""
        del self.app.labels[self.label]
        self.back()
        return self.label

    @user_tool(leads_to=("Details",))
    def open_other(self, label: str) -> str:
        """Look at another label."""
        self.go(Details(label))
        return label


Counter.STATES = (Display, Details)


class Day(PAREScenario):
    """A phone with a counter; `flow` schedules the day."""

    scenario_id = "day"

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.counter = Counter("Count")
        self.aui = PAREAgentUserInterface()
        self.system = HomeScreenSystemApp(name="System")
        self.apps = [self.counter, self.aui, self.system]

    def build_events_flow(self) -> None:
        with EventRegisterer.capture_mode():
            self.events = self.flow()

    def flow(self) -> list[AbstractEvent]:
        """Propose, be accepted, add five."""
        proposal = self.aui.send_message_to_user(content="Add five?").oracle().delayed(5)
        accepted = self.aui.accept_proposal(content="yes").oracle().depends_on(proposal, delay_seconds=3)
        added = self.counter.add(5).oracle().depends_on(accepted, delay_seconds=2)
        return [proposal, accepted, added]

    def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
        right = self.counter.total == 5
        return ScenarioValidationResult(right, rationale=None if right else f"total is {self.counter.total}, not 5")
