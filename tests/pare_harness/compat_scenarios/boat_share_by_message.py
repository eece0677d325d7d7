"""Scenario: three friends share a boat and settle its winter berth by message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from are.simulation.apps.messaging_v2 import ConversationV2, MessageV2
from are.simulation.scenarios.scenario import ScenarioStatus, ScenarioValidationResult
from are.simulation.types import AbstractEnvironment, Action, ConditionCheckEvent, EventRegisterer, EventType
from pare.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulMessagingApp
from pare.scenarios import PAREScenario
from pare.scenarios.utils.registry import register_scenario


@register_scenario("compat_boat_share")
class BoatShare(PAREScenario):
    """The harbour asks for an answer; the agent asks the others and replies for the owner."""

    start_time = datetime(2025, 10, 2, 18, 0, 0, tzinfo=UTC).timestamp()
    status = ScenarioStatus.Valid
    is_benchmark_ready = True
    additional_system_prompt = "You share a boat with Lena and Noor."

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.agent_ui = PAREAgentUserInterface()
        self.system_app = HomeScreenSystemApp(name="System")
        self.messaging_app = StatefulMessagingApp(name="Messages")
        self.messaging_app.current_user_id = "owner"
        self.messaging_app.current_user_name = "Ada Olsen"
        self.messaging_app.name_to_id = {"Ada Olsen": "owner"}
        self.messaging_app.id_to_name = {"owner": "Ada Olsen"}
        self.messaging_app.add_users(["Lena Maas", "Noor Aziz"])
        self.messaging_app.add_contacts([("Harbour Office", "+31 20 555 0101")])

        lena = self.messaging_app.name_to_id["Lena Maas"]
        noor = self.messaging_app.get_user_id("Noor Aziz")
        office = self.messaging_app.name_to_id["Harbour Office"]
        yesterday = datetime(2025, 10, 1, 20, 0, 0, tzinfo=UTC).timestamp()
        self.messaging_app.add_conversation(
            ConversationV2(
                participant_ids=[self.messaging_app.current_user_id, office],
                messages=[MessageV2(sender_id=office, content="Winter berths are given out now.", timestamp=yesterday)],
                title="Harbour Office",
                conversation_id="chat-harbour",
                last_updated=yesterday,
            )
        )
        crew = ConversationV2(
            participant_ids=[self.messaging_app.current_user_id, lena, noor], title="Crew", conversation_id="chat-crew"
        )
        crew.update_last_updated(yesterday)
        self.messaging_app.add_conversation(crew)
        self.messaging_app.add_message("chat-crew", lena, "The mast is down.", timestamp=yesterday + 60)
        self.messaging_app.create_group_conversation(user_ids=[lena, office], title="Repairs")
        self.messaging_app.send_message(user_id=lena, content="Thanks for the mast!")
        self.apps = [self.agent_ui, self.system_app, self.messaging_app]

    def build_events_flow(self) -> None:
        aui = self.get_typed_app(PAREAgentUserInterface)
        messaging_app = self.get_typed_app(StatefulMessagingApp, "Messages")
        lena = messaging_app.name_to_id["Lena Maas"]
        noor = messaging_app.name_to_id["Noor Aziz"]
        office = messaging_app.name_to_id["Harbour Office"]
        with_lena = messaging_app.get_existing_conversation_ids([lena])[0]

        def crew_has_answered(env: AbstractEnvironment) -> bool:
            return any(
                e.action.function_name == "create_and_add_message" and e.get_args()["sender_id"] == noor
                for e in env.event_log.list_view()
                if isinstance(e.action, Action)
            )

        with EventRegisterer.capture_mode():
            request = messaging_app.create_and_add_message(
                conversation_id="chat-harbour", sender_id=office, content="Berth 14 is free. Do you want it by tonight?"
            ).delayed(15)
            proposal = (
                aui.send_message_to_user(content="The harbour offers berth 14. Shall I ask the crew and answer?")
                .oracle()
                .depends_on(request, delay_seconds=5)
            )
            accept = aui.accept_proposal(content="Yes, ask them first.").oracle().depends_on(proposal, delay_seconds=5)
            recent = (
                messaging_app.list_recent_conversations(offset=0, limit=5).oracle().depends_on(accept, delay_seconds=1)
            )
            chats = (
                messaging_app.list_conversations_by_participant(user_id=lena)
                .oracle()
                .depends_on(recent, delay_seconds=1)
            )
            person = messaging_app.lookup_user_id(user_name="noor azis").oracle().depends_on(chats, delay_seconds=1)
            found = messaging_app.search(query="mast").oracle().depends_on(person, delay_seconds=1)
            read = messaging_app.read_conversation(conversation_id="chat-crew", offset=0, limit=10).oracle()
            read.depends_on(found, delay_seconds=1)
            asked = (
                messaging_app.send_message_to_group_conversation(
                    conversation_id="chat-crew", content="Berth 14 is free, shall we take it?"
                )
                .oracle()
                .depends_on(read, delay_seconds=2)
            )
            too_few = (
                messaging_app.send_message_to_group_conversation(conversation_id=with_lena, content="And you?")
                .oracle()
                .depends_on(asked, delay_seconds=1)
            )
            answer = messaging_app.create_and_add_message(
                conversation_id="chat-crew", sender_id=noor, content="Take it!"
            ).depends_on(asked, delay_seconds=30)
            stranger = messaging_app.create_and_add_message(
                conversation_id="chat-crew", sender_id=office, content="Wrong chat"
            ).delayed(40)
            answered = ConditionCheckEvent.from_condition(crew_has_answered).depends_on(asked, delay_seconds=1)
            taken = (
                messaging_app.send_message(user_id=office, content="We take berth 14.")
                .oracle()
                .depends_on([answered, answer], delay_seconds=3)
            )
            group = (
                messaging_app.create_group_conversation(user_ids=[lena, noor], title="Winter berth")
                .oracle()
                .depends_on(taken, delay_seconds=2)
            )

        self.events = [
            request, proposal, accept, recent, chats, person, found, read, asked,
            too_few, answer, stranger, answered, taken, group,
        ]  # fmt: skip

    def validate(self, env: AbstractEnvironment) -> ScenarioValidationResult:
        try:
            log_entries = env.event_log.list_view()
            office = self.messaging_app.get_user_id("Harbour Office")
            asked_at = [
                n
                for n, e in enumerate(log_entries)
                if e.event_type == EventType.AGENT
                and isinstance(e.action, Action)
                and e.action.function_name == "send_message_to_group_conversation"
                and e.action.args.get("conversation_id") == "chat-crew"
            ]
            taken_at = [
                n
                for n, e in enumerate(log_entries)
                if e.event_type == EventType.AGENT
                and isinstance(e.action, Action)
                and e.action.class_name == "StatefulMessagingApp"
                and e.action.function_name == "send_message"
                and e.action.resolved_args.get("user_id") == office
            ]
            checks = [e for e in log_entries if e.event_type == EventType.CONDITION]
            if not asked_at or not taken_at or not checks:
                return ScenarioValidationResult(
                    success=False, rationale="The crew was not asked or the harbour not answered"
                )
            return ScenarioValidationResult(success=asked_at[0] < taken_at[0])
        except Exception as e:  # noqa: BLE001 - as published scenarios do
            return ScenarioValidationResult(success=False, exception=e)
