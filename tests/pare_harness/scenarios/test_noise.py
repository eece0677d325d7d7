import pickle
import re

import pytest

from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig, default_weight_per_app_class


def test_default_weights_are_those_of_the_apps_that_noise_reaches() -> None:
    assert EnvEventsConfig().weight_per_app_class == {
        "StatefulEmailApp": 1.0,
        "StatefulMessagingApp": 1.0,
        "StatefulShoppingApp": 1.0,
    }


def test_default_weights_are_not_shared() -> None:
    default_weight_per_app_class()["StatefulEmailApp"] = 5.0
    assert EnvEventsConfig().weight_per_app_class == default_weight_per_app_class()


def test_defaults_are_the_published_ones() -> None:
    noise, tools = EnvEventsConfig(), ToolAugmentationConfig()
    assert (noise.num_env_events_per_minute, noise.env_events_seed) == (10, 0)
    assert (noise.n_message_events_per_conversation, noise.n_item_events_per_product) == (4, 2)
    assert (tools.tool_failure_probability, tools.apply_tool_name_augmentation) == (0.1, True)
    assert tools.apply_tool_description_augmentation is True


def test_configs_are_values() -> None:
    assert hash(EnvEventsConfig()) == hash(EnvEventsConfig())
    assert pickle.loads(pickle.dumps(EnvEventsConfig(env_events_seed=7))) == EnvEventsConfig(env_events_seed=7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_env_events_per_minute": -1}, "num_env_events_per_minute=-1; expected a whole number >= 0"),
        ({"num_env_events_per_minute": 2.5}, "num_env_events_per_minute=2.5; expected a whole number >= 0"),
        ({"env_events_seed": True}, "env_events_seed=True; expected a whole number >= 0"),
        ({"n_message_events_per_conversation": 0}, "n_message_events_per_conversation=0; expected a whole number >= 1"),
        ({"n_item_events_per_product": 0}, "n_item_events_per_product=0; expected a whole number >= 1"),
        ({"weight_per_app_class": 3}, "weight_per_app_class=3; expected weights by app class name"),
        ({"weight_per_app_class": {}}, "weight_per_app_class={}; expected at least one weight above 0"),
        ({"weight_per_app_class": {"A": -1}}, "weight_per_app_class['A']=-1; expected a finite number >= 0"),
        ({"weight_per_app_class": {"A": float("inf")}}, "weight_per_app_class['A']=inf; expected a finite number >= 0"),
        ({"weight_per_app_class": {"A": "1"}}, "weight_per_app_class['A']='1'; expected a finite number >= 0"),
    ],
)
def test_wrong_event_noise_is_refused_by_name(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        EnvEventsConfig(**arguments)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tool_failure_probability": 1.1}, "tool_failure_probability=1.1; expected a probability, 0 to 1"),
        ({"tool_failure_probability": float("nan")}, "tool_failure_probability=nan; expected a probability, 0 to 1"),
        ({"tool_failure_probability": "0.5"}, "tool_failure_probability='0.5'; expected a probability, 0 to 1"),
        ({"apply_tool_name_augmentation": 1}, "apply_tool_name_augmentation=1; expected True or False"),
    ],
)
def test_wrong_tool_noise_is_refused_by_name(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ToolAugmentationConfig(**arguments)  # type: ignore[arg-type]  # wrong on purpose
