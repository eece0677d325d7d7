"""Scenarios: what they are, where they are found, how they are run and judged."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pare_harness.scenarios.checks import Checks
    from pare_harness.scenarios.config import MultiScenarioRunnerConfig, ScenarioRunnerConfig
    from pare_harness.scenarios.registration import register_pare_scenarios
    from pare_harness.scenarios.scenario import PAREScenario, Scenario, ScenarioStatus, ScenarioValidationResult
    from pare_harness.scenarios.utils.registry import ScenarioRegistry, register_scenario, registry
    from pare_harness.scenarios.utils.scenario_expander import PAREEnvEventsExpander, default_weight_per_app_class
    from pare_harness.scenarios.validation_result import PAREMultiScenarioValidationResult, PAREScenarioValidationResult

_HOMES = {
    "Checks": "checks",
    "MultiScenarioRunnerConfig": "config",
    "PAREEnvEventsExpander": "utils.scenario_expander",
    "PAREMultiScenarioValidationResult": "validation_result",
    "PAREScenario": "scenario",
    "PAREScenarioValidationResult": "validation_result",
    "Scenario": "scenario",
    "ScenarioRegistry": "utils.registry",
    "ScenarioRunnerConfig": "config",
    "ScenarioStatus": "scenario",
    "ScenarioValidationResult": "scenario",
    "default_weight_per_app_class": "utils.scenario_expander",
    "register_pare_scenarios": "registration",
    "register_scenario": "utils.registry",
    "registry": "utils.registry",
}

__all__ = [
    "Checks",
    "MultiScenarioRunnerConfig",
    "PAREEnvEventsExpander",
    "PAREMultiScenarioValidationResult",
    "PAREScenario",
    "PAREScenarioValidationResult",
    "Scenario",
    "ScenarioRegistry",
    "ScenarioRunnerConfig",
    "ScenarioStatus",
    "ScenarioValidationResult",
    "default_weight_per_app_class",
    "register_pare_scenarios",
    "register_scenario",
    "registry",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; expected one of {__all__}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
