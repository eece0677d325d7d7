from typing import Any

import pytest

from pare_harness import apps
from pare_harness.events import Action, CompletedEvent, ConditionCheckAction, EventMetadata
from pare_harness.notification_texts import TEXTS, agent_view, user_view
from pare_harness.tools import Kind


def event(tool: str, failed: bool = False, **args: Any) -> CompletedEvent:
    """The log's entry of a call with `args`, as it stands after capture, running and logging."""
    app_class, _, method = tool.partition("__")
    app = getattr(apps, app_class)()
    action = Action(getattr(type(app), method), {"self": app, **args}, {"self": app, **args}, app)
    return CompletedEvent(action=action, metadata=EventMetadata(exception="no" if failed else None))


LONG = "The parcel is with your neighbour on the second floor."
MAIL = {"sender": "post@example.org", "subject": "Parcel", "content": LONG}


def test_the_user_sees_the_beginning_of_a_mail_and_the_agent_all_of_it() -> None:
    mail = event("StatefulEmailApp__send_email_to_user_only", **MAIL)
    assert user_view(mail) == "New email\nsender: post@example.org\nsubject: Parcel\ncontent: The parcel is with y..."
    assert agent_view(mail) == f"New email\nsender: post@example.org\nsubject: Parcel\ncontent: {LONG}"


def test_a_text_of_twenty_characters_is_shown_whole() -> None:
    mail = event("StatefulEmailApp__send_email_to_user_only", **MAIL | {"content": "x" * 20})
    assert str(user_view(mail)).endswith(f"content: {'x' * 20}")


def test_what_was_not_given_has_no_line() -> None:
    mail = event("StatefulEmailApp__create_and_add_email", **MAIL, recipients=None, folder_name="INBOX")
    assert "recipients" not in str(agent_view(mail))
    assert agent_view(event("StatefulCabApp__end_ride")) == "Ride ended"


def test_zero_and_false_are_shown() -> None:
    change = event("StatefulShoppingApp__update_item", item_id="i", new_price=0.0, new_availability=False)
    assert user_view(change) == "Item changed\nitem id: i\nnew price: 0.0\nnew availability: False"


def test_lists_and_pairs_are_written_out() -> None:
    group = event("StatefulMessagingApp__create_group_conversation", user_ids=["a", "b"], title=None)
    assert user_view(group) == agent_view(group) == "New group conversation\nuser ids: a, b"
    code = event("StatefulShoppingApp__add_discount_code", item_id="i", discount_code={"TEN": 10.0, "SIX": 6.0})
    assert user_view(code) == "New discount code\nitem id: i"
    assert agent_view(code) == "New discount code\nitem id: i\ndiscount code: TEN = 10.0, SIX = 6.0"


def test_a_failed_event_is_not_announced() -> None:
    mail = event("StatefulEmailApp__send_email_to_user_only", failed=True, **MAIL)
    assert user_view(mail) is agent_view(mail) is None


def test_an_event_without_a_text_is_not_announced() -> None:
    read = event("StatefulEmailApp__list_emails", folder_name="INBOX")
    check = CompletedEvent(action=ConditionCheckAction(lambda env: True))
    assert [view(one) for one in (read, check) for view in (user_view, agent_view)] == [None] * 4


@pytest.mark.parametrize("tool", TEXTS)
def test_every_text_is_of_a_method_that_the_world_calls_and_shows_its_parameters(tool: str) -> None:
    app_class, _, method = tool.partition("__")
    registration = getattr(getattr(apps, app_class), method).registration
    text = TEXTS[tool]
    shown = {*text.user, *(text.agent or ()), *([text.previewed] if text.previewed else [])}
    assert Kind.ENV in registration.kinds
    assert shown <= set(registration.parameters.names)
