from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from pare_harness.agents.base import Observation, ToolCall
from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Usage
from pare_harness.agents.throttling import ThrottledBuilder
from pare_harness.budgets import RUN, Budget, Ledger, parse_budget
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.errors import BudgetReached, InfraError
from pare_harness.locks import one_of
from pare_harness.meter import Meter, ModelUse, total_use
from pare_harness.runner import TwoAgentScenarioRunner
from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig
from pare_harness.scenarios.scenario import ScenarioValidationResult
from pare_harness.scenarios.validation_result import PAREMultiScenarioValidationResult, PAREScenarioValidationResult
from tests.pare_harness.counter import Day


def test_a_budget_is_read_from_its_text() -> None:
    assert parse_budget("turns=20, money=0.5") == Budget(turns=20, money=0.5)
    assert parse_budget("calls=3,tokens=4,seconds=1.5") == Budget(calls=3, tokens=4, seconds=1.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("turn=3", r"^budget 'turn'; expected one of \['turns', 'calls', 'tokens', 'money', 'seconds'\], such as"),
        ("turns=3,turns=4", "^turns is given twice$"),
        ("turns=3.5", "^turns='3.5'; expected a whole number above 0$"),
        ("money=much", "^money='much'; expected a number above 0$"),
        ("calls=0", "^calls=0; expected a number above 0$"),
        ("seconds=inf", "^seconds=inf; expected a number above 0$"),
        ("turns", "^turns=''; expected a whole number above 0$"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_budget(text)


def test_each_budget_names_itself_where_it_is_used_up() -> None:
    meter = Meter(Budget(turns=2, calls=1, tokens=100, money=0.5))
    for _ in range(2):
        meter.before_turn()
        meter.after_turn()
    with pytest.raises(BudgetReached, match=r"^budget of the run: turns=2 is used up \(2\)$"):
        meter.before_turn()
    meter.before_call()
    with pytest.raises(BudgetReached, match=r"^budget of the run: calls=1 is used up \(1\)$"):
        meter.before_call()
    meter.before_model()
    meter.after_model(Usage(60, 50, 0.25), retries=0)
    with pytest.raises(BudgetReached, match=r"^budget of the run: tokens=100 is used up \(110\)$"):
        meter.before_model()


def test_money_and_seconds_are_budgets_too() -> None:
    meter = Meter(Budget(money=0.5))
    meter.before_model()
    meter.after_model(Usage(1, 1, 0.75), retries=0)
    with pytest.raises(BudgetReached, match=r"money=0\.5 is used up \(0\.75\)"):
        meter.before_model()
    with pytest.raises(BudgetReached, match=r"seconds=1e-09 is used up"):
        Meter(Budget(seconds=1e-9)).before_turn()


def test_what_was_not_told_is_not_summed() -> None:
    meter = Meter()
    assert (meter.use.prompt_tokens, meter.use.cost) == (None, None)
    meter.after_model(Usage(10, 2, 0.5), retries=1)
    meter.after_model(Usage(20, 3, None), retries=2)
    meter.after_model(Usage(30, 4, 0.5), retries=0)
    assert (meter.use.prompt_tokens, meter.use.completion_tokens, meter.use.cost) == (60, 9, None)
    assert meter.use.model_retries == 3


def test_a_run_that_reaches_a_budget_is_a_limit() -> None:
    config = ScenarioRunnerConfig(agent_type="replay", user_type="replay", budget=Budget(calls=2))
    result = TwoAgentScenarioRunner().run(config, Day())
    assert (result.status, str(result.exception)) == ("limit", "budget of the run: calls=2 is used up (2)")


def test_it_is_a_limit_even_where_the_work_is_done() -> None:
    class Restless:
        def step(self, observation: Observation) -> ToolCall:
            return ToolCall("Count__add", {"amount": 5})

    class Indulgent(Day):
        def validate(self, env: StateAwareEnvironmentWrapper) -> ScenarioValidationResult:
            return ScenarioValidationResult(success=True)

    config = ScenarioRunnerConfig(user_type="ignores", budget=Budget(calls=2))
    result = TwoAgentScenarioRunner(None, lambda config: Restless()).run(config, Indulgent())
    assert (result.status, result.success) == ("limit", None)


def test_runs_of_a_session_share_its_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "shared", Budget(calls=4))
    ledger.open()
    config = ScenarioRunnerConfig(agent_type="replay", user_type="replay")
    results = [TwoAgentScenarioRunner(ledger=ledger).run(config, Day()) for _ in range(2)]
    assert [one.status for one in results] == ["success", "limit"]  # three calls, then one
    assert str(results[1].exception) == "budget of the session: calls=4 is used up (4)"


def test_nothing_is_lost_between_processes_that_write_at_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, Budget(turns=1000))
    ledger.open()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ledger.add("turns", 1), range(80)))
    assert ledger.used()["turns"] == 80


def test_no_more_calls_than_slots_are_under_way(tmp_path: Path) -> None:
    under_way: list[int] = []
    most: list[int] = []
    together = Event()

    class Counting:
        def complete(self, request: ChatRequest) -> ChatReply:
            under_way.append(1)
            most.append(len(under_way))
            together.wait(0.02)
            under_way.pop()
            return ChatReply("hi")

    builder = ThrottledBuilder(lambda model, site: Counting(), tmp_path, 2)
    engine = builder(LLMEngineConfig(), CallSite("day", None, "user"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(engine.complete, [ChatRequest("m", ())] * 24))
    assert max(most) == 2


def test_a_slot_comes_back_after_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyError), one_of(tmp_path, 1):
            raise KeyError


def test_runs_without_models_leave_the_tokens_of_others_known() -> None:
    runs = [ModelUse(), ModelUse(2, 1, 0, 100, 20, 0.5), ModelUse(), ModelUse(3, 0, 1, 50, 5, None)]
    assert total_use(runs) == ModelUse(5, 1, 1, 150, 25, None)
    assert total_use([ModelUse()]) == ModelUse()


def test_runs_whose_models_never_answered_leave_the_tokens_of_others_known() -> None:
    broke = PAREScenarioValidationResult(success=None, exception=InfraError("429"), model_calls=1, model_retries=3)
    told = PAREScenarioValidationResult(success=True, model_calls=3, prompt_tokens=100, completion_tokens=20, cost=0.1)
    both = PAREMultiScenarioValidationResult(ScenarioRunnerConfig(), {("a", 1): broke, ("b", 1): told}, 1.0)
    assert both.model_use == ModelUse(4, 3, 0, 100, 20, 0.1)


@pytest.mark.parametrize(("name", "chance"), [("seconds", True), ("tokens", False)])
def test_budgets_of_time_are_met_by_chance(name: str, chance: bool) -> None:
    with pytest.raises(BudgetReached) as caught:
        Budget(**{name: 1}).require(RUN, {name: 2}, (name,))
    assert caught.value.by_chance is chance
    with pytest.raises(BudgetReached) as shared:
        Budget(tokens=1).require("the session", {"tokens": 2}, ("tokens",))
    assert shared.value.by_chance
