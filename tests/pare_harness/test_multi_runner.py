import errno
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pare_harness.crews import Numbered, Processes
from pare_harness.multi_runner import MultiScenarioRunner, RunInterrupted, ScenarioTimeoutError
from pare_harness.scenarios.caching import get_cache_stats
from pare_harness.scenarios.config import MultiScenarioRunnerConfig, ScenarioRunnerConfig
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from pare_harness.scenarios.scenario import PAREScenario, ScenarioValidationResult
from pare_harness.scenarios.validation_result import PAREMultiScenarioValidationResult, PAREScenarioValidationResult
from tests.support.quiet_day import QuietDay

EXECUTORS = ["sequential", "thread", "process"]
SUCCESS = PAREScenarioValidationResult(True)
Behaviour = Callable[[PAREScenario], PAREScenarioValidationResult]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARE_CACHE_DIR", str(tmp_path / "cache"))


def _succeed(_: PAREScenario) -> PAREScenarioValidationResult:
    return SUCCESS


class Fake:
    """A runner of one scenario that does what it is told for that scenario's id, and remembers what it was given."""

    def __init__(self, **behaviours: Behaviour) -> None:
        self.behaviours = behaviours
        self.given: list[tuple[ScenarioRunnerConfig, PAREScenario]] = []

    def run(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> PAREScenarioValidationResult:
        self.given.append((config, scenario))
        return self.behaviours.get(scenario.scenario_id, _succeed)(scenario)


def _run(fake: Fake, scenarios: list[PAREScenario], **config: Any) -> PAREMultiScenarioValidationResult:
    values = {"executor_type": "sequential", **config}
    return MultiScenarioRunner(runner=fake).run(MultiScenarioRunnerConfig(**values), scenarios)


def _days(*ids: str) -> list[PAREScenario]:
    return [QuietDay(scenario_id=scenario_id) for scenario_id in ids]


def _never_end(_: PAREScenario) -> PAREScenarioValidationResult:
    while True:
        pass


def _fail(_: PAREScenario) -> PAREScenarioValidationResult:
    return PAREScenarioValidationResult(False, rationale="no ride was ordered")


def _raise(_: PAREScenario) -> PAREScenarioValidationResult:
    raise ZeroDivisionError("in the runner")


def _leave(_: PAREScenario) -> PAREScenarioValidationResult:
    raise SystemExit(3)


@pytest.mark.parametrize("executor_type", EXECUTORS)
def test_each_scenario_has_its_result_in_the_order_given(executor_type: str) -> None:
    results = _run(Fake(b=_fail, c=_raise, d=_leave), _days("e", "d", "c", "b", "a"), executor_type=executor_type)
    assert [(key, result.status) for key, result in results.scenario_results.items()] == [
        (("e", None), "success"),
        (("d", None), "exception"),
        (("c", None), "exception"),
        (("b", None), "failed"),
        (("a", None), "success"),
    ]
    assert results.scenario_results["b", None].rationale == "no ride was ordered"
    assert repr(results.scenario_results["c", None].exception) == "ZeroDivisionError('in the runner')"
    assert str(results.scenario_results["d", None].exception) == "SystemExit: 3"


def test_results_keep_their_order_when_the_last_ends_first() -> None:
    last_ended = threading.Event()

    def wait(_: PAREScenario) -> PAREScenarioValidationResult:
        return PAREScenarioValidationResult(last_ended.wait())

    def end(_: PAREScenario) -> PAREScenarioValidationResult:
        last_ended.set()
        return SUCCESS

    days = _days("first", "last")
    results = _run(Fake(first=wait, last=end), days, executor_type="thread", max_concurrent_scenarios=2)
    assert list(results.scenario_results) == [("first", None), ("last", None)]


@pytest.mark.parametrize("executor_type", EXECUTORS)
def test_a_run_over_its_time_is_ended_with_status_limit(executor_type: str) -> None:
    before = threading.enumerate()
    results = _run(Fake(b=_never_end), _days("a", "b", "c"), executor_type=executor_type, timeout_seconds=1)
    assert [result.status for result in results.scenario_results.values()] == ["success", "limit", "success"]
    assert isinstance(results.scenario_results["b", None].exception, ScenarioTimeoutError)
    assert set(threading.enumerate()) <= set(before)


def test_runs_of_a_scenario_are_told_apart_by_number() -> None:
    results = _run(Fake(), [QuietDay(run_number=number) for number in (1, 2, 3)])
    assert list(results.scenario_results) == [("quiet", 1), ("quiet", 2), ("quiet", 3)]


def test_the_result_holds_the_configuration_and_the_seconds() -> None:
    config = MultiScenarioRunnerConfig(executor_type="sequential", max_turns=3)
    results = MultiScenarioRunner(runner=Fake()).run(config, _days("a"))
    assert results.run_config is config
    assert results.duration > 0


def test_scenarios_are_run_initialised_and_with_their_part_of_the_configuration() -> None:
    fake = Fake()
    _run(fake, _days("a"), max_turns=3, timeout_seconds=60)
    [(config, scenario)] = fake.given
    assert type(config) is ScenarioRunnerConfig
    assert config.max_turns == 3
    assert scenario.initialized


class Unfinished(QuietDay):
    def build_events_flow(self) -> None:
        raise LookupError("no such ride")


def test_a_scenario_that_cannot_be_initialised_is_an_exception() -> None:
    fake = Fake()
    results = _run(fake, [Unfinished(), *_days("a")])
    assert [result.status for result in results.scenario_results.values()] == ["exception", "success"]
    assert [scenario.scenario_id for _, scenario in fake.given] == ["a"]


def test_scenarios_may_come_from_an_iterator() -> None:
    def days() -> Iterator[PAREScenario]:
        yield from _days("a", "b")

    config = MultiScenarioRunnerConfig()
    assert MultiScenarioRunner(runner=Fake()).run_with_scenarios(config, days(), "night").successful_count == 2


def test_an_executor_of_the_caller_goes_before_the_executor_type() -> None:
    names: list[str] = []

    def note_thread(_: PAREScenario) -> PAREScenarioValidationResult:
        names.append(threading.current_thread().name)
        return SUCCESS

    config = MultiScenarioRunnerConfig(executor_type="process")
    with ThreadPoolExecutor(1, thread_name_prefix="mine") as executor:
        runner = MultiScenarioRunner(runner=Fake(a=note_thread))
        results = runner.run_with_scenarios(config, _days("a"), executor=executor)
    assert (results.successful_count, names) == (1, ["mine_0"])


class Overloaded:
    """Fails with an error of the machine as often as told, then succeeds."""

    def __init__(self, number: int, times: int) -> None:
        self.number = number
        self.left = times

    def __call__(self, _: PAREScenario) -> PAREScenarioValidationResult:
        self.left -= 1
        return SUCCESS if self.left < 0 else PAREScenarioValidationResult(None, OSError(self.number, "no more"))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_an_overloaded_machine_gets_two_more_attempts_with_fresh_scenarios(number: int) -> None:
    fake = Fake(b=Overloaded(number, times=2))
    results = _run(fake, [*_days("a"), QuietDay(scenario_id="b", seed=7, run_number=3)])
    assert results.successful_count == 2
    tried = [scenario for _, scenario in fake.given if scenario.scenario_id == "b"]
    assert len({id(scenario) for scenario in tried}) == len({id(scenario.apps[0]) for scenario in tried}) == 3
    assert [(scenario.seed, scenario.run_number) for scenario in tried] == [(7, 3)] * 3
    assert len(fake.given) == 4


def test_a_third_failure_of_the_machine_is_final() -> None:
    fake = Fake(a=Overloaded(errno.EMFILE, times=9))
    results = _run(fake, _days("a"))
    assert (results.exception_count, len(fake.given)) == (1, 3)


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "no file"), ValueError("x")])
def test_other_errors_are_not_tried_again(error: Exception) -> None:
    fake = Fake(a=lambda _: PAREScenarioValidationResult(None, error))
    assert (_run(fake, _days("a")).exception_count, len(fake.given)) == (1, 1)


def _interrupt(_: PAREScenario) -> PAREScenarioValidationResult:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    return _never_end(_)


@pytest.mark.parametrize("executor_type", ["sequential", "thread"])
def test_ctrl_c_hands_over_what_is_there(executor_type: str) -> None:
    before = threading.enumerate()
    with pytest.raises(RunInterrupted) as interrupted:
        _run(Fake(b=_interrupt), _days("a", "b", "c"), executor_type=executor_type, max_concurrent_scenarios=1)
    partial = interrupted.value.partial
    assert list(partial.scenario_results) == [("a", None)]
    assert partial.to_polars().height == partial.successful_count == 1
    assert str(interrupted.value) == "runs that had ended: 1"
    assert set(threading.enumerate()) <= set(before)


def test_ctrl_c_ends_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Processes):
        def ended(self, seconds: float) -> list[Numbered]:
            ended = super().ended(seconds)
            if not ended:
                raise KeyboardInterrupt
            return ended

    monkeypatch.setattr("pare_harness.multi_runner.Processes", Interrupted)
    with pytest.raises(RunInterrupted) as interrupted:
        _run(Fake(b=_never_end), _days("a", "b"), executor_type="process", max_concurrent_scenarios=1)
    assert set(interrupted.value.partial.scenario_results) <= {("a", None)}
    assert multiprocessing.active_children() == []


def test_no_signal_handler_is_installed() -> None:
    before = signal.getsignal(signal.SIGINT)
    _run(Fake(), _days("a"))
    assert signal.getsignal(signal.SIGINT) is before


NOISE = {
    "env_events_config": EnvEventsConfig(num_env_events_per_minute=3),
    "tool_augmentation_config": ToolAugmentationConfig(tool_failure_probability=0.5),
}


class Noted(QuietDay):
    """Notes what noise it is initialised with."""

    noted: list[Any]

    def initialize(self, *_args: Any, **_kwargs: Any) -> None:
        self.noted = [self.env_events_config, self.tool_augmentation_config]
        self.initialized = True


def test_noise_reaches_the_scenarios_before_they_are_initialised() -> None:
    scenario = Noted()
    _run(Fake(), [scenario], **NOISE)
    assert scenario.noted == list(NOISE.values())


def test_a_scenario_initialised_without_the_noise_is_made_anew() -> None:
    initialised = Noted(seed=7)
    initialised.initialize()
    fake = Fake()
    _run(fake, [initialised], **NOISE)
    [(_, scenario)] = fake.given
    assert isinstance(scenario, Noted)
    assert scenario is not initialised
    assert (scenario.seed, scenario.noted) == (7, list(NOISE.values()))


def test_a_scenario_keeps_noise_of_its_own_when_the_configuration_has_none() -> None:
    scenario = Noted(**NOISE)
    _run(Fake(), [scenario])
    assert scenario.noted == list(NOISE.values())


def test_the_output_folder_is_made_and_given_as_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fake = Fake()
    _run(fake, _days("a"), output_dir="out/night")
    assert fake.given[0][0].output_dir == str(tmp_path / "out" / "night")
    assert (tmp_path / "out" / "night").is_dir()


class Judged(QuietDay):
    judged: ClassVar[list[int]] = []

    def validate(self, env: object) -> ScenarioValidationResult:
        self.judged.append(1)
        return ScenarioValidationResult(success=True)


def _run_oracle(**config: Any) -> PAREMultiScenarioValidationResult:
    values: dict[str, Any] = {"executor_type": "sequential", "oracle": True, **config}
    return MultiScenarioRunner().run(MultiScenarioRunnerConfig(**values), [Judged()])


def test_a_verdict_is_served_from_the_cache_if_caching_is_enabled() -> None:
    Judged.judged.clear()
    first, second = _run_oracle(), _run_oracle()
    assert first.scenario_results == second.scenario_results
    assert len(Judged.judged) == 1
    _run_oracle(enable_caching=False)
    assert len(Judged.judged) == 2


def test_an_oracle_run_is_served_although_it_leaves_no_trace(tmp_path: Path) -> None:
    Judged.judged.clear()
    for _ in range(2):
        _run_oracle(export=True, output_dir=str(tmp_path / "out"))
    assert len(Judged.judged) == 1


def test_runs_of_a_runner_of_ones_own_are_not_cached() -> None:
    _run(Fake(), _days("a"))
    assert get_cache_stats()["file_count"] == 0


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^scenarios=\[\]; expected at least one$"):
        _run(Fake(), [])


def test_an_empty_iterator_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"^no scenarios to run: the iterator is empty; expected at least one$"):
        MultiScenarioRunner(runner=Fake()).run_with_scenarios(MultiScenarioRunnerConfig(), iter(()))


def test_two_scenarios_of_one_id_and_number_are_refused() -> None:
    message = (
        r"^scenarios\[2\] has scenario_id='a' and run_number=None like scenarios\[0\]; expected another run_number$"
    )
    with pytest.raises(ValueError, match=message):
        _run(Fake(), _days("a", "b", "a"))


def test_what_is_no_scenario_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^scenarios\[1\] is 'b'; expected a PAREScenario$"):
        _run(Fake(), [*_days("a"), "b"])  # type: ignore[list-item]  # wrong on purpose
