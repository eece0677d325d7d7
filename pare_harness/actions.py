"""Calls: what is to be done, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from pare_harness.context import fresh_id

if TYPE_CHECKING:
    from pare_harness.apps.core import App
    from pare_harness.environment import StateAwareEnvironmentWrapper
    from pare_harness.tools import AppTool


class EventType(Enum):
    """Who makes an event happen."""

    AGENT = "AGENT"
    ENV = "ENV"
    CONDITION = "CONDITION"
    VALIDATION = "VALIDATION"
    USER = "USER"
    STOP = "STOP"


class OperationType(Enum):
    """Whether a call changes an app."""

    READ = "read"
    WRITE = "write"


@dataclass(eq=False)
class Action:
    """A call of `function`, the method without its registration, on `app`.

    `args` maps every parameter to its value, defaults filled in and `self` included; `resolved_args` is the same once
    placeholders such as `{{order.id}}` are replaced, and empty until then.
    """

    function: Callable[..., Any]
    args: dict[str, Any] = field(default_factory=dict)
    resolved_args: dict[str, Any] = field(default_factory=dict)
    app: App | None = None
    action_id: str = ""
    operation_type: OperationType | None = OperationType.READ
    tool_metadata: AppTool | None = None

    def __post_init__(self) -> None:
        self.action_id = self.action_id or f"{self.class_name}.{self.function_name}-{fresh_id()}"

    @property
    def function_name(self) -> str:
        return str(self.function.__name__)

    @property
    def class_name(self) -> str:
        return type(self.app).__name__

    @property
    def app_name(self) -> str:
        return self.class_name if self.app is None else self.app.name

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the call without `self`."""
        return {name: value for name, value in (self.resolved_args or self.args).items() if name != "self"}

    def execute(self) -> Any:
        return self.execute_on_app((self.resolved_args or self.args).get("self"))

    def execute_on_app(self, owner: object) -> Any:
        """Call the function on `owner`, an app or one of its screens; None stands for a free function."""
        return self.function(**self.arguments) if owner is None else self.function(owner, **self.arguments)


@dataclass(eq=False)
class ConditionCheckAction:
    """A question to the environment: `function(env)` is true or false."""

    function: Callable[[StateAwareEnvironmentWrapper], bool]
    action_id: str = ""
    class_name = "ConditionCheckAction"

    def __post_init__(self) -> None:
        self.action_id = self.action_id or f"{self.class_name}.{self.function_name}-{fresh_id()}"

    @property
    def function_name(self) -> str:
        return str(self.function.__name__)


@dataclass
class EventMetadata:
    """What came of an event: the value or the error, and in which turn and mode of the agent it happened.

    `proactive_mode` and `turn_number` are None in an oracle run.
    """

    return_value: Any = None
    exception: str | None = None
    exception_type: str | None = None
    exception_stack_trace: str | None = None
    completed: bool = True
    proactive_mode: str | None = None
    turn_number: int | None = None
