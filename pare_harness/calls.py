"""One run of one scenario, ready to be made anywhere, and made again with a fresh scenario."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from pare_harness.crews import broken
from pare_harness.scenarios.caching import cache_key, load_result, store_result
from pare_harness.scenarios.scenario import PAREScenario
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult

if TYPE_CHECKING:
    from pare_harness.scenarios.config import ScenarioRunnerConfig

S = TypeVar("S", bound=PAREScenario)

NOISE = ("env_events_config", "tool_augmentation_config")
FILLED_LATER = frozenset({"apps", "events"})
TRANSIENT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Errors of an overloaded machine, worth another attempt when less is going on."""


class ScenarioRunner(Protocol):
    """Runs one scenario."""

    def run(self, config: ScenarioRunnerConfig, scenario: PAREScenario) -> PAREScenarioValidationResult: ...


@dataclass(frozen=True)
class ScenarioCall:
    """A run of a scenario, ready to be called here or elsewhere; nothing that it raises ends the others."""

    runner: ScenarioRunner
    config: ScenarioRunnerConfig
    scenario: PAREScenario
    cached: bool

    def __call__(self) -> PAREScenarioValidationResult:
        """The result, from the cache if it is there; an exception of scenario or runner is its `exception`."""
        try:
            return self._result()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary of a run: reported as its status
            return broken(error)

    def again(self) -> ScenarioCall:
        """The same with a fresh scenario."""
        return replace(self, scenario=fresh(self.scenario))

    def _result(self) -> PAREScenarioValidationResult:
        self.scenario.initialize(sandbox_dir=Path("sandbox"))
        key = cache_key(self.config, self.scenario) if self.cached else None
        if key is None:
            return self.runner.run(self.config, self.scenario)
        traces = self.config.output_dir if self.config.export and not self.config.oracle else None
        result = load_result(key, None if traces is None else Path(traces))
        if result is None:
            result = self.runner.run(self.config, self.scenario)
            store_result(key, result)
        return result


def fresh(scenario: S) -> S:
    """The scenario as it was made, before it was initialised: what was changed in its apps and events is not kept."""
    return type(scenario)(**{name: getattr(scenario, name) for name in scenario.FIELDS if name not in FILLED_LATER})


def with_noise(scenario: S, config: ScenarioRunnerConfig) -> S:
    """The scenario with the configuration's noise, where it has any; a fresh one if this is initialised without it."""
    noise = {name: getattr(config, name) for name in NOISE if getattr(config, name) is not None}
    missing = {name: value for name, value in noise.items() if getattr(scenario, name) != value}
    if missing and scenario.initialized:
        scenario = fresh(scenario)
    for name, value in missing.items():
        setattr(scenario, name, value)
    return scenario


def is_transient(result: PAREScenarioValidationResult) -> bool:
    """Whether a run failed for want of files or memory."""
    return isinstance(result.exception, OSError) and result.exception.errno in TRANSIENT
