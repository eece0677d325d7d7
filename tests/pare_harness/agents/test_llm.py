"""Agents with a model, against a server that plays the model."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from pare_harness.agents.prompts import FOLDER
from pare_harness.events import AbstractEvent
from pare_harness.multi_runner import MultiScenarioRunner
from pare_harness.runner import ScenarioRun, TwoAgentScenarioRunner
from pare_harness.scenarios.config import MultiScenarioRunnerConfig, ScenarioRunnerConfig
from tests.pare_harness.agents.chat_server import Answer, Body, Brain, ChatServer, CutOff, Fails, Says, Sends, Slow
from tests.pare_harness.agents.models import ADD, NOTHING, UI, WAIT, config_for, good, part, said
from tests.pare_harness.counter import Day


def play(config: ScenarioRunnerConfig, day: type[Day] = Day) -> ScenarioRun:
    return TwoAgentScenarioRunner().record(config, day())


def calls(run: ScenarioRun) -> list[tuple[str, str | None, str]]:
    return [
        (one.event_type.value, one.metadata.proactive_mode, one.function_name())
        for one in run.log.list_view()
        if one.metadata.turn_number is not None
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_a_good_model_proposes_is_accepted_and_acts(stream: bool) -> None:
    with ChatServer(good) as server:
        run = play(config_for(server, {"stream": stream, "input_price": 1, "output_price": 5}))
    assert run.result.status == "success"
    assert calls(run) == [
        ("AGENT", "observe", "send_message_to_user"),
        ("USER", None, "accept_proposal"),
        ("AGENT", "execute", "add"),
        ("AGENT", "observe", "wait"),
    ]
    asked = len(server.requests)
    result = run.result
    assert (result.model_calls, result.model_retries, result.malformed_calls) == (asked, 0, 0)
    assert (result.prompt_tokens, result.completion_tokens) == (100 * asked, 20 * asked)
    assert result.cost == pytest.approx(asked * (100 * 1 + 20 * 5) / 1e6)


def test_each_part_is_offered_its_own_tools_with_schemas() -> None:
    with ChatServer(good) as server:
        play(config_for(server))
    offered = {part(one): {tool["function"]["name"] for tool in one["tools"]} for one in server.requests}
    assert f"{UI}__accept_proposal" in offered["user"]
    assert "Count__add" not in offered["user"] | offered["observe"]
    assert {"Count__read", f"{UI}__wait", f"{UI}__send_message_to_user"} <= offered["observe"]
    assert "Count__add" in offered["execute"]
    [schema] = [one["function"] for one in server.requests[-3]["tools"] if one["function"]["name"] == "Count__read"]
    assert schema["parameters"] == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_seed_and_sampling_are_sent() -> None:
    sampling = {"temperature": 0.25, "max_tokens": 300}
    with ChatServer(good) as server:
        TwoAgentScenarioRunner().run(config_for(server, sampling), Day(seed=17))
    assert {(one["seed"], one["temperature"], one["max_tokens"]) for one in server.requests} == {(17, 0.25, 300)}


def test_a_configured_seed_goes_before_the_scenarios() -> None:
    with ChatServer(good) as server:
        TwoAgentScenarioRunner().run(config_for(server, {"seed": 3}), Day(seed=17))
    assert {one["seed"] for one in server.requests} == {3}


def test_each_execution_has_a_fresh_history_and_knows_the_answer() -> None:
    with ChatServer(good) as server:
        play(config_for(server))
    executing = [one for one in server.requests if part(one) == "execute"]
    assert [message["role"] for message in executing[0]["messages"]] == ["system", "user"]
    assert "Add five?\n[ACCEPT]: yes" in said(executing[0])
    assert [message["role"] for message in executing[1]["messages"]] == ["system", "user", "assistant", "tool"]
    assert executing[1]["messages"][-1] == {"role": "tool", "tool_call_id": "call_0", "content": "5"}


def test_every_call_is_answered_before_anything_else_is_said() -> None:
    with ChatServer(good) as server:
        play(config_for(server))
    for request in server.requests:
        messages = request["messages"]
        for before, after in pairwise(messages):
            assert ("tool_calls" in before) == (after["role"] == "tool")


def test_a_rejected_agent_reads_why() -> None:
    def brain(request: Body) -> Answer:
        if part(request) == "user" and "proposes:" in request["messages"][-1]["content"]:
            return Says(calls=((f"{UI}__reject_proposal", {"content": "not today"}),))
        return NOTHING if part(request) == "user" else good(request)

    with ChatServer(brain) as server:
        run = play(config_for(server))
    assert (run.result.status, run.result.rejection_count) == ("failed", 1)
    assert "[REJECT]: not today" in said([one for one in server.requests if part(one) == "observe"][-1])


def test_what_the_user_does_and_what_happens_is_told_to_the_agent() -> None:
    class Busy(Day):
        def flow(self) -> list[AbstractEvent]:
            return [self.counter.tick().delayed(1)]

    def brain(request: Body) -> Answer:
        if part(request) == "user":
            return Says(calls=(("System__open_app", {"app_name": "Count"}),)) if "System" in said(request) else NOTHING
        return WAIT

    with ChatServer(brain) as server:
        play(config_for(server), Busy)
    observed = said([one for one in server.requests if part(one) == "observe"][-1])
    assert "HomeScreenSystemApp__open_app(app_name='Count')" in observed
    assert "You look at Count: Display." in said([one for one in server.requests if part(one) == "user"][-1])


MALFORMED = {
    "unknown tool": (("Count__subtract", {}), "tool 'Count__subtract' is not offered; expected one of ["),
    "no JSON": (("Count__add", "{amount"), "arguments '{amount' are not JSON"),
    "no object": (("Count__add", "[5]"), "arguments '[5]'; expected a JSON object"),
    "unknown argument": (("Count__add", {"number": 5}), "unknown argument 'number'; expected ['amount', 'label']"),
    "missing argument": (("Count__add_twice", {}), "missing argument 'amount'; expected ['amount']"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_call_is_answered_with_its_error_and_counted(kind: str) -> None:
    call, error = MALFORMED[kind]

    def brain(request: Body) -> Answer:
        if part(request) == "execute" and len(request["messages"]) == 2:
            return Says(calls=(call,))
        return good(request)

    def adds(request: Body) -> Answer:
        return ADD if part(request) == "execute" and request["messages"][-1]["role"] == "tool" else brain(request)

    with ChatServer(adds) as server:
        run = play(config_for(server, execute_max_iterations=1))
    assert (run.result.status, run.result.malformed_calls) == ("success", 1)
    [answered] = [one for one in server.requests if part(one) == "execute" and len(one["messages"]) > 2]
    assert error in answered["messages"][-1]["content"]


def test_a_model_that_never_writes_a_call_right_ends_its_turn() -> None:
    def brain(request: Body) -> Answer:
        return Says(calls=(("Count__subtract", {}),)) if part(request) == "observe" else NOTHING

    with ChatServer(brain) as server:
        run = play(config_for(server))
    assert (run.result.status, run.result.malformed_calls, run.log.turns) == ("failed", 6, 2)


def test_arguments_nested_too_deeply_are_answered_and_counted() -> None:
    def brain(request: Body) -> Answer:
        return Says(calls=(("Count__read", "[" * 100_000),)) if part(request) == "observe" else NOTHING

    with ChatServer(brain) as server:
        run = play(config_for(server))
    assert (run.result.status, run.result.malformed_calls > 0) == ("failed", True)


def test_of_several_calls_at_once_the_first_is_made() -> None:
    def brain(request: Body) -> Answer:
        both = Says(calls=(*ADD.calls, *ADD.calls))
        return both if part(request) == "execute" and len(request["messages"]) == 2 else good(request)

    with ChatServer(brain) as server:
        run = play(config_for(server))
    assert run.result.status == "success"
    last = [one for one in server.requests if part(one) == "execute"][-1]
    assert {one["tool_call_id"]: one["content"] for one in last["messages"] if one["role"] == "tool"} == {
        "call_1": "not made: one call at a time",
        "call_0": "5",
    }


def seconds(run: ScenarioRun) -> list[float]:
    return [(one.event_time or 0.0) - run.env.start_time for one in run.log.list_view()]


def once(fault: Answer, of: str = "observe") -> Brain:
    """A good model that fails at the first question to one part."""
    failed: list[Body] = []

    def brain(request: Body) -> Answer:
        if part(request) == of and not failed:
            failed.append(request)
            return fault
        return good(request)

    return brain


def always(fault: Answer, of: str = "observe") -> Brain:
    return lambda request: fault if part(request) == of else good(request)


TRANSIENT = {"429": Fails(429), "500": Fails(500), "cut off": CutOff(), "no JSON": Sends("<html>"), "slow": Slow()}


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_fault_of_the_moment_costs_simulated_time_and_nothing_else(fault: str) -> None:
    with ChatServer(once(TRANSIENT[fault])) as server:
        run = play(config_for(server, {"timeout": 1 if fault == "slow" else 5}))
    assert (run.result.status, run.result.model_retries) == ("success", 1)
    with ChatServer(good) as server:
        untroubled = play(config_for(server))
    assert seconds(untroubled) == [0.0, 1.0, 1.0, 2.0]
    assert seconds(run) == [1.0, 2.0, 2.0, 3.0]


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_fault_that_stays_is_infra_after_its_retries(fault: str) -> None:
    with ChatServer(always(TRANSIENT[fault])) as server:
        result = play(config_for(server, {"timeout": 1 if fault == "slow" else 5, "retries": 1})).result
    assert (result.status, result.success, result.model_retries) == ("infra", None, 1)
    assert str(result.exception).startswith(f"m-1 at {server.url}: ")
    assert len([one for one in server.requests if part(one) == "observe"]) == 2


@pytest.mark.parametrize("fault", [Fails(401, "wrong key"), Sends("{}")])
def test_an_endpoint_that_is_wrong_is_infra_at_once(fault: Answer) -> None:
    with ChatServer(always(fault)) as server:
        result = play(config_for(server)).result
    assert (result.status, result.model_retries) == ("infra", 0)


LASTING = {
    "ContextOverflowError": Fails(400, "no", "context_length_exceeded"),
    "RefusalError": Says(refusal="I will not"),
}


@pytest.mark.parametrize("kind", LASTING)
def test_overflow_and_refusal_are_the_agents_failure(kind: str) -> None:
    with ChatServer(always(LASTING[kind])) as server:
        result = play(config_for(server)).result
    assert (result.status, result.exception) == ("failed", None)
    assert result.rationale is not None
    assert result.rationale.startswith(f"{kind}: m-1 at {server.url}: ")
    assert result.rationale.endswith("; total is 0, not 5")


@pytest.mark.parametrize("kind", LASTING)
def test_the_agent_is_not_blamed_for_the_users_model(kind: str) -> None:
    with ChatServer(always(LASTING[kind], of="user")) as server:
        result = play(config_for(server)).result
    assert result.status == "infra"
    assert str(result.exception).startswith(f"the user's model: {kind}: ")


def test_a_changed_prompt_changes_the_question(tmp_path: Path) -> None:
    for file in (FOLDER / "v1").iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "observe_system.j2").write_text("Be brief. You may read {{ about or 'every app' }}.")
    with ChatServer(good) as server:
        play(config_for(server, prompts=str(tmp_path)))
    assert {one["messages"][0]["content"] for one in server.requests if part(one) == "observe"} == {
        "Be brief. You may read every app."
    }


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ("v0", r"prompts='v0'; expected one of \['v1'\] or a folder"),
        ("{}", r"prompt .*user_system\.j2: TemplateNotFound"),
    ],
)
def test_prompts_that_do_not_exist_are_named(prompts: str, message: str, tmp_path: Path) -> None:
    with ChatServer(good) as server:
        result = play(config_for(server, prompts=prompts.format(tmp_path))).result
    assert result.status == "exception"
    with pytest.raises(Exception, match=message):
        raise result.exception or AssertionError


def test_two_runs_put_the_same_questions() -> None:
    questions = []
    for _ in range(2):
        with ChatServer(good) as server:
            play(config_for(server))
        questions.append(json.dumps(server.requests))
    assert questions[0] == questions[1]


@pytest.mark.parametrize("executor", ["thread", "process"])
def test_models_play_in_many_runs_at_once(executor: str) -> None:
    with ChatServer(good) as server:
        single = config_for(server)
        given = {name: getattr(single, name) for name in single.model_fields_set if not name.endswith("_alias")}
        config = MultiScenarioRunnerConfig(**given, executor_type=executor, enable_caching=False, log_to_file=False)
        results = MultiScenarioRunner().run(config, [Day(run_number=number) for number in (1, 2, 3)])
    assert results.status_counts["success"] == 3
    assert results.model_use.model_calls == len(server.requests)
