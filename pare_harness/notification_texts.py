"""What a notification shows of an event: one table from app and method to the arguments shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pare_harness.events import CompletedEvent

PREVIEW = 20
"""Characters of a long text that a user's notification shows."""


@dataclass(frozen=True)
class Text:
    """A headline and the arguments below it: those the user's notification shows, and those the agent's shows.

    `previewed` names an argument that the user sees the beginning of, and the agent in full; it comes last for both. An
    argument that was not given, or is empty, has no line.
    """

    headline: str
    user: tuple[str, ...] = ()
    agent: tuple[str, ...] | None = None
    previewed: str | None = None

    def for_user(self, args: Mapping[str, Any]) -> str:
        return self._render(args, self.user, PREVIEW)

    def for_agent(self, args: Mapping[str, Any]) -> str:
        return self._render(args, self.user if self.agent is None else self.agent, None)

    def _render(self, args: Mapping[str, Any], shown: tuple[str, ...], length: int | None) -> str:
        values = {name: args.get(name) for name in shown}
        if self.previewed is not None:
            values[self.previewed] = _shortened(str(args.get(self.previewed) or ""), length)
        lines = [f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in values.items() if _given(value)]
        return "\n".join([self.headline, *lines])


_SENT = Text("New email", ("sender", "subject"), previewed="content")
_PARTICIPANT = ("conversation_id", "user_id")
_EVENT = ("who_add", "title", "start_datetime")
_OFFER = ("product_id", "price", "available")
_LISTING = ("name", "location", "price")

TEXTS: dict[str, Text] = {
    "StatefulEmailApp__send_email_to_user_only": _SENT,
    "StatefulEmailApp__send_email_to_user_with_id": _SENT,
    "StatefulEmailApp__reply_to_email_from_user": Text(
        "New reply to an email", ("sender",), ("sender", "email_id"), previewed="content"
    ),
    "StatefulEmailApp__create_and_add_email": Text(
        "New email", ("sender", "subject"), ("sender", "recipients", "subject"), previewed="content"
    ),
    "StatefulMessagingApp__create_and_add_message": Text(
        "New message", ("sender_id", "conversation_id"), previewed="content"
    ),
    "StatefulMessagingApp__create_group_conversation": Text("New group conversation", ("user_ids", "title")),
    "StatefulMessagingApp__add_participant_to_conversation": Text("Participant joined a conversation", _PARTICIPANT),
    "StatefulMessagingApp__remove_participant_from_conversation": Text("Participant left a conversation", _PARTICIPANT),
    "StatefulMessagingApp__change_conversation_title": Text("Conversation renamed", ("conversation_id", "title")),
    "StatefulCalendarApp__add_calendar_event_by_attendee": Text(
        "New calendar event", _EVENT, (*_EVENT, "end_datetime", "description", "location", "attendees")
    ),
    "StatefulCalendarApp__delete_calendar_event_by_attendee": Text(
        "Calendar event deleted", ("event_id", "who_delete")
    ),
    "StatefulShoppingApp__add_product": Text("New product", ("name",)),
    "StatefulShoppingApp__add_item_to_product": Text("New item of a product", _OFFER, (*_OFFER, "options")),
    "StatefulShoppingApp__update_item": Text("Item changed", ("item_id", "new_price", "new_availability")),
    "StatefulShoppingApp__add_discount_code": Text("New discount code", ("item_id",), ("item_id", "discount_code")),
    "StatefulShoppingApp__update_order_status": Text("Order status changed", ("order_id", "status")),
    "StatefulShoppingApp__cancel_order": Text("Order cancelled", ("order_id",)),
    "StatefulCabApp__cancel_ride": Text("Ride cancelled", ("who_cancel", "message")),
    "StatefulCabApp__update_ride_status": Text("Ride status changed", ("status", "message")),
    "StatefulCabApp__end_ride": Text("Ride ended"),
    "StatefulApartmentApp__add_new_apartment": Text(
        "New apartment",
        _LISTING,
        (
            *_LISTING,
            "zip_code",
            "number_of_bedrooms",
            "number_of_bathrooms",
            "square_footage",
            "property_type",
            "furnished_status",
            "floor_level",
            "pet_policy",
            "lease_term",
            "amenities",
        ),
    ),
    "StatefulApartmentApp__update_apartment": Text("Apartment changed", ("apartment_id", "new_price")),
    "StatefulApartmentApp__delete_apartment": Text("Apartment removed", ("apartment_id",)),
    "StatefulNotesApp__delete_folder": Text("Notes folder deleted", ("folder_name",)),
}
"""By tool name, `<app class>__<method>`. What is not here is not announced."""


def user_view(event: CompletedEvent) -> str | None:
    """The user's notification of `event`; None when the event failed or is not announced."""
    text = _text(event)
    return None if text is None else text.for_user(event.get_args())


def agent_view(event: CompletedEvent) -> str | None:
    """The agent's notification of `event`, which shows more; None when the event failed or is not announced."""
    text = _text(event)
    return None if text is None else text.for_agent(event.get_args())


def _text(event: CompletedEvent) -> Text | None:
    return None if event.failed() else TEXTS.get(event.tool_name)


def _shortened(text: str, length: int | None) -> str:
    return text if length is None or len(text) <= length else f"{text[:length]}..."


def _given(value: object) -> bool:
    return value is not None and value not in ("", [], {})


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {entry}" for key, entry in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
