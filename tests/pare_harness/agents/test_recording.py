import socket
from pathlib import Path

import pytest

from pare_harness.agents.cassettes import load_cassette
from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine, RequestedCall
from pare_harness.agents.recording import MODES, Cassettes, Tape
from pare_harness.errors import (
    BudgetReached,
    CassetteError,
    NetworkBlockedError,
    NetworkError,
    NotRecordedError,
    RefusalError,
    ScenarioError,
)
from pare_harness.scenarios.config import LLMEngineConfig
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult

MODEL = LLMEngineConfig(model_name="m")
SITE = CallSite("frost", None, "observe")
DONE = PAREScenarioValidationResult(success=True)


class Parrot:
    """A model that repeats the last message; `bad` is what it raises instead."""

    def __init__(self, bad: Exception | None = None, voice: str = "") -> None:
        self.heard: list[str] = []
        self.bad, self.voice = bad, voice

    def complete(self, request: ChatRequest) -> ChatReply:
        self.heard.append(request.messages[-1]["content"])
        if self.bad is not None:
            raise self.bad
        return ChatReply(f"{self.heard[-1]}!{self.voice}", (RequestedCall("1", "Notes__read", "{}"),))


def ask(text: str, system: str = "Be brief.") -> ChatRequest:
    return ChatRequest("m", ({"role": "system", "content": system}, {"role": "user", "content": text}))


def engine_on(tape: Tape, model: Engine, part: str = "observe") -> Engine:
    return tape.around(lambda _model, _site: model)(MODEL, CallSite("frost", None, part))


def unplugged(_model: LLMEngineConfig, _site: CallSite) -> Engine:
    raise AssertionError("a replay needs no model")


def run(
    folder: Path, mode: str, *texts: str, model: Engine | None = None, result: PAREScenarioValidationResult = DONE
) -> tuple[list[str], Tape]:
    """Ask for each text in one run of the scenario `frost`; the answers, and the tape once it is closed."""
    with Cassettes(folder, MODES[mode]).tape("frost", None) as tape:
        engine = engine_on(tape, model or Parrot())
        answers = [engine.complete(ask(text)).text for text in texts]
        tape.close(result)
    return answers, tape


def test_a_recorded_run_is_replayed_without_a_model(tmp_path: Path) -> None:
    recorded, _ = run(tmp_path, "once", "a", "b")
    with Cassettes(tmp_path).tape("frost", None) as tape:
        engine = tape.around(unplugged)(MODEL, SITE)
        assert [engine.complete(ask(text)).text for text in ("a", "b")] == recorded == ["a!", "b!"]
        assert tape.close(DONE) is DONE
    assert (tape.use.replayed, tape.use.recorded, tape.use.stale) == (2, 0, 0)


def test_the_only_run_and_the_first_of_several_share_a_cassette(tmp_path: Path) -> None:
    tapes = [Cassettes(tmp_path).tape("frost", number) for number in (None, 1, 2)]
    assert [tape.path.name for tape in tapes] == ["frost-run1.json", "frost-run1.json", "frost-run2.json"]


def test_the_same_request_twice_has_its_answers_in_order(tmp_path: Path) -> None:
    class Counting:
        number = 0

        def complete(self, _request: ChatRequest) -> ChatReply:
            self.number += 1
            return ChatReply(str(self.number))

    assert run(tmp_path, "once", "a", "a", model=Counting())[0] == run(tmp_path, "none", "a", "a")[0] == ["1", "2"]
    with pytest.raises(NotRecordedError, match=r"model call 3 .* is call 2 of .*, which the run has had already"):
        run(tmp_path, "none", "a", "a", "a")


def test_without_a_cassette_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(NotRecordedError) as refused:
        run(tmp_path, "none", "a")
    assert str(refused.value) == (
        f"model call 1 (observe) has no recording: {tmp_path / 'frost-run1.json'} does not exist; "
        "record it with --pare-record=once"
    )


def test_a_request_without_a_recording_is_shown_beside_the_nearest(tmp_path: Path) -> None:
    run(tmp_path, "once", "Frost tonight!", "Thanks, all is well")
    with pytest.raises(NotRecordedError) as refused:
        run(tmp_path, "none", "Frost tonight!", "Thanks, all is lost")
    path = tmp_path / "frost-run1.json"
    assert str(refused.value) == (
        f"model call 2 (observe) has no recording in {path}; call 2 comes nearest: record it with --pare-record=once"
    )
    assert refused.value.difference.split("\n")[:2] == [f"--- {path} call 2", "+++ model call 2 (observe)"]
    assert [line for line in refused.value.difference.split("\n")[2:] if line[0] in "+-"] == [
        '-   "content": "Thanks, all is well",',
        '+   "content": "Thanks, all is lost",',
    ]


def test_a_part_that_never_asked_has_nothing_near(tmp_path: Path) -> None:
    run(tmp_path, "once", "a")
    with (
        Cassettes(tmp_path).tape("frost", None) as tape,
        pytest.raises(NotRecordedError, match="has no call of 'user'"),
    ):
        engine_on(tape, Parrot(), "user").complete(ask("a"))


def test_a_long_difference_is_cut(tmp_path: Path) -> None:
    run(tmp_path, "once", "\n".join(map(str, range(200))))
    with pytest.raises(NotRecordedError) as refused:
        run(tmp_path, "none", "\n".join(map(str, range(1000, 1200))))
    assert refused.value.difference.split("\n")[-1].startswith("… and ")
    assert len(refused.value.difference.split("\n")) == 81


def test_once_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    run(tmp_path, "once", "a", "b", "c")
    model = Parrot()
    run(tmp_path, "once", "a", "B", model=model)
    assert model.heard == ["B"]
    cassette = load_cassette(tmp_path / "frost-run1.json")
    assert cassette is not None
    assert [call.request["messages"][1]["content"] for call in cassette.calls] == ["a", "B"]


def test_all_asks_for_everything_again(tmp_path: Path) -> None:
    run(tmp_path, "all", "a", "b")
    model = Parrot(voice="?")
    assert run(tmp_path, "all", "a", "b", model=model)[0] == run(tmp_path, "none", "a", "b")[0] == ["a!?", "b!?"]


def test_recordings_that_nobody_asks_for_are_stale(tmp_path: Path) -> None:
    run(tmp_path, "once", "a", "b", "c")
    before = (tmp_path / "frost-run1.json").read_bytes()
    _, tape = run(tmp_path, "once", "c")
    assert (tape.use.replayed, tape.use.stale) == (1, 2)
    assert (tmp_path / "frost-run1.json").read_bytes() == before


def test_a_run_that_the_infrastructure_broke_leaves_the_cassette_alone(tmp_path: Path) -> None:
    run(tmp_path, "once", "a")
    before = (tmp_path / "frost-run1.json").read_bytes()
    broken = PAREScenarioValidationResult(success=None, exception=NetworkError("cut off"))
    with pytest.raises(NetworkError):
        run(tmp_path, "all", "a", model=Parrot(NetworkError("cut off")))
    run(tmp_path, "all", "b", result=broken)
    assert (tmp_path / "frost-run1.json").read_bytes() == before


def test_a_refusal_is_recorded_like_an_answer(tmp_path: Path) -> None:
    with Cassettes(tmp_path, MODES["once"]).tape("frost", None) as tape:
        with pytest.raises(RefusalError, match="I must not"):
            engine_on(tape, Parrot(RefusalError("I must not"))).complete(ask("a"))
        tape.close(PAREScenarioValidationResult(success=False))
    with pytest.raises(RefusalError, match="I must not"):
        run(tmp_path, "none", "a")


def test_a_run_without_models_leaves_no_cassette(tmp_path: Path) -> None:
    run(tmp_path, "all")
    assert list(tmp_path.iterdir()) == []


def test_keys_are_replaced_and_the_recorded_run_saw_what_the_replay_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "4711-open-sesame"
    monkeypatch.setenv("MY_MODEL_KEY", key)
    with Cassettes(tmp_path, MODES["once"]).tape("frost", None) as tape:
        answer = engine_on(tape, Parrot()).complete(ask(f"my key is {key}"))
        tape.close(DONE)
    text = (tmp_path / "frost-run1.json").read_text()
    assert answer.text == "my key is [redacted]!"
    assert key not in text


@pytest.mark.parametrize("replaying", ["Tuesday", "open-sesame", "brief."])
def test_secrets_of_the_machine_that_replays_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaying: str
) -> None:
    monkeypatch.setenv("MY_PASSWORD", "open-sesame")
    run(tmp_path, "once", "on Tuesday say open-sesame")
    monkeypatch.setenv("MY_PASSWORD", replaying)
    answers, _ = run(tmp_path, "none", "on Tuesday say open-sesame")
    assert answers == ["on Tuesday say [redacted]!"]
    with pytest.raises(NotRecordedError):
        run(tmp_path, "none", "on Monday say open-sesame")


@pytest.mark.parametrize(("chance", "kept"), [(True, False), (False, True)])
def test_a_run_that_time_ended_is_not_recorded(tmp_path: Path, chance: bool, kept: bool) -> None:
    reached = BudgetReached("enough")
    reached.by_chance = chance
    run(tmp_path, "once", "a", result=PAREScenarioValidationResult(success=None, exception=reached))
    assert (tmp_path / "frost-run1.json").exists() is kept


def test_what_the_model_takes_from_the_environment_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPEN", "sesame-sesame")
    monkeypatch.setenv("TEAM", "forty-thieves")
    model = LLMEngineConfig(model_name="m", api_key_env="OPEN", headers={"X-Team": "$TEAM", "X-Plain": "plain"})
    with Cassettes(tmp_path, MODES["once"]).tape("frost", None) as tape:
        engine = tape.around(lambda _model, _site: Parrot())(model, SITE)
        answer = engine.complete(ask("sesame-sesame, said the forty-thieves in plain words"))
    assert answer.text == "[redacted], said the [redacted] in plain words!"


def test_the_cassette_of_another_run_is_refused(tmp_path: Path) -> None:
    run(tmp_path, "once", "a")
    (tmp_path / "frost-run1.json").rename(tmp_path / "thaw-run1.json")
    tape = Cassettes(tmp_path).tape("thaw", 1)
    with tape, pytest.raises(CassetteError, match=r"has run 1 of 'frost'; expected run 1 of 'thaw'"):
        engine_on(tape, Parrot())


def test_a_run_without_models_has_no_use_for_a_cassette(tmp_path: Path) -> None:
    (tmp_path / "frost-run1.json").write_text("not looked at")
    with Cassettes(tmp_path).tape("frost", 1) as tape, socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert not tape.use.any


def test_a_cassette_that_cannot_be_stored_is_the_exception_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Cassettes(tmp_path / "file", MODES["all"]).tape("frost", None) as tape:
        engine_on(tape, Parrot()).complete(ask("a"))
        closed = tape.close(DONE)
    assert closed.status == "exception"
    assert "frost-run1.json: cannot be written" in str(closed.rationale)


def test_a_replay_that_reaches_for_the_network_is_an_exception_even_if_it_hides_it(tmp_path: Path) -> None:
    run(tmp_path, "once", "a")
    with Cassettes(tmp_path).tape("frost", None) as tape:
        engine = engine_on(tape, Parrot())
        with pytest.raises(NetworkBlockedError), socket.socket() as client:
            client.connect(("127.0.0.1", 9))
        engine.complete(ask("a"))
        closed = tape.close(DONE)
    assert closed.status == "exception"
    assert str(closed.rationale).startswith("NetworkBlockedError: connect(('127.0.0.1', 9))")


@pytest.mark.parametrize(("mode", "open_"), [("none", False), ("once", True), ("all", True)])
def test_the_network_is_blocked_only_where_no_model_may_be_asked(tmp_path: Path, mode: str, open_: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, Cassettes(tmp_path, MODES[mode]).tape("frost", None) as tape:
        engine_on(tape, Parrot())
        with socket.socket() as client:
            if open_:
                client.connect(server.getsockname())
            else:
                with pytest.raises(NetworkBlockedError):
                    client.connect(server.getsockname())


def test_a_missing_recording_is_no_fault_of_the_infrastructure() -> None:
    assert PAREScenarioValidationResult(None, NotRecordedError("")).status == "exception"
    assert issubclass(NotRecordedError, ScenarioError)
