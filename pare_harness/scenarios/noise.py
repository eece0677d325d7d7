"""What disturbs a scenario: events that nobody planned, and tools that fail or go by other names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


def default_weight_per_app_class() -> dict[str, float]:
    """Relative share of unplanned events per app class: mail, messages and shopping alike."""
    return {"StatefulEmailApp": 1.0, "StatefulMessagingApp": 1.0, "StatefulShoppingApp": 1.0}


@dataclass(frozen=True)
class EnvEventsConfig:
    """How many unplanned events arrive, and where.

    Each data set that the phone has an app for gets `num_env_events_per_minute` × the weight of its app class / the sum
    over data sets; a class without a weight gets none. Equal seeds give equal events. Raises `ValueError` for negative
    counts, and for weights that are negative, not finite or sum to zero.
    """

    num_env_events_per_minute: int = 10
    env_events_seed: int = 0
    n_message_events_per_conversation: int = 4
    n_item_events_per_product: int = 2
    weight_per_app_class: dict[str, float] = field(default_factory=default_weight_per_app_class, hash=False)

    def __post_init__(self) -> None:
        _require_count("num_env_events_per_minute", self.num_env_events_per_minute, at_least=0)
        _require_count("env_events_seed", self.env_events_seed, at_least=0)
        _require_count("n_message_events_per_conversation", self.n_message_events_per_conversation, at_least=1)
        _require_count("n_item_events_per_product", self.n_item_events_per_product, at_least=1)
        _require_weights(self.weight_per_app_class)


@dataclass(frozen=True)
class ToolAugmentationConfig:
    """How the agent's tools are disturbed: the share of calls that fail, and whether names and descriptions change.

    Of the tools that have another name, or another description, each gets it with probability `tool_name_share` or
    `tool_description_share`. What fails and what changes is drawn from a seed each, together with the scenario's own,
    so that each can be changed alone; a larger share disturbs the same calls and tools and some more. Raises
    `ValueError` for a probability outside [0, 1] and for a negative seed.
    """

    tool_failure_probability: float = 0.1
    apply_tool_name_augmentation: bool = True
    apply_tool_description_augmentation: bool = True
    tool_name_share: float = 1.0
    tool_description_share: float = 1.0
    tool_failure_seed: int = 0
    tool_name_seed: int = 0
    tool_description_seed: int = 0

    def __post_init__(self) -> None:
        for name in ("tool_failure_probability", "tool_name_share", "tool_description_share"):
            p = getattr(self, name)
            if not _is_number(p) or not 0 <= p <= 1:
                raise ValueError(f"{name}={p!r}; expected a probability, 0 to 1")
        for name in ("tool_failure_seed", "tool_name_seed", "tool_description_seed"):
            _require_count(name, getattr(self, name), at_least=0)
        for name in ("apply_tool_name_augmentation", "apply_tool_description_augmentation"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}={getattr(self, name)!r}; expected True or False")


def _require_count(name: str, value: object, at_least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise ValueError(f"{name}={value!r}; expected a whole number >= {at_least}")


def _require_weights(weights: object) -> None:
    if not isinstance(weights, Mapping):
        raise ValueError(f"weight_per_app_class={weights!r}; expected weights by app class name")
    for app_class, weight in weights.items():
        if not _is_number(weight) or not math.isfinite(weight) or weight < 0:
            raise ValueError(f"weight_per_app_class[{app_class!r}]={weight!r}; expected a finite number >= 0")
    if not sum(weights.values()) > 0:
        raise ValueError(f"weight_per_app_class={weights!r}; expected at least one weight above 0")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
