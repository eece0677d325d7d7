"""Scenario: the choir trip is arranged by email."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from are.simulation.apps import SandboxLocalFileSystem
from are.simulation.apps.email_client import Email, EmailFolderName
from are.simulation.scenarios.scenario import ScenarioStatus, ScenarioValidationResult
from are.simulation.types import AbstractEnvironment, Action, EventRegisterer, EventType
from pare.apps import HomeScreenSystemApp, PAREAgentUserInterface
from pare.apps.email import StatefulEmailApp
from pare.scenarios import PAREScenario
from pare.scenarios.utils.registry import register_scenario


@register_scenario("compat_choir_trip")
class ChoirTrip(PAREScenario):
    """Tickets arrive, the hostel answers, and the agent passes on what the choir needs."""

    start_time = datetime(2025, 11, 18, 9, 0, 0, tzinfo=UTC).timestamp()
    status = ScenarioStatus.Valid
    is_benchmark_ready = True

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.agent_ui = PAREAgentUserInterface()
        self.system_app = HomeScreenSystemApp(name="System")
        self.email_app = StatefulEmailApp(name="Emails")
        self.files_app = SandboxLocalFileSystem(name="Files")
        self.email_app.internal_fs = self.files_app

        self.files_app.makedirs("Downloads", exist_ok=True)
        self.files_app.mkdir("/Choir")
        with self.files_app.open("/Choir/programme.md", "w") as document:
            document.write("# Programme\n\n1. Morning song\n2. Evening song\n")
        with self.files_app.open("/Choir/tickets.pdf", "wb") as document:
            document.write(b"%PDF tickets for fourteen singers")

        asked = Email(
            sender=self.email_app.user_email,
            recipients=["desk@riverside-hostel.example"],
            subject="Rooms for fourteen",
            content="Do you have rooms for fourteen singers on the first weekend of December?",
            email_id="sent-rooms",
            timestamp=datetime(2025, 11, 17, 16, 0, 0, tzinfo=UTC).timestamp(),
        )
        self.email_app.folders[EmailFolderName.SENT].add_email(asked)
        self.email_app.add_email(
            Email(
                sender="board@choir.example",
                recipients=[self.email_app.user_email],
                subject="Who comes along?",
                content="Fourteen singers have said yes.",
                email_id="inbox-singers",
                timestamp=datetime(2025, 11, 16, 8, 0, 0, tzinfo=UTC).timestamp(),
            ),
            EmailFolderName.INBOX,
        )
        self.email_app.create_and_add_email_with_time(
            sender="treasurer@choir.example",
            recipients=[self.email_app.user_email],
            subject="Choir fund",
            content="There are 300 in the fund.",
            email_time="2025-11-15 12:00:00",
            folder_name="INBOX",
        )
        self.email_app.create_and_add_email(
            sender="alto@choir.example",
            recipients=[self.email_app.user_email],
            subject="Scores",
            content="I have them.",
        )
        self.apps = [self.agent_ui, self.system_app, self.email_app, self.files_app]

    def build_events_flow(self) -> None:
        aui = self.get_typed_app(PAREAgentUserInterface)
        email_app = self.get_typed_app(StatefulEmailApp, "Emails")
        files_app = self.get_typed_app(SandboxLocalFileSystem, "Files")

        scores = email_app.folders[EmailFolderName.INBOX].get_email_by_id("inbox-singers")
        email_app.add_attachment(scores, "/Choir/programme.md")

        with EventRegisterer.capture_mode():
            tickets = email_app.send_email_to_user_with_id(
                email_id="mail-tickets",
                sender="sales@northline.example",
                subject="Your tickets",
                content="Attached are the tickets for the choir. Platform 3, 8:12.",
                attachment_paths=["/Choir/tickets.pdf"],
            ).delayed(10)
            hostel = email_app.reply_to_email_from_user(
                sender="desk@riverside-hostel.example",
                email_id="sent-rooms",
                content="We do. Shall we keep them for you?",
            ).delayed(25)
            hint = email_app.send_email_to_user_only(
                sender="weather@north.example", subject="Snow", content="Snow is likely in December."
            ).depends_on(hostel, delay_seconds=5)
            bounced = email_app.send_email_to_user_with_id(
                email_id="mail-bounced", sender="no address", subject="?", content="?"
            ).delayed(30)
            proposal = (
                aui.send_message_to_user(content="The hostel has rooms. Shall I confirm and pass on the tickets?")
                .oracle()
                .depends_on([tickets, hostel, hint], delay_seconds=4)
            )
            accept = aui.accept_proposal(content="Yes, please do both.").oracle().depends_on(proposal, delay_seconds=6)
            listed = (
                email_app.list_emails(folder_name="INBOX", offset=0, limit=10)
                .oracle()
                .depends_on(accept, delay_seconds=1)
            )
            newest = (
                email_app.get_email_by_index(idx=0, folder_name="INBOX").oracle().depends_on(listed, delay_seconds=1)
            )
            elsewhere = (
                email_app.get_email_by_id(email_id="mail-tickets", folder_name="SENT")
                .oracle()
                .depends_on(newest, delay_seconds=1)
            )
            opened = email_app.get_email_by_id(email_id="mail-tickets").oracle().depends_on(elsewhere, delay_seconds=1)
            searched = email_app.search_emails(query="singers").oracle().depends_on(opened, delay_seconds=1)
            saved = (
                email_app.download_attachments(email_id="mail-tickets", path_to_save="Downloads/")
                .oracle()
                .depends_on(searched, delay_seconds=1)
            )
            read = files_app.read_document(file_path="/Choir/programme.md").oracle().depends_on(saved, delay_seconds=1)
            confirmed = (
                email_app.reply_to_email(email_id="inbox-singers", content="The rooms are booked.")
                .oracle()
                .depends_on(read, delay_seconds=2)
            )
            passed_on = (
                email_app.forward_email(email_id="mail-tickets", recipients=["board@choir.example"])
                .oracle()
                .depends_on(confirmed, delay_seconds=2)
            )
            booked = (
                email_app.send_email(
                    recipients=["desk@riverside-hostel.example"],
                    subject="Rooms",
                    content="Please keep fourteen beds.",
                    attachment_paths=["Downloads/tickets.pdf"],
                )
                .oracle()
                .depends_on([passed_on], delay_seconds=2)
            )

        self.events = [
            tickets, hostel, hint, bounced, proposal, accept, listed, newest, elsewhere,
            opened, searched, saved, read, confirmed, passed_on, booked,
        ]  # fmt: skip

    def validate(self, env: AbstractEnvironment) -> ScenarioValidationResult:
        try:
            log_entries = env.event_log.list_view()
            agent_events = [e for e in log_entries if e.event_type == EventType.AGENT and isinstance(e.action, Action)]

            proposal_found = any(
                e.action.class_name == "PAREAgentUserInterface" and e.action.function_name == "send_message_to_user"
                for e in agent_events
            )
            reply_found = any(
                e.action.class_name == "StatefulEmailApp"
                and e.action.function_name == "reply_to_email"
                and e.action.args.get("email_id") == "inbox-singers"
                for e in agent_events
            )
            forward_found = any(
                e.action.class_name == "StatefulEmailApp"
                and e.action.function_name == "forward_email"
                and "board@choir.example" in e.action.args.get("recipients", [])
                for e in agent_events
            )
            booking_found = any(
                e.action.function_name == "send_email" and "fourteen" in e.get_args()["content"] for e in agent_events
            )
            success = proposal_found and reply_found and forward_found and booking_found
            return ScenarioValidationResult(success=success)
        except Exception as e:  # noqa: BLE001 - as published scenarios do
            return ScenarioValidationResult(success=False, exception=e)
