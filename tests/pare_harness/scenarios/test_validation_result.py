import pickle

import polars as pl
import pytest

from pare_harness.errors import InfraError, LimitReached, ScenarioError
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.validation_result import (
    STATUSES,
    PAREMultiScenarioValidationResult,
    PAREScenarioValidationResult,
)
from tests.support.pare_results import one_of_each_status

SCHEMA = {
    "base_scenario_id": pl.String,
    "run_number": pl.Int64,
    "success_numeric": pl.Float64,
    "success_bool": pl.Boolean,
    "status": pl.String,
    "has_exception": pl.Boolean,
    "exception_type": pl.String,
    "exception_message": pl.String,
    "rationale": pl.String,
    "export_path": pl.String,
    "run_duration": pl.Float64,
    "job_duration": pl.Float64,
    "user_model": pl.String,
    "user_provider": pl.String,
    "observe_model": pl.String,
    "observe_provider": pl.String,
    "execute_model": pl.String,
    "execute_provider": pl.String,
    "agent_type": pl.String,
    "proactive_model": pl.String,
    "tool_failure_probability": pl.Float64,
    "num_env_events_per_minute": pl.Int64,
    "proposal_count": pl.Int64,
    "acceptance_count": pl.Int64,
    "read_only_actions": pl.Int64,
    "write_actions": pl.Int64,
    "number_of_turns": pl.Int64,
    "proposal_rate": pl.Float64,
    "acceptance_rate": pl.Float64,
    "rejection_count": pl.Int64,
    "user_type": pl.String,
    "model_calls": pl.Int64,
    "model_retries": pl.Int64,
    "malformed_calls": pl.Int64,
    "prompt_tokens": pl.Int64,
    "completion_tokens": pl.Int64,
    "cost": pl.Float64,
    "tool_name_share": pl.Float64,
    "tool_description_share": pl.Float64,
    "env_events_requested": pl.Int64,
    "agent_calls": pl.Int64,
    "failed_calls": pl.Int64,
    "renamed_tools": pl.Int64,
    "redescribed_tools": pl.Int64,
    "env_events": pl.Int64,
}


@pytest.mark.parametrize(
    ("success", "exception", "status"),
    [
        (True, None, "success"),
        (False, None, "failed"),
        (None, None, "no_validation"),
        (None, ValueError("broken"), "exception"),
        (False, ValueError("broken"), "exception"),
        (None, ScenarioError("broken"), "exception"),
        (False, InfraError("gone"), "infra"),
        (None, LimitReached("turns"), "limit"),
    ],
)
def test_an_exception_is_never_a_plain_failure(success: bool | None, exception: Exception | None, status: str) -> None:
    assert PAREScenarioValidationResult(success, exception).status == status


def test_rates_of_a_run() -> None:
    run = PAREScenarioValidationResult(True, proposal_count=3, acceptance_count=2, number_of_turns=6)
    assert (run.proposal_rate, run.acceptance_rate) == (3 / 6, 2 / 3)


def test_rates_without_a_denominator_are_undefined() -> None:
    run = PAREScenarioValidationResult(True)
    assert (run.proposal_rate, run.acceptance_rate) == (None, None)
    none = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    rates = (none.success_rate, none.success_rate_of_judged, none.success_rate_updated())
    assert (*rates, none.aggregate_proposal_rate, none.aggregate_acceptance_rate) == (None,) * 5


def test_every_status_is_counted_apart() -> None:
    results = one_of_each_status()
    assert (results.successful_count, results.failed_count, results.exception_count) == (2, 1, 1)
    assert (results.infra_count, results.limit_count, results.no_validation_count) == (1, 1, 1)
    assert list(results.status_counts) == list(STATUSES)
    assert sum(results.status_counts.values()) == len(results.scenario_results) == 7


def test_totals_and_rates_over_all_runs() -> None:
    results = one_of_each_status()
    assert (results.total_proposals, results.total_acceptances, results.total_rejections) == (6, 3, 3)
    assert (results.total_read_only_actions, results.total_write_actions, results.total_turns) == (9, 3, 8)
    assert results.aggregate_proposal_rate == 6 / 8
    assert results.aggregate_acceptance_rate == 3 / 6
    assert results.success_rate == results.success_rate_updated() == 2 / 7
    assert results.success_rate_of_judged == 2 / 3


def test_a_run_added_twice_counts_once_with_its_last_result() -> None:
    results = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    results.add_result(PAREScenarioValidationResult(False), "a", 1)
    results.add_result(PAREScenarioValidationResult(True), "a", 1)
    assert (results.successful_count, results.failed_count, len(results.scenario_results)) == (1, 0, 1)


def test_runs_of_a_scenario_count_apart() -> None:
    results = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    for run_number in (None, 1, 2):
        results.add_result(PAREScenarioValidationResult(True), "a", run_number)
    assert results.successful_count == 3


def test_results_are_pickled_whole() -> None:
    results = one_of_each_status()
    assert pickle.loads(pickle.dumps(results)).description() == results.description()


def test_frame_has_the_declared_columns_in_order() -> None:
    assert dict(one_of_each_status().to_polars().schema) == SCHEMA


def test_frame_without_rows_has_the_same_schema() -> None:
    none = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    frame = none.to_polars({"phase": "night"})
    assert dict(frame.schema) == {**SCHEMA, "phase": pl.String}
    assert frame.height == 0


def test_frame_of_a_judged_run() -> None:
    assert one_of_each_status().to_polars({"phase": "night"}).row(0, named=True) == {
        "base_scenario_id": "morning_cab",
        "run_number": 1,
        "success_numeric": 1.0,
        "success_bool": True,
        "status": "success",
        "has_exception": False,
        "exception_type": None,
        "exception_message": None,
        "rationale": None,
        "export_path": None,
        "run_duration": 0.5,
        "job_duration": 12.5,
        "user_model": "gpt-5-mini",
        "user_provider": "openai",
        "observe_model": "gpt-5",
        "observe_provider": "openai",
        "execute_model": "gpt-5",
        "execute_provider": "openai",
        "agent_type": "observe-execute",
        "proactive_model": "observe-execute_gpt-5_gpt-5",
        "tool_failure_probability": 0.25,
        "num_env_events_per_minute": 5,
        "proposal_count": 3,
        "acceptance_count": 2,
        "read_only_actions": 3,
        "write_actions": 2,
        "number_of_turns": 4,
        "proposal_rate": 0.75,
        "acceptance_rate": 2 / 3,
        "rejection_count": 1,
        "user_type": "default",
        "model_calls": 0,
        "model_retries": 0,
        "malformed_calls": 0,
        "prompt_tokens": None,
        "completion_tokens": None,
        "cost": None,
        "tool_name_share": None,
        "tool_description_share": None,
        "env_events_requested": None,
        "agent_calls": None,
        "failed_calls": None,
        "renamed_tools": None,
        "redescribed_tools": None,
        "env_events": None,
        "phase": "night",
    }


def test_frame_has_no_verdict_where_an_exception_stands_in_for_it() -> None:
    frame = one_of_each_status().to_polars()
    assert frame["status"].to_list() == ["success", "failed", "success", "exception", "infra", "limit", "no_validation"]
    assert frame["success_bool"].to_list() == [True, False, True, None, None, None, None]
    assert frame["success_numeric"].to_list() == [1.0, 0.0, 1.0, None, None, None, None]
    assert frame["exception_type"].to_list()[3:] == ["ScenarioError", "InfraError", "LimitReached", None]
    assert frame["run_number"].to_list() == [1, 2, None, 1, 2, None, None]


def test_frame_rates_without_a_denominator_are_null() -> None:
    frame = one_of_each_status().to_polars()
    assert frame["proposal_rate"].to_list() == [0.75, None, 0.25, None, None, None, None]
    assert frame["acceptance_rate"].to_list() == [2 / 3, 0.0, 1.0, None, None, None, None]


def test_noise_columns_are_zero_without_noise() -> None:
    results = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    results.add_result(PAREScenarioValidationResult(True), "a")
    row = results.to_polars().row(0, named=True)
    assert (row["tool_failure_probability"], row["num_env_events_per_minute"]) == (0.0, 0)


def test_an_extra_column_of_a_declared_name_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^extra_columns=\['status'\] are columns of their own; expected other names$"
    ):
        one_of_each_status().to_polars({"status": "x", "phase": "y"})
