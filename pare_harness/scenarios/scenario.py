"""A phone day: apps with their data, the events of the day, and what must hold at its end."""

from __future__ import annotations

import copy
import operator
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pare_harness.apps.core import App, Issued
from pare_harness.clock import DEFAULT_START
from pare_harness.context import Simulation, stable_seed
from pare_harness.disturbances import SPARED
from pare_harness.environment import EnvironmentState
from pare_harness.errors import ScenarioError

if TYPE_CHECKING:
    from pare_harness.environment import StateAwareEnvironmentWrapper
    from pare_harness.events import AbstractEvent
    from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
    from pare_harness.tools import AppTool

T = TypeVar("T", bound=App)


class ScenarioStatus(Enum):
    """How far a scenario has been reviewed."""

    Draft = "Draft"
    AwaitingReview = "AwaitingReview"
    Valid = "Valid"
    Invalid = "Invalid"
    Abandoned = "Abandoned"
    Safe = "safe"
    Violating = "violating"


@dataclass
class ScenarioValidationResult:
    """What a validator found: `success` None means that it could not tell; `duration` in seconds."""

    success: bool | None
    exception: Exception | None = None
    export_path: str | None = None
    rationale: str | None = None
    duration: float | None = None


class PAREScenario:
    """A simulated day: subclass it, fill the phone, schedule events, and say in `validate` what must hold.

    Every field can be given to the constructor, set as a class attribute by a subclass, or left at its default; the
    constructor comes first. `start_time` is in seconds since the Unix epoch (default 2025-01-01 00:00:00 UTC),
    `duration` in simulated seconds (None: until nothing is left to happen), `nb_turns` limits the turns.
    """

    FIELDS: ClassVar[dict[str, Any]] = {
        "is_benchmark_ready": False,
        "events": [],
        "apps": [],
        "tags": (),
        "scenario_id": "",
        "seed": 0,
        "nb_turns": None,
        "run_number": None,
        "config": None,
        "has_a2a_augmentation": False,
        "status": ScenarioStatus.Draft,
        "comment": None,
        "annotation_id": None,
        "hints": [],
        "additional_system_prompt": None,
        "start_time": None,
        "duration": None,
        "queue_based_loop": False,
        "time_increment_in_seconds": 1,
        "working_dir": "",
        "tool_augmentation_config": None,
        "env_events_config": None,
        "gui_config": None,
        "augmentation_data": {},
    }
    """Every field with its default."""

    equivalent_mutants: ClassVar[Mapping[str, str]] = {}
    """Mutants of the day that the validator may accept: patterns of their names, each with its reason."""

    scenario_id: str
    seed: int
    events: list[AbstractEvent]
    apps: list[App]
    tags: tuple[str, ...]
    nb_turns: int | None
    run_number: int | None
    start_time: float
    duration: float | None
    time_increment_in_seconds: int
    additional_system_prompt: str | None
    tool_augmentation_config: ToolAugmentationConfig | None
    env_events_config: EnvEventsConfig | None
    augmentation_data: dict[str, Any]

    def __init__(self, **fields: Any) -> None:
        unknown = [name for name in fields if name not in self.FIELDS]
        if unknown:
            raise TypeError(f"{type(self).__name__}: field {unknown[0]!r}; expected one of {list(self.FIELDS)}")
        kind: type = type(self)
        plain, containers = _declared(kind)
        vars(self).update(plain, **{name: copy.copy(value) for name, value in containers.items()})
        vars(self).update(fields)
        start: float | None = self.start_time
        self.start_time = DEFAULT_START if start is None else float(start)
        self.seed = whole_seed(self.scenario_id, self.seed)
        self.simulation = Simulation(self.seed, self.start_time)
        self.initialized = False
        self._own_data_checked = False
        self._initial: dict[str, tuple[dict[str, Any], Issued]] = {}

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        """Create the apps, fill them by direct calls, and set `self.apps`."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say which apps the phone has: init_and_populate_apps"
        )

    def build_events_flow(self) -> None:
        """Schedule the day: set `self.events` to events made in `EventRegisterer.capture_mode()`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what happens: build_events_flow")

    def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
        """Judge the run by its event log and by the state of its apps; called once, after the run."""
        return ScenarioValidationResult(success=env.state is not EnvironmentState.FAILED)

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Fill the phone, schedule the day and apply the noise, once; later calls do nothing.

        Raises `ScenarioError` for a scenario without apps, with two apps of one name, or whose seed is no whole number.
        """
        if self.initialized:
            return
        with self.simulation.running():
            self.init_and_populate_apps(*args, **kwargs)
            self._check_apps()
            self.seed = whole_seed(self.scenario_id, self.seed)
            for app in self.apps:
                app.set_seed(self.seed)
            self.apply_augmentation_configs()
            self.build_events_flow()
            self._add_noise()
            self._initial = {app.name: (app.get_state(), app.issued) for app in self.apps}
        self.initialized = True

    def apply_augmentation_configs(self) -> None:
        """Let tools fail, and offer them under other names and descriptions, as `tool_augmentation_config` says.

        The conversation with the user and the home screen are spared.
        """
        config = self.tool_augmentation_config
        for app in self.apps:
            if config is not None and type(app).__name__ not in SPARED:
                app.set_public_texts(*self._texts(config))
                app.set_failure_probability(config.tool_failure_probability, config.tool_failure_seed)
        if config is not None and config.apply_tool_name_augmentation:
            self._check_names()

    def soft_reset(self) -> None:
        """Put every app back to where `initialize` left it, so that the same day can run again with the same log."""
        self.simulation = Simulation(self.seed, self.start_time)
        for app in self.apps:
            state, issued = self._initial[app.name]
            app.load_state(state)
            app.reset()
            app.issued = issued
        for event in self.events:
            event.rewind()

    def get_app(self, name: str) -> App:
        """The app of that name. Raises `ValueError` naming the choices."""
        found = next((app for app in self.apps if app.name == name), None)
        if found is None:
            raise ValueError(f"no app {name!r} in scenario {self.scenario_id!r}; expected one of {self._app_names()}")
        return found

    def get_typed_app(self, cls: type[T], name: str | None = None) -> T:
        """The app of class `cls` named `name`, by default named as its class; else `ValueError` naming the choices."""
        wanted = name or cls.__name__
        found = next((app for app in self.apps if isinstance(app, cls) and app.name == wanted), None)
        if found is None:
            names = [app.name for app in self.apps if isinstance(app, cls)] or self._app_names()
            raise ValueError(
                f"no {cls.__name__} named {wanted!r} in scenario {self.scenario_id!r}; expected one of {names}"
            )
        return found

    def get_tools(self) -> list[AppTool]:
        """The agent's tools of all apps."""
        return _joined(self.get_tools_by_app())

    def get_user_tools(self) -> list[AppTool]:
        """The user's tools of all apps, each on the screen that it shows."""
        return _joined(self.get_user_tools_by_app())

    def get_env_tools(self) -> list[AppTool]:
        return _joined(self.get_env_tools_by_app())

    def get_data_tools(self) -> list[AppTool]:
        return _joined(self.get_data_tools_by_app())

    def get_tools_by_app(self) -> dict[str, list[AppTool]]:
        return {app.name: app.get_tools() for app in self.apps}

    def get_user_tools_by_app(self) -> dict[str, list[AppTool]]:
        return {app.name: app.get_user_tools() for app in self.apps}

    def get_env_tools_by_app(self) -> dict[str, list[AppTool]]:
        return {app.name: app.get_env_tools() for app in self.apps}

    def get_data_tools_by_app(self) -> dict[str, list[AppTool]]:
        return {app.name: app.get_data_tools() for app in self.apps}

    def _texts(self, config: ToolAugmentationConfig) -> tuple[dict[str, str], dict[str, str]]:
        data = self._augmentation_data()
        names = data.get("tool_names_mapping", {}) if config.apply_tool_name_augmentation else {}
        descriptions = data.get("tool_descriptions_mapping", {}) if config.apply_tool_description_augmentation else {}
        return (
            self._drawn(names, config.tool_name_share, "name", config.tool_name_seed),
            self._drawn(descriptions, config.tool_description_share, "description", config.tool_description_seed),
        )

    def _check_names(self) -> None:
        named: dict[str, AppTool] = {}
        for tool in self.get_tools():
            other = named.setdefault(tool.public_name, tool)
            if other is not tool:
                raise ScenarioError(
                    f"tools {other.name!r} and {tool.name!r} of scenario {self.scenario_id!r} both go by "
                    f"{tool.public_name!r}; expected another name for each in tool_names_mapping"
                )

    def _drawn(self, texts: dict[str, str], share: float, purpose: str, seed: int) -> dict[str, str]:
        """Each entry with probability `share`."""
        draw = {tool: random.Random(stable_seed(self.seed, purpose, seed, tool)).random() for tool in texts}
        return {tool: text for tool, text in texts.items() if draw[tool] < share}

    def _add_noise(self) -> None:
        if self.env_events_config is None:
            return
        from pare_harness.scenarios.utils.scenario_expander import PAREEnvEventsExpander  # noqa: PLC0415 - NumPy

        expander = PAREEnvEventsExpander(self.env_events_config)
        expander.add_env_events_to_scenario(self, self._augmentation_data()["apps"])

    def _augmentation_data(self) -> dict[str, Any]:
        if not self.augmentation_data:
            from pare_harness.scenarios.augmentation import load_augmentation_data  # noqa: PLC0415 - pydantic

            self.augmentation_data = load_augmentation_data()
            self._own_data_checked = True
        elif not self._own_data_checked:
            from pare_harness.scenarios.augmentation import completed  # noqa: PLC0415 - pydantic

            self.augmentation_data = completed(self.augmentation_data, f"augmentation_data of {self.scenario_id!r}")
            self._own_data_checked = True
        return self.augmentation_data

    def _check_apps(self) -> None:
        self.apps = self.apps or []
        names = self._app_names()
        if not names:
            raise ScenarioError(
                f"scenario {self.scenario_id!r} has no apps; expected init_and_populate_apps to set self.apps"
            )
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ScenarioError(
                f"scenario {self.scenario_id!r} has two apps named {twice[0]!r}; expected one name for each"
            )

    def _app_names(self) -> list[str]:
        return [app.name for app in self.apps]


Scenario = PAREScenario


def whole_seed(scenario_id: str, seed: Any) -> int:
    """The seed as a built-in integer, whoever's integer it was; 0 for None.

    Raises `ScenarioError`, one line, for anything else and for what 64 bits cannot hold.
    """
    try:
        number = operator.index(PAREScenario.FIELDS["seed"] if seed is None else seed)
    except TypeError:
        number = _SEEDS.stop
    if number not in _SEEDS:
        raise ScenarioError(f"scenario {scenario_id!r}: seed={seed!r:.200}; expected a whole number of 64 bits")
    return number


_SEEDS = range(-(2**63), 2**63)


@cache
def _declared(scenario: type[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What every object of a class starts with: the values that it can share, and those of which it needs its own."""
    given = {name: getattr(scenario, name, None) for name in scenario.FIELDS}
    values = {name: scenario.FIELDS[name] if value is None else value for name, value in given.items()}
    own = {name: value for name, value in values.items() if isinstance(value, list | dict)}
    return {name: value for name, value in values.items() if name not in own}, own


def _joined(by_app: dict[str, list[AppTool]]) -> list[AppTool]:
    return [tool for tools in by_app.values() for tool in tools]
