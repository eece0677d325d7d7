"""The conversation between the user and the proactive agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from pare_harness.apps.core import App
from pare_harness.context import now
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool


class Sender(Enum):
    """Who wrote a message."""

    USER = "User"
    AGENT = "Agent"


@dataclass
class AUIMessage:
    """A message; `timestamp` and `time_read` in seconds since the Unix epoch."""

    sender: Sender
    content: str
    attachments: list[str] = field(default_factory=list)
    timestamp: float = field(default_factory=now)
    time_read: float | None = None
    id: str | None = None

    @property
    def already_read(self) -> bool:
        return self.time_read is not None


class PAREAgentUserInterface(App):
    """How the agent proposes and the user answers. Its name is always its class's."""

    STATE: ClassVar[tuple[str, ...]] = ("messages",)
    messages: list[AUIMessage]

    def __init__(self, user_proxy: Any = None) -> None:
        super().__init__()
        self.messages = []
        self.user_proxy = user_proxy
        self.is_cli = True
        self.wait_for_user_response = True

    @tool(Kind.APP, Kind.DATA, writes=True)
    def send_message_to_user(self, content: str = "") -> None:
        """Write to the user. While observing this is a proposal: it ends the turn, and the user accepts or rejects."""
        self._add(Sender.AGENT, content, time_read=self.now())

    @tool(Kind.USER, writes=True, by=EventType.USER)
    def accept_proposal(self, content: str = "") -> str:
        """Accept what the agent has proposed; say anything it should know."""
        return self._add(Sender.USER, content)

    @tool(Kind.USER, writes=True, by=EventType.USER)
    def reject_proposal(self, content: str = "") -> str:
        """Reject what the agent has proposed; say why, if you like."""
        return self._add(Sender.USER, content)

    @tool(Kind.USER, writes=True, by=EventType.USER)
    def send_message_to_agent(
        self,
        content: str = "",
        attachments: list[str] | None = None,
        base64_utf8_encoded_attachment_contents: list[dict[str, str]] | None = None,
    ) -> str:
        """Write to the agent."""
        names = [name for one in base64_utf8_encoded_attachment_contents or [] for name in one]
        return self._add(Sender.USER, content, attachments=[*(attachments or []), *names])

    @tool(Kind.APP)
    def wait(self) -> str:
        """Do nothing this turn and go on observing."""
        return "waiting"

    @tool(Kind.APP, Kind.DATA, strict=False)
    def get_last_message_from_user(self) -> AUIMessage | None:
        """The latest message of the user, marked as read."""
        return self._read(self.get_all_messages_from_user()[-1:])

    @tool(Kind.APP, Kind.DATA, strict=False)
    def get_last_message_from_agent(self) -> AUIMessage | None:
        """The latest message of the agent."""
        return self._read(self.get_all_messages_from_agent()[-1:])

    @tool(Kind.APP, Kind.DATA, strict=False)
    def get_last_unread_messages(self) -> list[AUIMessage]:
        """The messages that have not been read, marked as read."""
        unread = [message for message in self.messages if not message.already_read]
        self._read(unread)
        return unread

    @tool(Kind.APP, Kind.DATA, strict=False)
    def get_all_messages(self) -> list[AUIMessage]:
        """The whole conversation, marked as read."""
        self._read(self.messages)
        return list(self.messages)

    def get_last_message(self) -> AUIMessage | None:
        """The latest message, None before the first."""
        return self.messages[-1] if self.messages else None

    def get_last_message_content(self) -> str:
        """The text of the latest message, empty before the first."""
        return self.messages[-1].content if self.messages else ""

    def get_all_messages_from_user(self) -> list[AUIMessage]:
        return [message for message in self.messages if message.sender is Sender.USER]

    def get_all_messages_from_agent(self) -> list[AUIMessage]:
        return [message for message in self.messages if message.sender is Sender.AGENT]

    def add_message_to_user(self, text: str) -> None:
        """Enter a message of the agent without an event."""
        self._add(Sender.AGENT, text, time_read=self.now())

    def _add(self, sender: Sender, content: str, **fields: Any) -> str:
        identity = self.new_id()
        self.messages.append(AUIMessage(sender, content, timestamp=self.now(), id=identity, **fields))
        return identity

    def _read(self, messages: list[AUIMessage]) -> AUIMessage | None:
        for message in messages:
            if not message.already_read:
                message.time_read = self.now()
        return messages[-1] if messages else None
