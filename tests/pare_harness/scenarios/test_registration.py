import inspect
from pathlib import Path

import pytest

from pare_harness.scenarios import registration
from pare_harness.scenarios.registration import discover, load_split, register_pare_scenarios
from pare_harness.scenarios.utils.registry import Discovery, IncompleteDiscoveryError, ScenarioRegistry, registry

SCENARIO = """
from pare_harness.scenarios import PAREScenario, register_scenario


@register_scenario("{id}")
class Day(PAREScenario):
    pass
"""


@pytest.fixture
def own() -> ScenarioRegistry:
    return ScenarioRegistry()


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def day(folder: Path, name: str) -> Path:
    return write(folder / f"{name}.py", SCENARIO.format(id=name))


def only_error(found: Discovery) -> str:
    (error,) = found.errors
    return str(error)


def test_a_folder_gives_its_files_by_name(tmp_path: Path, own: ScenarioRegistry) -> None:
    for name in ("tuesday", "monday", "_helper", "__init__"):
        day(tmp_path, name)
    day(tmp_path / "below", "sunday")
    found = discover([tmp_path], own)
    assert (list(found.scenarios), found.errors) == (["monday", "tuesday"], ())
    assert own.registered == found.scenarios


def test_only_the_given_registry_is_filled(tmp_path: Path, own: ScenarioRegistry) -> None:
    discover([day(tmp_path, "for_one_registry")], own)
    assert "for_one_registry" not in registry.registered


def test_a_file_is_imported_once_a_process(tmp_path: Path, own: ScenarioRegistry) -> None:
    file = day(tmp_path, "monday")
    first = discover([file, tmp_path, str(file)], own)
    again = discover([tmp_path], own)
    elsewhere = discover([tmp_path], ScenarioRegistry())
    assert first == again == elsewhere
    assert first.errors == ()


def test_a_file_that_has_changed_is_imported_again(tmp_path: Path, own: ScenarioRegistry) -> None:
    before = discover([day(tmp_path, "monday")], own).scenarios["monday"]
    write(tmp_path / "monday.py", SCENARIO.format(id="monday") + "    nb_turns = 7\n")
    found = discover([tmp_path], own)
    assert found.errors == ()
    assert found.scenarios["monday"] is own.registered["monday"] is not before
    assert found.scenarios["monday"]().nb_turns == 7


def test_the_source_of_a_scenario_can_be_read(tmp_path: Path, own: ScenarioRegistry) -> None:
    found = discover([day(tmp_path, "monday")], own).scenarios["monday"]
    assert inspect.getsource(found).startswith('@register_scenario("monday")\nclass Day')
    assert inspect.getsourcefile(found) == str(tmp_path / "monday.py")


def test_files_of_one_name_in_two_folders_do_not_meet(tmp_path: Path, own: ScenarioRegistry) -> None:
    write(tmp_path / "a" / "day.py", SCENARIO.format(id="one"))
    write(tmp_path / "b" / "day.py", SCENARIO.format(id="two"))
    assert list(discover([tmp_path / "b", tmp_path / "a"], own).scenarios) == ["two", "one"]


def test_an_id_in_two_files_is_an_error_that_names_both(tmp_path: Path, own: ScenarioRegistry) -> None:
    day(tmp_path, "monday")
    write(tmp_path / "tuesday.py", SCENARIO.format(id="monday"))
    found = discover([tmp_path], own)
    message = only_error(found)
    assert list(found.scenarios) == ["monday"]
    assert message.startswith(f"{tmp_path / 'tuesday.py'}: scenario id 'monday' is registered twice")
    assert str(tmp_path / "monday.py") in message


def test_an_id_twice_in_one_file_is_an_error_with_its_line(tmp_path: Path, own: ScenarioRegistry) -> None:
    write(tmp_path / "monday.py", SCENARIO.format(id="monday") * 2)
    assert "monday.py: line 12: ValueError: scenario id 'monday' is registered twice" in only_error(
        discover([tmp_path], own)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nimport a_module_that_is_gone\n", "line 2: ModuleNotFoundError: No module named 'a_module_that_is_gone'"),
        ("from pare_harness.scenarios import Nothing\n", "line 1: ImportError"),
        ("import json\n\njson.loads('{')\n", "line 3: JSONDecodeError: Expecting property name"),
        ("def half(:\n", "line 1: SyntaxError: invalid syntax"),
        ("raise SystemExit(3)\n", "line 1: SystemExit: 3"),
        ("import pytest\n\npytest.importorskip('no_such')\n", "line 3: Skipped: could not import 'no_such'"),
        ("import pytest\n\npytest.skip('no', allow_module_level=True)\n", "line 3: Skipped: no"),
        ("x = 1\n", "registers no scenario; expected @register_scenario"),
        ("import neighbour\n", "line 1: ModuleNotFoundError: No module named 'neighbour'"),
        (SCENARIO.format(id="") + "\n", "line 5: TypeError: register_scenario(''); expected an id"),
    ],
)
def test_a_file_that_gives_nothing_is_an_error_and_the_others_are_found(
    tmp_path: Path, own: ScenarioRegistry, text: str, message: str
) -> None:
    write(tmp_path / "broken.py", text)
    day(tmp_path, "neighbour")
    found = discover([tmp_path], own)
    assert only_error(found).startswith(f"{tmp_path / 'broken.py'}: {message}")
    assert "\n" not in only_error(found)
    assert list(found.scenarios) == ["neighbour"]


def test_an_interrupt_while_a_file_is_imported_is_the_users(tmp_path: Path, own: ScenarioRegistry) -> None:
    with pytest.raises(KeyboardInterrupt):
        discover([write(tmp_path / "slow.py", "raise KeyboardInterrupt\n")], own)


def test_a_file_mended_after_an_error_is_found(tmp_path: Path, own: ScenarioRegistry) -> None:
    write(tmp_path / "monday.py", "1 / 0\n")
    assert "ZeroDivisionError" in only_error(discover([tmp_path], own))
    assert list(discover([day(tmp_path, "monday")], own).scenarios) == ["monday"]


def test_paths_without_scenarios_are_errors(tmp_path: Path, own: ScenarioRegistry) -> None:
    (tmp_path / "empty").mkdir()
    notes = write(tmp_path / "notes.txt", "no Python")
    messages = [error.message for error in discover([tmp_path / "gone", tmp_path / "empty", notes], own).errors]
    assert messages == [
        "no such file or folder",
        "no scenario files in this folder; expected *.py, not beginning with '_'",
        "ImportError: no Python file; expected one that ends in '.py', got 'notes.txt'",
    ]


def test_the_variable_names_folders_of_the_working_directory(
    tmp_path: Path, own: ScenarioRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    day(tmp_path / "work" / "near", "relative")
    day(tmp_path / "far", "absolute")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PARE_SCENARIOS_DIR", f"near, {tmp_path / 'far'},")
    register_pare_scenarios(own)
    assert list(own.registered) == ["relative", "absolute"]


def test_the_variable_names_folders_beside_the_package_too(
    tmp_path: Path, own: ScenarioRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    day(tmp_path / "benchmark", "monday")
    monkeypatch.setattr(registration, "__file__", str(tmp_path / "registration.py"))
    monkeypatch.setenv("PARE_SCENARIOS_DIR", "benchmark")
    register_pare_scenarios(own)
    assert list(own.registered) == ["monday"]


def test_without_the_variable_there_is_nothing_to_register(
    own: ScenarioRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARE_SCENARIOS_DIR", raising=False)
    register_pare_scenarios(own)
    assert own.registered == {}


def test_what_the_variable_cannot_give_is_raised_after_the_rest_is_registered(
    tmp_path: Path, own: ScenarioRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    day(tmp_path, "monday")
    monkeypatch.setenv("PARE_SCENARIOS_DIR", f"gone,{tmp_path}")
    with pytest.raises(IncompleteDiscoveryError, match=r"^gone: no such file or folder$"):
        register_pare_scenarios(own)
    assert list(own.registered) == ["monday"]


def test_a_split_lists_ids(tmp_path: Path) -> None:
    assert load_split(write(tmp_path / "s.txt", "# half\n\nmonday\n  tuesday \n#sunday\n")) == ("monday", "tuesday")


@pytest.mark.parametrize(("text", "message"), [("a\nb\na\n", "'a' is named twice"), ("# none\n", "names no scenario")])
def test_a_split_that_says_nothing_or_repeats_itself_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_split(write(tmp_path / "s.txt", text))
