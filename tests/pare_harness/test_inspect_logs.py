"""Logs for inspect_ai: their structure, as its format 2 has it, and the numbers in them."""

import json
from typing import Any

import pytest

from pare_harness.inspect_logs import eval_log
from pare_harness.trace_model import Trace
from tests.pare_harness.test_traces import frost

CREATED = "2026-01-01T00:00:00+00:00"
STATUSES = ("success", "failed", "infra", "limit")


def several() -> list[Trace]:
    """Two scenarios: three runs of `a`, one of which failed and one broke, and one of `b` that met a limit."""
    keys = (("a", 1), ("a", 2), ("a", 3), ("b", None))
    return [
        frost().model_copy(
            update={"scenario_id": scenario, "run_number": run, "status": status, "rationale": f"it was {status}"}
        )
        for (scenario, run), status in zip(keys, STATUSES, strict=True)
    ]


@pytest.fixture(scope="module")
def log() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(eval_log("agent", several(), CREATED)))
    return made


def test_the_head_names_the_task_its_samples_and_who_acted(log: dict[str, Any]) -> None:
    spec = log["eval"]
    assert (log["version"], log["status"], spec["task"], spec["created"]) == (2, "success", "agent", CREATED)
    assert spec["dataset"] == {"name": "pare", "samples": 2, "sample_ids": ["a", "b"], "shuffled": False}
    assert (spec["model"], spec["config"]) == ("replay", {"epochs": 3})


def test_every_run_is_a_sample_of_its_own_epoch(log: dict[str, Any]) -> None:
    assert [(one["id"], one["epoch"]) for one in log["samples"]] == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    assert len({one["uuid"] for one in log["samples"]}) == 4


def test_what_is_no_success_is_incorrect_and_infra_is_an_error_without_a_score(log: dict[str, Any]) -> None:
    scores = [one.get("scores", {}).get("success", {}).get("value") for one in log["samples"]]
    assert scores == ["C", "I", None, "I"]
    assert log["samples"][2]["error"]["message"] == "it was infra"
    assert log["samples"][3]["scores"]["success"]["explanation"] == "limit: it was limit"
    assert ["error" in one for one in log["samples"]] == [False, False, True, False]


def test_results_are_the_rates_of_every_other_report(log: dict[str, Any]) -> None:
    results = log["results"]
    (score,) = results["scores"]
    assert (results["total_samples"], results["completed_samples"]) == (4, 3)
    assert (score["scored_samples"], score["unscored_samples"]) == (3, 1)
    metrics = {name: metric["value"] for name, metric in score["metrics"].items()}
    assert metrics["accuracy"] == pytest.approx(1 / 3)
    # b has one run, so there is neither pass^2 of all scenarios nor a Monte-Carlo error.
    assert sorted(metrics) == ["accuracy", "lower", "upper"]


def test_messages_tell_both_sides_with_the_results_of_the_agents_calls(log: dict[str, Any]) -> None:
    messages = log["samples"][0]["messages"]
    assert {one["role"] for one in messages} == {"user", "assistant", "tool"}
    told, call, result, proposal = messages[:4]
    assert "Frost tonight!" in told["content"]
    (asked,) = call["tool_calls"]
    assert (asked["function"], asked["type"]) == ("Messages__read_conversation", "function")
    assert (result["role"], result["tool_call_id"]) == ("tool", asked["id"])
    assert proposal["content"].startswith("Pavel expects frost.")
    accepted = next(one for one in messages if one["role"] == "user" and "accept_proposal" in one["content"])
    assert accepted["content"].startswith("[user, at System] PAREAgentUserInterface__accept_proposal(")
    assert len({one["id"] for one in messages}) == len(messages)
    assert log["samples"][0]["output"]["completion"] == messages[-2]["content"] or messages[-2]["tool_calls"]


def test_a_call_that_failed_has_its_error() -> None:
    step = next(one for one in frost().steps if one.by == "agent" and one.call is not None)
    failed = step.model_copy(update={"error": {"type": "KeyError", "message": "'x'"}})
    trace = Trace.model_validate(frost().model_copy(update={"steps": [failed]}).model_dump(warnings=False))
    result = eval_log("agent", [trace], CREATED)["samples"][0]["messages"][-1]
    assert result["error"] == {"type": "unknown", "message": "KeyError: 'x'"}


def test_the_same_traces_give_the_same_log(log: dict[str, Any]) -> None:
    assert json.loads(json.dumps(eval_log("agent", several(), CREATED))) == log


def test_two_traces_of_one_run_are_refused() -> None:
    with pytest.raises(ValueError, match="agent: two traces of scenario 'a', run 1; expected one of each run"):
        eval_log("agent", [several()[0]] * 2, CREATED)


def test_tokens_are_summed_where_models_told_them() -> None:
    trace = frost()
    known = trace.model_copy(
        update={"usage": type(trace.usage)(model_calls=1, prompt_tokens=10, completion_tokens=5, cost=None)}
    )
    assert eval_log("agent", [trace], CREATED)["stats"]["model_usage"] == {}
    assert eval_log("agent", [known], CREATED)["stats"]["model_usage"] == {
        "replay": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    }
