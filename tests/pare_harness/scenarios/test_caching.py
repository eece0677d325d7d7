import importlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pare_harness.errors import LimitReached
from pare_harness.scenarios import caching
from pare_harness.scenarios.caching import CacheKey, cache_dir, cache_key, load_result, store_result
from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig
from pare_harness.scenarios.noise import ToolAugmentationConfig
from pare_harness.scenarios.scenario import PAREScenario
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from tests.support.quiet_day import QuietDay

CONFIG = ScenarioRunnerConfig()
VERDICT = PAREScenarioValidationResult(
    False,
    rationale="no ride was ordered",
    duration=1.5,
    proposal_count=6,
    acceptance_count=5,
    rejection_count=1,
    read_only_actions=4,
    write_actions=3,
    number_of_turns=2,
)
SOURCE = """
from pare_harness.apps.core import App
from pare_harness.scenarios.scenario import PAREScenario

class Base(PAREScenario):
    def init_and_populate_apps(self, *args, **kwargs):
        self.apps = [App("Emails")]
    def build_events_flow(self):
        self.events = []
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _key(config: ScenarioRunnerConfig = CONFIG, **fields: Any) -> CacheKey:
    scenario = QuietDay(**fields)
    scenario.initialize()
    key = cache_key(config, scenario)
    assert key is not None
    return key


def test_a_verdict_is_served_as_it_was() -> None:
    store_result(_key(), VERDICT)
    assert load_result(_key()) == VERDICT


def test_nothing_is_served_before_it_is_stored() -> None:
    assert load_result(_key()) is None


@pytest.mark.parametrize(
    "result",
    [
        PAREScenarioValidationResult(None),
        PAREScenarioValidationResult(False, ValueError("broken")),
        PAREScenarioValidationResult(None, LimitReached("time")),
    ],
)
def test_only_verdicts_are_stored(result: PAREScenarioValidationResult, folder: Path) -> None:
    store_result(_key(), result)
    assert not folder.exists()


def test_runs_of_a_scenario_are_apart(folder: Path) -> None:
    store_result(_key(run_number=1), VERDICT)
    assert load_result(_key(run_number=2)) is None
    assert load_result(_key()) is None
    assert [file.name for file in folder.iterdir()] == [f"quiet_run_1_{CONFIG.get_config_hash()}.json"]


@pytest.mark.parametrize(
    "fields",
    [
        {"seed": 1},
        {"nb_turns": 3},
        {"additional_system_prompt": "hurry"},
        {"start_time": 5.0},
        {"tool_augmentation_config": ToolAugmentationConfig()},
        {"augmentation_data": {"apps": [], "tool_names_mapping": {"a": "b"}}},
    ],
)
def test_another_scenario_is_not_served(fields: dict[str, Any]) -> None:
    data: dict[str, Any] = {"augmentation_data": {"apps": []}}
    store_result(_key(**data), VERDICT)
    assert load_result(_key(**data)) == VERDICT
    assert load_result(_key(**{**data, **fields})) is None


def test_another_configuration_is_not_served() -> None:
    store_result(_key(), VERDICT)
    assert load_result(_key(ScenarioRunnerConfig(observe_model_alias="other"))) is None


def test_another_endpoint_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://a.example/v1")
    store_result(_key(), VERDICT)
    assert load_result(_key()) == VERDICT
    with_header = LLMEngineConfig(model_name="gpt-5", provider="openai", headers={"X-Route": "b"})
    assert load_result(_key(ScenarioRunnerConfig(observe_engine_config=with_header))) is None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://b.example/v1")
    assert load_result(_key()) is None


def test_an_edited_scenario_is_not_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "edited_scenario.py"
    file.write_text(SOURCE)
    scenario: PAREScenario = importlib.import_module("edited_scenario").Base()
    before = cache_key(CONFIG, scenario)
    file.write_text(SOURCE + "# edited")
    assert before != cache_key(CONFIG, scenario) is not None


def test_a_scenario_without_a_file_is_not_cached() -> None:
    namespace: dict[str, Any] = {"__name__": "nowhere"}
    exec(SOURCE, namespace)
    assert cache_key(CONFIG, namespace["Base"]()) is None


def test_another_version_of_the_package_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    store_result(_key(), VERDICT)
    monkeypatch.setattr(caching, "_package_digest", lambda: "another")
    assert load_result(_key()) is None


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda text: text[:20], "not used, cannot be read (Unterminated string"),
        (lambda _: "[]", "not used, not a JSON object"),
        (lambda text: text.replace('"write_actions": 3', '"write_actions": "3"'), "not used, write_actions='3'"),
        (lambda text: text.replace('"success": false', '"success": null'), "not used, success=None"),
        (lambda text: text.replace('"duration": 1.5,', ""), "not used, duration=None"),
    ],
)
def test_a_spoilt_file_is_named_and_not_used(
    spoil: Callable[[str], str], complaint: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = _key()
    store_result(key, VERDICT)
    key.path.write_text(spoil(key.path.read_text()))
    with caplog.at_level(logging.WARNING):
        assert load_result(key) is None
    assert f"{key.path}: {complaint}" in caplog.text


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    store_result(_key(), VERDICT)
    assert f"{_key().path}: result not cached ([Errno 28] No space left on device)" in caplog.text
    assert list(folder.iterdir()) == []


def test_a_wanted_trace_that_is_there_is_named(tmp_path: Path) -> None:
    store_result(_key(), VERDICT)
    assert load_result(_key(), traces=tmp_path) is None
    (tmp_path / "quiet.json").write_text("{}")
    served = load_result(_key(), traces=tmp_path)
    assert served is not None
    assert served.export_path == str(tmp_path / "quiet.json")


def test_a_wanted_trace_is_copied_from_where_it_was(tmp_path: Path) -> None:
    earlier, now = tmp_path / "earlier.json", tmp_path / "now"
    now.mkdir()
    earlier.write_text("a trace")
    result = PAREScenarioValidationResult(True, export_path=str(earlier))
    store_result(_key(run_number=2), result)
    assert load_result(_key(run_number=2)) == result
    served = load_result(_key(run_number=2), traces=now)
    assert served is not None
    assert served.export_path == str(now / "quiet_run_2.json")
    assert (now / "quiet_run_2.json").read_text() == "a trace"


def test_ids_that_are_no_file_names_stay_within_the_folder(folder: Path) -> None:
    store_result(_key(scenario_id="../a b"), VERDICT)
    assert [file.name for file in folder.iterdir()] == [f"..-a-b_{CONFIG.get_config_hash()}.json"]


def test_statistics_and_clearing_know_only_results(folder: Path) -> None:
    store_result(_key(), VERDICT)
    store_result(_key(run_number=1), VERDICT)
    (folder / "notes.json").write_text("{}")
    size = sum(file.stat().st_size for file in folder.glob("quiet*"))
    assert caching.get_cache_stats() == {
        "cache_dir": str(folder),
        "file_count": 2,
        "total_size": size,
        "total_size_mb": size / 2**20,
    }
    assert caching.clear_cache() == 2
    assert [file.name for file in folder.iterdir()] == ["notes.json"]
    assert caching.get_cache_stats()["file_count"] == 0


def test_a_folder_that_is_not_there_is_empty() -> None:
    assert (caching.get_cache_stats()["file_count"], caching.clear_cache()) == (0, 0)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PARE_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".config" / "pare" / "config.json"
    file.parent.mkdir(parents=True)
    return file


def test_the_folder_is_in_the_home_by_default(settings: Path, tmp_path: Path) -> None:
    assert cache_dir() == tmp_path / ".cache" / "pare" / "scenario_results"
    settings.write_text("{}")
    assert cache_dir() == tmp_path / ".cache" / "pare" / "scenario_results"


def test_the_folder_can_be_configured(settings: Path, tmp_path: Path) -> None:
    settings.write_text(json.dumps({"cache_dir": "~/elsewhere"}))
    assert cache_dir() == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"config\.json: not a JSON object \(Expecting"),
        ("[]", r"config\.json: not a JSON object \("),
        ('{"cache_dir": 3}', r"config\.json: cache_dir=3; expected a path$"),
    ],
)
def test_a_wrong_setting_is_named(settings: Path, text: str, message: str) -> None:
    settings.write_text(text)
    with pytest.raises(ValueError, match=message):
        cache_dir()
