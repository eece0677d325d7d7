import json
import subprocess
import sys

import pytest

from pare_harness.errors import InfraError
from pare_harness.report import LISTED, describe, to_markdown, to_summary
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.validation_result import (
    PAREMultiScenarioValidationResult,
    PAREScenarioValidationResult,
)
from tests.support.pare_results import one_of_each_status

DESCRIPTION = """\
PARE: 7 runs of 5 scenarios, split night, 12.5 s
user gpt-5-mini, agent observe-execute_gpt-5_gpt-5
tool noise: 25.0 % of the agent's calls fail
event noise: 5 a minute, weights StatefulEmailApp 1, StatefulMessagingApp 1, StatefulShoppingApp 1

status         runs   share
success           2  28.6 %
failed            1  14.3 %
exception         1  14.3 %
infra             1  14.3 %
limit             1  14.3 %
no_validation     1  14.3 %

success rate        33.3 %  2 of 6 runs; left out: 1 infra; whatever is not a success counts against it
of judged runs      66.7 %  2 of 3 with a verdict; left out: 1 exception, 1 infra, 1 limit, 1 no_validation
proposals per turn    0.75  6 in 8 turns; left out: 1 infra
acceptance rate     50.0 %  3 accepted, 3 rejected of 6 proposals; left out: 1 infra
read-only actions        9
write actions            3

not successful
  morning_cab  run 2  failed         no ride was ordered
  twins        run 1  exception      ScenarioError: two apps | 'Emails'
  twins        run 2  infra          InfraError: endpoint gone
  endless             limit          LimitReached
  silent              no_validation  no reason given"""


def test_description_reads_as_a_report() -> None:
    assert one_of_each_status().description("night") == DESCRIPTION


def test_description_says_the_weights_it_is_given() -> None:
    lines = describe(one_of_each_status(), weight_per_app_class={"StatefulEmailApp": 2.5}).splitlines()
    assert lines[0] == "PARE: 7 runs of 5 scenarios, split unknown, 12.5 s"
    assert "event noise: 5 a minute, weights StatefulEmailApp 2.5" in lines


def test_description_of_nothing_leaves_rates_undefined() -> None:
    text = PAREMultiScenarioValidationResult(ScenarioRunnerConfig()).description()
    assert "success rate        undefined  0 of all 0 runs" in text
    assert "of judged runs      undefined  0 of 0 with a verdict; left out: none" in text
    assert "not successful" not in text


@pytest.mark.parametrize(
    ("config", "who"),
    [
        (ScenarioRunnerConfig(oracle=True), "oracle events"),
        (ScenarioRunnerConfig(agent_type="replay", user_type="replay"), "oracle events, replayed by user and agent"),
    ],
)
def test_description_names_no_model_where_none_acted(config: ScenarioRunnerConfig, who: str) -> None:
    results = PAREMultiScenarioValidationResult(config)
    results.add_result(PAREScenarioValidationResult(True), "a")
    assert results.description().splitlines()[:2] == ["PARE: 1 run of 1 scenario, split unknown, 0.0 s", who]


def test_only_the_first_unsuccessful_runs_are_listed() -> None:
    results = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    for j in range(LISTED + 3):
        results.add_result(PAREScenarioValidationResult(False, rationale="why"), f"s{j}")
    lines = results.description().splitlines()
    assert lines[-2].split() == [f"s{LISTED - 1}", "failed", "why"]
    assert lines[-1] == "… and 3 more"
    assert "… and 3 more" in to_markdown(results)
    assert len(to_summary(results)["not_successful"]) == LISTED + 3


def test_markdown_is_tables() -> None:
    text = to_markdown(one_of_each_status(), "night")
    assert text.startswith("# PARE: 7 runs of 5 scenarios, split night, 12.5 s\n\n- user gpt-5-mini, agent ")
    assert "| status | runs | share |\n| --- | --- | --- |\n| success | 2 | 28.6 % |\n" in text
    assert "| acceptance rate | 50.0 % | 3 accepted, 3 rejected of 6 proposals; left out: 1 infra |\n" in text
    assert "| twins | run 1 | exception | ScenarioError: two apps \\| 'Emails' |\n" in text


def test_markdown_without_failures_has_no_such_section() -> None:
    results = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    assert "## Not successful" not in to_markdown(results)


def test_summary_is_json_with_every_run_that_did_not_succeed() -> None:
    summary = json.loads(json.dumps(to_summary(one_of_each_status())))
    assert (summary["runs"], summary["scenarios"], summary["duration"]) == (7, 5, 12.5)
    assert summary["statuses"] == {
        "success": 2,
        "failed": 1,
        "exception": 1,
        "infra": 1,
        "limit": 1,
        "no_validation": 1,
    }
    assert (summary["success_rate"], summary["success_rate_of_judged"]) == (2 / 6, 2 / 3)
    assert (summary["proposal_rate"], summary["acceptance_rate"]) == (0.75, 0.5)
    assert summary["totals"]["rejections"] == 3
    assert summary["config"]["observe_model_alias"] == "gpt-5"
    assert summary["not_successful"][1] == {
        "scenario": "twins",
        "run": 1,
        "status": "exception",
        "reason": "ScenarioError: two apps | 'Emails'",
    }
    assert summary["not_successful"][-1]["reason"] is None


def test_rates_leave_out_what_agents_did_in_runs_that_broke() -> None:
    results = one_of_each_status()
    broken = PAREScenarioValidationResult(None, InfraError(""), proposal_count=9, acceptance_count=1, number_of_turns=2)
    results.add_result(broken, "twins", 2)
    assert "proposals per turn    0.75  6 in 8 turns; left out: 1 infra\n" in describe(results)
    assert "acceptance rate     50.0 %  3 accepted, 3 rejected of 6 proposals; left out: 1 infra\n" in describe(results)
    summary = to_summary(results)
    assert (summary["proposal_rate"], summary["acceptance_rate"]) == (0.75, 0.5)
    assert (summary["totals"]["proposals"], summary["totals"]["turns"]) == (15, 10)
    # The names of the result itself are of all runs.
    assert (results.aggregate_proposal_rate, results.aggregate_acceptance_rate) == (15 / 10, 4 / 15)


def test_rates_of_nothing_but_broken_runs_are_undefined() -> None:
    results = PAREMultiScenarioValidationResult(ScenarioRunnerConfig())
    results.add_result(PAREScenarioValidationResult(None, InfraError(""), proposal_count=1, number_of_turns=1), "a")
    assert "success rate        undefined  0 of 0 runs; left out: 1 infra; " in describe(results)
    summary = to_summary(results)
    assert (summary["success_rate"], summary["proposal_rate"], summary["acceptance_rate"]) == (None, None, None)


def test_summary_of_nothing_has_null_rates() -> None:
    summary = to_summary(PAREMultiScenarioValidationResult(ScenarioRunnerConfig()))
    assert (summary["success_rate"], summary["proposal_rate"], summary["acceptance_rate"]) == (None, None, None)


def test_results_load_neither_polars_nor_pydantic() -> None:
    code = "import sys, pare_harness.report; print([m for m in ('polars', 'pydantic', 'numpy') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
