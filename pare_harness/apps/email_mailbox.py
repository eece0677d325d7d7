"""A mailbox: its folders, and how mail comes in."""

from __future__ import annotations

import re

from pare_harness.apps.attachments import AttachmentApp
from pare_harness.apps.email_data import Email, EmailFolder, EmailFolderName
from pare_harness.apps.files import FileSystem
from pare_harness.clock import parse_time
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

DEFAULT_ADDRESS = "john@pare.com"

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Mailbox(AttachmentApp):
    """The four folders of `EmailFolderName`, and the mails that others put there.

    `view_limit` is how many mails its owner sees at once; every listing takes a limit of its own. Raises `ValueError`
    for a `user_email` that is no address.
    """

    STATE = ("user_email", "view_limit", "folders")
    user_email: str
    view_limit: int
    folders: dict[EmailFolderName, EmailFolder]

    def __init__(
        self,
        name: str | None = None,
        view_limit: int = 5,
        folders: dict[EmailFolderName, EmailFolder] | None = None,
        user_email: str = DEFAULT_ADDRESS,
        internal_fs: FileSystem | None = None,
    ) -> None:
        if not _ADDRESS.fullmatch(user_email):
            raise ValueError(f"user_email={user_email!r}; expected name@domain")
        super().__init__(name, internal_fs)
        self.view_limit = view_limit
        self.folders = {folder: EmailFolder(folder) for folder in EmailFolderName} | (folders or {})
        self.user_email = user_email

    @tool(Kind.ENV, writes=True, by=EventType.ENV, strict=False)
    def send_email_to_user_with_id(
        self,
        email_id: str,
        sender: str,
        subject: str = "",
        content: str = "",
        attachment_paths: list[str] | None = None,
    ) -> str:
        """Receive a mail under an id that is known beforehand."""
        email = self.mail(
            sender, [self.user_email], subject, content, email_id=email_id, attachment_paths=attachment_paths
        )
        return self.store(EmailFolderName.INBOX, email)

    @tool(Kind.ENV, writes=True, by=EventType.ENV, strict=False)
    def send_email_to_user_only(self, sender: str, subject: str = "", content: str = "") -> str:
        """Receive a mail."""
        return self.store(EmailFolderName.INBOX, self.mail(sender, [self.user_email], subject, content))

    @tool(Kind.ENV, writes=True, by=EventType.ENV)
    def reply_to_email_from_user(
        self, sender: str, email_id: str, content: str = "", attachment_paths: list[str] | None = None
    ) -> str:
        """Receive an answer to a mail that the user has sent.

        Raises `ValueError` when there is no such mail, or `sender` is none of its recipients.
        """
        sent = self.folders[EmailFolderName.SENT].get_email_by_id(email_id)
        if sender not in sent.recipients:
            raise ValueError(f"sender={sender!r}; expected one of the recipients {sent.recipients}")
        subject = f"Re: {sent.subject}"
        email = self.mail(
            sender, [self.user_email], subject, content, parent_id=email_id, attachment_paths=attachment_paths
        )
        return self.store(EmailFolderName.INBOX, email)

    @tool(Kind.ENV, writes=True, by=EventType.ENV, strict=False)
    def create_and_add_email(
        self,
        sender: str,
        recipients: list[str] | None = None,
        subject: str = "",
        content: str = "",
        folder_name: str = "INBOX",
    ) -> str:
        """Put an unread mail of this moment into a folder."""
        folder = EmailFolderName.parse(folder_name)
        return self.store(folder, self.mail(sender, recipients or [], subject, content))

    @tool(Kind.DATA, writes=True, strict=False)
    def create_and_add_email_with_time(
        self,
        sender: str,
        recipients: list[str] | None = None,
        subject: str = "",
        content: str = "",
        email_time: str | None = None,
        folder_name: str = "INBOX",
    ) -> str:
        """Put a mail that has been read into a folder.

        Args:
            email_time: as in 2025-01-31 09:30:00, UTC; now if it is left out
        """
        folder = EmailFolderName.parse(folder_name)
        timestamp = self.now() if email_time is None else parse_time(email_time, "email_time")
        email = self.mail(sender, recipients or [], subject, content)
        email.timestamp, email.is_read = timestamp, True
        return self.store(folder, email)

    @tool(writes=True, strict=False)
    def add_email(self, email: Email, folder_name: EmailFolderName = EmailFolderName.INBOX) -> str:
        """Put a mail into a folder. Raises `AssertionError` for anything that is not a mail, or not a folder's name."""
        if not isinstance(email, Email):
            raise AssertionError(f"email={email!r}; expected an Email")
        if not isinstance(folder_name, EmailFolderName):
            raise AssertionError(f"folder_name={folder_name!r}; expected one of {list(EmailFolderName)}")
        return self.store(folder_name, email)

    @tool(writes=True, strict=False)
    def send_email_to_user(self, email: Email) -> str:
        """Receive a mail."""
        return self.store(EmailFolderName.INBOX, email)

    def folder(self, name: str) -> EmailFolder:
        """The folder of that name, in upper or lower case. Raises `KeyError`."""
        try:
            return self.folders[EmailFolderName.parse(name)]
        except ValueError as unknown:
            raise KeyError(str(unknown)) from None

    def mail(
        self,
        sender: str,
        recipients: list[str],
        subject: str,
        content: str,
        *,
        cc: list[str] | None = None,
        parent_id: str | None = None,
        email_id: str | None = None,
        attachment_paths: list[str] | None = None,
    ) -> Email:
        """A mail of this moment. Raises `ValueError` for a bad address, or an attachment that cannot be read."""
        return Email(
            sender=sender,
            recipients=list(recipients),
            subject=subject,
            content=content,
            email_id=email_id or self.new_id(),
            parent_id=parent_id,
            cc=list(cc or []),
            attachments=dict(self.read_attachment(path) for path in attachment_paths or []),
            timestamp=self.now(),
        )

    def store(self, folder: EmailFolderName, email: Email) -> str:
        """Put a mail into a folder; returns its id."""
        self.folders[folder].add_email(email)
        return email.email_id
