"""Every column of the frame of results, declared once: its name, type, meaning and where its values come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

    from pare_harness.scenarios.config import ScenarioRunnerConfig
    from pare_harness.scenarios.validation_result import (
        PAREMultiScenarioValidationResult,
        PAREScenarioValidationResult,
    )


class Source(Protocol):
    """Gives a column's values, one per run."""

    def __call__(self, results: PAREMultiScenarioValidationResult) -> list[Any]: ...


@dataclass(frozen=True)
class FromKey:
    """The scenario id (0) or the run number (1)."""

    part: int

    def __call__(self, results: PAREMultiScenarioValidationResult) -> list[Any]:
        return [key[self.part] for key in results.scenario_results]


@dataclass(frozen=True)
class FromRun:
    """Something of each run."""

    get: Callable[[PAREScenarioValidationResult], object]

    def __call__(self, results: PAREMultiScenarioValidationResult) -> list[Any]:
        return list(map(self.get, results.scenario_results.values()))


@dataclass(frozen=True)
class FromConfig:
    """Something of the configuration, the same for all runs."""

    get: Callable[[ScenarioRunnerConfig], object]

    def __call__(self, results: PAREMultiScenarioValidationResult) -> list[Any]:
        return [self.get(results.run_config)] * len(results.scenario_results)


@dataclass(frozen=True)
class FromNoise:
    """A number of each run's noise; where nobody has looked for it, what the configuration says, else None."""

    name: str
    configured: Callable[[ScenarioRunnerConfig], object] | None = None

    def __call__(self, results: PAREMultiScenarioValidationResult) -> list[Any]:
        unknown = self.configured and self.configured(results.run_config)
        runs = results.scenario_results.values()
        return [unknown if run.noise is None else getattr(run.noise, self.name) for run in runs]


@dataclass(frozen=True)
class FromJob:
    """Something of the whole job, the same for all runs."""

    get: Callable[[PAREMultiScenarioValidationResult], object]

    def __call__(self, results: PAREMultiScenarioValidationResult) -> list[Any]:
        return [self.get(results)] * len(results.scenario_results)


@dataclass(frozen=True)
class Column:
    """A column; `dtype` is the name of a polars type."""

    name: str
    dtype: str
    doc: str
    values: Source


def verdict(result: PAREScenarioValidationResult) -> bool | None:
    """What the validator said; None where an exception stands in for it, whatever `success` says."""
    return result.success if result.exception is None else None


def _verdict_number(result: PAREScenarioValidationResult) -> float | None:
    said = verdict(result)
    return None if said is None else float(said)


def _exception_type(result: PAREScenarioValidationResult) -> str | None:
    return None if result.exception is None else type(result.exception).__name__


def _exception_message(result: PAREScenarioValidationResult) -> str | None:
    return None if result.exception is None else str(result.exception)


def proactive_model(config: ScenarioRunnerConfig) -> str:
    """The proactive agent by its type and the models that observe and execute."""
    return f"{config.agent_type}_{config.observe_model_alias}_{config.execute_model_alias}"


def _tool_failure_probability(config: ScenarioRunnerConfig) -> float:
    tools = config.tool_augmentation_config
    return 0.0 if tools is None else tools.tool_failure_probability


def _num_env_events_per_minute(config: ScenarioRunnerConfig) -> int:
    events = config.env_events_config
    return 0 if events is None else events.num_env_events_per_minute


COLUMNS = (
    Column("base_scenario_id", "String", "id of the scenario", FromKey(0)),
    Column("run_number", "Int64", "which of its runs, null if there is one", FromKey(1)),
    Column("success_numeric", "Float64", "1 success, 0 failed, null without a verdict", FromRun(_verdict_number)),
    Column("success_bool", "Boolean", "the same as a truth value", FromRun(verdict)),
    Column(
        "status", "String", "success, failed, exception, infra, limit or no_validation", FromRun(attrgetter("status"))
    ),
    Column(
        "has_exception", "Boolean", "whether an exception ended the run", FromRun(lambda r: r.exception is not None)
    ),
    Column("exception_type", "String", "its class", FromRun(_exception_type)),
    Column("exception_message", "String", "its text", FromRun(_exception_message)),
    Column("rationale", "String", "the validator's reason", FromRun(attrgetter("rationale"))),
    Column("export_path", "String", "file of the trace", FromRun(attrgetter("export_path"))),
    Column("run_duration", "Float64", "seconds of the run", FromRun(attrgetter("duration"))),
    Column("job_duration", "Float64", "seconds of all runs together", FromJob(attrgetter("duration"))),
    Column("user_model", "String", "alias of the user's model", FromConfig(attrgetter("user_model_alias"))),
    Column("user_provider", "String", "who serves it", FromConfig(attrgetter("user_engine_config.provider"))),
    Column("observe_model", "String", "alias of the observing model", FromConfig(attrgetter("observe_model_alias"))),
    Column("observe_provider", "String", "who serves it", FromConfig(attrgetter("observe_engine_config.provider"))),
    Column("execute_model", "String", "alias of the executing model", FromConfig(attrgetter("execute_model_alias"))),
    Column("execute_provider", "String", "who serves it", FromConfig(attrgetter("execute_engine_config.provider"))),
    Column("agent_type", "String", "kind of proactive agent", FromConfig(attrgetter("agent_type"))),
    Column("proactive_model", "String", "agent type, observing and executing model", FromConfig(proactive_model)),
    Column(
        "tool_failure_probability",
        "Float64",
        "0 without tool noise",
        FromNoise("tool_failure_probability", _tool_failure_probability),
    ),
    Column(
        "num_env_events_per_minute",
        "Int64",
        "0 without event noise",
        FromNoise("num_env_events_per_minute", _num_env_events_per_minute),
    ),
    Column("proposal_count", "Int64", "proposals of the agent", FromRun(attrgetter("proposal_count"))),
    Column("acceptance_count", "Int64", "proposals that the user accepted", FromRun(attrgetter("acceptance_count"))),
    Column("read_only_actions", "Int64", "tool calls that only read", FromRun(attrgetter("read_only_actions"))),
    Column("write_actions", "Int64", "tool calls that change something", FromRun(attrgetter("write_actions"))),
    Column("number_of_turns", "Int64", "turns of user and agent", FromRun(attrgetter("number_of_turns"))),
    Column("proposal_rate", "Float64", "proposals / turns, null without turns", FromRun(attrgetter("proposal_rate"))),
    Column(
        "acceptance_rate",
        "Float64",
        "acceptances / proposals, null without any",
        FromRun(attrgetter("acceptance_rate")),
    ),
    Column("rejection_count", "Int64", "proposals that the user rejected", FromRun(attrgetter("rejection_count"))),
    Column("user_type", "String", "kind of user", FromConfig(attrgetter("user_type"))),
    Column("model_calls", "Int64", "questions put to models", FromRun(attrgetter("model_calls"))),
    Column("model_retries", "Int64", "questions put again after a fault", FromRun(attrgetter("model_retries"))),
    Column("malformed_calls", "Int64", "tool calls that models wrote wrongly", FromRun(attrgetter("malformed_calls"))),
    Column("prompt_tokens", "Int64", "tokens that models read, null if not told", FromRun(attrgetter("prompt_tokens"))),
    Column(
        "completion_tokens",
        "Int64",
        "tokens that models wrote, null if not told",
        FromRun(attrgetter("completion_tokens")),
    ),
    Column("cost", "Float64", "money that models cost, null if not told", FromRun(attrgetter("cost"))),
    Column("tool_name_share", "Float64", "share of tools to rename", FromNoise("tool_name_share")),
    Column("tool_description_share", "Float64", "share to describe anew", FromNoise("tool_description_share")),
    Column("env_events_requested", "Int64", "unplanned events asked for", FromNoise("env_events_requested")),
    Column("agent_calls", "Int64", "agent's calls that noise could let fail", FromNoise("agent_calls")),
    Column("failed_calls", "Int64", "those of them that it did let fail", FromNoise("failed_calls")),
    Column("renamed_tools", "Int64", "tools really renamed", FromNoise("renamed_tools")),
    Column("redescribed_tools", "Int64", "tools really described anew", FromNoise("redescribed_tools")),
    Column("env_events", "Int64", "unplanned events that happened", FromNoise("env_events")),
)


def to_frame(results: PAREMultiScenarioValidationResult, extra_columns: Mapping[str, str]) -> pl.DataFrame:
    """One row per run with all `COLUMNS`, then the extra ones; `ValueError` for an extra one whose name is taken."""
    import polars as pl  # noqa: PLC0415 - heavy, and only needed here

    taken = [name for name in extra_columns if name in {column.name for column in COLUMNS}]
    if taken:
        raise ValueError(f"extra_columns={taken} are columns of their own; expected other names")
    series = [pl.Series(c.name, c.values(results), dtype=getattr(pl, c.dtype)) for c in COLUMNS]
    rows = len(results.scenario_results)
    series += [pl.Series(name, [str(value)] * rows, dtype=pl.String) for name, value in extra_columns.items()]
    return pl.DataFrame(series)
