import json
import pickle

import pytest

from pare_harness.agents.chat import ChatReply, ChatRequest, RequestedCall, Usage
from pare_harness.errors import AgentFailure, ContextOverflowError, InfraError, LimitReached, ModelError, RateLimitError
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult

HELLO = ({"role": "user", "content": "hello"},)


def test_canonical_request_leaves_out_what_is_not_set() -> None:
    assert ChatRequest("m", HELLO, seed=0, temperature=0.0).canonical() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hello"}],
        "temperature": 0.0,
        "seed": 0,
    }


def test_reply_survives_its_json() -> None:
    reply = ChatReply("", (RequestedCall("c1", "look", "{"),), "tool_calls", Usage(3, 4, 0.5), "m-1", 2, 3.0)
    assert ChatReply.from_dict(json.loads(json.dumps(reply.to_dict()))) == reply


def test_reply_refuses_what_it_did_not_write() -> None:
    with pytest.raises(TypeError, match="colour"):
        ChatReply.from_dict({**ChatReply("hi").to_dict(), "colour": "red"})


def test_a_rate_limit_keeps_its_wait_in_another_process() -> None:
    error = pickle.loads(pickle.dumps(RateLimitError("slow down", retry_after=2.5)))
    assert (str(error), error.retry_after) == ("slow down", 2.5)


@pytest.mark.parametrize("kind", ModelError.__subclasses__())
def test_each_kind_of_model_error_is_infra_or_the_agents_own(kind: type[ModelError]) -> None:
    assert issubclass(kind, InfraError) != issubclass(kind, AgentFailure)
    assert not issubclass(kind, LimitReached)


def test_status_of_a_rate_limit_is_infra() -> None:
    assert PAREScenarioValidationResult(None, RateLimitError("slow down")).status == "infra"


def test_only_faults_of_the_moment_are_transient() -> None:
    transient = {kind.__name__ for kind in ModelError.__subclasses__() if kind.transient}
    assert transient == {"RateLimitError", "NetworkError", "ModelTimeoutError", "ServerError"}
    assert not ContextOverflowError.transient
