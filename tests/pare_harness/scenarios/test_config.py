import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pare_harness.scenarios.config import (
    ENGINES,
    LLMEngineConfig,
    MultiScenarioRunnerConfig,
    ScenarioRunnerConfig,
    load_runner_config,
)
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig

MODEL = {"model_name": "other"}


PUBLISHED_ENGINE = {"model_name", "provider", "endpoint"}
OWN = {"budget": None, "scripts": None, "prompts": "v1"}


def test_single_run_defaults_are_the_published_ones_and_a_few_of_our_own() -> None:
    engines = dict.fromkeys(ENGINES, PUBLISHED_ENGINE)
    others = set(ScenarioRunnerConfig.model_fields) - set(ENGINES)
    assert ScenarioRunnerConfig().model_dump(include={**engines, **dict.fromkeys(others, True)}) == {
        **OWN,
        "user_engine_config": {"model_name": "gpt-5-mini", "provider": "openai", "endpoint": None},
        "user_max_iterations": 1,
        "agent_type": "observe-execute",
        "user_type": "default",
        "observe_engine_config": {"model_name": "gpt-5", "provider": "openai", "endpoint": None},
        "observe_max_iterations": 1,
        "execute_engine_config": {"model_name": "gpt-5", "provider": "openai", "endpoint": None},
        "execute_max_iterations": 1,
        "oracle": False,
        "max_turns": 10,
        "export": False,
        "output_dir": None,
        "trace_dump_format": "hf",
        "use_custom_logger": True,
        "simulated_generation_time_mode": "measured",
        "tool_augmentation_config": None,
        "env_events_config": None,
        "judge_only": False,
        "judge_engine_config": None,
        "max_scenario_duration": 600,
        "user_model_alias": "gpt-5-mini",
        "observe_model_alias": "gpt-5",
        "execute_model_alias": "gpt-5",
    }


def test_multi_run_adds_its_published_defaults() -> None:
    single, multi = ScenarioRunnerConfig().model_dump(), MultiScenarioRunnerConfig().model_dump()
    assert {name: value for name, value in multi.items() if name not in single} == {
        "max_concurrent_scenarios": None,
        "timeout_seconds": None,
        "executor_type": "thread",
        "log_level": "INFO",
        "log_to_file": True,
        "logs_dir": "logs",
        "enable_caching": True,
        "experiment_name": "default",
    }


def test_an_alias_that_is_given_stays_and_the_others_follow_their_models() -> None:
    config = ScenarioRunnerConfig(
        observe_engine_config=LLMEngineConfig(**MODEL), execute_model_alias="mine", user_model_alias=None
    )
    aliases = (config.user_model_alias, config.observe_model_alias, config.execute_model_alias)
    assert aliases == ("gpt-5-mini", "other", "mine")


def test_one_scenarios_part_keeps_values_and_hash() -> None:
    multi = MultiScenarioRunnerConfig(
        max_turns=3, env_events_config=EnvEventsConfig(env_events_seed=4), timeout_seconds=9
    )
    single = multi.for_one_scenario()
    assert type(single) is ScenarioRunnerConfig
    assert (single.max_turns, single.env_events_config) == (3, EnvEventsConfig(env_events_seed=4))
    assert single.get_config_hash() == multi.get_config_hash()
    assert "max_turns" in single.model_fields_set
    assert "oracle" not in single.model_fields_set


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"oops": 3}, r"unknown oops=3; expected one of \['user_engine_config', 'user_max_iterations', "),
        ({"user_engine_config": {"modle": "x"}}, r"unknown modle='x'; expected one of \['model_name', 'provider', "),
        ({"env_events_config": {"rate": 1}}, r"unknown rate=1; expected one of \['num_env_events_per_minute', "),
        ({"tool_augmentation_config": {"p": 1}}, r"unknown p=1; expected one of \['tool_failure_probability', "),
        ({"env_events_config": {"env_events_seed": -1}}, "env_events_seed=-1; expected a whole number >= 0"),
        ({"agent_type": ""}, r"agent_type\n.*at least 1 character.*input_value=''"),
        (
            {"budget": {"turn": 3}},
            r"unknown turn=3; expected one of \['turns', 'calls', 'tokens', 'money', 'seconds'\]",
        ),
        ({"budget": {"money": -1}}, "money=-1.0; expected a number above 0"),
        ({"trace_dump_format": "oops"}, r"trace_dump_format\n.*'hf', 'lite' or 'both'.*input_value='oops'"),
        ({"executor_type": "oops"}, r"executor_type\n.*'sequential', 'thread' or 'process'.*input_value='oops'"),
        ({"log_level": "info"}, r"log_level\n.*'DEBUG', 'INFO', 'WARNING'.*input_value='info'"),
        ({"max_turns": 0}, r"max_turns\n.*greater than or equal to 1.*input_value=0"),
        ({"timeout_seconds": float("inf")}, r"timeout_seconds\n.*finite.*input_value=inf"),
        ({"max_concurrent_scenarios": 0}, r"max_concurrent_scenarios\n.*greater than or equal to 1"),
        ({"experiment_name": "../up"}, r"experiment_name\n.*input_value='../up'"),
    ],
)
def test_wrong_values_are_refused_with_key_value_and_choices(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MultiScenarioRunnerConfig(**arguments)


BASE_HASH = ScenarioRunnerConfig().get_config_hash()


@pytest.mark.parametrize(
    "arguments",
    [
        {"observe_engine_config": {"model_name": "gpt-5-nano", "provider": "openai"}},
        {"observe_engine_config": {"model_name": "gpt-5", "provider": "openai", "endpoint": "http://localhost:1"}},
        {"user_engine_config": {"model_name": "gpt-5-mini", "endpoint": "http://localhost:1"}},
        {"execute_model_alias": "mine"},
        {"judge_engine_config": MODEL},
        {"execute_max_iterations": 2},
        {"oracle": True},
        {"max_turns": None},
        {"env_events_config": EnvEventsConfig()},
        {"tool_augmentation_config": ToolAugmentationConfig()},
    ],
)
def test_hash_differs_for_what_affects_a_run(arguments: dict[str, Any]) -> None:
    assert ScenarioRunnerConfig(**arguments).get_config_hash() != BASE_HASH


@pytest.mark.parametrize(
    "arguments",
    [
        {"output_dir": "x"},
        {"export": True},
        {"trace_dump_format": "lite"},
        {"use_custom_logger": False},
        {"max_concurrent_scenarios": 3},
        {"timeout_seconds": 3},
        {"executor_type": "process"},
        {"log_level": "DEBUG"},
        {"log_to_file": False},
        {"logs_dir": "x"},
        {"enable_caching": False},
        {"experiment_name": "x"},
        {
            "observe_engine_config": {"model_name": "deployment-7", "provider": "azure"},
            "observe_model_alias": "gpt-5",
        },
    ],
)
def test_hash_leaves_out_execution_logging_output_caching_and_deployment_names(arguments: dict[str, Any]) -> None:
    assert MultiScenarioRunnerConfig(**arguments).get_config_hash() == BASE_HASH


def test_hash_does_not_depend_on_the_order_of_weights() -> None:
    one, other = ({"A": 1.0, "B": 2.0}, {"B": 2.0, "A": 1.0})
    assert _hash_with_weights(one) == _hash_with_weights(other) != _hash_with_weights({"A": 2.0, "B": 1.0})


def _hash_with_weights(weights: dict[str, float]) -> str:
    return ScenarioRunnerConfig(env_events_config=EnvEventsConfig(weight_per_app_class=weights)).get_config_hash()


def test_hash_is_sixteen_hex_digits_and_the_same_in_another_process() -> None:
    code = "from pare_harness.scenarios.config import *; print(ScenarioRunnerConfig().get_config_hash())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == BASE_HASH
    assert re.fullmatch("[0-9a-f]{16}", BASE_HASH)


FOLDER = (
    "logs/night_user_default_gpt-5-mini_proactive_observe-execute_mt_10_umi_1_ome_1_exe_1_tfp_0.25_enmi_7/"
    "obs_meta-llama_exec_gpt-5_"
)


def _in_processes(**changes: Any) -> MultiScenarioRunnerConfig:
    values: dict[str, Any] = {
        "executor_type": "process",
        "experiment_name": "night",
        "tool_augmentation_config": ToolAugmentationConfig(tool_failure_probability=0.25),
        "env_events_config": EnvEventsConfig(num_env_events_per_minute=7),
        "observe_engine_config": {"model_name": "meta/llama"},
    }
    return MultiScenarioRunnerConfig(**{**values, **changes})


def test_logs_folder_tells_experiment_models_limits_and_noise() -> None:
    config = _in_processes()
    assert config.logs_dir == FOLDER + config.get_config_hash()


def test_logs_folder_of_threads_is_the_one_given() -> None:
    assert _in_processes(executor_type="thread").logs_dir == "logs"
    assert _in_processes(executor_type="thread", log_to_file=False).logs_dir.startswith(FOLDER)


def test_building_the_logs_folder_again_gives_the_same_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = MultiScenarioRunnerConfig()
    assert config.build_logs_dir("night") == config.build_logs_dir() == config.logs_dir
    assert config.experiment_name == "night"
    assert list(tmp_path.iterdir()) == []


def test_another_experiment_stands_beside_the_first() -> None:
    config = _in_processes()
    assert config.build_logs_dir("day") == config.build_logs_dir("night").replace("night", "day")


def test_logs_folder_does_not_nest_when_a_configuration_is_read_back_with_changes() -> None:
    config = _in_processes()
    assert MultiScenarioRunnerConfig.model_validate_json(config.model_dump_json()) == config
    changed = MultiScenarioRunnerConfig(**{**config.model_dump(), "max_turns": 3})
    assert changed.logs_dir == _in_processes(max_turns=3).logs_dir != config.logs_dir


def test_an_experiment_that_is_no_folder_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^experiment_name='a/b'; expected the name of a folder$"):
        MultiScenarioRunnerConfig().build_logs_dir("a/b")


def test_configurations_are_pickled_whole() -> None:
    config = _in_processes()
    assert pickle.loads(pickle.dumps(config)) == config


def test_toml_file_sets_engines_and_noise_as_tables(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'max_turns = 4\n[observe_engine_config]\nmodel_name = "local"\nendpoint = "http://localhost:1"\n'
        "[env_events_config]\nnum_env_events_per_minute = 5\n"
    )
    assert load_runner_config(file) == ScenarioRunnerConfig(
        max_turns=4,
        observe_engine_config=LLMEngineConfig(model_name="local", endpoint="http://localhost:1"),
        env_events_config=EnvEventsConfig(num_env_events_per_minute=5),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('trace_dump_format = "oops"', "trace_dump_format='oops'; expected 'hf', 'lite' or 'both'"),
        ("max_turns = 0", "max_turns=0; expected greater than or equal to 1"),
        (
            "[user_engine_config]\nmodle = 'x'",
            "user_engine_config: unknown modle='x'; expected one of " + str(list(LLMEngineConfig.model_fields)),
        ),
        ("user_engine_config = {model_name = 3}", "user_engine_config.model_name=3; expected a valid string"),
        (
            "[env_events_config]\nenv_events_seed = -1",
            "env_events_config: env_events_seed=-1; expected a whole number >= 0",
        ),
    ],
)
def test_a_mistake_in_a_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=f"^{re.escape(f'{file}: {message}')}$"):
        load_runner_config(file)


def test_each_mistake_in_a_file_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('max_turns = 0\ntrace_dump_format = "oops"\n')
    with pytest.raises(ValueError, match="max_turns") as error:
        load_runner_config(file)
    assert [line.split(": ")[1] for line in str(error.value).splitlines()] == [
        "max_turns=0; expected greater than or equal to 1",
        "trace_dump_format='oops'; expected 'hf', 'lite' or 'both'",
    ]


def test_a_key_for_many_scenarios_is_no_key_for_one(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("timeout_seconds = 3")
    with pytest.raises(ValueError, match=r"run\.toml: unknown timeout_seconds=3; expected one of \["):
        load_runner_config(file)


@pytest.mark.parametrize(("content", "reason"), [(b"max_turns =", "not TOML"), (b"\xff", "not TOML")])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "run.toml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(file))}: {reason} "):
        load_runner_config(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"run\.toml: cannot be read \(No such file or directory\); expected a TOML file"
    ):
        load_runner_config(tmp_path / "run.toml")


def test_default_engines_are_not_shared() -> None:
    ScenarioRunnerConfig().user_engine_config.model_name = "changed"
    assert json.loads(ScenarioRunnerConfig().model_dump_json())["user_engine_config"]["model_name"] == "gpt-5-mini"
