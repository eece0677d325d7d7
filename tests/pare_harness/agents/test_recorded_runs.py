"""Whole runs with models behind a server of this machine: recorded, unplugged, replayed."""

import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from pare_harness.agents.cassettes import cassette_path
from pare_harness.agents.prompts import prompt_folder
from pare_harness.agents.recording import MODES, Cassettes
from pare_harness.errors import NotRecordedError
from pare_harness.runner import ScenarioRun, TwoAgentScenarioRunner
from pare_harness.scenarios.config import ScenarioRunnerConfig
from tests.pare_harness.agents.chat_server import Answer, Body, ChatServer, Fails, Says
from tests.pare_harness.agents.models import NOTHING, config_for, good, part
from tests.pare_harness.counter import Day

Play = Callable[..., ScenarioRun]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run a day with its models on cassettes."""

    def run(config: ScenarioRunnerConfig, mode: str = "none", number: int = 1) -> ScenarioRun:
        runner = TwoAgentScenarioRunner(cassettes=Cassettes(tmp_path / "cassettes", MODES[mode]))
        return runner.play(config, Day(seed=number, run_number=number))

    return run


def use(run: ScenarioRun) -> tuple[int, int, int]:
    """Calls replayed, recorded and stale."""
    assert run.cassette is not None
    return run.cassette.replayed, run.cassette.recorded, run.cassette.stale


def test_a_replay_is_equal_byte_by_byte_with_the_server_unplugged(play: Play) -> None:
    with ChatServer(good) as server:
        config = config_for(server)
        recorded = play(config, "once")
    asked = len(server.requests)
    replayed = play(config)
    assert (use(recorded), use(replayed)) == ((0, asked, 0), (asked, 0, 0))
    assert replayed.log.to_json() == recorded.log.to_json()
    assert replayed.result.status == recorded.result.status == "success"
    assert replayed.result.prompt_tokens == recorded.result.prompt_tokens


def test_a_replay_needs_neither_the_sdk_nor_a_key(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(good) as server:
        config = config_for(server)
        play(config, "once")
    monkeypatch.setitem(sys.modules, "openai", None)
    assert play(config).result.status == "success"


def test_retries_and_their_pauses_on_the_clock_are_replayed(play: Play) -> None:
    faults = [Fails(429), Fails(500)]

    def flaky(request: Body) -> Answer:
        return faults.pop() if faults else good(request)

    with ChatServer(flaky) as server:
        config = config_for(server)
        recorded = play(config, "once")
    replayed = play(config)
    assert replayed.result.model_retries == recorded.result.model_retries == 2
    assert replayed.log.to_json() == recorded.log.to_json()


def test_a_refusal_ends_the_replay_as_it_ended_the_run(play: Play) -> None:
    def shy(request: Body) -> Answer:
        return Says(refusal="I must not") if part(request) == "observe" else NOTHING

    with ChatServer(shy) as server:
        config = config_for(server)
        recorded = play(config, "once")
    replayed = play(config)
    assert recorded.result.status == replayed.result.status == "failed"
    assert replayed.result.rationale == recorded.result.rationale


def test_another_prompt_asks_for_a_recording_of_the_runs_that_use_it(play: Play, tmp_path: Path) -> None:
    def choosy(request: Body) -> Answer:
        return NOTHING if request["seed"] == 2 and part(request) == "observe" else good(request)

    prompts = copytree(prompt_folder("v1"), tmp_path / "prompts")
    with ChatServer(choosy) as server:
        config = config_for(server, prompts=str(prompts))
        for number in (1, 2):
            play(config, "once", number)
        files = {n: cassette_path(tmp_path / "cassettes", "day", n).read_bytes() for n in (1, 2)}
        template = prompts / "execute_system.j2"
        template.write_text(template.read_text().replace("Do all of it", "Do every bit of it"))
        affected, other = play(config, number=1).result, play(config, number=2).result

        assert isinstance(affected.exception, NotRecordedError)
        assert (affected.status, other.exception) == ("exception", None)
        changed = [line for line in affected.exception.difference.splitlines()[2:] if line[0] in "+-"]
        assert [line[:40] for line in changed] == [
            '-    "Do all of it and nothing else, with'[:40],
            '+    "Do every bit of it and nothing else'[:40],
        ]

        asked = len(server.requests)
        replayed, recorded, _ = use(play(config, "once", 1))
        assert recorded == len(server.requests) - asked > 0
        assert replayed > 0
    assert play(config, number=1).result.status == "success"
    assert cassette_path(tmp_path / "cassettes", "day", 2).read_bytes() == files[2]
    assert cassette_path(tmp_path / "cassettes", "day", 1).read_bytes() != files[1]


def test_a_cassette_that_is_none_is_the_exception_of_the_run(play: Play, tmp_path: Path) -> None:
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / "day-run1.json").write_text("{}")
    with ChatServer(good) as server:
        run = play(config_for(server), "once")
    assert (run.result.status, server.requests) == ("exception", [])
    assert "day-run1.json: no cassette that can be used" in str(run.result.rationale)
