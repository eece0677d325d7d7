"""What the user sees of the messaging app, and can do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pare_harness.apps.core import AppState
from pare_harness.apps.messaging_data import ConversationV2
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.messaging import StatefulMessagingApp  # noqa: F401 - named in the bases below


class ConversationList(AppState["StatefulMessagingApp"]):
    """All conversations."""

    @user_tool()
    def list_recent_conversations(
        self,
        offset: int = 0,
        limit: int = 5,
        offset_recent_messages_per_conversation: int = 0,
        limit_recent_messages_per_conversation: int = 10,
    ) -> list[ConversationV2]:
        """Look at conversations, the one with the latest change first, each with its latest messages."""
        return self.app.list_recent_conversations(
            offset, limit, offset_recent_messages_per_conversation, limit_recent_messages_per_conversation
        )

    @user_tool()
    def search_conversations(
        self, query: str, min_date: str | None = None, max_date: str | None = None, limit: int = 10
    ) -> list[str]:
        """Search conversations by title and messages; gives their ids.

        Args:
            min_date: the earliest time of a message, as in 2025-01-31 09:30:00
            max_date: the latest time of a message, likewise
        """
        return self.app.search(query, min_date, max_date)[:limit]

    @user_tool(leads_to=("ConversationOpened",))
    def open_conversation(self, conversation_id: str, offset: int = 0, limit: int = 20) -> dict[str, Any]:
        """Open a conversation, with its latest messages first."""
        messages = self.app.read_conversation(conversation_id, offset, limit)
        self.go(ConversationOpened(conversation_id))
        return messages


class ConversationOpened(AppState["StatefulMessagingApp"]):
    """One conversation."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__()
        self.conversation_id = conversation_id

    @user_tool(writes=True)
    def send_message(self, content: str, attachment_path: str | None = None) -> str:
        """Write a message.

        Args:
            attachment_path: a file of the phone
        """
        return self.app.write(self.conversation_id, content, attachment_path)

    @user_tool()
    def read_messages(
        self, offset: int = 0, limit: int = 10, min_date: str | None = None, max_date: str | None = None
    ) -> dict[str, Any]:
        """Read messages, newest first.

        Args:
            min_date: the earliest time, as in 2025-01-31 09:30:00
            max_date: the latest time, likewise
        """
        return self.app.read_conversation(self.conversation_id, offset, limit, min_date, max_date)
