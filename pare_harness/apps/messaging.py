"""The messaging app."""

from __future__ import annotations

from pare_harness.apps.messaging_conversations import Conversations
from pare_harness.apps.messaging_data import ConversationV2, FileMessageV2, MessageV2
from pare_harness.apps.messaging_screens import ConversationList, ConversationOpened
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

__all__ = [
    "ConversationList",
    "ConversationOpened",
    "ConversationV2",
    "FileMessageV2",
    "MessageV2",
    "StatefulMessagingApp",
]

SMALLEST_GROUP = 3


class StatefulMessagingApp(Conversations):
    """Writing into `Conversations`, who takes part in them, and the screens on which the user reads and writes."""

    STATES = (ConversationList, ConversationOpened)

    @tool(Kind.APP, writes=True)
    def send_message(self, user_id: str, content: str = "", attachment_path: str | None = None) -> str:
        """Write to one user, in the conversation with her alone; returns its id.

        Args:
            attachment_path: a file of the phone
        """
        self.check_user_id(user_id)
        message = self._written(content, attachment_path)
        participants = [self.me(), user_id]
        title = self.get_default_title(participants)
        existing = [
            key for key in self.get_existing_conversation_ids([user_id]) if self.conversations[key].title == title
        ]
        conversation = self.conversations[existing[0]] if existing else self._start(participants, title)
        conversation.add(message)
        return conversation.conversation_id

    @tool(Kind.APP, writes=True)
    def send_message_to_group_conversation(
        self, conversation_id: str, content: str = "", attachment_path: str | None = None
    ) -> str:
        """Write to a conversation of three or more participants.

        Raises `ValueError` for an unknown conversation, or one of two.

        Args:
            attachment_path: a file of the phone
        """
        participants = self.conversation(conversation_id).participant_ids
        if len(participants) < SMALLEST_GROUP:
            raise ValueError(
                f"{conversation_id!r} is no group: it has the participants {participants}; use send_message"
            )
        return self.write(conversation_id, content, attachment_path)

    @tool(Kind.APP, Kind.ENV, writes=True)
    def create_group_conversation(self, user_ids: list[str], title: str | None = None) -> str:
        """Start a conversation with two or more users; without a title, it is called by their names.

        Raises `ValueError` for fewer, or an unknown id.
        """
        others = list(dict.fromkeys(user_ids))
        if len(others) < SMALLEST_GROUP - 1:
            raise ValueError(f"user_ids={others}; expected at least {SMALLEST_GROUP - 1} different ones")
        for user_id in others:
            self.check_user_id(user_id)
        return self._start([*others, self.me()], title or self.get_default_title(others)).conversation_id

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def create_and_add_message(self, conversation_id: str, sender_id: str, content: str) -> None:
        """Receive a message, stamped with the whole second.

        Raises `Exception` for an unknown conversation, or a sender who is none of its participants.
        """
        self.receive(conversation_id, sender_id, content, float(int(self.now())))

    @tool(Kind.APP, Kind.ENV, writes=True)
    def add_participant_to_conversation(self, conversation_id: str, user_id: str) -> str:
        """Let a user take part in a conversation.

        Raises `ValueError` for an unknown conversation or user, or one who takes part already.
        """
        conversation = self.conversation(conversation_id)
        self.check_user_id(user_id)
        if user_id in conversation.participant_ids:
            raise ValueError(f"user_id={user_id!r} takes part in {conversation_id!r} already")
        self._change_participants(conversation, [*conversation.participant_ids, user_id])
        return conversation_id

    @tool(Kind.APP, Kind.ENV, writes=True)
    def remove_participant_from_conversation(self, conversation_id: str, user_id: str) -> str:
        """Let a user take part in a conversation no longer.

        Raises `ValueError` for an unknown conversation, or a user who does not take part.
        """
        conversation = self.conversation(conversation_id)
        if user_id not in conversation.participant_ids:
            raise ValueError(f"user_id={user_id!r}; expected one of the participants {conversation.participant_ids}")
        self._change_participants(conversation, [one for one in conversation.participant_ids if one != user_id])
        return conversation_id

    @tool(Kind.APP, Kind.ENV, writes=True)
    def change_conversation_title(self, conversation_id: str, title: str) -> str:
        """Give a conversation another title. Raises `ValueError` for an unknown one."""
        self.conversation(conversation_id).title = title
        return conversation_id

    @tool(Kind.APP, writes=True)
    def download_attachment(self, conversation_id: str, message_id: str, download_path: str = "Downloads/") -> str:
        """Save the file of a message to a directory of the phone; returns its path.

        Raises `ValueError` when there is no such message or it has no file, `FileNotFoundError` without that directory.
        """
        for message in self.conversation(conversation_id).messages:
            if (
                message.message_id == message_id
                and isinstance(message, FileMessageV2)
                and message.attachment is not None
            ):
                return self.save_attachment(download_path, message.attachment_name or message_id, message.attachment)
        raise ValueError(f"message_id={message_id!r} of {conversation_id!r} is not a message with a file")

    def write(self, conversation_id: str, content: str, attachment_path: str | None = None) -> str:
        """Add a message of the phone's owner to a conversation; returns its id. Raises `ValueError` when unknown."""
        self.conversation(conversation_id).add(self._written(content, attachment_path))
        return conversation_id

    def _written(self, content: str, attachment_path: str | None) -> MessageV2:
        if attachment_path is None:
            return MessageV2(self.me(), self.new_id(), self.now(), content)
        name, attachment = self.read_attachment(attachment_path)
        return FileMessageV2(self.me(), self.new_id(), self.now(), content, attachment, name)

    def _start(self, participants: list[str], title: str) -> ConversationV2:
        conversation = ConversationV2(participants, [], title, self.new_id(), self.now())
        self.add_conversation(conversation)
        return conversation

    def _change_participants(self, conversation: ConversationV2, participants: list[str]) -> None:
        """A conversation that is called by its participants changes its title with them."""
        if conversation.title == self.get_default_title(conversation.participant_ids):
            conversation.title = self.get_default_title(participants)
        conversation.participant_ids = participants
