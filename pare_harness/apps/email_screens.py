"""What the user sees of the mail app, and can do there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pare_harness.apps.core import AppState
from pare_harness.apps.email_data import ComposeDraft, Email, EmailFolderName, ReturnedEmails
from pare_harness.clock import parse_time
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.email import StatefulEmailApp  # noqa: F401 - named in the bases below


class MailboxView(AppState["StatefulEmailApp"]):
    """The mails of one folder. Raises `ValueError` for an unknown folder."""

    def __init__(self, folder: str = "INBOX") -> None:
        super().__init__()
        self.folder = EmailFolderName.parse(folder).value

    @user_tool()
    def list_emails(self, offset: int = 0, limit: int = 10) -> ReturnedEmails:
        """Look at the mails of this folder, newest first."""
        return self.app.list_emails(self.folder, offset, limit)

    @user_tool()
    def search_emails(
        self, query: str, min_date: str | None = None, max_date: str | None = None, limit: int = 10
    ) -> list[Email]:
        """Search this folder by sender, recipient, subject and content.

        Args:
            min_date: the earliest time, as in 2025-01-31 09:30:00; a text that is no time does not limit the search
            max_date: the latest time, likewise
        """
        earliest, latest = _time(min_date, float("-inf")), _time(max_date, float("inf"))
        found = self.app.search_emails(query, self.folder)
        return [email for email in found if earliest <= email.timestamp <= latest][:limit]

    @user_tool(leads_to=("EmailDetail",))
    def open_email_by_id(self, email_id: str) -> Email:
        """Open a mail of this folder."""
        email = self.app.get_email_by_id(email_id, self.folder)
        self.go(EmailDetail(email_id, self.folder))
        return email

    @user_tool(leads_to=("EmailDetail",))
    def open_email_by_index(self, index: int) -> Email:
        """Open the mail at a position of this folder, 0 being the newest."""
        email = self.app.get_email_by_index(index, self.folder)
        self.go(EmailDetail(email.email_id, self.folder))
        return email

    @user_tool(leads_to=("MailboxView",))
    def switch_folder(self, folder_name: str) -> ReturnedEmails:
        """Look at another folder, of INBOX, SENT, DRAFT and TRASH."""
        emails = self.app.list_emails(folder_name)
        self.go(MailboxView(folder_name))
        return emails

    @user_tool(leads_to=("ComposeEmail",))
    def start_compose(self) -> dict[str, Any]:
        """Start to write a mail."""
        draft = ComposeDraft()
        self.go(ComposeEmail(draft))
        return {"draft": asdict(draft)}


class EmailDetail(AppState["StatefulEmailApp"]):
    """One mail."""

    def __init__(self, email_id: str, folder_name: str = "INBOX") -> None:
        super().__init__()
        self.email_id = email_id
        self.folder_name = folder_name

    @user_tool()
    def refresh(self) -> Email:
        """Read this mail again."""
        return self.app.get_email_by_id(self.email_id, self.folder_name)

    @user_tool(writes=True)
    def reply(self, content: str = "", attachment_paths: list[str] | None = None) -> str:
        """Answer this mail."""
        return self.app.reply_to_email(self.email_id, self.folder_name, content, attachment_paths)

    @user_tool(writes=True)
    def forward(self, recipients: list[str]) -> str:
        """Send this mail on to others."""
        return self.app.forward_email(self.email_id, recipients, self.folder_name)

    @user_tool(writes=True)
    def move(self, destination_folder: str) -> str:
        """Move this mail to another folder, of INBOX, SENT, DRAFT and TRASH."""
        self.back()
        return self.app.move_email(self.email_id, self.folder_name, destination_folder)

    @user_tool(writes=True)
    def delete(self) -> str:
        """Move this mail to TRASH."""
        self.back()
        return self.app.delete_email(self.email_id, self.folder_name)

    @user_tool(writes=True)
    def download_attachments(self, path_to_save: str) -> list[str]:
        """Save the attachments of this mail to a directory; returns their paths."""
        return self.app.download_attachments(self.email_id, self.folder_name, path_to_save)

    @user_tool(leads_to=("ComposeEmail",))
    def start_compose_reply(self) -> dict[str, Any]:
        """Start to write an answer to this mail."""
        email = self.app.folder(self.folder_name).get_email_by_id(self.email_id)
        draft = ComposeDraft(
            reply_to=self.email_id,
            reply_to_folder=self.folder_name,
            default_recipients=[self.app.reply_target(email)],
            default_subject=f"Re: {email.subject}",
        )
        self.go(ComposeEmail(draft))
        return {
            "draft": {
                "recipients": draft.default_recipients,
                "subject": draft.default_subject,
                "body": draft.body,
                "reply_to": draft.reply_to,
                "folder_name": draft.reply_to_folder,
            }
        }


class ComposeEmail(AppState["StatefulEmailApp"]):
    """A mail being written; an empty one unless a draft is given."""

    def __init__(self, draft: ComposeDraft | None = None) -> None:
        super().__init__()
        self.draft = draft or ComposeDraft()

    @user_tool()
    def set_recipients(self, recipients: list[str]) -> dict[str, Any]:
        """Say who gets this mail."""
        self.draft.recipients = list(recipients)
        return {"recipients": list(recipients)}

    @user_tool()
    def add_recipient(self, recipient: str) -> dict[str, Any]:
        """Say who gets this mail as well."""
        self.draft.recipients = [*(self.draft.recipients or self.draft.default_recipients), recipient]
        return {"recipients": list(self.draft.recipients)}

    @user_tool()
    def set_cc(self, cc: list[str]) -> dict[str, Any]:
        """Say who gets a copy of this mail."""
        self.draft.cc = list(cc)
        return {"cc": list(cc)}

    @user_tool()
    def set_subject(self, subject: str) -> dict[str, Any]:
        """Write the subject."""
        self.draft.subject = subject
        return {"subject": subject}

    @user_tool()
    def set_body(self, body: str) -> dict[str, Any]:
        """Write the text."""
        self.draft.body = body
        return {"body": body}

    @user_tool()
    def attach_file(self, attachment_path: str) -> dict[str, Any]:
        """Attach a file of the phone."""
        self.app.read_attachment(attachment_path)
        self.draft.attachments = [*self.draft.attachments, attachment_path]
        return {"attachments": list(self.draft.attachments)}

    @user_tool(writes=True)
    def send_composed_email(self) -> str:
        """Send this mail."""
        self.back()
        return self.app.store_draft(self.draft, EmailFolderName.SENT)

    @user_tool(writes=True)
    def save_draft(self) -> str:
        """Keep this mail in the folder DRAFT and leave it."""
        self.back()
        return self.app.store_draft(self.draft, EmailFolderName.DRAFT)

    @user_tool(writes=True)
    def discard_draft(self) -> str:
        """Throw this mail away."""
        self.back()
        return "The draft is thrown away"


def _time(text: str | None, otherwise: float) -> float:
    """`text` as a time; `otherwise` when it is none."""
    try:
        return otherwise if text is None else parse_time(text)
    except ValueError:
        return otherwise
