"""Noise: what was asked for, what really happened, and that one kind of it leaves the others as they were."""

from dataclasses import replace
from typing import Any

import pytest

from pare_harness.disturbances import EVENT_PREFIX, Disturbances
from pare_harness.events import EventType
from pare_harness.runner import ScenarioRun, run_oracle, run_replay
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from tests.pare_harness.counter import Day
from tests.pare_harness.test_example_scenarios import made

QUIET = ToolAugmentationConfig(0.0, False, False)
NAMES = {"Count__add": "Count__increase", "Count__read": "Count__look"}


def day(tools: ToolAugmentationConfig | None = None, **fields: Any) -> ScenarioRun:
    scenario = Day(tool_augmentation_config=tools, **fields)
    scenario.augmentation_data = {
        "apps": [],
        "tool_names_mapping": NAMES,
        "tool_descriptions_mapping": {"Count__add": "More."},
    }
    return run_replay(scenario)


def noise(run: ScenarioRun) -> Disturbances:
    assert run.result.noise is not None
    return run.result.noise


def functions(run: ScenarioRun, kind: EventType) -> list[str]:
    return [event.function_name() for event in run.log.list_view() if event.event_type is kind]


def test_with_probability_one_every_call_of_the_agent_fails_and_none_runs() -> None:
    run = day(replace(QUIET, tool_failure_probability=1.0))
    assert (noise(run).failed_calls, noise(run).agent_calls) == (3, 3)
    assert "add" not in functions(run, EventType.AGENT)
    assert functions(run, EventType.ENV).count("tool_failure") == 3
    assert run.result.status == "failed"


def test_with_probability_zero_no_call_fails() -> None:
    run = day(QUIET)
    assert (noise(run).failed_calls, noise(run).agent_calls) == (0, 1)
    assert noise(run).requested is False
    assert "tool_failure" not in functions(run, EventType.ENV)
    assert run.result.status == "success"


def test_a_failed_call_is_logged_with_its_arguments_as_an_event_of_the_environment() -> None:
    log = day(replace(QUIET, tool_failure_probability=1.0)).log.list_view()
    first = next(event for event in log if event.function_name() == "tool_failure")
    assert (first.event_id, first.app_name(), first.failed()) == ("noise_Count__add_failure_1", "Count", False)
    assert first.get_args() == {"tool": "Count__add", "arguments": {"amount": 5, "label": None}}
    assert first.metadata.return_value == "Count__add is not available at the moment; try again later"
    assert first.metadata.turn_number is not None


def test_other_names_and_descriptions_stand_at_the_beginning_of_the_log() -> None:
    run = day(ToolAugmentationConfig(0.0))
    names, descriptions = run.log.list_view()[:2]
    assert names.get_args() == {"names": NAMES}
    assert descriptions.get_args() == {"descriptions": {"Count__add": "More."}}
    assert (noise(run).renamed_tools, noise(run).redescribed_tools) == (2, 1)
    assert (noise(run).tool_name_share, noise(run).tool_description_share) == (1.0, 1.0)


def test_an_oracle_run_calls_no_tools_so_nothing_of_theirs_is_disturbed() -> None:
    scenario = Day(tool_augmentation_config=ToolAugmentationConfig(1.0))
    found = noise(run_oracle(scenario))
    assert (found.tool_failure_probability, found.failed_calls, found.renamed_tools) == (1.0, 0, 0)


def test_unplanned_events_are_counted_as_asked_for_and_as_happened() -> None:
    scenario = made("frost_called_off")
    scenario.env_events_config = EnvEventsConfig(num_env_events_per_minute=2)
    run = run_replay(scenario)
    happened = [event for event in run.log.list_view() if event.event_id.startswith(EVENT_PREFIX)]
    assert noise(run).env_events == len(happened) > 0
    assert noise(run).env_events_requested == int(2 * (scenario.duration or 360) / 60)


def test_a_share_of_the_tools_changes_and_a_larger_one_changes_the_same_and_more() -> None:
    def renamed(share: float, **seeds: int) -> set[str]:
        config = replace(QUIET, apply_tool_name_augmentation=True, tool_name_share=share, **seeds)
        scenario = made("invoice_among_noise")
        scenario.tool_augmentation_config = config
        scenario.initialize()
        return {tool.name for tool in scenario.get_tools() if tool.renamed is not None}

    none, few, many, every = (renamed(share) for share in (0.0, 0.3, 0.7, 1.0))
    assert none == set()
    assert few < many < every
    assert renamed(0.3, tool_name_seed=1) != few


def disturbed(**seeds: int) -> dict[str, object]:
    """What each kind of noise does in one scenario."""
    scenario = made("potluck_with_flaky_tools")
    events = {name: seeds.pop(name) for name in list(seeds) if name == "env_events_seed"}
    scenario.tool_augmentation_config = ToolAugmentationConfig(
        0.5, tool_name_share=0.5, tool_description_share=0.5, **seeds
    )
    scenario.env_events_config = EnvEventsConfig(20, **events)
    scenario.initialize()
    tools = scenario.get_tools()
    return {
        "tool_failure_seed": [tool._failures.random() for tool in tools if tool.failure_probability],
        "tool_name_seed": [tool.renamed for tool in tools],
        "tool_description_seed": [tool.described for tool in tools],
        "env_events_seed": sorted((event.event_id, event.event_relative_time or 0.0) for event in scenario.events),
    }


@pytest.mark.parametrize("changed", ["tool_failure_seed", "tool_name_seed", "tool_description_seed", "env_events_seed"])
def test_each_kind_of_noise_has_a_seed_of_its_own_that_leaves_the_others_alone(changed: str) -> None:
    before, after = disturbed(), disturbed(**{changed: 7})
    assert [name for name in before if before[name] != after[name]] == [changed]
