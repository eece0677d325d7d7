"""The file of a run: what it holds, that it fits its published schema and repeats, and that it tells no secrets."""

import json
from pathlib import Path

import pytest

from pare_harness.runner import run_oracle, run_replay
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.trace_model import Trace, schema_text
from pare_harness.traces import exported, trace, write_trace
from pytest_pytyche.pare.runner_configs import replay_config
from tests.pare_harness.counter import Day
from tests.pare_harness.test_example_scenarios import made

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "pare-trace.schema.json"


def frost() -> Trace:
    scenario = made("frost_called_off")
    return trace(run_replay(scenario), scenario, replay_config(), "replay")


def test_the_published_schema_is_that_of_the_files() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text()


def test_a_trace_tells_what_both_sides_saw_and_did() -> None:
    found = frost()
    assert (found.format, found.version, found.status, found.turns) == ("pare-trace", 1, "success", 15)
    calls = [(step.turn, step.by, step.mode, step.call.tool) for step in found.steps if step.call is not None]
    assert calls[:4] == [
        (2, "agent", "observe", "Messages__read_conversation"),
        (4, "agent", "observe", "PAREAgentUserInterface__send_message_to_user"),
        (6, "user", None, "PAREAgentUserInterface__accept_proposal"),
        (6, "agent", "execute", "Reminders__add_reminder"),
    ]
    first = found.steps[0]
    assert (first.by, first.screen, first.messages[0].kind) == ("user", "System", "environment_notification_user")
    assert found.counts.proposal_count == 2
    assert found.phone["Messages"] == "StatefulMessagingApp"


def test_the_same_run_gives_the_same_trace() -> None:
    assert frost().model_dump_json() == frost().model_dump_json()


def test_an_oracle_run_has_events_and_no_steps() -> None:
    day = Day()
    found = trace(run_oracle(day), day, ScenarioRunnerConfig(oracle=True))
    assert found.steps == []
    assert (found.agents.user, found.agents.agent) == ("oracle", "oracle")
    assert [event.function for event in found.events][-1] == "add"


def test_a_run_that_could_not_begin_has_a_trace_too() -> None:
    class Empty(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            self.apps = []

    day = Empty()
    found = trace(run_replay(day), day, replay_config())
    assert found.exception is not None
    assert (found.status, found.exception.type, found.steps, found.apps) == ("exception", "ScenarioError", [], {})


def test_a_file_can_be_read_again_and_another_version_is_refused(tmp_path: Path) -> None:
    made_now = frost()
    path = write_trace(made_now, tmp_path / "new")
    assert path.name == "frost_called_off.json"
    assert Trace.model_validate_json(path.read_text("utf-8")) == made_now
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    later = {**json.loads(path.read_text("utf-8")), "version": 2}
    with pytest.raises(ValueError, match="version"):
        Trace.model_validate(later)


def test_values_of_secret_variables_do_not_get_into_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Good idea." in frost().model_dump_json()
    monkeypatch.setenv("SOME_TOKEN", "Good idea.")
    text = frost().model_dump_json()
    assert "Good idea." not in text
    assert "[redacted]" in text


def test_a_trace_is_written_only_where_the_configuration_wants_it(tmp_path: Path) -> None:
    day = Day(run_number=2, scenario_id="a/b")
    run = run_replay(day)
    config = replay_config()
    assert exported(run, day, config).result.export_path is None
    wanted = config.model_copy(update={"export": True, "output_dir": str(tmp_path)})
    assert exported(run, day, wanted, "replay tools=0.1").result.export_path == str(
        tmp_path / "replay-tools=0.1" / "a-b-c14cddc0_run_2.json"
    )


def test_models_are_named_only_where_one_may_have_been_asked() -> None:
    day = Day()
    run = run_replay(day)
    mixed = ScenarioRunnerConfig(agent_type="llm", user_type="accepts", observe_model_alias="careful-1")
    agents = trace(run, day, mixed, "agent").agents
    assert (agents.agent, agents.observe_model, agents.user, agents.user_model) == ("llm", "careful-1", "accepts", None)
    assert trace(run, day, mixed, "replay tools=0.1").agents.agent == "replay"
    scripted = ScenarioRunnerConfig(agent_type="scripted", user_type="somebody:else")
    agents = trace(run, day, scripted, "agent").agents
    assert (agents.observe_model, agents.user_model) == (None, scripted.user_model_alias)
