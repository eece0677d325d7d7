import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pare_harness import compat

# What published scenario files import, dotted name by dotted name.
IMPORTED = [
    "are.simulation.scenarios.scenario.ScenarioStatus",
    "are.simulation.scenarios.scenario.ScenarioValidationResult",
    "are.simulation.types.AbstractEnvironment",
    "are.simulation.types.EventRegisterer",
    "are.simulation.types.EventType",
    "are.simulation.types.Action",
    "are.simulation.types.ConditionCheckEvent",
    "are.simulation.apps.messaging_v2.ConversationV2",
    "are.simulation.apps.messaging_v2.MessageV2",
    "are.simulation.apps.contacts.Contact",
    "are.simulation.apps.contacts.Gender",
    "are.simulation.apps.email_client.Email",
    "are.simulation.apps.email_client.EmailFolderName",
    "are.simulation.apps.SandboxLocalFileSystem",
    "are.simulation.apps.sandbox_file_system.SandboxLocalFileSystem",
    "are.simulation.apps.calendar.CalendarEvent",
    "are.simulation.apps.apartment_listing.Apartment",
    "are.simulation.apps.shopping.CartItem",
    "are.simulation.apps.shopping.Item",
    "are.simulation.apps.shopping.Order",
    "are.simulation.apps.shopping.Product",
    "pare.apps.HomeScreenSystemApp",
    "pare.apps.PAREAgentUserInterface",
    "pare.scenarios.PAREScenario",
    "pare.scenarios.utils.registry.register_scenario",
    "pare.scenarios.registry.register_scenario",
    "pare.apps.StatefulEmailApp",
    "pare.apps.StatefulMessagingApp",
    "pare.apps.StatefulCalendarApp",
    "pare.apps.StatefulContactsApp",
    "pare.apps.StatefulCabApp",
    "pare.apps.StatefulApartmentApp",
    "pare.apps.StatefulShoppingApp",
    "pare.apps.StatefulReminderApp",
    "pare.apps.shopping.StatefulShoppingApp",
    "pare.apps.reminder.StatefulReminderApp",
    "pare.apps.note.StatefulNotesApp",
    "pare.apps.cab.StatefulCabApp",
    "pare.apps.apartment.StatefulApartmentApp",
    "pare.apps.email.StatefulEmailApp",
]


@pytest.fixture(autouse=True)
def nothing_served() -> Iterator[None]:
    served = compat.install()
    compat.uninstall()
    yield
    compat.uninstall()
    if served:
        compat.install()


@pytest.fixture
def real_pare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "pare"
    (package / "apps").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "apps" / "__init__.py").write_text("REAL = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "pare"]:
        del sys.modules[name]


def imported(dotted: str) -> object:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def ours(module: str) -> ModuleType:
    return importlib.import_module(f"pare_harness.{module}")


@pytest.mark.parametrize("dotted", IMPORTED)
def test_every_published_name_is_served(dotted: str) -> None:
    assert compat.install()
    assert imported(dotted) is not None


def test_a_module_of_pare_is_our_module() -> None:
    compat.install()
    assert importlib.import_module("pare.apps.cab") is ours("apps.cab")
    assert (
        imported("pare.apps.StatefulCabApp") is imported("pare.apps.cab.StatefulCabApp") is ours("apps").StatefulCabApp
    )


def test_a_name_of_meta_are_is_our_object() -> None:
    compat.install()
    assert imported("are.simulation.types.Action") is ours("events").Action
    assert imported("are.simulation.types.EventRegisterer") is ours("capture").EventRegisterer
    assert imported("are.simulation.apps.SandboxLocalFileSystem") is ours("apps.files").SandboxLocalFileSystem


def test_our_modules_keep_their_own_names() -> None:
    compat.install()
    importlib.import_module("pare.apps.cab")
    module = ours("apps.cab")
    assert module.__spec__ is not None
    assert (module.__name__, module.__spec__.name) == ("pare_harness.apps.cab", "pare_harness.apps.cab")
    assert importlib.reload(ours("placeholders")).__name__ == "pare_harness.placeholders"


def test_modules_of_meta_are_are_filled_at_first_use() -> None:
    compat.install()
    module = importlib.import_module("are.simulation.apps.shopping")
    assert "Product" not in vars(module)


@pytest.mark.parametrize(
    ("dotted", "message"),
    [
        (
            "are.simulation.types.Nothing",
            "module 'are.simulation.types', as pare_harness serves it, has no name 'Nothing'",
        ),
        ("are.simulation.types.__path__", "has no name '__path__'"),
    ],
)
def test_a_name_that_is_not_served_is_an_error(dotted: str, message: str) -> None:
    compat.install()
    with pytest.raises(AttributeError, match=message):
        imported(dotted)


@pytest.mark.parametrize("module", ["are.simulation.nothing", "pare.nothing", "are.nothing"])
def test_a_module_that_is_not_served_does_not_exist(module: str) -> None:
    compat.install()
    with pytest.raises(ModuleNotFoundError, match=f"No module named '{module}'"):
        importlib.import_module(module)


def test_installing_twice_is_installing_once() -> None:
    assert compat.install()
    assert compat.install()
    compat.uninstall()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("pare")


def test_after_uninstall_the_names_are_gone() -> None:
    compat.install()
    importlib.import_module("are.simulation.types")
    compat.uninstall()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("are.simulation.types")


def test_it_steps_aside_for_the_real_package(real_pare: Path) -> None:
    assert not compat.install()
    assert imported("pare.apps.REAL")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("are.simulation")


def test_by_force_it_goes_before_the_real_package_until_uninstalled(real_pare: Path) -> None:
    real = importlib.import_module("pare.apps")
    assert compat.install(force=True)
    assert importlib.import_module("pare.apps") is ours("apps")
    compat.uninstall()
    assert importlib.import_module("pare.apps") is real


def test_a_mere_folder_of_that_name_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pare").mkdir()
    (tmp_path / "are").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert compat.install()
