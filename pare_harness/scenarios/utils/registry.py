"""Scenarios by id."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeVar

from pare_harness.errors import ScenarioError
from pare_harness.scenarios.scenario import Scenario

S = TypeVar("S", bound=Scenario)

GROUP = "pare.scenarios"
"""Entry points of this group are called with a registry and put their scenarios into it."""


@dataclass(frozen=True)
class DiscoveryError:
    """Why `path`, a file, a folder or an entry point, gives no scenario or not all that it holds."""

    path: Path
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@dataclass(frozen=True)
class Discovery:
    """What a search found: scenario classes by id, in the order found, and what went wrong on the way."""

    scenarios: dict[str, type[Scenario]]
    errors: tuple[DiscoveryError, ...]


class IncompleteDiscoveryError(ScenarioError):
    """Scenarios that should be there are not: one line for each of `errors`."""

    def __init__(self, errors: tuple[DiscoveryError, ...]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


class ScenarioRegistry:
    """Scenario classes by id; those of installed packages are looked up at first use."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all scenarios; the next look-up asks the installed packages again."""
        self._scenarios: dict[str, type[Scenario]] = {}
        self._errors: tuple[DiscoveryError, ...] | None = None

    def register(self, scenario_id: str) -> Callable[[type[S]], type[S]]:
        """A class decorator that enters a scenario under `scenario_id` and sets the attribute of that name.

        Raises `TypeError` for anything but a subclass of `PAREScenario`, `ValueError` for an id that is taken. While a
        file is being discovered, the scenario goes to the registry that the discovery is for.
        """
        _require_id(scenario_id)

        def enter(cls: type[S]) -> type[S]:
            _require_scenario(scenario_id, cls)
            (_COLLECTOR.get() or self).add(scenario_id, cls)
            cls.scenario_id = scenario_id
            return cls

        return enter

    def add(self, scenario_id: str, cls: type[Scenario]) -> None:
        """Enter `cls`; when its file has been imported again, it takes the place of the older class."""
        other = self._scenarios.get(scenario_id, cls)
        if other is not cls and not _imported_again(other, cls):
            raise ValueError(
                f"scenario id {scenario_id!r} is registered twice: by {_origin(other)} and by {_origin(cls)}"
            )
        self._scenarios[scenario_id] = cls

    def get_scenario(self, scenario_id: str) -> type[Scenario]:
        """The class of that id. Raises `KeyError` that names similar ids, and the packages that could not be asked."""
        found = self.discover()
        if scenario_id not in found.scenarios:
            known = sorted(found.scenarios)
            failed = "".join(f"; not discovered: {error}" for error in found.errors)
            similar = get_close_matches(scenario_id, known) or known[:3]
            raise KeyError(
                f"scenario {scenario_id!r}; expected one of the {len(known)} registered, such as {similar}{failed}"
            )
        return found.scenarios[scenario_id]

    def get_all_scenarios(self) -> dict[str, type[Scenario]]:
        """All classes by id, in the order of registration.

        Raises `IncompleteDiscoveryError` rather than give fewer than there are.
        """
        found = self.discover()
        if found.errors:
            raise IncompleteDiscoveryError(found.errors)
        return found.scenarios

    @property
    def registered(self) -> dict[str, type[Scenario]]:
        """What has been registered so far, by id; no package is asked."""
        return dict(self._scenarios)

    def discover(self) -> Discovery:
        """All that is registered; the first call asks the entry points of the group `pare.scenarios`."""
        if self._errors is None:
            self._errors = ()
            self._errors = tuple(error for point in sorted(entry_points(group=GROUP)) for error in self._load(point))
        return Discovery(self.registered, self._errors)

    def _load(self, point: EntryPoint) -> tuple[DiscoveryError, ...]:
        try:
            found = point.load()
            if callable(found):
                found(self)
        except IncompleteDiscoveryError as failed:
            return failed.errors
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - another package's code: its error is kept, the rest is still asked
            what = f"entry point {point.name!r} of group {GROUP!r}: {type(error).__name__}: {error}"
            return (DiscoveryError(Path(point.module), what),)
        return ()


def _require_id(value: object) -> None:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise TypeError(f"register_scenario({value!r}); expected an id, as in @register_scenario('my_scenario')")


def _require_scenario(scenario_id: str, value: object) -> None:
    if not isinstance(value, type) or not issubclass(value, Scenario):
        raise TypeError(f"register_scenario({scenario_id!r}) on {value!r}; expected a subclass of PAREScenario")


_COLLECTOR: ContextVar[ScenarioRegistry | None] = ContextVar("pare_scenario_collector", default=None)


@contextmanager
def collecting() -> Iterator[ScenarioRegistry]:
    """Within this block every registration, whatever registry it names, goes to the one that is yielded."""
    collector = ScenarioRegistry()
    token = _COLLECTOR.set(collector)
    try:
        yield collector
    finally:
        _COLLECTOR.reset(token)


def _imported_again(old: type, new: type) -> bool:
    """Whether the classes come from two imports of one file."""
    return old.__module__ != new.__module__ and _source_file(old) == _source_file(new) is not None


def _source_file(cls: type) -> Path | None:
    try:
        return Path(inspect.getfile(cls)).resolve()
    except (OSError, TypeError):
        return None


def _origin(cls: type) -> str:
    file = _source_file(cls)
    return f"{cls.__module__}.{cls.__qualname__}" + (f" ({file})" if file else "")


registry = ScenarioRegistry()
"""The scenarios of this process."""


def register_scenario(scenario_id: str) -> Callable[[type[S]], type[S]]:
    """`@register_scenario("my_scenario")` above a subclass of `PAREScenario` makes it known under that id."""
    return registry.register(scenario_id)
