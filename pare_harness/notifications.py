"""What the user and the agent are told about events, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from pare_harness.clock import as_datetime
from pare_harness.events import CompletedEvent, EventType
from pare_harness.notification_texts import agent_view, user_view

ACCEPT, REJECT = "[ACCEPT]: ", "[REJECT]: "
_INTERFACE = "PAREAgentUserInterface"
_ANSWERS = {"accept_proposal": ACCEPT, "reject_proposal": REJECT, "send_message_to_agent": ""}


class MessageType(Enum):
    """What a message is about; it determines who reads it."""

    AGENT_MESSAGE = "agent_message"
    USER_MESSAGE = "user_message"
    USER_ACTION = "user_action"
    ENVIRONMENT_NOTIFICATION_USER = "environment_notification_user"
    ENVIRONMENT_NOTIFICATION_AGENT = "environment_notification_agent"


FOR_USER = frozenset({MessageType.AGENT_MESSAGE, MessageType.ENVIRONMENT_NOTIFICATION_USER})
FOR_AGENT = frozenset(MessageType) - FOR_USER


class VerbosityLevel(Enum):
    """LOW tells what the two say to each other, MEDIUM also what the user does, HIGH also what happens in apps."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True)
class Message:
    """A message with the simulated time, aware and in UTC, from which it can be read."""

    message_type: MessageType
    message: str
    timestamp: datetime
    attachments: tuple[str, ...] = field(default=())


class PARENotificationSystem:
    """The messages that have not been read yet, in the order of time."""

    def __init__(self, verbosity_level: VerbosityLevel = VerbosityLevel.HIGH) -> None:
        self.verbosity_level = verbosity_level
        self._messages: list[Message] = []
        self._untold: list[CompletedEvent] = []

    def put(self, message: Message) -> None:
        self._messages.append(message)

    def take(self, kinds: frozenset[MessageType], until: float) -> list[Message]:
        """Remove and return the messages of `kinds` up to the time `until`, in the order of time."""
        self._word()
        moment = as_datetime(until)
        taken = [one for one in self._messages if one.message_type in kinds and one.timestamp <= moment]
        self._messages = [one for one in self._messages if one not in taken]
        return sorted(taken, key=lambda one: one.timestamp)

    def tell(self, event: CompletedEvent) -> None:
        """Queue what the two sides learn of `event`; it is put into words when somebody reads."""
        self._untold.append(event)

    def announce(self, text: str, time: float) -> None:
        """Queue the same notification for both sides."""
        for kind in (MessageType.ENVIRONMENT_NOTIFICATION_USER, MessageType.ENVIRONMENT_NOTIFICATION_AGENT):
            self.put(Message(kind, text, as_datetime(time)))

    def _word(self) -> None:
        for event in self._untold:
            moment = as_datetime(event.event_time or 0.0)
            for kind, text in self._texts(event):
                self.put(Message(kind, text, moment))
        self._untold.clear()

    def _texts(self, event: CompletedEvent) -> list[tuple[MessageType, str]]:
        if event.app_class_name() == _INTERFACE:
            return _conversation(event)
        if event.event_type is EventType.USER:
            heard = self.verbosity_level is not VerbosityLevel.LOW
            return [(MessageType.USER_ACTION, call_text(event))] if heard else []
        if self.verbosity_level is not VerbosityLevel.HIGH:
            return []
        views = (
            (MessageType.ENVIRONMENT_NOTIFICATION_USER, user_view(event)),
            (MessageType.ENVIRONMENT_NOTIFICATION_AGENT, agent_view(event)),
        )
        return [(kind, text) for kind, text in views if text is not None]


def _conversation(event: CompletedEvent) -> list[tuple[MessageType, str]]:
    content = str(event.get_args().get("content", ""))
    if event.failed():
        return []
    if event.function_name() == "send_message_to_user":
        return [(MessageType.AGENT_MESSAGE, content)]
    marker = _ANSWERS.get(event.function_name())
    return [] if marker is None else [(MessageType.USER_MESSAGE, marker + content)]


def call_text(event: CompletedEvent) -> str:
    """`App__method(name=value, …)` without `self`."""
    args = ", ".join(f"{name}={value!r}" for name, value in event.get_args().items() if name != "self")
    return f"{event.tool_name}({args})"
