import json

from pare_harness.apps.agent_user_interface import PAREAgentUserInterface, Sender
from pare_harness.events import EventType
from pare_harness.notifications import FOR_AGENT, FOR_USER, MessageType
from tests.pare_harness.driving import phone


def test_a_proposal_and_its_answer_are_kept_and_told() -> None:
    aui = PAREAgentUserInterface()
    env = phone(aui)
    assert aui.send_message_to_user(content="May I?") is None
    identity = aui.accept_proposal(content="yes")
    aui.reject_proposal("no")
    assert [(one.sender, one.content) for one in aui.messages] == [
        (Sender.AGENT, "May I?"),
        (Sender.USER, "yes"),
        (Sender.USER, "no"),
    ]
    assert aui.messages[1].id == identity
    assert [one.message for one in env.notification_system.take(FOR_USER, env.current_time)] == ["May I?"]
    told = env.notification_system.take(FOR_AGENT, env.current_time)
    assert [(one.message_type, one.message) for one in told] == [
        (MessageType.USER_MESSAGE, "[ACCEPT]: yes"),
        (MessageType.USER_MESSAGE, "[REJECT]: no"),
    ]
    assert [one.event_type for one in env.logged()] == [EventType.AGENT, EventType.USER, EventType.USER]


def test_reading_marks_as_read() -> None:
    aui = PAREAgentUserInterface()
    aui.send_message_to_agent("hello", attachments=["a.txt"])
    aui.send_message_to_agent("again", base64_utf8_encoded_attachment_contents=[{"b.txt": "Yg=="}])
    assert [one.attachments for one in aui.messages] == [["a.txt"], ["b.txt"]]
    assert not aui.messages[0].already_read
    assert [one.content for one in aui.get_last_unread_messages()] == ["hello", "again"]
    assert aui.get_last_unread_messages() == []
    assert all(one.already_read for one in aui.get_all_messages())


def test_the_latest_messages_are_found() -> None:
    aui = PAREAgentUserInterface()
    assert aui.get_last_message() is aui.get_last_message_from_user() is aui.get_last_message_from_agent() is None
    assert aui.get_last_message_content() == ""
    aui.send_message_to_agent("question")
    aui.add_message_to_user("answer")
    assert aui.get_last_message_content() == "answer"
    assert aui.get_last_message_from_user().content == "question"
    assert aui.get_last_message_from_agent() is aui.get_last_message()


def test_the_conversation_survives_json() -> None:
    aui, other = PAREAgentUserInterface(), PAREAgentUserInterface()
    aui.send_message_to_user("May I?")
    aui.accept_proposal("yes")
    other.load_state(json.loads(json.dumps(aui.get_state())))
    assert other.messages == aui.messages


def test_waiting_is_an_action_of_the_agent() -> None:
    aui = PAREAgentUserInterface()
    env = phone(aui)
    assert aui.wait() == "waiting"
    assert [one.event_type for one in env.logged()] == [EventType.AGENT]
