"""The mail app."""

from __future__ import annotations

from pare_harness.apps.email_data import ComposeDraft, Email, EmailFolderName, ReturnedEmails
from pare_harness.apps.email_mailbox import Mailbox
from pare_harness.apps.email_screens import ComposeEmail, EmailDetail, MailboxView
from pare_harness.tools import Kind, tool

__all__ = [
    "ComposeDraft",
    "ComposeEmail",
    "Email",
    "EmailDetail",
    "EmailFolderName",
    "MailboxView",
    "ReturnedEmails",
    "StatefulEmailApp",
]


class StatefulEmailApp(Mailbox):
    """What an agent does with the mails of a `Mailbox`, and the screens on which the user does the same."""

    STATES = (MailboxView, EmailDetail, ComposeEmail)

    @tool(Kind.APP, writes=True)
    def send_email(
        self,
        recipients: list[str] | None = None,
        subject: str = "",
        content: str = "",
        cc: list[str] | None = None,
        attachment_paths: list[str] | None = None,
    ) -> str:
        """Send a mail.

        Args:
            attachment_paths: files of the phone
        """
        email = self.mail(self.user_email, recipients or [], subject, content, cc=cc, attachment_paths=attachment_paths)
        return self.store(EmailFolderName.SENT, email)

    @tool(Kind.APP, writes=True)
    def reply_to_email(
        self, email_id: str, folder_name: str = "INBOX", content: str = "", attachment_paths: list[str] | None = None
    ) -> str:
        """Answer a mail: its sender, or for the user's own mail the sender of the one it continues.

        Args:
            folder_name: the folder that the mail is in
            attachment_paths: files of the phone
        """
        email = self.folder(folder_name).get_email_by_id(email_id)
        recipients, subject = [self.reply_target(email)], f"Re: {email.subject}"
        reply = self.mail(
            self.user_email, recipients, subject, content, parent_id=email_id, attachment_paths=attachment_paths
        )
        return self.store(EmailFolderName.SENT, reply)

    @tool(Kind.APP, writes=True)
    def forward_email(self, email_id: str, recipients: list[str] | None = None, folder_name: str = "INBOX") -> str:
        """Send a mail on to others, with its attachments."""
        source = self.folder(folder_name).get_email_by_id(email_id)
        subject, content = f"FWD: {source.subject}", f"> {source.content}"
        email = self.mail(self.user_email, recipients or [], subject, content, parent_id=email_id)
        email.attachments = dict(source.attachments or {})
        source.is_read = True
        return self.store(EmailFolderName.SENT, email)

    @tool(Kind.APP, writes=True)
    def move_email(self, email_id: str, source_folder_name: str = "INBOX", dest_folder_name: str = "DRAFT") -> str:
        """Move a mail from one folder, of INBOX, SENT, DRAFT and TRASH, to another."""
        source, target = self.folder(source_folder_name), self.folder(dest_folder_name)
        email = source.get_email_by_id(email_id)
        source.emails.remove(email)
        target.add_email(email)
        return email_id

    @tool(Kind.APP, writes=True)
    def delete_email(self, email_id: str, folder_name: str = "INBOX") -> str:
        """Move a mail to TRASH."""
        return self.move_email(email_id, folder_name, EmailFolderName.TRASH.value)

    @tool(Kind.APP)
    def list_emails(self, folder_name: str = "INBOX", offset: int = 0, limit: int = 10) -> ReturnedEmails:
        """Mails of a folder, of INBOX, SENT, DRAFT and TRASH, newest first."""
        return self.folder(folder_name).get_emails(offset, limit)

    @tool(Kind.APP)
    def get_email_by_id(self, email_id: str, folder_name: str = "INBOX") -> Email:
        """Read a mail, which marks it as read. Raises `ValueError` when it is not in that folder."""
        return _read(self.folder(folder_name).get_email_by_id(email_id))

    @tool(Kind.APP)
    def get_email_by_index(self, idx: int, folder_name: str = "INBOX") -> Email:
        """Read the mail at a position of a folder, 0 being the newest, which marks it as read."""
        return _read(self.folder(folder_name).get_email(idx))

    @tool(Kind.APP)
    def search_emails(self, query: str, folder_name: str = "INBOX") -> list[Email]:
        """Mails of a folder with the query in their sender, a recipient, the subject or the content, in any case."""
        return [email for email in self.folder(folder_name).emails if email.mentions(query)]

    @tool(Kind.APP, writes=True)
    def download_attachments(
        self, email_id: str, folder_name: str = "INBOX", path_to_save: str = "Downloads/"
    ) -> list[str]:
        """Save the attachments of a mail to a directory of the phone; returns their paths.

        Raises `ValueError` when the mail is not in that folder, `FileNotFoundError` without that directory.
        """
        attachments = self.folder(folder_name).get_email_by_id(email_id).attachments or {}
        return [self.save_attachment(path_to_save, name, content) for name, content in attachments.items()]

    def add_attachment(self, email: Email, attachment_path: str) -> None:
        """Attach a file to a mail. Raises `ValueError` when it cannot be read."""
        email.attach(*self.read_attachment(attachment_path))

    def reply_target(self, email: Email) -> str:
        """Who gets the answer to a mail. Raises `ValueError` when a mail that this depends on is gone."""
        passed: list[str] = []
        while email.sender == self.user_email and email.parent_id and email.parent_id not in passed:
            passed.append(email.parent_id)
            email = self._anywhere(email.parent_id)
        return email.sender

    def send_reply_from_draft(self, draft: ComposeDraft) -> str:
        """Send a draft as the answer to its `reply_to`; returns the id. Raises `ValueError` without one."""
        if draft.reply_to is None:
            raise ValueError("reply_to=None; expected the id of the mail that the draft answers")
        return self.store_draft(draft, EmailFolderName.SENT)

    def store_draft(self, draft: ComposeDraft, folder: EmailFolderName) -> str:
        """Put a draft as a mail of the user into a folder; returns its id."""
        recipients, subject = draft.recipients or draft.default_recipients, draft.subject or draft.default_subject or ""
        email = self.mail(
            self.user_email,
            recipients,
            subject,
            draft.body,
            cc=draft.cc,
            parent_id=draft.reply_to,
            attachment_paths=draft.attachments,
        )
        return self.store(folder, email)

    def _anywhere(self, email_id: str) -> Email:
        for folder in self.folders.values():
            for email in folder.emails:
                if email.email_id == email_id:
                    return email
        raise ValueError(f"email_id={email_id!r} is in none of the folders")


def _read(email: Email) -> Email:
    email.is_read = True
    return email
