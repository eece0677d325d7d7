"""Many scenarios, one after the other or beside each other, into one result."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from pare_harness.agents.registry import is_built_in
from pare_harness.agents.roles import Side
from pare_harness.calls import ScenarioCall, ScenarioRunner, is_transient, with_noise
from pare_harness.crews import Crew, Inline, Processes, ScenarioTimeoutError, Submitted, Threads, run_all
from pare_harness.progress import Progress
from pare_harness.runner import AgentBuilder, TwoAgentScenarioRunner
from pare_harness.scenarios.scenario import PAREScenario
from pare_harness.scenarios.validation_result import (
    PAREMultiScenarioValidationResult,
    PAREScenarioValidationResult,
)

if TYPE_CHECKING:
    from pare_harness.scenarios.config import MultiScenarioRunnerConfig

__all__ = ["MultiScenarioRunner", "RunInterrupted", "ScenarioTimeoutError"]

ATTEMPTS = 3


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during many runs; `partial` has the results so far. Not caught, it ends the program as Ctrl-C does."""

    def __init__(self, partial: PAREMultiScenarioValidationResult) -> None:
        super().__init__(f"runs that had ended: {len(partial.scenario_results)}")
        self.partial = partial


class MultiScenarioRunner:
    """Runs many scenarios as a configuration says; the builders are those of `TwoAgentScenarioRunner`.

    A `runner` of your own takes its place. The cache knows nothing of the code of builders, runners and agents of your
    own, so it serves only runs without any of them.
    """

    def __init__(
        self,
        user_agent_builder: AgentBuilder | None = None,
        proactive_agent_builder: AgentBuilder | None = None,
        *,
        runner: ScenarioRunner | None = None,
    ) -> None:
        self._runner = runner or TwoAgentScenarioRunner(user_agent_builder, proactive_agent_builder)
        self._cacheable = not (runner or user_agent_builder or proactive_agent_builder)

    def run(
        self, config: MultiScenarioRunnerConfig, scenarios: Sequence[PAREScenario]
    ) -> PAREMultiScenarioValidationResult:
        """`run_with_scenarios` of a list; `ValueError` for an empty one."""
        if not scenarios:
            raise ValueError("scenarios=[]; expected at least one")
        return self.run_with_scenarios(config, scenarios)

    def run_with_scenarios(
        self,
        config: MultiScenarioRunnerConfig,
        countable_iterator: Iterable[PAREScenario],
        progress_description: str | None = None,
        *,
        executor: Executor | None = None,
    ) -> PAREMultiScenarioValidationResult:
        """One result per scenario, in their order, whatever ends first. `executor` goes before `executor_type`.

        Noise of the configuration is set on the scenarios. A run that takes longer than `config.timeout_seconds` is
        stopped, as the crews say, and has status `limit`. One that failed for want of files or memory is tried again,
        at most twice, with a fresh scenario, when the others have ended.

        Raises `RuntimeError` for no scenarios, `ValueError` for two of the same id and run number, `TypeError` for
        something else than a scenario, and on Ctrl-C `RunInterrupted` with the results so far.
        """
        started = monotonic()
        calls = self._calls(config, list(countable_iterator))
        results: dict[int, PAREScenarioValidationResult] = {}
        try:
            with Progress(len(calls), progress_description) as progress:
                _perform(config, calls, executor, results, progress)
        except KeyboardInterrupt as interrupt:
            raise RunInterrupted(_gathered(config, calls, results, monotonic() - started)) from interrupt
        return _gathered(config, calls, results, monotonic() - started)

    def _calls(self, config: MultiScenarioRunnerConfig, scenarios: Sequence[PAREScenario]) -> dict[int, ScenarioCall]:
        _check(scenarios)
        single = config.for_one_scenario()
        if single.output_dir is not None:
            folder = Path(single.output_dir).resolve()
            folder.mkdir(parents=True, exist_ok=True)
            single = single.model_copy(update={"output_dir": str(folder)})
        known = is_built_in(Side.USER, config.user_type) and is_built_in(Side.AGENT, config.agent_type)
        cached = config.enable_caching and self._cacheable and known
        return {
            number: ScenarioCall(self._runner, single, with_noise(scenario, single), cached)
            for number, scenario in enumerate(scenarios)
        }


def _check(scenarios: Sequence[PAREScenario]) -> None:
    if not scenarios:
        raise RuntimeError("no scenarios to run: the iterator is empty; expected at least one")
    seen: dict[tuple[str, int | None], int] = {}
    for number, scenario in enumerate(scenarios):
        if not isinstance(scenario, PAREScenario):
            raise TypeError(f"scenarios[{number}] is {scenario!r}; expected a PAREScenario")
        first = seen.setdefault((scenario.scenario_id, scenario.run_number), number)
        if first != number:
            raise ValueError(
                f"scenarios[{number}] has scenario_id={scenario.scenario_id!r} and run_number={scenario.run_number} "
                f"like scenarios[{first}]; expected another run_number"
            )


def _perform(
    config: MultiScenarioRunnerConfig,
    calls: Mapping[int, ScenarioCall],
    executor: Executor | None,
    results: dict[int, PAREScenarioValidationResult],
    progress: Progress,
) -> None:
    """Fill `results`, in the order in which runs end."""
    workers = _workers(config, executor, len(calls))
    for attempts_left in reversed(range(ATTEMPTS)):
        crew, timeout = _crew(config, executor)
        with closing(run_all(crew, calls, workers, timeout)) as ended:
            for number, result in ended:
                results[number] = result
                if not (attempts_left and is_transient(result)):
                    progress.advance(result.status)
        calls = {number: call.again() for number, call in calls.items() if is_transient(results[number])}
        if not calls:
            return
        gc.collect()
        workers = max(1, workers // 2)


def _crew(config: MultiScenarioRunnerConfig, executor: Executor | None) -> tuple[Crew, float | None]:
    """Who performs the runs, and the time limit that is not left to them."""
    if executor is not None:
        return Submitted(executor, config.timeout_seconds), None
    if config.executor_type == "process":
        return Processes(), config.timeout_seconds
    if config.executor_type == "thread" or config.timeout_seconds is not None:
        return Threads(), config.timeout_seconds
    return Inline(), None


def _workers(config: MultiScenarioRunnerConfig, executor: Executor | None, runs: int) -> int:
    if executor is not None:
        return config.max_concurrent_scenarios or runs
    return 1 if config.executor_type == "sequential" else config.max_concurrent_scenarios or os.cpu_count() or 1


def _gathered(
    config: MultiScenarioRunnerConfig,
    calls: Mapping[int, ScenarioCall],
    results: Mapping[int, PAREScenarioValidationResult],
    seconds: float,
) -> PAREMultiScenarioValidationResult:
    gathered = PAREMultiScenarioValidationResult(config, duration=seconds)
    for number, call in calls.items():
        if number in results:
            gathered.add_result(results[number], call.scenario.scenario_id, call.scenario.run_number)
    return gathered
