"""Recorded runs of ten turns, replayed: 1,000 of them by pytest in two processes, and one call of a model in one."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine, Usage
from pare_harness.agents.recording import MODES, Cassettes
from pare_harness.runner import TwoAgentScenarioRunner
from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig, load_runner_config
from pare_harness.scenarios.registration import discover
from pare_harness.scenarios.utils.registry import ScenarioRegistry

N_RUNS = 1_000
TURNS = 10

DAY = """
from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulCalendarApp, StatefulEmailApp
from pare_harness.capture import EventRegisterer
from pare_harness.scenarios import PAREScenario, ScenarioValidationResult, register_scenario


@register_scenario("mails")
class Mails(PAREScenario):
    def init_and_populate_apps(self, *args, **kwargs):
        self.emails = StatefulEmailApp(name="Emails")
        calendar = StatefulCalendarApp(name="Calendar")
        self.apps = [PAREAgentUserInterface(), HomeScreenSystemApp(name="System"), self.emails, calendar]

    def build_events_flow(self):
        with EventRegisterer.capture_mode():
            self.events = [
                self.emails.send_email_to_user_only("ann@example.org", f"Mail {minute}", "Hi").delayed(60 * minute)
                for minute in range(1, 10)
            ]

    def validate(self, env):
        return ScenarioValidationResult(success=True)
"""
CONFIG = """
agent_type = "llm"
user_type = "llm"
max_turns = 20
"""


class Silent:
    """A model that has seen it and does nothing."""

    def complete(self, request: ChatRequest) -> ChatReply:
        return ChatReply("Nothing to do.", usage=Usage(100 * len(request.messages), 4))


def silent(_model: LLMEngineConfig, _site: CallSite) -> Engine:
    return Silent()


@pytest.fixture
def recorded(tmp_path: Path) -> ScenarioRunnerConfig:
    """A folder with a day and cassettes of its runs."""
    (tmp_path / "mails.py").write_text(DAY)
    (tmp_path / "runner.toml").write_text(CONFIG)
    config = load_runner_config(tmp_path / "runner.toml")
    day = discover([tmp_path / "mails.py"], ScenarioRegistry()).scenarios["mails"]
    runner = TwoAgentScenarioRunner(engines=silent, cassettes=Cassettes(tmp_path / "cassettes", MODES["all"]))
    own = getattr(day, "seed", None) or day.FIELDS["seed"]
    for number in range(1, N_RUNS + 1):
        run = runner.play(config, day(seed=own + number - 1, run_number=number))
        assert run.result.number_of_turns == TURNS
    return config


@pytest.mark.benchmark(group=f"{N_RUNS:,} recorded runs of {TURNS} turns")
def test_replay(
    recorded: ScenarioRunnerConfig,
    tmp_path: Path,
    seconds_of: Callable[[Sequence[str]], float],
    figure: Callable[[str], None],
) -> None:
    options = ["--pare-scenarios=mails.py", "--pare-config=runner.toml", "--pare-check=agent", f"--pare-runs={N_RUNS}"]
    seconds = seconds_of(["-m", "pytest", *options, "-n", "2", "-q", "-p", "no:randomly"])
    figure(f"{N_RUNS:,} recorded runs of {TURNS} turns at -n 2: {seconds:.1f} s")


@pytest.mark.benchmark(group="one run of ten turns")
@pytest.mark.parametrize("mode", MODES)
def test_one_run(benchmark: BenchmarkFixture, tmp_path: Path, mode: str) -> None:
    (tmp_path / "mails.py").write_text(DAY)
    day = discover([tmp_path / "mails.py"], ScenarioRegistry()).scenarios["mails"]
    config = ScenarioRunnerConfig(agent_type="llm", user_type="llm", max_turns=20)
    folder = tmp_path / "cassettes"
    TwoAgentScenarioRunner(engines=silent, cassettes=Cassettes(folder, MODES["all"])).play(config, day())
    runner = TwoAgentScenarioRunner(engines=silent, cassettes=Cassettes(folder, MODES[mode]))
    run = benchmark.pedantic(lambda: runner.play(config, day()), rounds=50, warmup_rounds=3)
    assert run.result.status == "success"
