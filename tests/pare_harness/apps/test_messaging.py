import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps import SandboxLocalFileSystem, StatefulMessagingApp
from pare_harness.apps.messaging_data import ConversationV2, FileMessageV2, MessageV2, MessagingAppMode
from pare_harness.apps.messaging_screens import ConversationList, ConversationOpened
from pare_harness.clock import DEFAULT_START, TimeManager
from pare_harness.events import EventType, OperationType
from tests.pare_harness.driving import Phone, phone

ME, ANN, BOB, EVE = "me", "ann-id", "bob-id", "eve-id"
PEOPLE = {"John Doe": ME, "Ann Lee": ANN, "Bob Smith": BOB, "Eve": EVE}


@pytest.fixture
def files() -> SandboxLocalFileSystem:
    """Holds /lease.txt, and the empty /Downloads."""
    files = SandboxLocalFileSystem(name="Files")
    files.mkdir("/Downloads")
    with files.open("/lease.txt", "wb") as file:
        file.write(b"two years")
    return files


@pytest.fixture
def app(files: SandboxLocalFileSystem) -> StatefulMessagingApp:
    """`chat`, with two messages of Ann and one of mine, one minute apart; `trip`, a newer group without any."""
    app = StatefulMessagingApp(name="Messages", internal_fs=files)
    app.register_time_manager(TimeManager(DEFAULT_START))
    app.current_user_id, app.name_to_id = ME, dict(PEOPLE)
    app.id_to_name = {user_id: name for name, user_id in PEOPLE.items()}
    app.add_conversations(
        [
            ConversationV2([ME, ANN], [], "Ann Lee", "chat", DEFAULT_START - 180),
            ConversationV2([ME, ANN, BOB], [], "Trip", "trip", DEFAULT_START - 60),
        ]
    )
    for count, sender in enumerate((ANN, ME, ANN)):
        app.add_message("chat", sender, f"Message {count}", DEFAULT_START - 300 + 60 * count)
    return app


@pytest.fixture
def env(app: StatefulMessagingApp, files: SandboxLocalFileSystem) -> Phone:
    return phone(app, files)


def contents(messages: list[MessageV2]) -> list[str]:
    return [message.content for message in messages]


class TestConversation:
    def test_participants_are_distinct_and_in_order(self) -> None:
        conversation = ConversationV2([BOB, ANN, BOB])
        assert conversation.participant_ids == [BOB, ANN]
        assert conversation.title == "bob-id,ann-id,bob-id"

    def test_the_last_change_never_moves_back(self) -> None:
        conversation = ConversationV2([ANN], last_updated=10.0)
        conversation.update_last_updated(5.0)
        assert conversation.last_updated == 10.0
        conversation.update_last_updated(15.0)
        assert conversation.last_updated == 15.0

    def test_date_ranges_include_both_ends(self, app: StatefulMessagingApp) -> None:
        chat = app.conversations["chat"]
        assert contents(chat.get_messages_in_date_range("2024-12-31 23:56:00", None)) == ["Message 1", "Message 2"]
        assert contents(chat.get_messages_in_date_range(None, "2024-12-31 23:56:00")) == ["Message 0", "Message 1"]
        assert len(chat.get_messages_in_date_range(None, None)) == 3
        with pytest.raises(ValueError, match="max_date='noon'; expected a UTC time"):
            chat.get_messages_in_date_range(None, "noon")

    def test_sums_itself_up_on_a_line(self, app: StatefulMessagingApp) -> None:
        assert app.conversations["chat"].summary == "Ann Lee: 3 messages, last updated 2024-12-31 23:57:00"


class TestUsers:
    def test_the_owner_is_john_unless_told(self) -> None:
        app = StatefulMessagingApp()
        assert app.name_to_id == {"John Doe": app.current_user_id}
        assert app.id_to_name == {app.current_user_id: "John Doe"}
        assert len(app.current_user_id) == 32
        told = StatefulMessagingApp("Messages", ME, "Jane", id_to_name={ANN: "Ann"}, name_to_id={"Ann": ANN})
        assert told.name_to_id == {"Ann": ANN, "Jane": ME}
        assert (told.name, told.current_user_name) == ("Messages", "Jane")

    def test_new_names_get_ids_and_known_ones_keep_theirs(self, app: StatefulMessagingApp) -> None:
        app.add_users(["Zoe", "Eve"])
        app.add_contacts([("Max", "+1 555"), ("Eve", "+1 666")])
        assert app.get_user_id("Eve") == EVE
        assert app.get_user_id("Max") == "+1 555"
        assert app.get_user_name_from_id(app.name_to_id["Zoe"]) == "Zoe"

    def test_unknown_ones_are_none(self, app: StatefulMessagingApp) -> None:
        assert app.get_user_id("eve") is None
        assert app.get_user_name_from_id("no") is None
        assert app.get_user_ids(["Eve", "No"]) == [EVE, None]
        assert app.get_user_names([EVE, "no"]) == ["Eve", None]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("Eve", {"Eve": EVE}),
            ("anne lee", {"Ann Lee": ANN}),
            ("bob", {"Bob Smith": BOB}),
            ("smith bob", {"Bob Smith": BOB}),
            ("Zachary", {}),
        ],
    )
    def test_lookup_forgives_spelling(self, app: StatefulMessagingApp, query: str, found: dict[str, str]) -> None:
        assert app.lookup_user_id(query) == found

    def test_an_exact_name_stands_alone(self, app: StatefulMessagingApp) -> None:
        app.add_users(["Evie"])
        assert list(app.lookup_user_id("Eve")) == ["Eve"]
        assert list(app.lookup_user_id("eve")) == ["Eve", "Evie"]

    def test_a_default_title_names_the_others(self, app: StatefulMessagingApp) -> None:
        assert app.get_default_title([BOB, ME, ANN, "unknown"]) == "Ann Lee, Bob Smith, unknown"

    @pytest.mark.parametrize(
        ("mode", "hint"),
        [
            (MessagingAppMode.NAME, "User ids are internal to this app."),
            (MessagingAppMode.PHONE_NUMBER, "User ids are phone numbers."),
        ],
    )
    def test_every_tool_says_what_an_id_is_once(self, mode: MessagingAppMode, hint: str) -> None:
        app = StatefulMessagingApp(mode=mode)
        app.set_public_texts({}, {"StatefulMessagingApp__search": "Find."})
        for tool in [*app.get_tools(), *app.get_tools()]:
            assert tool.public_description.count(hint) == 1
            assert tool.public_description.endswith(hint)


class TestSending:
    def test_continues_the_conversation_of_two(self, app: StatefulMessagingApp) -> None:
        app.time_manager.add_offset(5)
        assert app.send_message(ANN, "Hi") == "chat"
        message = app.conversations["chat"].messages[-1]
        assert (message.sender_id, message.content, message.timestamp) == (ME, "Hi", app.now())
        assert app.conversations["chat"].last_updated == app.now()

    def test_starts_one_where_there_is_none(self, app: StatefulMessagingApp) -> None:
        conversation = app.conversations[app.send_message(BOB, "Hi")]
        assert (conversation.participant_ids, conversation.title) == ([ME, BOB], "Bob Smith")
        assert app.send_message(BOB) == conversation.conversation_id

    def test_leaves_conversations_under_another_title_alone(self, app: StatefulMessagingApp) -> None:
        app.change_conversation_title("chat", "Old times")
        assert app.send_message(ANN) != "chat"

    def test_attaches_files(self, app: StatefulMessagingApp) -> None:
        app.send_message(ANN, attachment_path="/lease.txt")
        message = app.conversations["chat"].messages[-1]
        assert isinstance(message, FileMessageV2)
        assert (message.attachment_name, message.attachment) == ("lease.txt", b64encode(b"two years"))

    def test_that_fails_leaves_nothing_behind(self, app: StatefulMessagingApp) -> None:
        before = app.get_state()
        with pytest.raises(ValueError, match="user_id='no' is not known; expected an id that lookup_user_id gives"):
            app.send_message("no", "Hi")
        with pytest.raises(ValueError, match="attachment '/no'"):
            app.send_message(BOB, "Hi", "/no")
        with pytest.raises(TypeError, match="content=1; expected str"):
            app.send_message(BOB, 1)  # type: ignore[arg-type]  # the error under test
        assert app.get_state() == before

    def test_a_phone_number_has_a_digit(self) -> None:
        app = StatefulMessagingApp(mode=MessagingAppMode.PHONE_NUMBER)
        assert app.conversations[app.send_message("+1 555")].title == "+1 555"
        with pytest.raises(ValueError, match="user_id='Ann'; expected a phone number"):
            app.send_message("Ann")

    def test_needs_an_owner(self, app: StatefulMessagingApp) -> None:
        app.current_user_id = ""
        with pytest.raises(AssertionError, match="current_user_id=''; expected the id of the phone's owner"):
            app.send_message(ANN)


class TestGroups:
    def test_are_written_to_by_id(self, app: StatefulMessagingApp) -> None:
        assert app.send_message_to_group_conversation("trip", "Hi", "/lease.txt") == "trip"
        assert contents(app.conversations["trip"].messages) == ["Hi"]

    def test_have_three_participants(self, app: StatefulMessagingApp) -> None:
        with pytest.raises(ValueError, match=r"'chat' is no group: it has the participants \['me', 'ann-id'\]"):
            app.send_message_to_group_conversation("chat", "Hi")
        with pytest.raises(ValueError, match=r"conversation_id='no'; expected one of \['chat', 'trip'\]"):
            app.send_message_to_group_conversation("no", "Hi")

    def test_are_called_by_their_participants_or_a_title(self, app: StatefulMessagingApp) -> None:
        named, titled = app.create_group_conversation([EVE, BOB]), app.create_group_conversation([EVE, BOB], "Band")
        assert [app.conversations[one].title for one in (named, titled)] == ["Bob Smith, Eve", "Band"]
        assert app.conversations[named].participant_ids == [EVE, BOB, ME]
        assert app.get_existing_conversation_ids([BOB, EVE]) == [named, titled]

    @pytest.mark.parametrize(
        ("user_ids", "message"),
        [
            ([ANN], r"user_ids=\['ann-id'\]; expected at least 2"),
            ([ANN, ANN], r"user_ids=\['ann-id'\]; expected at least 2"),
            ([ANN, "no"], "user_id='no' is not known"),
        ],
    )
    def test_need_two_known_others(self, app: StatefulMessagingApp, user_ids: list[str], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            app.create_group_conversation(user_ids)
        assert list(app.conversations) == ["chat", "trip"]

    def test_a_default_title_follows_the_participants(self, app: StatefulMessagingApp) -> None:
        group = app.create_group_conversation([BOB, EVE])
        assert app.add_participant_to_conversation(group, ANN) == group
        assert app.conversations[group].title == "Ann Lee, Bob Smith, Eve"
        app.remove_participant_from_conversation(group, BOB)
        assert app.conversations[group].title == "Ann Lee, Eve"
        assert app.conversations[group].participant_ids == [EVE, ME, ANN]

    def test_a_given_title_stays(self, app: StatefulMessagingApp) -> None:
        app.add_participant_to_conversation("trip", EVE)
        assert app.conversations["trip"].title == "Trip"
        app.change_conversation_title("trip", "Sea")
        assert app.conversations["trip"].title == "Sea"

    @pytest.mark.parametrize(
        ("tool", "arguments", "message"),
        [
            ("add_participant_to_conversation", ("trip", ANN), "user_id='ann-id' takes part in 'trip' already"),
            ("add_participant_to_conversation", ("trip", "no"), "user_id='no' is not known"),
            ("add_participant_to_conversation", ("no", ANN), "conversation_id='no'; expected one of"),
            (
                "remove_participant_from_conversation",
                ("trip", EVE),
                "user_id='eve-id'; expected one of the participants",
            ),
            ("remove_participant_from_conversation", ("no", ANN), "conversation_id='no'; expected one of"),
            ("change_conversation_title", ("no", "Sea"), "conversation_id='no'; expected one of"),
        ],
    )
    def test_changes_that_make_no_sense_are_refused(
        self, app: StatefulMessagingApp, tool: str, arguments: tuple[str, str], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            getattr(app, tool)(*arguments)


class TestReceiving:
    def test_messages_are_stamped_with_the_whole_second(self, app: StatefulMessagingApp) -> None:
        app.time_manager.add_offset(1.75)
        app.create_and_add_message("chat", ANN, "Hi")
        assert app.conversations["chat"].messages[-1].timestamp == DEFAULT_START + 1

    def test_messages_are_seeded_now_or_at_any_time(self, app: StatefulMessagingApp) -> None:
        for timestamp in (None, 0, 5.5):
            app.add_message("trip", BOB, "Hi", timestamp)
        assert [one.timestamp for one in app.conversations["trip"].messages] == [DEFAULT_START, 0, 5.5]
        assert app.conversations["trip"].last_updated == DEFAULT_START

    def test_only_participants_of_a_conversation_write(self, app: StatefulMessagingApp) -> None:
        for call in (app.create_and_add_message, app.add_message):
            with pytest.raises(Exception, match="conversation_id='no'; expected one of") as unknown:
                call("no", ANN, "Hi")
            with pytest.raises(Exception, match="sender_id='eve-id'; expected one of") as outside:
                call("chat", EVE, "Hi")
            assert (unknown.type, outside.type) == (Exception, Exception)

    def test_only_conversations_are_added(self, app: StatefulMessagingApp) -> None:
        with pytest.raises(AssertionError, match="conversation='x'; expected a ConversationV2"):
            app.add_conversation("x")  # type: ignore[arg-type]  # the error under test


class TestReading:
    def test_lists_show_the_last_change_first(self, app: StatefulMessagingApp) -> None:
        assert [one.conversation_id for one in app.list_recent_conversations()] == ["trip", "chat"]
        app.create_and_add_message("chat", ANN, "Hi")
        assert [one.conversation_id for one in app.list_recent_conversations(limit=1)] == ["chat"]
        assert app.list_recent_conversations(offset=2) == []

    def test_lists_are_copies_with_the_latest_messages(self, app: StatefulMessagingApp) -> None:
        chat = app.list_recent_conversations(1, 1, 1, 1)[0]
        assert contents(chat.messages) == ["Message 1"]
        chat.messages.clear()
        assert len(app.conversations["chat"].messages) == 3

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"limit": 6}, "limit=6; expected a number from 0 to 5"),
            ({"limit": -1}, "limit=-1; expected a number from 0 to 5"),
            (
                {"limit_recent_messages_per_conversation": 11},
                "limit_recent_messages_per_conversation=11; expected a number from 0 to 10",
            ),
            ({"offset": -1}, "offset=-1; expected a number from 0 to 2"),
            ({"offset": 3}, "offset=3; expected a number from 0 to 2"),
            (
                {"offset_recent_messages_per_conversation": -1},
                "offset_recent_messages_per_conversation=-1; expected at least 0",
            ),
        ],
    )
    def test_lists_have_limits(self, app: StatefulMessagingApp, arguments: dict[str, int], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            app.list_recent_conversations(**arguments)

    def test_lists_by_participant_compare_whole_ids(self, app: StatefulMessagingApp) -> None:
        found = app.list_conversations_by_participant(ANN)
        assert [one.conversation_id for one in found] == ["trip", "chat"]
        assert contents(found[1].messages) == ["Message 2", "Message 1", "Message 0"]
        assert app.list_conversations_by_participant("ann") == []

    def test_the_ids_of_a_conversation_are_exact(self, app: StatefulMessagingApp) -> None:
        assert app.get_existing_conversation_ids([ANN]) == ["chat"]
        assert app.get_existing_conversation_ids([BOB, ME, ANN]) == ["trip"]
        assert app.get_existing_conversation_ids([BOB]) == []
        assert [one.conversation_id for one in app.get_all_conversations()] == ["chat", "trip"]

    def test_messages_are_read_newest_first(self, app: StatefulMessagingApp) -> None:
        read = app.read_conversation("chat", 1, 1)
        assert contents(read["messages"]) == ["Message 1"]
        assert read["metadata"] == {
            "message_range": (1, 2),
            "conversation_length": 3,
            "conversation_id": "chat",
            "conversation_title": "Ann Lee",
        }

    def test_of_messages_of_one_moment_the_later_comes_first(self, app: StatefulMessagingApp) -> None:
        for content in ("a", "b"):
            app.create_and_add_message("trip", BOB, content)
        assert contents(app.read_conversation("trip")["messages"]) == ["b", "a"]

    def test_messages_are_read_within_dates(self, app: StatefulMessagingApp) -> None:
        read = app.read_conversation("chat", min_date="2024-12-31 23:56:00", max_date="2024-12-31 23:56:30")
        assert contents(read["messages"]) == ["Message 1"]
        assert read["metadata"]["conversation_length"] == 1

    def test_only_what_is_there_is_read(self, app: StatefulMessagingApp) -> None:
        with pytest.raises(ValueError, match="conversation_id='no'; expected one of"):
            app.read_conversation("no")
        for offset in (-1, 4):
            with pytest.raises(ValueError, match=f"offset={offset}; expected a number from 0 to 3"):
                app.read_conversation("chat", offset)

    @pytest.mark.parametrize(
        ("query", "found"), [("MESSAGE 1", ["chat"]), ("trip", ["trip"]), ("ANN-id", ["chat", "trip"]), ("e.*1", [])]
    )
    def test_searches_look_at_ids_titles_and_messages(
        self, app: StatefulMessagingApp, query: str, found: list[str]
    ) -> None:
        assert app.search(query) == found

    def test_searches_by_date_limit_the_messages_only(self, app: StatefulMessagingApp) -> None:
        assert app.search("message 0", min_date="2024-12-31 23:56:00") == []
        assert app.search("trip", min_date="2030-01-01 00:00:00") == ["trip"]

    def test_searches_take_regular_expressions(self, app: StatefulMessagingApp) -> None:
        assert app.regex_search("^message [01]$") == ["chat"]
        with pytest.raises(ValueError, match=r"query='\[' is not a regular expression: unterminated"):
            app.regex_search("[")

    def test_attachments_are_saved(self, app: StatefulMessagingApp, files: SandboxLocalFileSystem) -> None:
        app.send_message(ANN, attachment_path="/lease.txt")
        with_file = app.conversations["chat"].messages[-1].message_id
        assert app.download_attachment("chat", with_file) == "Downloads/lease.txt"
        assert files.cat("/Downloads/lease.txt") == b"two years"
        with pytest.raises(FileNotFoundError, match="path='/no' does not exist"):
            app.download_attachment("chat", with_file, "/no")
        for message_id in ("no", app.conversations["chat"].messages[0].message_id):
            with pytest.raises(ValueError, match=f"message_id='{message_id}' of 'chat' is not a message with a file"):
                app.download_attachment("chat", message_id)


class TestScreens:
    def test_all_are_reachable(self, app: StatefulMessagingApp) -> None:
        assert app.get_state_graph() == {"ConversationList": ["ConversationOpened"], "ConversationOpened": []}
        assert app.get_reachable_states() == ["ConversationList", "ConversationOpened"]

    def test_the_list_is_looked_at_and_searched(self, app: StatefulMessagingApp, env: Phone) -> None:
        assert [one.conversation_id for one in env.user(app, "list_recent_conversations", limit=1)] == ["trip"]
        assert env.user(app, "search_conversations", query="ann", limit=1) == ["chat"]
        assert env.user(app, "search_conversations", query="message", max_date="2024-12-31 00:00:00") == []
        assert isinstance(app.current_state, ConversationList)

    @pytest.mark.parametrize("conversation_id", ["chat", "trip"])
    def test_the_user_writes_in_conversations_of_any_size(
        self, app: StatefulMessagingApp, env: Phone, conversation_id: str
    ) -> None:
        read = env.user(app, "open_conversation", conversation_id=conversation_id)
        assert read["metadata"]["conversation_id"] == conversation_id
        assert isinstance(app.current_state, ConversationOpened)
        assert env.user(app, "send_message", content="Hi", attachment_path="/lease.txt") == conversation_id
        assert contents(env.user(app, "read_messages", limit=1)["messages"]) == ["Hi"]
        assert app.conversations[conversation_id].messages[-1].sender_id == ME

    def test_each_action_is_one_event_of_the_user(self, app: StatefulMessagingApp, env: Phone) -> None:
        env.user(app, "open_conversation", conversation_id="chat")
        env.user(app, "send_message", content="Hi")
        logged = [event for event in env.logged() if event.action.class_name == "StatefulMessagingApp"]
        assert [(event.event_type, event.action.function_name, event.action.operation_type) for event in logged] == [
            (EventType.USER, "open_conversation", OperationType.READ),
            (EventType.USER, "send_message", OperationType.WRITE),
        ]

    def test_an_unknown_conversation_is_not_opened(self, app: StatefulMessagingApp, env: Phone) -> None:
        with pytest.raises(ValueError, match="conversation_id='no'"):
            env.user(app, "open_conversation", conversation_id="no")
        assert isinstance(app.current_state, ConversationList)
        assert app.navigation_stack == []


MESSAGES = st.builds(
    MessageV2, sender_id=st.text(), message_id=st.text(), timestamp=st.floats(0, 4e9), content=st.text()
)
FILES = st.builds(
    FileMessageV2,
    sender_id=st.text(),
    message_id=st.text(),
    timestamp=st.floats(0, 4e9),
    content=st.text(),
    attachment=st.none() | st.binary(),
    attachment_name=st.none() | st.text(),
)
CONVERSATIONS = st.builds(
    ConversationV2,
    participant_ids=st.lists(st.text()),
    messages=st.lists(MESSAGES | FILES, max_size=4),
    title=st.none() | st.text(),
    conversation_id=st.text(),
    last_updated=st.floats(0, 4e9),
)


@given(
    conversations=st.lists(CONVERSATIONS, max_size=4), names=st.lists(st.text()), mode=st.sampled_from(MessagingAppMode)
)
def test_any_state_survives_json(conversations: list[ConversationV2], names: list[str], mode: MessagingAppMode) -> None:
    app, loaded = StatefulMessagingApp(mode=mode, messages_view_limit=3), StatefulMessagingApp()
    app.add_conversations(conversations)
    app.add_users(names)
    state: dict[str, Any] = json.loads(json.dumps(app.get_state()))
    loaded.load_state(state)
    assert {name: getattr(loaded, name) for name in app.STATE} == {name: getattr(app, name) for name in app.STATE}
    for key, conversation in app.conversations.items():
        assert list(map(type, loaded.conversations[key].messages)) == list(map(type, conversation.messages))
