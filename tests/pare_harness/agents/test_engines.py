"""Answers and faults of a model, over real sockets."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

import openai
import pytest

from pare_harness.agents import engines
from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, RequestedCall, Usage
from pare_harness.agents.engines import OpenAIEngine, open_ai_engine
from pare_harness.agents.retrying import Retrying
from pare_harness.errors import (
    ContextOverflowError,
    EndpointError,
    ModelError,
    ModelTimeoutError,
    NetworkError,
    RateLimitError,
    RefusalError,
    ServerError,
)
from pare_harness.scenarios.config import LLMEngineConfig
from tests.pare_harness.agents.chat_server import Answer, ChatServer, CutOff, Fails, Says, Sends, Slow, Trickles

SITE = CallSite("day", None, "observe")
HELLO = ChatRequest("m-1", ({"role": "user", "content": "hello"},), temperature=0.5, seed=7, max_tokens=99)
TOO_LONG = "This model's maximum context length is 8192 tokens."


def engine(server: ChatServer, **settings: object) -> OpenAIEngine:
    return OpenAIEngine(LLMEngineConfig(model_name="m-1", endpoint=server.url, **settings))


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_comes_whole_and_in_pieces(stream: bool) -> None:
    says = Says("Let me see", (("look", {"where": "inbox"}), ("wait", "{")))
    with ChatServer([says]) as server:
        assert engine(server, stream=stream).complete(HELLO) == ChatReply(
            "Let me see",
            (RequestedCall("call_0", "look", '{"where": "inbox"}'), RequestedCall("call_1", "wait", "{")),
            "tool_calls",
            Usage(100, 20),
            "m-1",
        )


def test_request_carries_what_was_asked_and_nothing_that_was_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret")
    monkeypatch.setenv("TEAM", "blue")
    headers = {"X-Team": "$TEAM", "X-Run": "7"}
    with ChatServer([Says("hi")]) as server:
        engine(server, api_key_env="MY_KEY", headers=headers).complete(HELLO)
    assert server.requests == [
        {
            "model": "m-1",
            "messages": [{"role": "user", "content": "hello"}],
            "temperature": 0.5,
            "seed": 7,
            "max_tokens": 99,
        }
    ]
    assert server.headers[0]["authorization"] == "Bearer sk-secret"
    assert (server.headers[0]["x-team"], server.headers[0]["x-run"]) == ("blue", "7")


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"prompt_tokens": 1000, "completion_tokens": 100}, 0.004),  # (1000 × 2 + 100 × 20) / 1 000 000
        ({"prompt_tokens": 1000, "completion_tokens": 100, "cost": 0.5}, 0.5),
        ({"prompt_tokens": 1000}, None),
        (None, None),
    ],
)
def test_cost_is_the_endpoints_else_made_of_prices_else_unknown(usage: dict[str, float], cost: float | None) -> None:
    with ChatServer([Says("hi", usage=usage)]) as server:
        assert engine(server, input_price=2, output_price=20).complete(HELLO).usage.cost == cost


FAULTS: dict[str, tuple[Answer, type[ModelError], str]] = {
    "rate limit": (Fails(429, "slow down"), RateLimitError, "429: slow down"),
    "quota": (Fails(429, "no money", "insufficient_quota"), EndpointError, "429: no money"),
    "server": (Fails(500), ServerError, "500: out of order"),
    "gateway": (Fails(504), ModelTimeoutError, "504: out of order"),
    "key": (Fails(401, "wrong key"), EndpointError, "401: wrong key"),
    "model": (Fails(404, "no such model"), EndpointError, "404: no such model"),
    "slow": (Slow(), ModelTimeoutError, "no answer within the time limit"),
    "cut off": (CutOff(), NetworkError, ""),
    "not JSON": (Sends("<html>"), ServerError, "the answer is not JSON"),
    "nothing": (Sends("{}"), EndpointError, "not a chat completion: choices: Field required"),
    "other schema": (Sends('{"choices": [7]}'), EndpointError, "not a chat completion: choices.0"),
    "overflow": (Fails(400, TOO_LONG), ContextOverflowError, "maximum context length"),
    "overflow by code": (Fails(400, "no", "context_length_exceeded"), ContextOverflowError, "400: no"),
    "bad request": (Fails(400, "unknown parameter"), EndpointError, "400: unknown parameter"),
    "filter": (Fails(400, "no", "content_filter"), RefusalError, "400: no"),
    "filtered answer": (Says("", finish_reason="content_filter"), RefusalError, "a content filter took"),
    "overflow of llama.cpp": (
        Fails(400, "the request exceeds the available context size"),
        ContextOverflowError,
        "context size",
    ),
    "overflow in the body": (
        Sends('{"error": {"message": "too long", "code": "context_length_exceeded"}}'),
        ContextOverflowError,
        "too long",
    ),
    "filter in the body": (
        Sends('{"error": {"message": "no", "code": "content_filter"}}'),
        RefusalError,
        "no",
    ),
    "refusal": (Says(refusal="I will not"), RefusalError, "the model refused: I will not"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_apart(fault: str, stream: bool) -> None:
    answer, kind, text = FAULTS[fault]
    with ChatServer([answer]) as server, pytest.raises(ModelError) as caught:
        engine(server, stream=stream, timeout=0.1 if fault == "slow" else 5).complete(HELLO)
    assert caught.type is kind
    assert str(caught.value).startswith(f"m-1 at {server.url}: ")
    assert text in str(caught.value)
    assert len(server.requests) == 1


def test_an_endpoint_that_is_not_there_is_a_network_error() -> None:
    with ChatServer([]) as server:
        url = server.url
    with pytest.raises(NetworkError, match=rf"^m-1 at {url}: connection failed: .*refused"):
        OpenAIEngine(LLMEngineConfig(endpoint=url)).complete(HELLO)


def test_errors_show_neither_key_nor_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    leak = Fails(401, "bad key sk-secret of team-blue")
    with ChatServer([leak]) as server, pytest.raises(EndpointError, match=r"401: bad key \*\*\* of \*\*\*$"):
        engine(server, headers={"X-Team": "team-blue"}).complete(HELLO)


def test_blanks_around_a_key_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " sesame-sesame\n")
    with ChatServer([Says("hi")]) as server:
        assert engine(server).complete(HELLO).text == "hi"
    assert server.headers[0]["authorization"] == "Bearer sesame-sesame"


@pytest.mark.parametrize("key", ["sesame\nsesame", "sesame…sesame"])
def test_a_key_that_no_header_can_carry_is_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with ChatServer([Says("hi")]) as server, pytest.raises(EndpointError) as caught:
        engine(server).complete(HELLO)
    assert "sesame" not in str(caught.value)
    assert str(caught.value).startswith("the key in $OPENAI_API_KEY has characters")


def test_a_login_in_an_address_is_not_shown() -> None:
    with ChatServer([Fails(404)]) as server, pytest.raises(EndpointError) as caught:
        OpenAIEngine(LLMEngineConfig(endpoint=server.url.replace("://", "://bob:hunter22@"))).complete(HELLO)
    assert "hunter22" not in str(caught.value)


def test_a_stream_that_trickles_is_too_late() -> None:
    with ChatServer([Trickles(0.2)]) as server, pytest.raises(ModelTimeoutError, match="no whole answer within the"):
        engine(server, stream=True, timeout=0.5).complete(HELLO)


def test_half_a_surrogate_pair_is_replaced() -> None:
    with ChatServer([Says("half \ud83d", (("look", {"where": "\ud83d"}),))]) as server:
        assert engine(server).complete(HELLO).text == "half \ufffd"


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(EndpointError, match=r"^gpt-5 at https://api\.openai\.com/v1: no key; .* \$OPENAI_API_KEY$"):
        OpenAIEngine(LLMEngineConfig(model_name="gpt-5")).complete(HELLO)


def test_endpoint_comes_from_the_environment_where_none_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer([Says("hi")]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        assert OpenAIEngine(LLMEngineConfig()).complete(HELLO).text == "hi"


def test_a_header_of_an_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAM", raising=False)
    with pytest.raises(EndpointError, match=r"header '\$TEAM': environment variable 'TEAM' is not set"):
        OpenAIEngine(LLMEngineConfig(endpoint="http://127.0.0.1:1", headers={"X-Team": "$TEAM"})).complete(HELLO)


@pytest.mark.parametrize("fault", [Fails(500), Fails(429), CutOff(), Sends("<html>")])
def test_a_transient_fault_is_asked_again_and_only_simulated_time_passes(fault: Answer) -> None:
    with ChatServer([fault, fault, Says("hi")]) as server:
        model = LLMEngineConfig(model_name="m-1", endpoint=server.url)
        reply = open_ai_engine(model, SITE).complete(HELLO)
    assert (reply.text, reply.retries, reply.waited) == ("hi", 2, 3.0)
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", [Fails(401), Fails(400, TOO_LONG), Sends("{}"), Says(refusal="no")])
def test_a_lasting_fault_is_not_asked_again(fault: Answer) -> None:
    with ChatServer([fault, Says("hi")]) as server, pytest.raises(ModelError) as caught:
        open_ai_engine(LLMEngineConfig(endpoint=server.url), SITE).complete(HELLO)
    assert (len(server.requests), caught.value.retries) == (1, 0)


def test_the_last_fault_is_raised_with_the_number_of_retries() -> None:
    answers = [Fails(500), Fails(500), Fails(429, "slow down")]
    with ChatServer(answers) as server, pytest.raises(RateLimitError, match="slow down") as caught:
        open_ai_engine(LLMEngineConfig(endpoint=server.url, retries=2), SITE).complete(HELLO)
    assert (len(server.requests), caught.value.retries) == (3, 2)


@dataclass
class Naps:
    taken: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.mark.parametrize(
    ("header", "taken"),
    [({"retry-after": "7"}, [7.0]), ({"retry-after-ms": "50"}, [0.05]), ({"retry-after": "Mon"}, [])],
)
def test_retry_after_is_the_only_real_wait(header: dict[str, str], taken: list[float]) -> None:
    naps = Naps()
    with ChatServer([Fails(429, headers=header), Says("hi")]) as server:
        reply = Retrying(engine(server), sleep=naps).complete(HELLO)
    assert naps.taken == taken
    assert reply.waited == sum(taken or [1.0])


def test_an_endpoint_that_asks_for_a_long_wait_is_not_waited_for() -> None:
    naps = Naps()
    with ChatServer([Fails(429, headers={"retry-after": "31"}), Says("hi")]) as server, pytest.raises(RateLimitError):
        Retrying(engine(server), sleep=naps).complete(HELLO)
    assert (naps.taken, len(server.requests)) == ([], 1)


def test_engines_load_the_sdk_only_when_they_ask() -> None:
    code = "import sys, pare_harness.agents.engines, pare_harness.runner; print('openai' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_threads_that_ask_at_once_share_their_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second set of connections would be left open, and end in a ResourceWarning somewhere later."""
    together = Barrier(4, timeout=10)

    class Connections:
        def __init__(self) -> None:
            together.wait()

        def close(self) -> None: ...

    monkeypatch.setattr(openai, "DefaultHttpxClient", Connections)
    monkeypatch.setattr(engines, "_connections", {})
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(engines._shared_connections, [1] * 4))) == 1


def test_no_connection_is_left_open_at_the_end() -> None:
    code = (
        "import sys; from tests.pare_harness.agents.test_engines import *; "
        "print(OpenAIEngine(LLMEngineConfig(endpoint=sys.argv[1])).complete(HELLO).text)"
    )
    with ChatServer([Says("hi")]) as server:
        command = [sys.executable, "-X", "dev", "-c", code, server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("hi\n", "")
