"""Scenario: a pottery workshop moves, and the calendar and the address book have to follow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from are.simulation.apps.calendar import CalendarEvent
from are.simulation.apps.contacts import Contact, Gender
from are.simulation.scenarios.scenario import ScenarioStatus, ScenarioValidationResult
from are.simulation.types import AbstractEnvironment, Action, EventRegisterer, EventType
from pare.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulCalendarApp, StatefulContactsApp
from pare.scenarios import PAREScenario
from pare.scenarios.utils.registry import register_scenario


@register_scenario("compat_workshop")
class Workshop(PAREScenario):
    """The teacher moves a workshop; the agent rearranges the day and notes the teacher's new number."""

    start_time = datetime(2025, 3, 10, 8, 0, 0, tzinfo=UTC).timestamp()
    status = ScenarioStatus.Valid
    is_benchmark_ready = True

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.agent_ui = PAREAgentUserInterface()
        self.system_app = HomeScreenSystemApp(name="System")
        self.calendar_app = StatefulCalendarApp(name="Calendar")
        self.contacts_app = StatefulContactsApp(name="Contacts")

        self.contacts_app.add_contact(
            Contact(
                first_name="Ines",
                last_name="Duval",
                contact_id="contact-ines",
                gender=Gender.FEMALE,
                email="ines@clay.example",
                phone="555-0199",
                job="Potter",
            )
        )
        self.cousin_id = self.contacts_app.add_new_contact(first_name="Tariq", last_name="Hale", phone="555-0142")
        self.owner = self.contacts_app.get_current_user_details()

        self.workshop_id = self.calendar_app.add_calendar_event(
            title="Pottery workshop",
            start_datetime="2025-03-10 14:00:00",
            end_datetime="2025-03-10 16:00:00",
            tag="craft",
            location="Kiln Street 4",
            attendees=["Ines Duval"],
        )
        self.calendar_app.set_calendar_event(
            CalendarEvent(
                event_id="event-lunch",
                title="Lunch with Tariq",
                start_datetime=datetime(2025, 3, 10, 12, 0, 0, tzinfo=UTC).timestamp(),
                end_datetime=datetime(2025, 3, 10, 13, 0, 0, tzinfo=UTC).timestamp(),
                attendees=["Tariq Hale"],
            )
        )
        self.calendar_app.set_calendar_event(
            CalendarEvent(
                event_id="event-glaze",
                title="Glaze order",
                start_datetime=datetime(2025, 3, 11, 9, 0, 0, tzinfo=UTC).timestamp(),
                end_datetime=datetime(2025, 3, 11, 10, 0, 0, tzinfo=UTC).timestamp(),
            )
        )
        self.calendar_app.add_event(CalendarEvent(title="An event that no calendar holds"))
        self.apps = [self.agent_ui, self.system_app, self.calendar_app, self.contacts_app]

    def build_events_flow(self) -> None:
        aui = self.get_typed_app(PAREAgentUserInterface)
        calendar_app = self.get_typed_app(StatefulCalendarApp, "Calendar")
        contacts_app = self.get_typed_app(StatefulContactsApp, "Contacts")

        with EventRegisterer.capture_mode():
            moved = calendar_app.add_calendar_event_by_attendee(
                who_add="Ines Duval",
                title="Pottery workshop, new time",
                start_datetime="2025-03-10 12:30:00",
                end_datetime="2025-03-10 14:30:00",
                location="Kiln Street 4",
                attendees=["Ines Duval"],
            ).delayed(20)
            cancelled = calendar_app.delete_calendar_event_by_attendee(
                event_id=self.workshop_id, who_delete="Ines Duval"
            ).depends_on(moved, delay_seconds=2)
            refused = calendar_app.delete_calendar_event_by_attendee(
                event_id="event-lunch", who_delete="Ines Duval"
            ).depends_on(cancelled, delay_seconds=1)
            proposal = (
                aui.send_message_to_user(content="The workshop now overlaps with lunch. Shall I move lunch to 11:00?")
                .oracle()
                .depends_on(cancelled, delay_seconds=4)
            )
            accept = aui.accept_proposal(content="Good idea.").oracle().depends_on(proposal, delay_seconds=4)
            today = calendar_app.read_today_calendar_events().oracle().depends_on(accept, delay_seconds=1)
            window = (
                calendar_app.get_calendar_events_from_to(
                    start_datetime="2025-03-10 00:00:00", end_datetime="2025-03-12 00:00:00"
                )
                .oracle()
                .depends_on(today, delay_seconds=1)
            )
            searched = calendar_app.search_events(query="lunch").oracle().depends_on(window, delay_seconds=1)
            shown = (
                calendar_app.get_calendar_event(event_id="event-lunch").oracle().depends_on(searched, delay_seconds=1)
            )
            edited = (
                calendar_app.edit_calendar_event(
                    event_id="event-lunch", start_datetime="2025-03-10 11:00:00", end_datetime="2025-03-10 12:00:00"
                )
                .oracle()
                .depends_on(shown, delay_seconds=1)
            )
            dropped = (
                calendar_app.delete_calendar_event(event_id="event-glaze").oracle().depends_on(edited, delay_seconds=1)
            )
            unknown = (
                calendar_app.delete_calendar_event(event_id="event-glaze").oracle().depends_on(dropped, delay_seconds=1)
            )
            added = (
                calendar_app.add_calendar_event(
                    title="Glaze order", start_datetime="2025-03-12 09:00:00", end_datetime="2025-03-12 10:00:00"
                )
                .oracle()
                .depends_on(dropped, delay_seconds=2)
            )
            people = contacts_app.get_contacts(offset=0).oracle().depends_on(added, delay_seconds=1)
            teacher = contacts_app.search_contacts(query="duval").oracle().depends_on(people, delay_seconds=1)
            card = contacts_app.get_contact(contact_id="contact-ines").oracle().depends_on(teacher, delay_seconds=1)
            renewed = (
                contacts_app.edit_contact(contact_id="contact-ines", updates={"phone": "555-0200"})
                .oracle()
                .depends_on(card, delay_seconds=1)
            )
            owner = contacts_app.get_current_user_details().oracle().depends_on(renewed, delay_seconds=1)
            supplier = (
                contacts_app.add_new_contact(first_name="Bo", last_name="Karlsen", job="Glaze supplier")
                .oracle()
                .depends_on(owner, delay_seconds=1)
            )

        self.events = [
            moved, cancelled, refused, proposal, accept, today, window, searched, shown, edited,
            dropped, unknown, added, people, teacher, card, renewed, owner, supplier,
        ]  # fmt: skip

    def validate(self, env: AbstractEnvironment) -> ScenarioValidationResult:
        try:
            agent_events = [e for e in env.event_log.list_view() if e.event_type == EventType.AGENT]
            lunch_moved = any(
                isinstance(e.action, Action)
                and e.action.class_name == "StatefulCalendarApp"
                and e.action.function_name == "edit_calendar_event"
                and e.action.args.get("event_id") == "event-lunch"
                and e.action.args.get("start_datetime") == "2025-03-10 11:00:00"
                for e in agent_events
            )
            number_noted = any(
                isinstance(e.action, Action)
                and e.action.function_name == "edit_contact"
                and e.action.args.get("updates", {}).get("phone") == "555-0200"
                for e in agent_events
            )
            return ScenarioValidationResult(success=lunch_moved and number_noted)
        except Exception as e:  # noqa: BLE001 - as published scenarios do
            return ScenarioValidationResult(success=False, exception=e)
