from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from pare_harness.agents.prompts import prompt_folder
from tests.pare_harness.agents.chat_server import Answer, Body, ChatServer, Says
from tests.support.plugin_runs import Run

DAYS = """
from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulEmailApp
from pare_harness.capture import EventRegisterer
from pare_harness.scenarios import Checks, PAREScenario, register_scenario


class Post(PAREScenario):
    def init_and_populate_apps(self, *args, **kwargs):
        self.ui = PAREAgentUserInterface()
        self.mail = StatefulEmailApp(name="Emails")
        self.apps = [self.ui, HomeScreenSystemApp(name="System"), self.mail]

    def build_events_flow(self):
        with EventRegisterer.capture_mode():
            self.events = [self.mail.send_email_to_user_with_id("post", "ada@example.org", "Hi", self.text).delayed(5)]

    def validate(self, env):
        check = Checks(env)
        check(len(check.calls(self.mail, "reply_to_email")) == self.replies, "Ada did not get what she expects")
        check(len(check.calls(self.ui, "send_message_to_user")) == self.replies, "proposed too little or too much")
        return check.verdict()


@register_scenario("lunch")
class Lunch(Post):
    text, replies = "Lunch at one?", 1


@register_scenario("thanks")
class Thanks(Post):
    text, replies = "Thank you!", 0
"""
CONFIG = """
agent_type = "llm"
user_type = "accepts"
prompts = "prompts"
execute_max_iterations = 5
"""
PROPOSE, REPLY = "PAREAgentUserInterface__send_message_to_user", "Emails__reply_to_email"
NOTHING = Says("Nothing to do.")
AGENT = ("--pare-scenarios=days.py", "--pare-config=runner.toml", "--pare-check=agent", "-q")


def character(request: Body) -> Answer:
    """A model that is called careful, lazy or eager, and is."""
    messages = request["messages"]
    if any(tool["function"]["name"] == REPLY for tool in request["tools"]):
        done = messages[-1]["role"] == "tool"
        return NOTHING if done else Says(calls=((REPLY, {"email_id": "post", "content": "Yes!"}),))
    wanted = {"careful": "Lunch at one?" in messages[-1]["content"], "lazy": False, "eager": len(messages) == 2}
    return Says(calls=((PROPOSE, {"content": "Shall I reply?"}),)) if wanted[request["model"]] else NOTHING


@pytest.fixture
def server(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """Two days, what the runner is to do with them, and a server with models."""
    pytester.makepyfile(days=DAYS)
    (pytester.path / "runner.toml").write_text(CONFIG)
    copytree(prompt_folder("v1"), pytester.path / "prompts")
    with ChatServer(character) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        yield server


def cassettes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "cassettes").iterdir())}


def unplug(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")


def test_record_unplug_replay_and_record_what_a_changed_prompt_asks_for(
    run: Run, server: ChatServer, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By turns in one process and in two, which share the cassettes."""
    record = (*AGENT, "--pare-model=careful", "--pare-runs=2")
    result = run(*record, "--pare-record=once", "-n2")
    result.assert_outcomes(passed=4)
    asked = len(server.requests)
    result.stdout.fnmatch_lines([f"model calls: 0 replayed, {asked} recorded, in 4 runs"])
    before = cassettes(pytester.path)
    assert list(before) == [f"{day}-run{number}.json" for day in ("lunch", "thanks") for number in (1, 2)]

    with monkeypatch.context() as patch:
        unplug(server, patch)
        result = run(*record)
        result.assert_outcomes(passed=4)
        result.stdout.fnmatch_lines([f"model calls: {asked} replayed, 0 recorded, in 4 runs"])

        template = pytester.path / "prompts" / "execute_system.j2"
        template.write_text(template.read_text().replace("Do all of it", "Do every bit of it"))
        result = run(*record, "-n2")
        result.assert_outcomes(passed=2, failed=2)
        result.stdout.fnmatch_lines(
            [
                "lunch-run1: exception: NotRecordedError: model call * (execute) has no recording in *lunch-run1.json*",
                "* nearest recording *",
                "--- *lunch-run1.json call *",
                "+++ model call * (execute)",
                '-    "Do all of it and nothing else*',
                '+    "Do every bit of it and nothing else*',
            ]
        )
    assert len(server.requests) == asked

    run(*record, "--pare-record=once").assert_outcomes(passed=4)
    assert {request["messages"][0]["content"][:30] for request in server.requests[asked:]} == {
        "You are a proactive assistant "
    }
    after = cassettes(pytester.path)
    assert [name for name in after if after[name] != before[name]] == ["lunch-run1.json", "lunch-run2.json"]
