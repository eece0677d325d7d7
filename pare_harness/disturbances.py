"""What noise did in a run: entered in the event log as it happens, and counted from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pare_harness.actions import Action, EventMetadata, EventType
from pare_harness.events import CompletedEvent

if TYPE_CHECKING:
    from pare_harness.apps.core import App
    from pare_harness.event_log import EventLog
    from pare_harness.scenarios.scenario import PAREScenario
    from pare_harness.tools import AppTool

EVENT_PREFIX = "env_expansion_"
"""How ids of unplanned events begin."""

DEFAULT_HORIZON = 360.0
"""Seconds that noise is spread over in a scenario without a duration."""

SPARED = frozenset({"PAREAgentUserInterface", "HomeScreenSystemApp"})
"""App classes whose tools noise leaves alone: without them agent and user could not speak."""


def tool_failure(tool: str, arguments: Mapping[str, Any]) -> str:
    """A call of `tool` failed because noise wanted it to; the tool itself did not run."""
    return f"{tool} is not available at the moment; try again later"


def tools_renamed(names: Mapping[str, str]) -> int:
    """Tools were offered under other names from the start; how many."""
    return len(names)


def tools_redescribed(descriptions: Mapping[str, str]) -> int:
    """Tools were offered with other descriptions from the start; how many."""
    return len(descriptions)


def failed_call(tool: AppTool, arguments: Mapping[str, Any], number: int) -> CompletedEvent:
    """The `number`-th call of `tool` that noise lets fail, as an event of the environment.

    It is no event of the agent, since nothing ran: validators that look for the agent's calls do not find it.
    """
    args = {"tool": tool.public_name, "arguments": dict(arguments)}
    return _entry(tool.app, tool_failure, args, f"{tool.name}_failure_{number}")


def changed_texts(app: App) -> Iterator[CompletedEvent]:
    """Which of an app's tools go by other names, and which have other descriptions; nothing where none do."""
    offered = [tool.name for tool in app.get_tools()]
    names, descriptions = ({name: texts[name] for name in offered if name in texts} for texts in app.public_texts)
    if names:
        yield _entry(app, tools_renamed, {"names": names}, f"{app.name}_renamed")
    if descriptions:
        yield _entry(app, tools_redescribed, {"descriptions": descriptions}, f"{app.name}_redescribed")


def _entry(app: App, function: Callable[..., object], args: dict[str, Any], key: str) -> CompletedEvent:
    event_id = f"noise_{key}"
    action = Action(function, args, app=app, action_id=event_id)
    metadata = EventMetadata(return_value=function(**args))
    return CompletedEvent(EventType.ENV, app.now(), event_id=event_id, action=action, metadata=metadata)


@dataclass(frozen=True)
class Disturbances:
    """The noise of one run: what was asked for, then what the event log shows of it.

    `agent_calls` are the agent's calls that noise could have let fail: those that ran and those that it let fail.
    """

    tool_failure_probability: float = 0.0
    tool_name_share: float = 0.0
    tool_description_share: float = 0.0
    num_env_events_per_minute: int = 0
    env_events_requested: int = 0
    agent_calls: int = 0
    failed_calls: int = 0
    renamed_tools: int = 0
    redescribed_tools: int = 0
    env_events: int = 0

    @property
    def requested(self) -> bool:
        """Whether any noise was asked for."""
        shares = (self.tool_failure_probability, self.tool_name_share, self.tool_description_share)
        return any(shares) or self.num_env_events_per_minute > 0


def disturbances(scenario: PAREScenario, log: EventLog) -> Disturbances:
    """Requested by the scenario's configurations of noise, injected as logged; tools only count where agents act."""
    tools, events = scenario.tool_augmentation_config, scenario.env_events_config
    logged = [event for event in log.list_view() if isinstance(event.action, Action)]
    failed = sum(event.action.function is tool_failure for event in logged)
    return Disturbances(
        tool_failure_probability=tools.tool_failure_probability if tools else 0.0,
        tool_name_share=tools.tool_name_share if tools and tools.apply_tool_name_augmentation else 0.0,
        tool_description_share=(
            tools.tool_description_share if tools and tools.apply_tool_description_augmentation else 0.0
        ),
        num_env_events_per_minute=events.num_env_events_per_minute if events else 0,
        env_events_requested=0
        if events is None
        else int(events.num_env_events_per_minute * (scenario.duration or DEFAULT_HORIZON) / 60),
        agent_calls=failed + sum(map(_could_fail, logged)),
        failed_calls=failed,
        renamed_tools=_total(logged, tools_renamed),
        redescribed_tools=_total(logged, tools_redescribed),
        env_events=sum(event.event_id.startswith(EVENT_PREFIX) for event in logged),
    )


def _could_fail(event: CompletedEvent) -> bool:
    in_turn = event.event_type is EventType.AGENT and event.metadata.turn_number is not None
    return in_turn and event.app_class_name() not in SPARED


def _total(events: list[CompletedEvent], function: Callable[..., int]) -> int:
    return sum(event.metadata.return_value for event in events if event.action.function is function)
