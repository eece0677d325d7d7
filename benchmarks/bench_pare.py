"""A day on the phone: an oracle run of three apps and eight events with this harness and with Meta-ARE, in one run.

Also the replay of the same day, the mutants of all example scenarios, 100,000 results as a frame and as a report, and
the import of the package.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from pare_harness.apps import (
    HomeScreenSystemApp,
    PAREAgentUserInterface,
    StatefulCalendarApp,
    StatefulEmailApp,
)
from pare_harness.capture import EventRegisterer
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.mutation import analyse
from pare_harness.runner import run_oracle, run_replay
from pare_harness.scenarios import (
    MultiScenarioRunnerConfig,
    PAREMultiScenarioValidationResult,
    PAREScenario,
    PAREScenarioValidationResult,
    ScenarioRegistry,
    ScenarioValidationResult,
)
from pare_harness.scenarios.registration import discover

EXAMPLES = Path(__file__).parents[1] / "fixtures" / "scenarios"
N_RESULTS = 100_000
META_ARE_PYTHON = "META_ARE_PYTHON"


class MoveLunch(PAREScenario):
    """Ann writes, the agent looks at her mail and at the day, proposes, is accepted, and acts."""

    scenario_id = "move_lunch"

    def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
        self.emails = StatefulEmailApp(name="Emails")
        self.calendar = StatefulCalendarApp(name="Calendar")
        self.aui = PAREAgentUserInterface()
        self.calendar.add_calendar_event("Lunch", "2025-01-02 12:00:00", "2025-01-02 13:00:00")
        self.apps = [self.emails, self.calendar, self.aui, HomeScreenSystemApp(name="System")]

    def build_events_flow(self) -> None:
        day = {"start_datetime": "2025-01-02 00:00:00", "end_datetime": "2025-01-03 00:00:00"}
        with EventRegisterer.capture_mode():
            mail = self.emails.send_email_to_user_with_id("m1", "ann@example.org", "Lunch", "At two?").delayed(5)
            opened = self.emails.get_email_by_id("m1").oracle().depends_on(mail, 2)
            looked = self.calendar.get_calendar_events_from_to(**day).oracle().depends_on(opened, 1)
            asked = self.aui.send_message_to_user("Move lunch to two?").oracle().depends_on(looked, 1)
            agreed = self.aui.accept_proposal("Yes").oracle().depends_on(asked, 5)
            added = self.calendar.add_calendar_event("Lunch", "2025-01-02 14:00:00", "2025-01-02 15:00:00")
            moved = added.oracle().depends_on(agreed, 1)
            told = self.emails.reply_to_email("m1", content="At two it is").oracle().depends_on(moved, 1)
            thanks = self.emails.send_email_to_user_only("ann@example.org", "Lunch", "See you").depends_on(told, 9)
        self.events = [mail, opened, looked, asked, agreed, moved, told, thanks]

    def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
        return ScenarioValidationResult(len(env.event_log) == 8 and len(self.calendar.events) == 2)


META_ARE = """
import sys
from are.simulation.apps.agent_user_interface import AgentUserInterface
from are.simulation.apps.calendar import CalendarApp
from are.simulation.apps.email_client import EmailClientApp
from are.simulation.environment import Environment, EnvironmentConfig
from are.simulation.notification_system import VerboseNotificationSystem
from are.simulation.scenarios.scenario import Scenario
from are.simulation.types import EventRegisterer

class MoveLunch(Scenario):
    start_time = 1735689600.0
    scenario_id = "move_lunch"
    def init_and_populate_apps(self, *args, **kwargs):
        self.emails, self.calendar, self.aui = EmailClientApp(), CalendarApp(), AgentUserInterface()
        self.calendar.add_calendar_event(
            title="Lunch", start_datetime="2025-01-02 12:00:00", end_datetime="2025-01-02 13:00:00"
        )
        self.apps = [self.emails, self.calendar, self.aui]
    def build_events_flow(self):
        day = dict(start_datetime="2025-01-02 00:00:00", end_datetime="2025-01-03 00:00:00")
        with EventRegisterer.capture_mode():
            mail = self.emails.send_email_to_user_only(
                sender="ann@example.org", subject="Lunch", content="At two?"
            ).delayed(5)
            opened = self.emails.list_emails().oracle().depends_on(mail, delay_seconds=2)
            looked = self.calendar.get_calendar_events_from_to(**day).oracle().depends_on(opened, delay_seconds=1)
            asked = self.aui.send_message_to_user(content="Move lunch to two?").oracle().depends_on(
                looked, delay_seconds=1
            )
            agreed = self.aui.send_message_to_agent(content="Yes").oracle().depends_on(asked, delay_seconds=5)
            moved = self.calendar.add_calendar_event(
                title="Lunch", start_datetime="2025-01-02 14:00:00", end_datetime="2025-01-02 15:00:00"
            ).oracle().depends_on(agreed, delay_seconds=1)
            told = self.emails.send_email(
                recipients=["ann@example.org"], subject="Lunch", content="At two it is"
            ).oracle().depends_on(moved, delay_seconds=1)
            thanks = self.emails.send_email_to_user_only(
                sender="ann@example.org", subject="Lunch", content="See you"
            ).depends_on(told, delay_seconds=9)
        self.events = [mail, opened, looked, asked, agreed, moved, told, thanks]

def run():
    scenario = MoveLunch()
    scenario.initialize()
    config = EnvironmentConfig(
        oracle_mode=True, queue_based_loop=True, start_time=scenario.start_time, exit_when_no_events=True, verbose=False
    )
    env = Environment(config, notification_system=VerboseNotificationSystem())
    env.run(scenario)
    env.join()
    assert len(env.event_log.list_view()) == 8, len(env.event_log.list_view())

for line in sys.stdin:
    run()
    print("done", flush=True)
"""


@pytest.mark.benchmark(group="a day of three apps and eight events")
def test_oracle(benchmark: BenchmarkFixture) -> None:
    run = benchmark.pedantic(lambda: run_oracle(MoveLunch()), rounds=500, warmup_rounds=20)
    assert run.result.status == "success"


@pytest.mark.benchmark(group="a day of three apps and eight events")
def test_replay(benchmark: BenchmarkFixture) -> None:
    run = benchmark.pedantic(lambda: run_replay(MoveLunch()), rounds=200, warmup_rounds=20)
    assert run.result.status == "success"


@pytest.mark.benchmark(group="a day of three apps and eight events")
def test_meta_are(benchmark: BenchmarkFixture, worker: Callable[..., object]) -> None:
    python = os.environ.get(META_ARE_PYTHON)
    if python is None:
        pytest.skip(f"{META_ARE_PYTHON} does not name an interpreter with meta-agents-research-environments 1.2.0")
    benchmark.pedantic(worker(python, META_ARE).ask, rounds=100, warmup_rounds=5)


@pytest.mark.benchmark(group="mutants of the example scenarios")
def test_mutants(benchmark: BenchmarkFixture) -> None:
    found = discover([EXAMPLES], registry=ScenarioRegistry()).scenarios
    analyses = benchmark.pedantic(lambda: [analyse(kind) for kind in found.values()], rounds=3, warmup_rounds=1)
    assert len(analyses) == 15
    assert all(analysis.kill_rate == 1.0 for analysis in analyses)


@pytest.fixture(scope="module")
def many() -> PAREMultiScenarioValidationResult:
    results = PAREMultiScenarioValidationResult(run_config=MultiScenarioRunnerConfig())
    for number in range(N_RESULTS):
        result = PAREScenarioValidationResult(success=number % 3 != 0, rationale="late", proposal_count=number % 4)
        results.add_result(result, f"scenario_{number % 1000}", number // 1000)
    return results


@pytest.mark.benchmark(group=f"{N_RESULTS:,} results")
def test_to_polars(benchmark: BenchmarkFixture, many: PAREMultiScenarioValidationResult) -> None:
    frame = benchmark.pedantic(many.to_polars, rounds=3, warmup_rounds=1)
    assert frame.height == N_RESULTS


@pytest.mark.benchmark(group=f"{N_RESULTS:,} results")
def test_description(benchmark: BenchmarkFixture, many: PAREMultiScenarioValidationResult) -> None:
    assert benchmark.pedantic(many.description, rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="import in a new process")
@pytest.mark.parametrize("module", ["sys", "pare_harness", "pare_harness.scenarios.scenario"])
def test_import(benchmark: BenchmarkFixture, module: str) -> None:
    benchmark.pedantic(
        lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True), rounds=10, warmup_rounds=2
    )
