import pytest

from pare_harness.scenarios import PAREScenario, ScenarioRunnerConfig
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from pytest_pytyche.pare.cases import ScenarioCase

PLAIN = ScenarioRunnerConfig()


class Day(PAREScenario):
    scenario_id = "day"
    seed = 7
    env_events_config = EnvEventsConfig(5, env_events_seed=1)


def case(run: int | None = None) -> ScenarioCase:
    return ScenarioCase("day", Day, 0, run)


def test_the_only_run_is_the_scenario_as_it_is() -> None:
    scenario = case().build(PLAIN)
    assert (case().id, scenario.seed, scenario.run_number) == ("day", 7, None)
    assert scenario.env_events_config == Day.env_events_config


@pytest.mark.parametrize(("run", "seed", "seed_of_events"), [(1, 7, 1), (2, 8, 2), (10, 16, 10)])
def test_each_of_several_runs_has_its_seeds(run: int, seed: int, seed_of_events: int) -> None:
    scenario = case(run).build(PLAIN)
    assert (case(run).id, scenario.seed, scenario.run_number) == (f"day-run{run}", seed, run)
    assert scenario.env_events_config == EnvEventsConfig(5, env_events_seed=seed_of_events)


def test_a_scenario_without_a_seed_counts_from_zero() -> None:
    assert ScenarioCase("any", PAREScenario, 0, 3).build(PLAIN).seed == 2


def test_noise_of_the_run_goes_before_the_scenarios() -> None:
    tools, events = ToolAugmentationConfig(0.5), EnvEventsConfig(20)
    scenario = case().build(ScenarioRunnerConfig(tool_augmentation_config=tools, env_events_config=events))
    assert (scenario.tool_augmentation_config, scenario.env_events_config) == (tools, events)


def test_every_scenario_is_fresh() -> None:
    assert case().build(PLAIN) is not case().build(PLAIN)
