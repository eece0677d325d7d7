"""Agents without a model: personas and scripts."""

from pathlib import Path
from typing import Any

import pytest

from pare_harness.agents.scripted import DayScript, Line, load_scripts
from pare_harness.errors import ScenarioError
from pare_harness.events import AbstractEvent
from pare_harness.runner import ScenarioRun, TwoAgentScenarioRunner
from pare_harness.scenarios.config import ScenarioRunnerConfig
from tests.pare_harness.counter import Day

UI = "PAREAgentUserInterface"
PROPOSE = Line(tool=f"{UI}__send_message_to_user", args={"content": "Add five?"})
ADD = Line(tool="Count__add", args={"amount": 5})
GOOD = (PROPOSE, ADD)


def play(user: str, agent: tuple[Line, ...] = GOOD, day: type[Day] = Day, **settings: Any) -> ScenarioRun:
    scenario = type("Scripted", (day,), {"script": DayScript(agent=agent, user=user)})()
    steps = {"user_max_iterations": 3, "observe_max_iterations": None, "execute_max_iterations": None}
    config = ScenarioRunnerConfig(agent_type="scripted", user_type="scripted", **{**steps, **settings})
    return TwoAgentScenarioRunner().record(config, scenario)


def done(run: ScenarioRun) -> list[tuple[int | None, str]]:
    return [(one.metadata.turn_number, one.function_name()) for one in run.log.list_view()]


def test_who_accepts_does_so_in_the_next_turn_and_once() -> None:
    run = play("accepts")
    assert run.result.status == "success"
    assert done(run) == [(0, "send_message_to_user"), (1, "accept_proposal"), (1, "add")]


def test_who_rejects_keeps_the_agent_from_acting() -> None:
    run = play("rejects")
    assert (run.result.status, run.result.rejection_count) == ("failed", 1)
    assert done(run) == [(0, "send_message_to_user"), (1, "reject_proposal")]


def test_who_ignores_never_answers() -> None:
    run = play("ignores")
    assert (run.result.status, run.result.proposal_count, run.result.acceptance_rate) == ("failed", 1, 0.0)
    assert done(run) == [(0, "send_message_to_user")]


def test_who_hesitates_looks_away_for_two_turns() -> None:
    assert done(play("hesitates")) == [
        (0, "send_message_to_user"),
        (1, "go_home"),
        (2, "go_home"),
        (3, "accept_proposal"),
        (3, "add"),
    ]


def test_who_hesitates_does_so_before_each_answer() -> None:
    run = play("hesitates", (PROPOSE, ADD, PROPOSE, ADD))
    answers = [turn for turn, name in done(run) if name == "accept_proposal"]
    assert answers == [3, 7]
    assert run.env.get_app("Count").total == 10


def test_a_second_proposal_waits_until_the_agent_observes_again() -> None:
    run = play("accepts", (PROPOSE, ADD, PROPOSE, ADD))
    assert (run.result.proposal_count, run.result.acceptance_count) == (2, 2)


def test_a_line_waits_for_the_message_it_is_about() -> None:
    class Ticking(Day):
        def flow(self) -> list[AbstractEvent]:
            return [self.aui.accept_proposal().oracle().delayed(500), self.counter.tick().delayed(60)]

    late = Line(tool=PROPOSE.tool, args=PROPOSE.args, after="never said")
    assert play("accepts", (late,), Ticking).result.proposal_count == 0


def test_a_script_may_play_the_user_line_by_line() -> None:
    lines = (
        Line(tool="System__open_app", args={"app_name": "Count"}),
        Line(tool=f"{UI}__reject_proposal", args={"content": "I do it myself"}),
        Line(tool="Count__press", args={"times": 5}),
    )
    scenario = type("Scripted", (Day,), {"script": DayScript(agent=(PROPOSE,), user=lines)})()
    config = ScenarioRunnerConfig(agent_type="scripted", user_type="scripted")
    run = TwoAgentScenarioRunner().record(config, scenario)
    assert run.result.status == "success"
    assert [name for _, name in done(run)] == ["open_app", "send_message_to_user", "reject_proposal", "press"]


def test_arguments_may_be_what_events_returned() -> None:
    class Ticking(Day):
        def flow(self) -> list[AbstractEvent]:
            return [self.counter.tick().with_id("ticked")]

    run = play("ignores", (Line(tool=PROPOSE.tool, args={"content": "{{ticked}}"}),), Ticking)
    ticked, proposed = run.log.list_view()
    assert proposed.get_args()["content"] == ticked.metadata.return_value


def test_personas_go_by_name_too() -> None:
    config = ScenarioRunnerConfig(agent_type="replay", user_type="rejects")
    result = TwoAgentScenarioRunner().run(config, Day())
    assert (result.status, result.rejection_count) == ("failed", 1)


FILE = """
[day]
user = "rejects"
agent = [{tool = "Count__read"}]
"""


def test_scripts_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "scripts.toml"
    file.write_text(FILE)
    assert load_scripts(file) == {"day": DayScript(user="rejects", agent=(Line(tool="Count__read"),))}
    config = ScenarioRunnerConfig(agent_type="scripted", user_type="scripted", scripts=str(file))
    assert done(TwoAgentScenarioRunner().record(config, Day())) == [(0, "read")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[day", r"scripts\.toml: no script: "),
        ("[day]\nagents = []", r"scripts\.toml: day\.agents=\[\]: Extra inputs are not permitted"),
        ("[day]\nagent = [{args = {}}]", r"scripts\.toml: day\.agent\.0\.tool=.*Field required"),
    ],
)
def test_a_wrong_script_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "scripts.toml"
    file.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        load_scripts(file)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "scenario 'day' has no script; expected a DayScript as its attribute `script`"),
        (DayScript(user="shrugs"), "script of 'day': user='shrugs'; expected one of ['accepts', 'rejects', "),
    ],
)
def test_without_a_script_there_is_no_run(script: DayScript | None, message: str) -> None:
    scenario = type("Scripted", (Day,), {"script": script})()
    config = ScenarioRunnerConfig(agent_type="scripted", user_type="scripted")
    result = TwoAgentScenarioRunner().run(config, scenario)
    assert result.status == "exception"
    assert str(result.exception).startswith(message)


@pytest.mark.parametrize(
    ("script", "side"),
    [
        (DayScript(agent=(Line(tool="Count__ad"),)), "agent"),
        (DayScript(user=(Line(tool="Count__pres"),)), "user"),
    ],
)
def test_a_tool_that_is_never_offered_is_named(script: DayScript, side: str) -> None:
    scenario = type("Scripted", (Day,), {"script": script})()
    config = ScenarioRunnerConfig(agent_type="scripted", user_type="scripted")
    message = str(TwoAgentScenarioRunner().run(config, scenario).exception)
    assert message.startswith(f"script of 'day': tool='Count__{'ad' if side == 'agent' else 'pres'}' of the {side}; ")
    assert ("'Count__add'" if side == "agent" else "'Count__press'") in message
