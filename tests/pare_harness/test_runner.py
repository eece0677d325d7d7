import json
from pathlib import Path
from typing import Any

import pytest

from pare_harness.agents.base import Observation, ToolCall
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.errors import InfraError, ScenarioError
from pare_harness.runner import TwoAgentScenarioRunner, run_oracle, run_replay
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.scenario import ScenarioValidationResult
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.timeline import render
from tests.pare_harness.counter import Day


def test_an_oracle_run_counts_nothing_since_nobody_decides() -> None:
    result = run_oracle(Day()).result
    assert (result.status, result.proposal_count, result.number_of_turns) == ("success", 0, 0)
    assert (result.duration or 0) > 0


def test_a_failed_validator_says_why() -> None:
    class Short(Day):
        def flow(self) -> list[object]:
            return [self.counter.add(3).oracle()]

    result = run_oracle(Short()).result
    assert (result.status, result.rationale) == ("failed", "total is 3, not 5")


def broken(where: str, error: BaseException) -> Day:
    """A day that raises in one of its methods."""

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return type("Broken", (Day,), {where: fail})()


@pytest.mark.parametrize("where", ["init_and_populate_apps", "build_events_flow", "validate"])
@pytest.mark.parametrize("run", [run_oracle, run_replay])
def test_what_breaks_is_an_exception_and_never_a_plain_failure(where: str, run: object) -> None:
    result = run(broken(where, RuntimeError("boom"))).result
    assert (result.status, result.success) == ("exception", None)
    assert isinstance(result.exception, RuntimeError)
    assert result.rationale == "RuntimeError: boom"


def test_broken_infrastructure_is_told_apart() -> None:
    assert run_oracle(broken("validate", InfraError("no network"))).result.status == "infra"


def test_a_scenario_that_would_end_python_ends_only_its_run() -> None:
    result = run_oracle(broken("validate", SystemExit(3))).result
    assert result.status == "exception"
    assert result.rationale is not None
    assert result.rationale.endswith("ended Python: SystemExit: 3")


def test_a_validator_that_caught_its_own_error_is_an_exception_too() -> None:
    class Caught(Day):
        def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
            return ScenarioValidationResult(success=False, exception=ValueError("oops"))

    assert run_oracle(Caught()).result.status == "exception"


@pytest.mark.parametrize("verdict", [True, None, "fine"])
def test_a_validator_that_returns_something_else_is_named(verdict: object) -> None:
    class Odd(Day):
        def validate(self, env: StateAwareEnvironmentWrapper) -> object:
            return verdict

    result = run_oracle(Odd()).result
    assert result.status == "exception"
    assert str(result.exception) == (
        f"validate() of scenario 'day' returned {verdict!r}; expected a ScenarioValidationResult"
    )


def test_no_verdict_is_a_status_of_its_own() -> None:
    class Unsure(Day):
        def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
            return ScenarioValidationResult(success=None)

    assert run_oracle(Unsure()).result.status == "no_validation"


def test_the_log_is_kept_when_a_run_breaks() -> None:
    assert len(run_oracle(broken("validate", RuntimeError("boom"))).log) == 3


def test_a_configuration_says_who_acts() -> None:
    runner = TwoAgentScenarioRunner()
    assert runner.run(ScenarioRunnerConfig(oracle=True), Day()).number_of_turns == 0
    replay = ScenarioRunnerConfig(agent_type="replay", user_type="replay")
    assert runner.run(replay, Day()).number_of_turns > 0
    limited = ScenarioRunnerConfig(agent_type="replay", user_type="replay", max_turns=2)
    assert runner.run(limited, Day()).status == "limit"


def test_agents_that_nobody_can_build_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^agent='lmm'; expected one of \['observe-execute', .* did you mean 'llm'\?$"
    ):
        TwoAgentScenarioRunner().run(ScenarioRunnerConfig(agent_type="lmm"), Day())


class Silent:
    """Never does anything."""

    def step(self, observation: Observation) -> ToolCall | None:
        return None


def test_users_own_agents_are_built_from_the_configuration() -> None:
    built: list[ScenarioRunnerConfig] = []

    def build(config: ScenarioRunnerConfig) -> Silent:
        built.append(config)
        return Silent()

    config = ScenarioRunnerConfig()
    result = TwoAgentScenarioRunner(build, build).run(config, Day())
    assert (result.status, result.rationale, result.proposal_count) == ("failed", "total is 0, not 5", 0)
    assert built == [config, config]


def test_the_scenarios_own_turns_go_before_the_configurations() -> None:
    class Restless(Silent):
        def step(self, observation: Observation) -> ToolCall | None:
            return ToolCall("System__go_home")

    def build(config: ScenarioRunnerConfig) -> Silent:
        return Restless()

    result = TwoAgentScenarioRunner(build, build).run(ScenarioRunnerConfig(max_turns=9), Day(nb_turns=4))
    assert (result.status, result.number_of_turns) == ("limit", 4)


def test_traces_are_written_whole_where_wanted(tmp_path: Path) -> None:
    config = ScenarioRunnerConfig(oracle=True, export=True, output_dir=str(tmp_path / "traces"))
    result = TwoAgentScenarioRunner().run(config, Day(run_number=2))
    [path] = (tmp_path / "traces").iterdir()
    assert (path.name, result.export_path) == ("day_run_2.json", str(path))
    trace = json.loads(path.read_text())
    assert (trace["status"], trace["version"], trace["apps"]["Count"]["total"]) == ("success", 1, 5)
    assert [event["function"] for event in trace["events"]] == ["send_message_to_user", "accept_proposal", "add"]


def test_nothing_is_written_where_nothing_is_wanted(tmp_path: Path) -> None:
    TwoAgentScenarioRunner().run(ScenarioRunnerConfig(oracle=True, output_dir=str(tmp_path)), Day())
    assert list(tmp_path.iterdir()) == []


def test_a_timeline_reads_like_a_diary() -> None:
    run = run_replay(Day())
    proposed, accepted, added = render(run.log).splitlines()
    assert proposed.startswith("2025-01-01 00:00:05  AGENT [1] PAREAgentUserInterface.send_message_to_user(content=")
    assert proposed.endswith('"Add five?") -> null')
    assert accepted.startswith("2025-01-01 00:00:08  USER [3]  PAREAgentUserInterface.accept_proposal(content=")
    assert accepted.endswith(f'"{run.log.list_view()[1].metadata.return_value[:6]}"')
    assert added == "2025-01-01 00:00:10  AGENT [3] Count.add(amount=5) -> 5"
    cut = render(run.log, tail=1, width=40).splitlines()
    assert cut == ["… 2 earlier events", "2025-01-01 00:00:10  AGENT [3] Count.ad…"]


def test_a_timeline_shows_errors() -> None:
    class Broken(Day):
        def flow(self) -> list[object]:
            return [self.counter.refuse("no\nway").oracle()]

    assert render(run_oracle(Broken()).log).endswith("Count.refuse(why=\"no\\nway\") !! KeyError: 'no\\nway'")


def verdict_of(**parts: Any) -> PAREScenarioValidationResult:
    class Odd(Day):
        def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
            return ScenarioValidationResult(**parts)

    return run_oracle(Odd()).result


def test_a_verdict_that_is_a_text_is_none() -> None:
    result = verdict_of(success="no")
    assert (result.status, str(result.exception)) == (
        "exception",
        "validate() of scenario 'day' returned success='no'; expected True, False or None",
    )


def test_what_stands_for_true_or_false_becomes_that() -> None:
    assert verdict_of(success=["found"]).success is True
    assert verdict_of(success=[]).success is False


def test_parts_of_a_verdict_have_the_types_of_reports() -> None:
    assert verdict_of(success=False, rationale=["a", "b"]).rationale == "['a', 'b']"
    broken_off = verdict_of(success=False, exception="boom")
    assert (broken_off.status, type(broken_off.exception)) == ("exception", ScenarioError)
    assert "exception='boom'" in str(broken_off.exception)
