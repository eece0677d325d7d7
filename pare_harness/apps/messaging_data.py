"""Messages and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from pare_harness.apps.attachments import Attachment
from pare_harness.clock import format_time, parse_time
from pare_harness.context import fresh_id, now


class MessagingAppMode(Enum):
    """What identifies a user: an id behind a name, or a phone number."""

    NAME = "NAME"
    PHONE_NUMBER = "PHONE_NUMBER"


@dataclass
class MessageV2:
    """A message; `timestamp` is in seconds since the Unix epoch."""

    sender_id: str
    message_id: str = field(default_factory=fresh_id)
    timestamp: float = field(default_factory=now)
    content: str = ""


@dataclass
class FileMessageV2(MessageV2):
    """A message with a file, in base64."""

    attachment: Attachment | None = None
    attachment_name: str | None = None


@dataclass
class ConversationV2:
    """A conversation of distinct participants; without a title it is called by the ids, joined by commas."""

    participant_ids: list[str]
    messages: list[MessageV2 | FileMessageV2] = field(default_factory=list)
    title: str | None = None
    conversation_id: str = field(default_factory=fresh_id)
    last_updated: float = field(default_factory=now)

    def __post_init__(self) -> None:
        if self.title is None:
            self.title = ",".join(self.participant_ids)
        self.participant_ids = list(dict.fromkeys(self.participant_ids))

    @property
    def summary(self) -> str:
        """Title, number of messages and time of the last one on one line."""
        return f"{self.title}: {len(self.messages)} messages, last updated {format_time(self.last_updated)}"

    def update_last_updated(self, timestamp: float) -> None:
        """Take note of something that happened at `timestamp`; what happened later counts."""
        self.last_updated = max(self.last_updated, timestamp)

    def add(self, message: MessageV2) -> None:
        """Append a message."""
        self.messages.append(message)
        self.update_last_updated(message.timestamp)

    def get_messages_in_date_range(
        self, start_date: str | None, end_date: str | None
    ) -> list[MessageV2 | FileMessageV2]:
        """The messages from one UTC time like `2025-01-31 09:30:00` to another, both included; None leaves an end open.

        Raises `ValueError` for a text that is no time.
        """
        start = float("-inf") if start_date is None else parse_time(start_date, "min_date")
        end = float("inf") if end_date is None else parse_time(end_date, "max_date")
        return [message for message in self.messages if start <= message.timestamp <= end]

    def latest(self, offset: int, limit: int) -> ConversationV2:
        """A copy with `limit` messages, newest first, from the `offset`-th newest on."""
        return replace(self, messages=newest_first(self.messages)[offset : offset + limit])


def newest_first(messages: Sequence[MessageV2 | FileMessageV2]) -> list[MessageV2 | FileMessageV2]:
    """Messages by time, the last one first; of the same time, the one that came later."""
    return sorted(messages, key=lambda message: message.timestamp)[::-1]
