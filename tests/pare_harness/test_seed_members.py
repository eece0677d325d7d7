"""Every name that the published interface promises, under `pare_harness` instead of `pare`."""

import importlib
import inspect

import pytest

MEMBERS = {
    "scenarios": ["PAREScenario"],
    "scenarios.scenario": ["PAREScenario.apply_augmentation_configs", "PAREScenario.initialize"],
    "scenarios.validation_result": [
        "PAREMultiScenarioValidationResult.add_result",
        "PAREMultiScenarioValidationResult.description",
        "PAREMultiScenarioValidationResult.success_rate_updated",
        "PAREMultiScenarioValidationResult.to_polars",
        "PAREScenarioValidationResult",
    ],
    "scenarios.registration": ["register_pare_scenarios"],
    "scenarios.utils.registry": ["ScenarioRegistry", "register_scenario", "registry"],
    "scenarios.config": [
        "MultiScenarioRunnerConfig.build_logs_dir",
        "MultiScenarioRunnerConfig.maybe_build_logs_dir",
        "ScenarioRunnerConfig.fill_model_aliases",
        "ScenarioRunnerConfig.get_config_hash",
    ],
    "scenarios.utils.scenario_expander": [
        "PAREEnvEventsExpander.add_env_events_to_scenario",
        "PAREEnvEventsExpander.get_num_env_events_per_app",
        "default_weight_per_app_class",
    ],
}
PROPERTIES = [
    "aggregate_acceptance_rate",
    "aggregate_proposal_rate",
    "success_rate",
    "total_acceptances",
    "total_proposals",
    "total_read_only_actions",
    "total_turns",
    "total_write_actions",
]
SIGNATURES = {
    "scenarios.scenario:PAREScenario.initialize": ["self", "args", "kwargs"],
    "scenarios.validation_result:PAREMultiScenarioValidationResult.add_result": [
        "self",
        "result",
        "scenario_id",
        "run_number",
    ],
    "scenarios.validation_result:PAREMultiScenarioValidationResult.description": [
        "self",
        "split",
        "weight_per_app_class",
    ],
    "scenarios.validation_result:PAREMultiScenarioValidationResult.to_polars": ["self", "extra_columns"],
    "scenarios.registration:register_pare_scenarios": ["registry"],
    "scenarios.utils.registry:register_scenario": ["scenario_id"],
    "scenarios.config:MultiScenarioRunnerConfig.build_logs_dir": ["self", "experiment_name"],
    "scenarios.utils.scenario_expander:PAREEnvEventsExpander.add_env_events_to_scenario": [
        "self",
        "scenario",
        "apps_augmentation_data",
    ],
    "scenarios.utils.scenario_expander:PAREEnvEventsExpander.get_num_env_events_per_app": [
        "self",
        "num_env_events",
        "app_classes",
    ],
}


def member(module: str, path: str) -> object:
    found: object = importlib.import_module(f"pare_harness.{module}")
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(("module", "path"), [(module, path) for module, paths in MEMBERS.items() for path in paths])
def test_member_exists_and_is_documented(module: str, path: str) -> None:
    found = member(module, path)
    assert found is not None
    assert inspect.getdoc(found)


@pytest.mark.parametrize("name", PROPERTIES)
def test_property_of_the_multi_result(name: str) -> None:
    from pare_harness.scenarios import PAREMultiScenarioValidationResult

    assert isinstance(inspect.getattr_static(PAREMultiScenarioValidationResult, name), property)


@pytest.mark.parametrize(("where", "parameters"), SIGNATURES.items())
def test_parameters_are_named_as_published(where: str, parameters: list[str]) -> None:
    module, _, path = where.partition(":")
    found = member(module, path)
    assert list(inspect.signature(found).parameters) == parameters
