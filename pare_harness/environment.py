"""The world of a scenario: its clock, its phone, its schedule of events and their log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from pare_harness.apps.core import App, AppState, StatefulApp
from pare_harness.capture import EventRegisterer, perform
from pare_harness.clock import TimeManager
from pare_harness.disturbances import changed_texts
from pare_harness.errors import LimitReached, ScenarioError
from pare_harness.event_log import EventLog, event_to_dict
from pare_harness.events import (
    AbstractEvent,
    Action,
    CompletedEvent,
    ConditionCheckEvent,
    Event,
    EventMetadata,
    EventType,
    OracleEvent,
    StopEvent,
)
from pare_harness.notifications import PARENotificationSystem
from pare_harness.phone import Phone
from pare_harness.placeholders import resolve
from pare_harness.schedule import Schedule

if TYPE_CHECKING:
    from pare_harness.scenarios.scenario import Scenario
    from pare_harness.tools import AppTool
    from pare_harness.transcript import Step

T = TypeVar("T", bound=App)
_KEY = "environment"


class EnvironmentState(Enum):
    """Where a run stands."""

    SETUP = "SETUP"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class EnvironmentConfig:
    """`oracle_mode` performs the expected actions; otherwise agents are expected to.

    A run that logs more than `max_events` events is stopped as one that does not end.
    """

    oracle_mode: bool = False
    max_events: int = 10_000


@dataclass
class AgentContext:
    """In which turn, and in which mode of the proactive agent, events happen."""

    turn_number: int = 0
    proactive_mode: str = "observe"


class StateAwareEnvironmentWrapper:
    """Runs the events of one scenario, in the order of simulated time, on the calling thread."""

    def __init__(
        self, config: EnvironmentConfig | None = None, notification_system: PARENotificationSystem | None = None
    ) -> None:
        self.config = config or EnvironmentConfig()
        self.notification_system = notification_system or PARENotificationSystem()
        self.apps: dict[str, App] = {}
        self.event_log = EventLog()
        self.time_manager = TimeManager()
        self.state = EnvironmentState.SETUP
        self.duration: float | None = None
        self.tick_seconds = 1
        self.context: AgentContext | None = None
        self.expected: list[OracleEvent] = []
        self.stirred = False
        self.transcript: list[Step] = []
        self._fulfilled: dict[str, CompletedEvent] = {}

    @property
    def oracle_mode(self) -> bool:
        return self.config.oracle_mode

    @property
    def start_time(self) -> float:
        return self.schedule.start

    @property
    def current_time(self) -> float:
        return self.time_manager.time()

    @property
    def active_app(self) -> App:
        return self.phone.active_app

    @property
    def background_apps(self) -> list[StatefulApp]:
        return self.phone.background_apps

    def prepare(self, scenario: Scenario) -> None:
        """Install the scenario's apps and schedule its events.

        Raises `ScenarioError` for a scenario that is not initialized, has no home screen, or events that cannot happen.
        """
        if not scenario.initialized:
            raise ScenarioError(f"scenario {scenario.scenario_id!r} is not initialized; call initialize() first")
        self.time_manager = scenario.simulation.clock
        self.time_manager.reset(scenario.start_time)
        self.duration, self.tick_seconds = scenario.duration, scenario.time_increment_in_seconds
        self.schedule = Schedule(scenario.start_time)
        self.register_apps(scenario.apps)
        if not self.oracle_mode:
            self.event_log.put(event for app in scenario.apps for event in changed_texts(app))
        self.schedule.add(scenario.events)
        self.state = EnvironmentState.RUNNING

    def run(self, scenario: Scenario) -> None:
        """Run a scenario until nothing is left to happen, or its duration has passed."""
        with scenario.simulation.running():
            self.prepare(scenario)
            while self.advance():
                pass
            self.stop()

    def register_apps(self, apps: Iterable[App]) -> None:
        """Put `apps` on the phone, under one clock and one log."""
        self.apps = {app.name: app for app in apps}
        protocols: dict[str, Any] = {}
        for app in self.apps.values():
            app.register_time_manager(self.time_manager)
            app.register_to_env(_KEY, self.add_to_log)
            for protocol in app.get_implemented_protocols():
                protocols.setdefault(protocol, app)
        for app in self.apps.values():
            app.connect_to_protocols(protocols)
        self._announcing = [app for app in self.apps.values() if type(app).take_due is not App.take_due]
        self.phone = Phone(self.apps)
        self.phone.home.connect(self.phone, self.schedule)

    def stop(self) -> None:
        self.state = EnvironmentState.STOPPED

    @property
    def end_time(self) -> float:
        """When the duration has passed; never where there is none."""
        return inf if self.duration is None else self.start_time + self.duration

    def advance(self) -> bool:
        """Let time pass until the next event and let it happen; False when there is none within the duration."""
        time = self.schedule.next_time()
        if time is None or time > self.end_time or self.state is not EnvironmentState.RUNNING:
            return False
        self.time_manager.advance_to(time)
        self.tick()
        return True

    def leap(self) -> bool:
        """Advance until more has happened than conditions that were asked in vain; False when nothing is left."""
        while self.advance():
            if self.stirred:
                return True
        return False

    def tick(self) -> None:
        """Let everything happen that is due by now, in order, and what follows from it without delay.

        `stirred` says afterwards whether there was anything that somebody could notice.
        """
        self.stirred = False
        self._announce_reminders()
        until = min(self.current_time, self.end_time)
        while self.state is EnvironmentState.RUNNING and (due := self.schedule.pop(until)) is not None:
            self._process(*due)

    def add_to_log(self, event: CompletedEvent) -> None:
        """Log `event`, tell those concerned, and move the user's screen after her own action."""
        if len(self.event_log) >= self.config.max_events:
            most = self.config.max_events
            raise LimitReached(f"event {event.event_id!r} comes after {most} others; a run logs at most {most}")
        if self.context is not None:
            event.metadata.turn_number = self.context.turn_number
            by_agent = event.event_type is EventType.AGENT
            event.metadata.proactive_mode = self.context.proactive_mode if by_agent else None
        self.event_log.put(event)
        self.notification_system.tell(event)
        app = getattr(event.action, "app", None)
        if event.event_type is EventType.USER and isinstance(app, StatefulApp):
            with EventRegisterer.disable():
                app.handle_state_transition(event)
        self._fulfil(event)

    def find(self, event_id: str) -> CompletedEvent | None:
        """The first completed event of that id, or the one that an agent brought about in its place."""
        return self.event_log.find(event_id) or self._fulfilled.get(event_id)

    def get_app(self, name: str) -> App:
        """The app of that name. Raises `KeyError` naming the choices."""
        if name not in self.apps:
            raise KeyError(f"no app {name!r}; expected one of {list(self.apps)}")
        return self.apps[name]

    def has_app(self, name: str) -> bool:
        return name in self.apps

    def get_app_with_class(self, cls: type[T]) -> T | None:
        """The first app of that class."""
        return next((app for app in self.apps.values() if isinstance(app, cls)), None)

    def get_user_tools(self) -> list[AppTool]:
        """What the user can do on the screen that is shown now."""
        return self.phone.user_tools()

    def get_tools(self) -> list[AppTool]:
        """What the agent can do: the tools of all apps, whatever the user looks at."""
        return [tool for app in self.apps.values() for tool in app.get_tools()]

    def get_state(self) -> dict[str, Any]:
        """The state of every app as plain JSON values."""
        return {name: app.get_state() for name, app in self.apps.items()}

    def get_world_logs(self) -> list[dict[str, Any]]:
        """The event log as plain JSON values."""
        return [event_to_dict(event) for event in self.event_log.list_view()]

    def _process(self, time: float, event: AbstractEvent) -> None:
        if isinstance(event, ConditionCheckEvent):
            self._ask(time, event)
            return
        if event.event_id in self._fulfilled:
            return
        self.stirred = True
        if isinstance(event, OracleEvent):
            if self.oracle_mode:
                self._perform(time, event, event.event.action)
            else:
                self.expected.append(event)
        elif isinstance(event, StopEvent):
            self.stop()
        elif isinstance(event, Event):
            self._perform(time, event, event.action)
        else:
            raise ScenarioError(f"event {event.event_id!r} is a {type(event).__name__}; expected one that can be run")

    def _perform(self, time: float, event: AbstractEvent, action: Action) -> None:
        try:
            action.resolved_args = _on_screen(resolve(action.args, self.find))
        except ScenarioError as error:
            metadata = EventMetadata(exception=str(error), exception_type=type(error).__name__)
        else:
            metadata, _ = perform(action)
        self.add_to_log(
            CompletedEvent(event.event_type, time, event_id=event.event_id, action=action, metadata=metadata)
        )
        self.schedule.happened(event, time)

    def _ask(self, time: float, event: ConditionCheckEvent) -> None:
        event.checks += 1
        with EventRegisterer.disable():
            answer = bool(event.action.function(self))
        identity = f"{event.event_id}-CHECK_{event.checks}"
        metadata = EventMetadata(return_value=answer)
        self.add_to_log(
            CompletedEvent(EventType.CONDITION, time, event_id=identity, action=event.action, metadata=metadata)
        )
        if answer:
            self.stirred = True
            self.schedule.happened(event, time)
        elif not event.is_timeout():
            self.schedule.again(event, time + event.schedule_every_ticks * self.tick_seconds)

    def _fulfil(self, event: CompletedEvent) -> None:
        """An expected action counts as happened once somebody has done it; what depends on it follows.

        Whoever does not wait out the delay of an action whose turn it is has done it too.
        """
        if self.oracle_mode or event.event_type not in (EventType.AGENT, EventType.USER):
            return
        open_ones = [one for one in self._open() if self._does(event, one.event.action)]
        done = max(open_ones, key=lambda one: self._likeness(event, one), default=None)
        if done is not None:
            if done in self.expected:
                self.expected.remove(done)
            self._fulfilled[done.event_id] = event
            self.schedule.happened(done, event.event_time or self.current_time)

    def _open(self) -> Iterator[OracleEvent]:
        """The expected actions that nobody has done and whose parents have all happened, those that are due first."""
        yield from self.expected
        for event in self.schedule.waiting():
            if isinstance(event, OracleEvent) and event.event_id not in self._fulfilled:
                yield event

    def _does(self, event: CompletedEvent, expected: Action) -> bool:
        """Whether it is the same call of the same app; one that failed has to be it to the letter."""
        if not _same_call(expected, event.action):
            return False
        return not event.failed() or _args(resolve(expected.args, self.find)) == _args(event.get_args())

    def _likeness(self, event: CompletedEvent, expected: OracleEvent) -> int:
        """How many arguments are as expected: of several expected calls of a method it is most likely that one."""
        wanted, given = _args(resolve(expected.event.action.args, self.find)), event.get_args()
        return sum(name in given and given[name] == value for name, value in wanted.items())

    def _announce_reminders(self) -> None:
        for app in self._announcing:
            due = app.take_due()
            if due:
                self.stirred = True
                lines = [f"- {one.title} ({one.due_datetime:%Y-%m-%d %H:%M:%S}): {one.description}" for one in due]
                self.notification_system.announce("\n".join([f"{app.name}: due now", *lines]), self.current_time)


def _on_screen(args: dict[str, Any]) -> dict[str, Any]:
    """Put the screen that is shown in the place of the one that a scenario spoke of."""
    wanted = args.get("self")
    if not isinstance(wanted, AppState):
        return args
    shown = wanted.app.current_state
    if type(shown) is not type(wanted):
        raise ScenarioError(f"{wanted.app.name} shows {type(shown).__name__}, not {type(wanted).__name__}")
    return args | {"self": shown}


def _args(args: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name != "self"}


def _same_call(expected: Action, done: object) -> bool:
    return (
        isinstance(done, Action)
        and done.app is expected.app
        and done.function_name == expected.function_name
        and type(done.args.get("self")) is type(expected.args.get("self"))
    )
