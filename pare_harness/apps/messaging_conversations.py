"""The conversations of a messaging app, as they are listed, read and searched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pare_harness.apps.core import page
from pare_harness.apps.files import FileSystem
from pare_harness.apps.messaging_data import ConversationV2, MessageV2, MessagingAppMode, newest_first
from pare_harness.apps.messaging_users import MessagingUsers
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool


class Conversations(MessagingUsers):
    """Conversations by id.

    `conversation_view_limit` and `messages_view_limit` bound what one listing shows: conversations, messages of each.
    """

    STATE = (
        "conversations",
        "messages_view_limit",
        "conversation_view_limit",
        "mode",
        "name_to_id",
        "id_to_name",
        "current_user_id",
        "current_user_name",
    )
    conversations: dict[str, ConversationV2]
    messages_view_limit: int
    conversation_view_limit: int

    def __init__(
        self,
        name: str | None = None,
        current_user_id: str | None = None,
        current_user_name: str | None = None,
        mode: MessagingAppMode = MessagingAppMode.NAME,
        id_to_name: dict[str, str] | None = None,
        name_to_id: dict[str, str] | None = None,
        conversations: dict[str, ConversationV2] | None = None,
        messages_view_limit: int = 10,
        conversation_view_limit: int = 5,
        internal_fs: FileSystem | None = None,
    ) -> None:
        super().__init__(
            name,
            current_user_id=current_user_id,
            current_user_name=current_user_name,
            mode=mode,
            id_to_name=id_to_name,
            name_to_id=name_to_id,
            internal_fs=internal_fs,
        )
        self.conversations = dict(conversations or {})
        self.messages_view_limit = messages_view_limit
        self.conversation_view_limit = conversation_view_limit

    @tool(writes=True, strict=False)
    def add_conversation(self, conversation: ConversationV2) -> None:
        """Put a conversation into the app. Raises `AssertionError` for anything else."""
        if not isinstance(conversation, ConversationV2):
            raise AssertionError(f"conversation={conversation!r}; expected a ConversationV2")
        self.conversations[conversation.conversation_id] = conversation

    def add_conversations(self, conversations: Iterable[ConversationV2]) -> None:
        """Put conversations into the app."""
        for conversation in conversations:
            self.add_conversation(conversation)

    @tool(writes=True, by=EventType.ENV)
    def add_message(self, conversation_id: str, sender_id: str, content: str, timestamp: float | None = None) -> None:
        """Put a message into a conversation, now unless told when. Raises as `create_and_add_message`."""
        self.receive(conversation_id, sender_id, content, self.now() if timestamp is None else timestamp)

    def get_all_conversations(self) -> list[ConversationV2]:
        """All conversations, in the order in which they were added."""
        return list(self.conversations.values())

    @tool(Kind.APP)
    def get_existing_conversation_ids(self, user_ids: list[str]) -> list[str]:
        """The conversations of exactly these users and the phone's owner."""
        wanted = {self.me(), *user_ids}
        return [key for key, found in self.conversations.items() if set(found.participant_ids) == wanted]

    @tool(Kind.APP)
    def list_recent_conversations(
        self,
        offset: int = 0,
        limit: int = 5,
        offset_recent_messages_per_conversation: int = 0,
        limit_recent_messages_per_conversation: int = 10,
    ) -> list[ConversationV2]:
        """Conversations, the one with the latest change first, each with its latest messages, newest first."""
        messages = offset_recent_messages_per_conversation, limit_recent_messages_per_conversation
        return self._listing(self.get_all_conversations(), (offset, limit), messages)

    @tool(Kind.APP)
    def list_conversations_by_participant(
        self,
        user_id: str,
        offset: int = 0,
        limit: int = 5,
        offset_recent_messages_per_conversation: int = 0,
        limit_recent_messages_per_conversation: int = 5,
    ) -> list[ConversationV2]:
        """Conversations that a user takes part in, the one with the latest change first, with its latest messages."""
        messages = offset_recent_messages_per_conversation, limit_recent_messages_per_conversation
        found = [one for one in self.conversations.values() if user_id in one.participant_ids]
        return self._listing(found, (offset, limit), messages)

    @tool(Kind.APP)
    def read_conversation(
        self,
        conversation_id: str,
        offset: int = 0,
        limit: int = 10,
        min_date: str | None = None,
        max_date: str | None = None,
    ) -> dict[str, Any]:
        """Messages of a conversation, newest first.

        Args:
            min_date: the earliest time, as in 2025-01-31 09:30:00, UTC
            max_date: the latest time, likewise
        """
        conversation = self.conversation(conversation_id)
        messages = newest_first(conversation.get_messages_in_date_range(min_date, max_date))
        shown = page(messages, offset, limit)
        metadata = {
            "message_range": (offset, offset + len(shown)),
            "conversation_length": len(messages),
            "conversation_id": conversation_id,
            "conversation_title": conversation.title,
        }
        return {"messages": shown, "metadata": metadata}

    @tool(Kind.APP)
    def search(self, query: str, min_date: str | None = None, max_date: str | None = None) -> list[str]:
        """The ids of conversations with the query in a participant's id, the title or a message, in any case.

        Args:
            min_date: the earliest time of a message, as in 2025-01-31 09:30:00, UTC
            max_date: the latest time of a message, likewise
        """
        return self._search(re.escape(query), min_date, max_date)

    @tool(Kind.APP)
    def regex_search(self, query: str, min_date: str | None = None, max_date: str | None = None) -> list[str]:
        """The ids of conversations in which a regular expression matches a participant's id, the title or a message.

        Args:
            min_date: the earliest time of a message, as in 2025-01-31 09:30:00, UTC
            max_date: the latest time of a message, likewise
        """
        return self._search(query, min_date, max_date)

    def conversation(self, conversation_id: str) -> ConversationV2:
        """The conversation with that id. Raises `ValueError`."""
        if conversation_id not in self.conversations:
            raise ValueError(f"conversation_id={conversation_id!r}; expected one of {list(self.conversations)}")
        return self.conversations[conversation_id]

    def receive(self, conversation_id: str, sender_id: str, content: str, timestamp: float) -> None:
        """Add a message of a participant. Raises `Exception` for an unknown conversation or an outside sender."""
        conversation = self.conversations.get(conversation_id)
        if conversation is None:
            raise Exception(f"conversation_id={conversation_id!r}; expected one of {list(self.conversations)}")
        if sender_id not in conversation.participant_ids:
            raise Exception(f"sender_id={sender_id!r}; expected one of {conversation.participant_ids}")
        conversation.add(MessageV2(sender_id, self.new_id(), timestamp, content))

    def _listing(
        self, conversations: list[ConversationV2], shown: tuple[int, int], messages: tuple[int, int]
    ) -> list[ConversationV2]:
        """A page of conversations with a page of messages each; `shown` and `messages` are offset and limit."""
        offset, limit = messages
        _check_limit("limit", shown[1], self.conversation_view_limit)
        _check_limit("limit_recent_messages_per_conversation", limit, self.messages_view_limit)
        if offset < 0:
            raise ValueError(f"offset_recent_messages_per_conversation={offset}; expected at least 0")
        latest_first = sorted(conversations, key=lambda conversation: -conversation.last_updated)
        return [conversation.latest(offset, limit) for conversation in page(latest_first, *shown)]

    def _search(self, query: str, min_date: str | None, max_date: str | None) -> list[str]:
        try:
            pattern = re.compile(query, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"query={query!r} is not a regular expression: {error}") from None
        return [
            key
            for key, found in self.conversations.items()
            if any(map(pattern.search, (*found.participant_ids, found.title or "")))
            or any(pattern.search(one.content) for one in found.get_messages_in_date_range(min_date, max_date))
        ]


def _check_limit(name: str, limit: int, most: int) -> None:
    if not 0 <= limit <= most:
        raise ValueError(f"{name}={limit}; expected a number from 0 to {most}")
