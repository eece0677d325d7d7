"""Scenario: a reminder comes up while the notes of a thesis are being tidied."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from are.simulation.apps.sandbox_file_system import SandboxLocalFileSystem
from are.simulation.scenarios.scenario import ScenarioStatus, ScenarioValidationResult
from are.simulation.types import AbstractEnvironment, Action, ConditionCheckEvent, EventRegisterer, EventType
from pare.apps import HomeScreenSystemApp, PAREAgentUserInterface
from pare.apps.note import StatefulNotesApp
from pare.apps.reminder import StatefulReminderApp
from pare.scenarios import PAREScenario
from pare.scenarios.utils.registry import register_scenario

START = datetime(2025, 9, 1, 7, 0, 0, tzinfo=UTC)


@register_scenario("compat_thesis")
class Thesis(PAREScenario):
    """The agent puts the sources in order, and reminders follow the new date of submission."""

    start_time = START.timestamp()
    status = ScenarioStatus.Valid
    is_benchmark_ready = True
    SOURCES = str(Path("Thesis") / "sources.txt")

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.agent_ui = PAREAgentUserInterface()
        self.system_app = HomeScreenSystemApp(name="System")
        self.note_app = StatefulNotesApp(name="Notes")
        self.reminder_app = StatefulReminderApp(name="Reminders")
        self.files_app = SandboxLocalFileSystem(name="Files")
        self.note_app.internal_fs = self.files_app

        self.files_app.makedirs("Thesis", exist_ok=True)
        with self.files_app.open(self.SOURCES, "w") as document:
            document.write("Archive, shelf 12\n")
        with self.files_app.open("Thesis/map.png", "wb") as document:
            document.write(b"a map")

        self.note_app.new_folder("Thesis")
        self.outline = self.note_app.create_note_with_time(
            folder="Thesis",
            title="Outline",
            content="Three chapters on rivers.",
            created_at="2025-08-20 09:00:00",
            updated_at="2025-08-25 09:00:00",
        )
        self.loose = self.note_app.create_note(folder="Inbox", title="Loose ends", content="Ask about the rivers map.")
        self.note_app.add_attachment_to_note(note_id=self.outline, attachment_path=self.SOURCES)
        self.draft = self.reminder_app.add_reminder(
            title="Send the draft",
            due_datetime=(START + timedelta(seconds=30)).strftime("%Y-%m-%d %H:%M:%S"),
            description="To the supervisor",
        )
        self.weekly = self.reminder_app.add_reminder(
            title="Back up",
            due_datetime="2025-09-07 18:00:00",
            description="Copy everything",
            repetition_unit="week",
            repetition_value=1,
        )
        self.apps = [self.agent_ui, self.system_app, self.note_app, self.reminder_app, self.files_app]

    def build_events_flow(self) -> None:  # noqa: PLR0915 - a statement for each event, as published
        aui = self.get_typed_app(PAREAgentUserInterface)
        note_app = self.get_typed_app(StatefulNotesApp, "Notes")
        reminder_app = self.get_typed_app(StatefulReminderApp, "Reminders")

        def accepted(env: AbstractEnvironment) -> bool:
            return any(
                isinstance(e.action, Action) and e.action.function_name == "accept_proposal"
                for e in env.event_log.list_view()
            )

        with EventRegisterer.capture_mode():
            proposal = (
                aui.send_message_to_user(content="The draft is due. Shall I tidy the notes and move the reminder?")
                .oracle()
                .delayed(40)
            )
            accept = aui.accept_proposal(content="Please do.").oracle().depends_on(proposal, delay_seconds=5)
            agreed = ConditionCheckEvent.from_condition(accepted, every_tick=5, timeout=600).delayed(1)
            due = reminder_app.get_due_reminders().oracle().depends_on([accept, agreed], delay_seconds=1)
            reminders = reminder_app.get_all_reminders().oracle().depends_on(due, delay_seconds=1)
            later = (
                reminder_app.update_reminder(
                    reminder_id=self.draft,
                    title="Send the draft",
                    description="To the supervisor",
                    due_datetime="2025-09-03 09:00:00",
                    repetition_unit=None,
                    repetition_value=None,
                )
                .oracle()
                .depends_on(reminders, delay_seconds=1)
            )
            dropped = reminder_app.delete_reminder(reminder_id=self.weekly).oracle().depends_on(later, delay_seconds=1)
            unknown = (
                reminder_app.delete_reminder(reminder_id="reminder-gone").oracle().depends_on(dropped, delay_seconds=1)
            )
            renewed = (
                reminder_app.add_reminder(
                    title="Print", due_datetime="2025-09-05 08:00:00", description="Two copies", repetition_unit=None
                )
                .oracle()
                .depends_on(dropped, delay_seconds=2)
            )
            folders = note_app.list_folders().oracle().depends_on(renewed, delay_seconds=1)
            renamed = (
                note_app.rename_folder(folder="Thesis", new_folder="Rivers")
                .oracle()
                .depends_on(folders, delay_seconds=1)
            )
            listed = (
                note_app.list_notes(folder="Rivers", offset=0, limit=10).oracle().depends_on(renamed, delay_seconds=1)
            )
            found = note_app.search_notes(query="rivers").oracle().depends_on(listed, delay_seconds=1)
            inside = (
                note_app.search_notes_in_folder(query="chapters", folder_name="Rivers")
                .oracle()
                .depends_on(found, delay_seconds=1)
            )
            read = note_app.get_note_by_id(note_id=self.outline).oracle().depends_on(inside, delay_seconds=1)
            moved = (
                note_app.move_note(note_id=self.loose, source_folder_name="Inbox", dest_folder_name="Rivers")
                .oracle()
                .depends_on(read, delay_seconds=1)
            )
            rewritten = (
                note_app.update_note(note_id=self.outline, content="Four chapters on rivers.")
                .oracle()
                .depends_on(moved, delay_seconds=1)
            )
            copied = (
                note_app.duplicate_note(folder_name="Rivers", note_id=self.outline)
                .oracle()
                .depends_on(rewritten, delay_seconds=1)
            )
            misplaced = (
                note_app.duplicate_note(folder_name="Work", note_id=self.outline)
                .oracle()
                .depends_on(copied, delay_seconds=1)
            )
            attached = (
                note_app.add_attachment_to_note(note_id=self.outline, attachment_path="Thesis/map.png")
                .oracle()
                .depends_on(copied, delay_seconds=2)
            )
            names = note_app.list_attachments(note_id=self.outline).oracle().depends_on(attached, delay_seconds=1)
            detached = (
                note_app.remove_attachment(note_id=self.outline, attachment="sources.txt")
                .oracle()
                .depends_on(names, delay_seconds=1)
            )
            archive = note_app.new_folder(folder_name="Archive").oracle().depends_on(detached, delay_seconds=1)
            summary = (
                note_app.create_note(folder="Archive", title="Summary", content="Tidied today.")
                .oracle()
                .depends_on(archive, delay_seconds=1)
            )
            deleted = note_app.delete_note(note_id=self.loose).oracle().depends_on(summary, delay_seconds=1)

        self.events = [
            proposal, accept, agreed, due, reminders, later, dropped, unknown, renewed, folders, renamed, listed, found,
            inside, read, moved, rewritten, copied, misplaced, attached, names, detached, archive, summary, deleted,
        ]  # fmt: skip

    def validate(self, env: AbstractEnvironment) -> ScenarioValidationResult:
        try:
            log_entries = env.event_log.list_view()
            written = [
                e.action
                for e in log_entries
                if e.event_type == EventType.AGENT
                and isinstance(e.action, Action)
                and e.action.class_name in ("StatefulNotesApp", "StatefulReminderApp")
            ]
            names = [action.function_name for action in written]
            later = any(
                action.function_name == "update_reminder" and action.args.get("due_datetime") == "2025-09-03 09:00:00"
                for action in written
            )
            tidied = {"move_note", "update_note", "remove_attachment", "delete_note"} <= set(names)
            return ScenarioValidationResult(success=later and tidied)
        except Exception as e:  # noqa: BLE001 - as published scenarios do
            return ScenarioValidationResult(success=False, exception=e)
