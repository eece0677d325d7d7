"""What the harness adds to a call of a model: prompts, schemas of tools, checks, counts; then the SDK, on a socket."""

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from pare_harness.agents.base import Observation
from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine, Usage
from pare_harness.agents.engines import OpenAIEngine
from pare_harness.agents.roles import Role
from pare_harness.budgets import Budget
from pare_harness.runner import TwoAgentScenarioRunner
from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig
from pare_harness.scenarios.registration import discover
from pare_harness.scenarios.utils.registry import ScenarioRegistry

DAY = Path(__file__).parents[1] / "fixtures" / "scenarios" / "flat_for_three.py"
ROUNDS = 40
BUDGET = Budget(turns=1_000, calls=10_000, tokens=10**9, money=10**6, seconds=10**6)
ANSWER = {"choices": [{"message": {"content": "Nothing to do."}, "finish_reason": "stop"}], "model": "m"}

SERVER = """
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *args):
        pass

ANSWER = json.dumps(%r).encode()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Asked:
    """A model that has nothing to do, and keeps the questions."""

    def __init__(self) -> None:
        self.requests: list[ChatRequest] = []

    def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        return ChatReply("Nothing to do.", usage=Usage(1_000, 4, 0.001))

    def build(self, model: LLMEngineConfig, site: CallSite) -> Engine:
        return self


class Silent:
    """An agent without a model that does as little."""

    def __init__(self, role: Role) -> None:
        pass

    def step(self, observation: Observation) -> None:
        return None


def seconds(agents: str, model: Asked) -> float:
    """The median run of the day."""
    [day] = discover([DAY], ScenarioRegistry()).scenarios.values()
    config = ScenarioRunnerConfig(agent_type=agents, user_type=agents, max_turns=None, budget=BUDGET)
    runner = TwoAgentScenarioRunner(engines=model.build)
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        run = runner.play(config, day())
        times.append(perf_counter() - start)
        assert run.result.status == "failed"
    return median(times)


def test_harness(figure: Callable[[str], None]) -> None:
    model = Asked()
    without = seconds(f"{__name__}:Silent", model)
    between = seconds("llm", model) - without
    calls = len(model.requests) / ROUNDS
    tools = max(len(request.tools) for request in model.requests)
    figure(f"harness per model call: {1e3 * between / calls:.2f} ms ({calls:.0f} calls a run, up to {tools} tools)")


@pytest.fixture
def port() -> Iterator[int]:
    """Where a model answers at once, in a process of its own."""
    server = subprocess.Popen([sys.executable, "-c", SERVER % (ANSWER,)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield int(server.stdout.readline())
    server.kill()
    server.communicate()


def test_sdk(port: int, figure: Callable[[str], None]) -> None:
    model = Asked()
    seconds("llm", model)
    request = max(model.requests, key=lambda one: len(one.tools))
    engine = OpenAIEngine(LLMEngineConfig(model_name="m", endpoint=f"http://127.0.0.1:{port}/v1"))
    body = json.dumps(request.canonical())
    bare = http.client.HTTPConnection("127.0.0.1", port)

    def post() -> None:
        bare.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        json.loads(bare.getresponse().read())

    pairs = [(timed(lambda: engine.complete(request)), timed(post)) for _ in range(20 * ROUNDS)]
    through, plain = (1e3 * median(column) for column in zip(*pairs, strict=True))
    figure(f"SDK per model call: {through - plain:.2f} ms more than the {plain:.2f} ms of a bare request")


def timed(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start
