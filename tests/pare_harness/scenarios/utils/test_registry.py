import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from pare_harness.scenarios import PAREScenario
from pare_harness.scenarios.utils import registry as registry_module
from pare_harness.scenarios.utils.registry import (
    DiscoveryError,
    IncompleteDiscoveryError,
    ScenarioRegistry,
    collecting,
    register_scenario,
)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    points: list[EntryPoint] = []
    monkeypatch.setattr(registry_module, "entry_points", lambda group: [p for p in points if p.group == group])
    return points


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, installed: list[EntryPoint]) -> ModuleType:
    module = ModuleType("a_package_with_scenarios")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    installed.append(EntryPoint("theirs", f"{module.__name__}:register", registry_module.GROUP))
    return module


def scenario(name: str = "Day") -> type[PAREScenario]:
    return type(name, (PAREScenario,), {"__module__": __name__})


def test_the_decorator_enters_the_class_and_names_it() -> None:
    registry = ScenarioRegistry()
    day = registry.register("day")(scenario())
    assert registry.get_scenario("day") is day
    assert day.scenario_id == "day"
    assert registry.get_all_scenarios() == {"day": day}


def test_a_scenario_of_that_class_carries_the_id() -> None:
    assert ScenarioRegistry().register("day")(scenario())().scenario_id == "day"


def test_an_id_that_is_taken_is_refused_and_both_sides_are_named() -> None:
    registry = ScenarioRegistry()
    registry.register("day")(scenario("First"))
    both = rf"'day' is registered twice: by {__name__}.First \({re.escape(__file__)}\) and by {__name__}.Second"
    with pytest.raises(ValueError, match=both):
        registry.register("day")(scenario("Second"))


def test_entering_the_same_class_again_changes_nothing() -> None:
    registry, day = ScenarioRegistry(), scenario()
    registry.register("day")(registry.register("day")(day))
    assert registry.registered == {"day": day}


@pytest.mark.parametrize("thing", [int, PAREScenario(), print])
def test_only_scenarios_can_be_registered(thing: object) -> None:
    with pytest.raises(TypeError, match=r"register_scenario\('day'\) on .*; expected a subclass of PAREScenario"):
        ScenarioRegistry().register("day")(thing)  # type: ignore[type-var]  # that is the mistake


@pytest.mark.parametrize("wrong", [PAREScenario, "", None, "two\nlines", "half \ud800 a pair"])
def test_the_decorator_needs_an_id(wrong: object) -> None:
    with pytest.raises(TypeError, match="expected an id"):
        ScenarioRegistry().register(wrong)  # type: ignore[arg-type]  # that is the mistake


def test_an_unknown_id_is_answered_with_similar_ones() -> None:
    registry = ScenarioRegistry()
    for scenario_id in ("lost_parcel", "late_train", "wet_day"):
        registry.register(scenario_id)(scenario())
    with pytest.raises(KeyError, match=r"'lost_parcels'; expected one of the 3 registered, such as \['lost_parcel'\]"):
        registry.get_scenario("lost_parcels")


def test_installed_packages_are_asked_at_first_use_and_once(package: ModuleType) -> None:
    calls: list[ScenarioRegistry] = []
    package.register = lambda given: calls.append(given) or given.register("theirs")(scenario())  # type: ignore[attr-defined]
    registry = ScenarioRegistry()
    assert registry.registered == {}
    assert list(registry.get_all_scenarios()) == ["theirs"]
    assert registry.get_scenario("theirs").scenario_id == "theirs"
    assert calls == [registry]


def test_reset_forgets_everything_and_asks_again(package: ModuleType) -> None:
    package.register = lambda given: given.register("theirs")(scenario())  # type: ignore[attr-defined]
    registry = ScenarioRegistry()
    registry.register("mine")(scenario())
    registry.get_all_scenarios()
    registry.reset()
    assert registry.registered == {}
    assert list(registry.get_all_scenarios()) == ["theirs"]


@pytest.mark.parametrize("failure", [OSError("no disk"), SystemExit("no disk")], ids=repr)
def test_a_package_that_fails_is_an_error_and_never_a_smaller_set(package: ModuleType, failure: BaseException) -> None:
    def register(given: ScenarioRegistry) -> None:
        raise failure

    package.register = register  # type: ignore[attr-defined]
    registry = ScenarioRegistry()
    registry.register("mine")(scenario())
    message = rf"entry point 'theirs' of group 'pare\.scenarios': {type(failure).__name__}: no disk"
    with pytest.raises(IncompleteDiscoveryError, match=message):
        registry.get_all_scenarios()
    assert list(registry.discover().scenarios) == ["mine"]
    assert registry.get_scenario("mine").scenario_id == "mine"
    with pytest.raises(KeyError, match="not discovered: a_package_with_scenarios: entry point 'theirs'"):
        registry.get_scenario("yours")


def test_a_package_that_cannot_be_imported_is_an_error(installed: list[EntryPoint]) -> None:
    installed.append(EntryPoint("gone", "a_package_that_is_gone:register", registry_module.GROUP))
    (error,) = ScenarioRegistry().discover().errors
    assert "entry point 'gone'" in error.message
    assert "No module named 'a_package_that_is_gone'" in error.message


def test_errors_of_single_files_are_passed_on(package: ModuleType) -> None:
    errors = (DiscoveryError(Path("a.py"), "line 1: broken"), DiscoveryError(Path("b.py"), "line 2: broken"))

    def register(given: ScenarioRegistry) -> None:
        raise IncompleteDiscoveryError(errors)

    package.register = register  # type: ignore[attr-defined]
    registry = ScenarioRegistry()
    assert registry.discover().errors == errors
    with pytest.raises(IncompleteDiscoveryError, match=r"^a\.py: line 1: broken\nb\.py: line 2: broken$"):
        registry.get_all_scenarios()


def test_while_collecting_registrations_go_nowhere_else() -> None:
    with collecting() as collector:
        day = register_scenario("a day for nobody else")(scenario())
    assert collector.registered == {"a day for nobody else": day}
    assert "a day for nobody else" not in registry_module.registry.registered
