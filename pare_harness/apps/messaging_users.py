"""The people that a messaging app knows, by id and by name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from pare_harness.apps.attachments import AttachmentApp
from pare_harness.apps.files import FileSystem
from pare_harness.apps.messaging_data import MessagingAppMode
from pare_harness.apps.names import similar
from pare_harness.tools import AppTool, Kind, tool

DEFAULT_USER = "John Doe"

ID_HINTS = {
    MessagingAppMode.NAME: "User ids are internal to this app.",
    MessagingAppMode.PHONE_NUMBER: "User ids are phone numbers.",
}


class MessagingUsers(AttachmentApp):
    """The owner of the phone, and everyone else whom she can write to.

    Scenarios replace `name_to_id`, `id_to_name`, `current_user_id` and `current_user_name` as plain attributes.
    """

    mode: MessagingAppMode
    name_to_id: dict[str, str]
    id_to_name: dict[str, str]
    current_user_id: str
    current_user_name: str

    def __init__(
        self,
        name: str | None = None,
        *,
        current_user_id: str | None = None,
        current_user_name: str | None = None,
        mode: MessagingAppMode = MessagingAppMode.NAME,
        id_to_name: dict[str, str] | None = None,
        name_to_id: dict[str, str] | None = None,
        internal_fs: FileSystem | None = None,
    ) -> None:
        super().__init__(name, internal_fs)
        self.mode = mode
        self.id_to_name = dict(id_to_name or {})
        self.name_to_id = dict(name_to_id or {})
        self.current_user_id = current_user_id or self.new_id()
        self.current_user_name = current_user_name or DEFAULT_USER
        self._know(self.current_user_name, self.current_user_id)

    @cached_property
    def _tools(self) -> list[AppTool]:
        tools = super()._tools
        for one in tools:
            one.described = f"{one.public_description} {ID_HINTS[self.mode]}"
        return tools

    def add_users(self, user_names: Iterable[str]) -> None:
        """Give each new name an id."""
        for user_name in user_names:
            if user_name not in self.name_to_id:
                self._know(user_name, self.new_id())

    def add_contacts(self, contacts: Iterable[tuple[str, str]]) -> None:
        """Give each new name its phone number as an id; `contacts` are pairs of both."""
        for user_name, phone in contacts:
            if user_name not in self.name_to_id:
                self._know(user_name, phone)

    @tool(Kind.APP)
    def get_user_id(self, user_name: str) -> str | None:
        """The id of the user of exactly that name, if there is one."""
        return self.name_to_id.get(user_name)

    @tool(Kind.APP)
    def get_user_name_from_id(self, user_id: str) -> str | None:
        """The name of a user, if the id is known."""
        return self.id_to_name.get(user_id)

    @tool(Kind.APP)
    def lookup_user_id(self, user_name: str) -> dict[str, str]:
        """The ids of users by name: of the one with exactly that name, else of those with a similar one, best first."""
        names = [user_name] if user_name in self.name_to_id else similar(user_name, self.name_to_id)
        return {name: self.name_to_id[name] for name in names}

    def get_user_ids(self, user_names: Iterable[str]) -> list[str | None]:
        """The id of each name, None for one that is not known."""
        return [self.name_to_id.get(user_name) for user_name in user_names]

    def get_user_names(self, user_ids: Iterable[str]) -> list[str | None]:
        """The name of each id, None for one that is not known."""
        return [self.id_to_name.get(user_id) for user_id in user_ids]

    def get_default_title(self, user_ids: Iterable[str]) -> str:
        """The names of the others in a conversation, sorted; ids stand for names that are not known."""
        others = dict.fromkeys(user_id for user_id in user_ids if user_id != self.current_user_id)
        return ", ".join(sorted(self.id_to_name.get(user_id, user_id) for user_id in others))

    def me(self) -> str:
        """The id of the phone's owner. Raises `AssertionError` when it has been taken away."""
        if not self.current_user_id:
            raise AssertionError(f"current_user_id={self.current_user_id!r}; expected the id of the phone's owner")
        return self.current_user_id

    def check_user_id(self, user_id: str) -> None:
        """Raise `ValueError` for an id that is not known, or with phone numbers for one without a digit."""
        if self.mode is MessagingAppMode.PHONE_NUMBER and not any(map(str.isdigit, user_id)):
            raise ValueError(f"user_id={user_id!r}; expected a phone number")
        if self.mode is MessagingAppMode.NAME and user_id not in self.id_to_name:
            raise ValueError(f"user_id={user_id!r} is not known; expected an id that lookup_user_id gives")

    def _know(self, user_name: str, user_id: str) -> None:
        self.name_to_id[user_name] = user_id
        self.id_to_name[user_id] = user_name
