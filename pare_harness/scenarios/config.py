"""How scenarios are run: which models, how many steps and turns, with what noise, and how many at a time."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from pare_harness.budgets import Budget
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig

Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(min_length=1)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]

HASH_DIGITS = 16
"""64 bits: among a million configurations two collide with probability 3e-8; with 8 digits that is certain."""

NOT_HASHED = frozenset({"use_custom_logger", "output_dir", "export", "trace_dump_format"})
SAMPLING = {"endpoint", "temperature", "seed", "max_tokens"}
ENGINES = ("user_engine_config", "observe_engine_config", "execute_engine_config")
DERIVED_FOLDERS = re.compile(r"/[^/]*_user_[^/]*_proactive_[^/]*/obs_[^/]*_exec_[^/]*$")


def _known_keys(names: Iterable[str], data: Any) -> Any:
    """Validator: refuses a key that is not among `names`, and says which are."""
    if isinstance(data, dict):
        for key in data:
            if key not in names:
                raise PydanticCustomError(
                    "unknown_key",
                    "unknown {key}={given}; expected one of {choices}",
                    {"key": key, "given": repr(data[key]), "choices": str(list(names))},
                )
    return data


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _reject_unknown_keys(cls, data: Any) -> Any:
        return _known_keys(cls.model_fields, data)


class LLMEngineConfig(_Settings):
    """A model, who serves it, where, and how it is asked.

    `endpoint` is the base URL; None: that of `OPENAI_BASE_URL`, else OpenAI's own. The key is taken from the
    environment variable `api_key_env`, and so is a header whose value is `$NAME`. `seed` None is the scenario's.
    `timeout` is in seconds, `retries` are those after a transient fault, prices are money per million tokens.
    """

    model_name: str = ""
    provider: str | None = None
    endpoint: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    headers: Annotated[dict[str, str], Field(exclude=True, repr=False)] = {}
    temperature: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    seed: int | None = None
    max_tokens: Count | None = None
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    stream: bool = False
    retries: Annotated[int, Field(ge=0)] = 3
    input_price: Price | None = None
    output_price: Price | None = None


EventNoise = Annotated[
    EnvEventsConfig, BeforeValidator(partial(_known_keys, [f.name for f in fields(EnvEventsConfig)]))
]
RunBudget = Annotated[Budget, BeforeValidator(partial(_known_keys, [f.name for f in fields(Budget)]))]
ToolNoise = Annotated[
    ToolAugmentationConfig, BeforeValidator(partial(_known_keys, [f.name for f in fields(ToolAugmentationConfig)]))
]


class ScenarioRunnerConfig(_Settings):
    """How one scenario is run. A value that is unknown, of the wrong type or out of range is a `ValidationError`.

    `agent_type` and `user_type` are names of agents, see `pare_harness.agents.registry`. Iteration limits are steps per
    turn; None leaves them to the agent. `max_turns` None sets no limit. `scripts` is a TOML file for scripted agents,
    `prompts` a version of the built-in prompts or a folder of templates.
    """

    user_engine_config: LLMEngineConfig = LLMEngineConfig(model_name="gpt-5-mini", provider="openai")
    user_max_iterations: Count | None = 1
    agent_type: Name = "observe-execute"
    user_type: Name = "default"
    observe_engine_config: LLMEngineConfig = LLMEngineConfig(model_name="gpt-5", provider="openai")
    observe_max_iterations: Count | None = 1
    execute_engine_config: LLMEngineConfig = LLMEngineConfig(model_name="gpt-5", provider="openai")
    execute_max_iterations: Count | None = 1
    oracle: bool = False
    max_turns: Count | None = 10
    export: bool = False
    output_dir: str | None = None
    trace_dump_format: Literal["hf", "lite", "both"] = "hf"
    use_custom_logger: bool = True
    simulated_generation_time_mode: Literal["measured", "fixed", "random"] = "measured"
    tool_augmentation_config: ToolNoise | None = None
    env_events_config: EventNoise | None = None
    judge_only: bool = False
    judge_engine_config: LLMEngineConfig | None = None
    max_scenario_duration: Count = 600
    user_model_alias: str | None = None
    observe_model_alias: str | None = None
    execute_model_alias: str | None = None
    budget: RunBudget | None = None
    scripts: str | None = None
    prompts: Name = "v1"

    @model_validator(mode="after")
    def fill_model_aliases(self) -> Self:
        """An alias that is not given is the name of its model."""
        for engine in ENGINES:
            alias = engine.replace("_engine_config", "_model_alias")
            if getattr(self, alias) is None:
                setattr(self, alias, getattr(self, engine).model_name)
        return self

    def get_config_hash(self) -> str:
        """16 hex digits of the SHA-256 of all that affects how a scenario goes, the same in every process.

        A model enters by its alias, so that the same model under another deployment name or provider is the same run,
        with its endpoint and sampling. Left out is what concerns only parallel execution, logging, output and caching.
        """
        names = ScenarioRunnerConfig.model_fields.keys() - NOT_HASHED - set(ENGINES)
        content = self.model_dump(mode="json", include=set(names))
        content["engines"] = {engine: getattr(self, engine).model_dump(include=SAMPLING) for engine in ENGINES}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]


class MultiScenarioRunnerConfig(ScenarioRunnerConfig):
    """How many scenarios are run: `max_concurrent_scenarios` None is one per processor, `timeout_seconds` is for each.

    Constructing one reads no clock and creates no folder. `logs_dir` is the folder that holds all logs, or the folder
    of this configuration below it; the first becomes the second, except where threads share the log.
    """

    max_concurrent_scenarios: Count | None = None
    timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    executor_type: Literal["sequential", "thread", "process"] = "thread"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_to_file: bool = True
    logs_dir: str = "logs"
    enable_caching: bool = True
    experiment_name: Annotated[str, Field(pattern=r"^[^/\\]+$")] = "default"

    @model_validator(mode="after")
    def maybe_build_logs_dir(self) -> Self:
        """Derive `logs_dir`, unless scenarios in threads write to files, which cannot be told apart by folder."""
        if not (self.log_to_file and self.executor_type == "thread"):
            self.build_logs_dir()
        return self

    def build_logs_dir(self, experiment_name: str | None = None) -> str:
        """Set `logs_dir` to the folder of this configuration, and `experiment_name` if given; returns the folder.

        Only the path is built: nothing is created. Calling it again gives the same path, or that of the new experiment
        beside the old. The configuration's hash stands where others put the time of day.
        """
        if experiment_name is not None:
            if not re.fullmatch(r"[^/\\]+", experiment_name):
                raise ValueError(f"experiment_name={experiment_name!r}; expected the name of a folder")
            self.experiment_name = experiment_name
        root = DERIVED_FOLDERS.sub("", self.logs_dir)
        models = f"obs_{_file_name(self.observe_model_alias)}_exec_{_file_name(self.execute_model_alias)}"
        self.logs_dir = f"{root}/{self._experiment_folder()}/{models}_{self.get_config_hash()}"
        return self.logs_dir

    def for_one_scenario(self) -> ScenarioRunnerConfig:
        """The same without what concerns running many; fields that nobody has set stay so."""
        names = ScenarioRunnerConfig.model_fields.keys() & self.model_fields_set
        return ScenarioRunnerConfig(**{name: getattr(self, name) for name in names})

    def _experiment_folder(self) -> str:
        parts = [
            f"{self.experiment_name}_user_{self.user_type}_{_file_name(self.user_model_alias)}",
            f"proactive_{self.agent_type}_mt_{self.max_turns}_umi_{self.user_max_iterations}",
            f"ome_{self.observe_max_iterations}_exe_{self.execute_max_iterations}",
        ]
        if self.tool_augmentation_config is not None:
            parts.append(f"tfp_{self.tool_augmentation_config.tool_failure_probability}")
        if self.env_events_config is not None:
            parts.append(f"enmi_{self.env_events_config.num_env_events_per_minute}")
        return "_".join(parts)


def _file_name(alias: str | None) -> str:
    return re.sub(r"[^\w.-]+", "-", alias or "")


def load_runner_config(path: Path) -> ScenarioRunnerConfig:
    """The configuration that a TOML file describes: keys as the fields, engines and noise as tables.

    Raises `ValueError` with a line for each mistake that names the file, the key, its value and what is allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); expected a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not TOML ({error})") from error
    try:
        return ScenarioRunnerConfig.model_validate(content)
    except ValidationError as error:
        raise ValueError("\n".join(f"{path}: {_line(details)}" for details in error.errors())) from None


def _line(details: ErrorDetails) -> str:
    """One mistake on one line, as `observe_engine_config.model_name=3; expected a valid string`."""
    context: dict[str, Any] = details.get("ctx", {})
    location = ".".join(str(part) for part in details["loc"])
    if details["type"] == "unknown_key":
        return f"{location}: {details['msg']}" if location else details["msg"]
    if details["type"] == "value_error":
        return f"{location}: {context['error']}"
    return f"{location}={details['input']!r}; expected {details['msg'].removeprefix('Input should be ')}"
