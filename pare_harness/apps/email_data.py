"""Mails, the folders they lie in, and drafts."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from enum import Enum

from pare_harness.apps.attachments import Attachment, host_attachment
from pare_harness.apps.core import page
from pare_harness.clock import format_time
from pare_harness.context import fresh_id, now


class EmailFolderName(Enum):
    """The folders of every mailbox."""

    INBOX = "INBOX"
    SENT = "SENT"
    DRAFT = "DRAFT"
    TRASH = "TRASH"

    @classmethod
    def parse(cls, text: str) -> EmailFolderName:
        """The folder of that name, in upper or lower case. Raises `ValueError`."""
        try:
            return cls(text.upper())
        except ValueError:
            raise ValueError(f"folder {text!r}; expected one of {[folder.value for folder in cls]}") from None


@dataclass
class Email:
    """A mail; `attachments` maps file names to base64, `timestamp` is in seconds since the Unix epoch.

    Raises `ValueError` for an address without an @.
    """

    sender: str = "user@meta.com"
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    content: str = ""
    email_id: str = field(default_factory=fresh_id)
    parent_id: str | None = None
    cc: list[str] = field(default_factory=list)
    attachments: dict[str, Attachment] | None = field(default_factory=dict)
    timestamp: float = field(default_factory=now)
    is_read: bool = False

    def __post_init__(self) -> None:
        self.email_id = self.email_id or fresh_id()
        self.cc = self.cc or []
        for address in (self.sender, *self.recipients, *self.cc):
            if "@" not in address:
                raise ValueError(f"address {address!r} of a mail; expected name@domain")

    @property
    def summary(self) -> str:
        """Sender, subject and time on one line."""
        return f"{self.sender}: {self.subject} ({format_time(self.timestamp)})"

    def add_attachment(self, path: str) -> None:
        """Attach a file of the host. Raises `ValueError` when it cannot be read."""
        self.attach(*host_attachment(path))

    def attach(self, name: str, attachment: bytes) -> None:
        """Attach base64 content under a file name."""
        self.attachments = {**(self.attachments or {}), name: attachment}

    def mentions(self, query: str) -> bool:
        """Whether sender, a recipient, subject or content hold `query`, in any case."""
        texts = (self.sender, *self.recipients, self.subject, self.content)
        return any(query.lower() in text.lower() for text in texts)


@dataclass
class ReturnedEmails:
    """A page of a folder: mails from `emails_range[0]` up to before `emails_range[1]`, of `total_emails`."""

    emails: list[Email]
    emails_range: tuple[int, int]
    total_returned_emails: int
    total_emails: int


@dataclass
class EmailFolder:
    """A folder with its mails, newest first; mails of the same time stay in the order in which they came."""

    folder_name: EmailFolderName
    emails: list[Email] = field(default_factory=list)

    def add_email(self, email: Email) -> None:
        insort(self.emails, email, key=lambda other: -other.timestamp)

    def get_emails(self, offset: int = 0, limit: int = 5) -> ReturnedEmails:
        """A page of mails. Raises `ValueError` for an offset outside the folder."""
        emails = page(self.emails, offset, limit)
        return ReturnedEmails(emails, (offset, offset + len(emails)), len(emails), len(self.emails))

    def get_email(self, idx: int) -> Email:
        """The mail at a position, 0 being the newest. Raises `ValueError`."""
        if not 0 <= idx < len(self.emails):
            raise ValueError(f"idx={idx}; {self.folder_name.value} holds {len(self.emails)} mails, counted from 0")
        return self.emails[idx]

    def get_email_by_id(self, email_id: str) -> Email:
        """The mail with that id. Raises `ValueError`."""
        for email in self.emails:
            if email.email_id == email_id:
                return email
        raise ValueError(f"email_id={email_id!r} is not in {self.folder_name.value}")


@dataclass
class ComposeDraft:
    """A mail being written; `attachments` are paths, the defaults hold where the user sets nothing herself."""

    recipients: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    subject: str = ""
    body: str = ""
    attachments: list[str] = field(default_factory=list)
    reply_to: str | None = None
    reply_to_folder: str | None = None
    default_recipients: list[str] = field(default_factory=list)
    default_subject: str | None = None
