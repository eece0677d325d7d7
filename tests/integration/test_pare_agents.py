"""`--pare-check=agent`: agents by name, models behind a real socket, budgets, and what a lost worker costs."""

import json
import os
import signal

import pytest

from tests.pare_harness.agents.chat_server import Answer, Body, ChatServer, CutOff, Fails, Says, Sends, Slow
from tests.pare_harness.agents.models import NOTHING, UI, WAIT, part, said
from tests.support.pare_runs import day, days, frame
from tests.support.plugin_runs import LAYOUTS, Run, Stored

AGENT = f"""
from pare_harness.agents.base import Mode, ToolCall

UI = "{UI}"


class Helper:
    def __init__(self, role):
        self.name = role.scenario.scenario_id

    def step(self, observation):
        if observation.mode is Mode.EXECUTE and not observation.outcomes:
            return ToolCall("Emails__reply_to_email", {{"email_id": "lunch", "content": "Yes"}})
        if observation.mode is Mode.OBSERVE and any("Lunch" in one.message for one in observation.messages):
            return ToolCall(f"{{UI}}__send_message_to_user", {{"content": "Shall I reply to Ada?"}})
        return None


def broken(role):
    raise RuntimeError("no licence")
"""
HOOK = """
def pytest_pare_agents(config):
    from my_agent import broken

    return {"unlicensed": broken}
"""


@pytest.mark.parametrize("layout", ["plain", "n2"])
def test_agents_of_ones_own_meet_personas_in_every_layout(pytester: pytest.Pytester, run: Run, layout: str) -> None:
    pytester.makepyfile(my_agent=AGENT)
    folder = days(pytester, lunch=day("fine", "wrong"))
    result = run(folder, "--pare-agent=my_agent:Helper", "--pare-user=hesitates", *LAYOUTS[layout])
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["pare: 2 scenarios, split all, checks agent, agent my_agent:Helper, user hesitates"])
    found = frame(Stored(pytester.path / ".pytyche")).sort("base_scenario_id")
    assert found["nodeid"].to_list() == ["pare::agent[fine]", "pare::agent[wrong]"]
    assert found["status"].to_list() == ["success", "failed"]
    assert found["acceptance_count"].to_list() == [1, 1]
    assert found["user_type"].to_list() == ["hesitates", "hesitates"]
    assert found["model_calls"].to_list() == [0, 0]
    assert found["cost"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--pare-agent=lmm"],
            "ERROR: --pare-agent: agent='lmm'; expected one of [[]'observe-execute', *did you mean 'llm'?",
        ),
        (
            ["--pare-agent=llm", "--pare-budget=turn=3"],
            "ERROR: --pare-budget='turn=3': budget 'turn'; expected one of *",
        ),
        (["--pare-agent=llm", "--pare-session-budget=money=x"], "ERROR: --pare-session-budget='money=x': money='x'; *"),
    ],
)
def test_mistakes_are_one_line(pytester: pytest.Pytester, run: Run, options: list[str], message: str) -> None:
    result = run(days(pytester, lunch=day("fine")), *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert len(result.errlines) <= 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import pytest; pytest.importorskip('no_such')", "Skipped: could not import 'no_such': *"),
        ("import pytest; pytest.skip('not here', allow_module_level=True)", "Skipped: not here"),
    ],
    ids=["exit", "importorskip", "skip"],
)
@pytest.mark.parametrize("option", ["--pare-agent", "--pare-user"])
def test_a_module_that_ends_python_or_skips_is_one_line(
    pytester: pytest.Pytester, run: Run, option: str, text: str, message: str
) -> None:
    pytester.makepyfile(my_agent=text)
    result = run(days(pytester, lunch=day("fine")), f"{option}=my_agent:Agent")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {option}: agent 'my_agent:Agent' does not import: {message}"])
    assert len(result.errlines) <= 2


def test_an_agent_of_a_hook_that_cannot_be_made_breaks_its_runs_only(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(my_agent=AGENT)
    pytester.makeconftest(HOOK)
    folder = days(pytester, lunch=day("fine"))
    result = run(folder, "--pare-check=oracle,agent", "--pare-agent=unlicensed", "--pare-user=ignores")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["fine: exception: *agent 'unlicensed': its factory raised RuntimeError: no licence"])


SCRIPT = f"""
[fine]
user = "accepts"
agent = [
    {{tool = "{UI}__send_message_to_user", args = {{content = "Shall I reply?"}}, after = "Lunch"}},
    {{tool = "Emails__reply_to_email", args = {{email_id = "lunch", content = "Yes"}}}},
]
"""


def test_scripts_come_from_a_file(pytester: pytest.Pytester, run: Run) -> None:
    (pytester.path / "scripts.toml").write_text(SCRIPT)
    folder = days(pytester, lunch=day("fine", "unsaid"))
    result = run(folder, "--pare-agent=scripted", "--pare-user=scripted", "--pare-scripts=scripts.toml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["unsaid: exception: *scenario 'unsaid' has no script; expected a table [[]unsaid[]] in *"]
    )
    assert frame(Stored(pytester.path / ".pytyche"))["acceptance_count"].to_list() == [1, 0]


def good(request: Body) -> Answer:
    """Proposes to reply to Ada, accepts, and replies."""
    asked = {call["function"]["name"] for one in request["messages"] for call in one.get("tool_calls", ())}
    if part(request) == "user":
        offer = "The assistant proposes:" in request["messages"][-1]["content"]
        return Says(calls=((f"{UI}__accept_proposal", {}),)) if offer else NOTHING
    if part(request) == "execute":
        reply = Says(calls=(("Emails__reply_to_email", {"email_id": "lunch", "content": "Yes"}),))
        return NOTHING if "Emails__reply_to_email" in asked else reply
    proposed = f"{UI}__send_message_to_user" in asked or "Lunch" not in said(request)
    return WAIT if proposed else Says(calls=((f"{UI}__send_message_to_user", {"content": "Reply?"}),))


FAULTS: dict[str, tuple[Answer, str, str | None, int]] = {
    "rate limit": (Fails(429), "infra", "RateLimitError", 1),
    "server": (Fails(500), "infra", "ServerError", 1),
    "slow": (Slow(), "infra", "ModelTimeoutError", 1),
    "cut off": (CutOff(), "infra", "NetworkError", 1),
    "no JSON": (Sends("<html>"), "infra", "ServerError", 1),
    "other schema": (Sends("{}"), "infra", "EndpointError", 0),
    "wrong key": (Fails(401), "infra", "EndpointError", 0),
    "overflow": (Fails(400, "no", "context_length_exceeded"), "failed", None, 0),
    "refusal": (Says(refusal="I will not"), "failed", None, 0),
    "malformed": (Says(calls=(("Emails__answer", {}),)), "success", None, 0),
    "none": (WAIT, "success", None, 0),
}
"""What the observing model of each run does -> status, exception and retries of the run; one is asked again at most."""


def faulty(request: Body) -> Answer:
    """A good model but for one fault in each run, which its seed tells."""
    answer, *_ = list(FAULTS.values())[request["seed"]]
    return answer if part(request) == "observe" else good(request)


ENGINES = "".join(
    f'[{name}_engine_config]\nmodel_name = "m-1"\nendpoint = "{{url}}"\ntimeout = {{timeout}}\nretries = 1\n'
    for name in ("user", "observe", "execute")
)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


LLM = ("--pare-agent=llm", "--pare-user=llm", "--pare-model=m-1", "--pare-record=all")


@pytest.mark.usefixtures("model")
def test_each_fault_costs_its_own_run_and_nothing_else(pytester: pytest.Pytester, run: Run) -> None:
    folder = days(pytester, lunch=day("fine"))
    with ChatServer(faulty) as server:
        (pytester.path / "run.toml").write_text(ENGINES.format(url=server.url, timeout=0.5))
        options = ("--pare-check=agent", "--pare-config=run.toml", f"--pare-runs={len(FAULTS)}", "--pare-record=all")
        result = run(folder, *options)
    stored = Stored(pytester.path / ".pytyche")
    found = frame(stored).sort("run_number")
    _, statuses, exceptions, retries = (list(column) for column in zip(*FAULTS.values(), strict=True))
    assert found["status"].to_list() == statuses
    assert found["exception_type"].to_list() == exceptions
    assert found["model_retries"].to_list() == retries
    result.assert_outcomes(passed=statuses.count("success"), failed=len(statuses) - statuses.count("success"))
    result.stdout.fnmatch_lines(["check  model calls  model retries  malformed calls *", "agent * 5 * –"])
    assert found["success_bool"].to_list() == [
        {"infra": None, "failed": False, "success": True}[one] for one in statuses
    ]
    malformed = dict(zip(FAULTS, found["malformed_calls"].to_list(), strict=True))
    assert malformed.pop("malformed") > 0
    assert not any(malformed.values())
    cassettes = [json.loads(path.read_text()) for path in (pytester.path / "cassettes").glob("*.json")]
    whole = [number for number, status in enumerate(statuses, 1) if status != "infra"]
    assert sorted(one["run"] for one in cassettes) == whole
    lines = [line for line in stored.journal if line["kind"] == "pare"]
    assert sum(line["model_calls"] + line["model_retries"] for line in lines) == len(server.requests)


@pytest.mark.usefixtures("model")
def test_a_worker_killed_during_a_model_call_costs_only_that_run(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(killed_agent=KILLED)
    folder = days(pytester, lunch=day("fine"))
    pids = pytester.path / "pid"

    def brain(request: Body) -> Answer:
        if request["seed"] == 1 and pids.exists():
            os.kill(int(pids.read_text()), signal.SIGKILL)
        return good(request)

    with ChatServer(brain) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        result = run(folder, "--pare-agent=killed_agent:agent", *LLM[1:], "--pare-runs=4", "-n2")
    result.assert_outcomes(passed=3, failed=1)
    found = frame(Stored(pytester.path / ".pytyche")).sort("run_number")
    assert found["status"].to_list() == ["success", "exception", "success", "success"]
    assert found["exception_type"].to_list()[1] == "RunLost"


KILLED = """
import os
from pathlib import Path

from pare_harness.agents.llm import observe_execute_agent


def agent(role):
    if role.scenario.seed == 1:
        Path("pid").write_text(str(os.getpid()))
    return observe_execute_agent(role)
"""


@pytest.mark.usefixtures("model")
def test_a_sessions_budget_is_shared_by_its_workers(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = days(pytester, lunch=day("fine"))
    options = ("--pare-runs=6", "--pare-session-budget=tokens=2000", "--pare-max-concurrency=1", "-n2")
    with ChatServer(good) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        result = run(folder, *LLM, *options)
    # Of 120 tokens each, the 17th reaches 2000; the other worker may have begun one by then.
    assert 17 <= len(server.requests) <= 18
    result.stdout.fnmatch_lines(["*BudgetReached: budget of the session: tokens=2000 is used up (2*)*"])
    assert "limit" in frame(Stored(pytester.path / ".pytyche"))["status"].to_list()


@pytest.mark.usefixtures("model")
def test_keys_and_headers_are_written_nowhere(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    engine = 'model_name = "m-1"\nendpoint = "{url}"\nheaders = {{X-Team = "team-blue"}}'
    tables = "\n".join(f"[{name}_engine_config]\n{engine}" for name in ("user", "observe", "execute"))
    with ChatServer(lambda request: Fails(401, "sk-very-secret of team-blue")) as server:
        (pytester.path / "run.toml").write_text(tables.format(url=server.url))
        result = run(
            days(pytester, lunch=day("fine")), "--pare-check=agent", "--pare-config=run.toml", "--pare-record=all"
        )
    assert server.headers[0]["authorization"] == "Bearer sk-very-secret"
    written = [path.read_bytes() for path in (pytester.path / ".pytyche").rglob("*") if path.is_file()]
    for secret in ("sk-very-secret", "team-blue"):
        assert secret not in result.stdout.str()
        assert not any(secret.encode() in content for content in written)
