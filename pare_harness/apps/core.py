"""What all apps share: a name, a clock, ids, state as JSON, and screens that the user moves through."""

from __future__ import annotations

import random
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from pare_harness.context import Ids, simulation, stable_seed
from pare_harness.events import CompletedEvent, EventType
from pare_harness.tools import AppTool, Kind, declared, tool

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import TypeAdapter

A = TypeVar("A", bound="StatefulApp")
T = TypeVar("T")
S = TypeVar("S", bound="AppState[Any]")


class Due(Protocol):
    """Something that an app announces at its time."""

    title: str
    due_datetime: datetime
    description: str


class Issued(NamedTuple):
    """How many ids and event ids an app has given out, and how far its random numbers are; None: none drawn."""

    ids: int
    event_ids: int
    drawn: tuple[Any, ...] | None


class App:
    """An app on the simulated phone.

    `STATE` names the attributes that make up its state; their annotations in the class body drive the JSON coding.
    `seed` and `name` together determine every id and every random number of the app.
    """

    STATE: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__
        self.time_manager = simulation().clock
        self.seed = 0
        self.failure_probability: float | None = None
        self._failure_seed = 0
        self.add_event_callbacks: dict[str, Callable[[CompletedEvent], None]] = {}
        self._public_names: Mapping[str, str] = {}
        self._public_descriptions: Mapping[str, str] = {}
        self._ids = Ids(self.seed, self.name, "id")
        self._event_ids = Ids(self.seed, self.name, "event")

    @classmethod
    def app_name(cls) -> str:
        return cls.__name__

    def register_time_manager(self, time_manager: Any) -> None:
        self.time_manager = time_manager

    def now(self) -> float:
        """The simulated time, in seconds since the Unix epoch."""
        return self.time_manager.time()

    def set_seed(self, seed: int) -> None:
        """Draw random numbers and ids from `seed` on. Ids given out before stay taken: they count on, never restart."""
        self.seed = seed
        self._ids.rekey(seed, self.name, "id")
        self._event_ids.rekey(seed, self.name, "event")
        self.__dict__.pop("rng", None)
        self.__dict__.pop("_tools", None)

    @cached_property
    def rng(self) -> random.Random:
        return random.Random(stable_seed(self.seed, self.name, "rng"))

    def new_id(self) -> str:
        """An id of 32 hex characters that this app has not given out before."""
        return self._ids()

    @property
    def issued(self) -> Issued:
        """What has been given out; set it back to give out the same again."""
        drawn = self.rng.getstate() if "rng" in vars(self) else None
        return Issued(self._ids.issued, self._event_ids.issued, drawn)

    @issued.setter
    def issued(self, before: Issued) -> None:
        self._ids.issued, self._event_ids.issued = before.ids, before.event_ids
        self.__dict__.pop("rng", None)
        if before.drawn is not None:
            self.rng.setstate(before.drawn)

    def event_id(self, label: str) -> str:
        return f"{type(self).__name__}.{label}-{self._event_ids()}"

    def register_to_env(self, key: str, callback: Callable[[CompletedEvent], None]) -> None:
        """From now on hand every event of this app to `callback`."""
        self.add_event_callbacks[key] = callback

    def add_event(self, event: Any) -> None:
        """Hand `event` to whoever listens: the environment during a run, nobody before it."""
        for callback in list(self.add_event_callbacks.values()):
            callback(event)

    def connect_to_protocols(self, protocols: dict[str, Any]) -> None:
        """Take what other apps of the phone provide, such as a file system; nothing by default."""

    def pause_env(self) -> None:
        """Nothing: no time passes while an app works."""

    def resume_env(self) -> None:
        """Nothing, as `pause_env`."""

    def get_implemented_protocols(self) -> list[str]:
        return []

    def take_due(self) -> Sequence[Due]:
        """What this app has to announce to both sides now; nothing by default."""
        return ()

    def set_failure_probability(self, probability: float | None, seed: int = 0) -> None:
        """Let each call of an agent's tool fail with `probability`, 0 to 1 (else `ValueError`); None means never.

        Which calls fail is drawn from `seed` and the app's own.
        """
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"failure_probability={probability}; expected a number from 0 to 1")
        self.failure_probability, self._failure_seed = probability, seed
        self.__dict__.pop("_tools", None)

    def set_public_texts(self, names: Mapping[str, str], descriptions: Mapping[str, str]) -> None:
        """Offer agents' tools under other `names` and `descriptions`, both keyed by `<app name>__<method>`."""
        self._public_names, self._public_descriptions = names, descriptions
        self.__dict__.pop("_tools", None)

    @property
    def public_texts(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The other names and descriptions, both by `<app name>__<method>`."""
        return self._public_names, self._public_descriptions

    def get_tools(self) -> list[AppTool]:
        """What the proactive agent may call: most derived class first, in the order of definition."""
        return self._tools

    @cached_property
    def _tools(self) -> list[AppTool]:
        tools = [
            AppTool(self, one, self.failure_probability, self._failure_seed) for one in declared(type(self), Kind.APP)
        ]
        for one in tools:
            one.renamed, one.described = self._public_names.get(one.name), self._public_descriptions.get(one.name)
        return tools

    def get_user_tools(self) -> list[AppTool]:
        return [AppTool(self, registration) for registration in declared(type(self), Kind.USER)]

    def get_env_tools(self) -> list[AppTool]:
        return [AppTool(self, registration) for registration in declared(type(self), Kind.ENV)]

    def get_data_tools(self) -> list[AppTool]:
        return [AppTool(self, registration) for registration in declared(type(self), Kind.DATA)]

    def get_tool(self, name: str) -> AppTool:
        """The agent's or user's tool called `name`, with or without the app in front; else `ValueError`."""
        tools = {one.registration.label: one for one in [*self.get_user_tools(), *self.get_tools()]}
        found = tools.get(name.removeprefix(f"{self.name}__"))
        if found is None:
            raise ValueError(f"tool {name!r} of app {self.name!r}; expected one of {sorted(tools)}")
        return found

    def get_state(self) -> dict[str, Any]:
        """The state as plain JSON values, by attribute."""
        adapters = state_adapters(type(self))
        return {name: adapters[name].dump_python(getattr(self, name), mode="json") for name in self.STATE}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over a state that `get_state` gave, also after a trip through JSON."""
        adapters = state_adapters(type(self))
        for name in self.STATE:
            setattr(self, name, adapters[name].validate_python(state[name]))
        self.after_load()

    def after_load(self) -> None:
        """Mend what a loaded state does not say; nothing by default."""

    def reset(self) -> None:
        """Forget what has been handed out; the state itself comes from `load_state`."""
        self.__dict__.pop("rng", None)
        self.__dict__.pop("_tools", None)


def state_adapters(app: type[App]) -> dict[str, TypeAdapter[Any]]:
    """The JSON codec of each attribute of an app's state."""
    owner: type = app
    return _state_adapters(owner)


@cache
def _state_adapters(app: type[Any]) -> dict[str, TypeAdapter[Any]]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - costs more than all the rest of the import

    hints = typing.get_type_hints(app)
    return {name: TypeAdapter(hints[name]) for name in app.STATE}


class AppState(Generic[A]):
    """A screen of an app: the user's tools there, and where they lead.

    A tool says what comes next by `go`, `back` or `to_root`; this takes effect once the call is logged as a success.
    """

    app: A

    def bind_to_app(self, app: A) -> None:
        self.app = app

    def on_enter(self) -> None:
        """Prepare the screen; an error keeps the user where she was."""

    def on_exit(self) -> None:
        """Leave the screen."""

    def get_available_actions(self) -> list[AppTool]:
        """The user's tools on this screen, in alphabetical order."""
        found = sorted(declared(type(self), Kind.USER), key=lambda registration: registration.label)
        return [AppTool(self, registration) for registration in found]

    def go(self, state: AppState[A]) -> None:
        self.app.requested = lambda: self.app.set_current_state(state)

    def back(self) -> None:
        self.app.requested = self.app.back_or_root

    def to_root(self) -> None:
        self.app.requested = self.app.load_root_state


class StatefulApp(App):
    """An app with screens. `STATES` lists their classes, the first one shown first."""

    STATES: ClassVar[tuple[type[AppState[Any]], ...]] = ()

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.navigation_stack: list[AppState[Any]] = []
        self.requested: Callable[[], object] | None = None
        self._screen: AppState[Any] | None = None

    def create_root_state(self) -> AppState[Any]:
        return self.STATES[0]()

    @property
    def current_state(self) -> AppState[Any]:
        """The screen that is shown; the root one at first."""
        if self._screen is None:
            self.load_root_state()
        return typing.cast("AppState[Any]", self._screen)

    def set_current_state(self, state: AppState[Any]) -> None:
        """Show `state` and remember the screen before it. An error in `on_enter` leaves everything as it was."""
        previous = self._screen
        state.bind_to_app(self)
        state.on_enter()
        if previous is not None:
            previous.on_exit()
            self.navigation_stack.append(previous)
        self._screen = state

    def load_root_state(self) -> None:
        """Show a fresh root screen with nothing behind it."""
        self._screen = None
        self.navigation_stack.clear()
        self.set_current_state(self.create_root_state())

    def reset_to_root(self) -> None:
        self.load_root_state()

    @tool(by=EventType.USER, navigates=True)
    def go_back(self) -> str:
        """Return to the previous screen."""
        return self._pop()

    def _pop(self) -> str:
        if not self.navigation_stack:
            return f"{self.name} already shows its first screen"
        previous = self.navigation_stack[-1]
        previous.on_enter()
        self.current_state.on_exit()
        self.navigation_stack.pop()
        self._screen = previous
        return f"{self.name} shows {type(previous).__name__}"

    def back_or_root(self) -> None:
        """Return to the previous screen whose content still exists, else to a fresh root."""
        while self.navigation_stack:
            try:
                self._pop()
            except (KeyError, ValueError, IndexError):
                self.navigation_stack.pop()
            else:
                return
        self.load_root_state()

    def screen(self, state: type[S]) -> S:
        """A stand-in for the screen that will be shown by then: its tools can be captured as events of the user."""
        stand_in = state.__new__(state)
        stand_in.bind_to_app(self)
        return stand_in

    def get_user_tools(self) -> list[AppTool]:
        """What the user may do on the current screen."""
        return self.current_state.get_available_actions()

    def handle_state_transition(self, event: CompletedEvent) -> None:
        """Show what a successful action of the user asked for."""
        requested, self.requested = self.requested, None
        if requested is not None and not event.failed():
            requested()

    def get_state_graph(self) -> dict[str, list[str]]:
        """For each screen, by class name, the screens that its tools may show next, sorted, without ways back."""
        return {
            state.__name__: sorted({name for found in declared(state, Kind.USER) for name in found.leads_to})
            for state in self.STATES
        }

    def get_reachable_states(self, start: str | AppState[Any] | None = None) -> list[str]:
        """The screens that can be reached from `start`, the current one by default, itself included; nearest first.

        Raises `ValueError` for a screen that the app does not have.
        """
        first = start if isinstance(start, str) else type(start or self.current_state).__name__
        graph = self.get_state_graph()
        if first not in graph:
            raise ValueError(f"screen {first!r} of {type(self).__name__}; expected one of {list(graph)}")
        return list(_breadth_first(graph, first))

    def reset(self) -> None:
        super().reset()
        self.load_root_state()


def _breadth_first(graph: dict[str, list[str]], start: str) -> Iterator[str]:
    seen = [start]
    for name in seen:
        yield name
        seen.extend(dict.fromkeys(target for target in graph[name] if target not in seen))


def page(items: Sequence[T], offset: int, limit: int) -> list[T]:
    """`limit` items from `offset` on; else `ValueError`: an offset outside 0 to their number, a limit below 0."""
    if not 0 <= offset <= len(items):
        raise ValueError(f"offset={offset}; expected a number from 0 to {len(items)}")
    if limit < 0:
        raise ValueError(f"limit={limit}; expected a number that is not negative")
    return list(items[offset : offset + limit])
