import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps import SandboxLocalFileSystem, StatefulEmailApp
from pare_harness.apps.email_data import ComposeDraft, Email, EmailFolder, EmailFolderName
from pare_harness.apps.email_screens import ComposeEmail, EmailDetail, MailboxView
from pare_harness.clock import DEFAULT_START, TimeManager
from pare_harness.context import fresh_id
from pare_harness.events import EventType, OperationType
from tests.pare_harness.driving import Phone, phone

INBOX, SENT, DRAFT, TRASH = EmailFolderName
ME = "john@pare.com"
ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def files() -> SandboxLocalFileSystem:
    """Holds /lease.txt, and the empty /Downloads."""
    files = SandboxLocalFileSystem(name="Files")
    files.mkdir("/Downloads")
    with files.open("/lease.txt", "wb") as file:
        file.write(b"two years")
    return files


@pytest.fixture
def app(files: SandboxLocalFileSystem) -> StatefulEmailApp:
    """An inbox with the mails `lunch` from Ann and, newer, `lease` from Bob with an attachment."""
    app = StatefulEmailApp(name="Emails", internal_fs=files)
    app.register_time_manager(TimeManager(DEFAULT_START))
    for sender, subject, ago in ((ANN, "Lunch", 7200), (BOB, "Lease", 3600)):
        app.add_email(Email(sender, [ME], subject, f"About {subject}", subject.lower(), timestamp=DEFAULT_START - ago))
    app.add_attachment(app.folders[INBOX].get_email_by_id("lease"), "/lease.txt")
    return app


@pytest.fixture
def env(app: StatefulEmailApp, files: SandboxLocalFileSystem) -> Phone:
    return phone(app, files)


def ids(app: StatefulEmailApp, folder: EmailFolderName) -> list[str]:
    return [email.email_id for email in app.folders[folder].emails]


def last(app: StatefulEmailApp, folder: EmailFolderName) -> dict[str, Any]:
    email = app.folders[folder].emails[0]
    return {
        name: getattr(email, name) for name in ("sender", "recipients", "subject", "content", "parent_id", "is_read")
    }


class TestEmail:
    def test_has_an_id_and_lists_of_its_own(self) -> None:
        one, other = Email(email_id="", cc=None), Email()  # type: ignore[arg-type]  # None is taken for no copies
        assert len({one.email_id, other.email_id, ""}) == 3
        assert one.cc == []
        assert one.recipients is not other.recipients

    @pytest.mark.parametrize("addresses", [{"sender": "ann"}, {"recipients": ["ann"]}, {"cc": ["ann"]}])
    def test_takes_addresses_only(self, addresses: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="address 'ann' of a mail; expected name@domain"):
            Email(**addresses)

    def test_attaches_files_of_the_host(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"x")
        email = Email(attachments=None)
        email.add_attachment(str(tmp_path / "a.txt"))
        assert email.attachments == {"a.txt": b64encode(b"x")}
        with pytest.raises(ValueError, match=r"b\.txt"):
            email.add_attachment(str(tmp_path / "b.txt"))

    def test_sums_itself_up_on_a_line(self) -> None:
        assert Email(ANN, subject="Lunch", timestamp=DEFAULT_START).summary == f"{ANN}: Lunch (2025-01-01 00:00:00)"


class TestEmailFolder:
    @given(times=st.lists(st.integers(0, 3), max_size=8))
    def test_is_newest_first_and_keeps_the_order_of_equal_times(self, times: list[int]) -> None:
        folder = EmailFolder(INBOX)
        for count, time in enumerate(times):
            folder.add_email(Email(email_id=f"{count}", timestamp=time))
        expected = sorted(range(len(times)), key=lambda count: (-times[count], count))
        assert [email.email_id for email in folder.emails] == [str(count) for count in expected]

    def test_pages_say_where_they_are(self, app: StatefulEmailApp) -> None:
        page = app.folders[INBOX].get_emails(1, 5)
        assert [email.email_id for email in page.emails] == ["lunch"]
        assert (page.emails_range, page.total_returned_emails, page.total_emails) == ((1, 2), 1, 2)

    @pytest.mark.parametrize("idx", [-1, 2])
    def test_positions_outside_are_refused(self, app: StatefulEmailApp, idx: int) -> None:
        with pytest.raises(ValueError, match=f"idx={idx}; INBOX holds 2 mails, counted from 0"):
            app.folders[INBOX].get_email(idx)


class TestConstruction:
    def test_all_folders_are_there(self) -> None:
        given = EmailFolder(SENT, [Email(email_id="x")])
        app = StatefulEmailApp(folders={SENT: given})
        assert list(app.folders) == [INBOX, SENT, DRAFT, TRASH]
        assert app.folders[SENT] is given
        assert app.name == "StatefulEmailApp"

    def test_the_owner_is_john_unless_told(self) -> None:
        assert StatefulEmailApp().user_email == ME
        assert StatefulEmailApp(user_email=ANN).user_email == ANN
        with pytest.raises(ValueError, match="user_email='ann'; expected name@domain"):
            StatefulEmailApp(user_email="ann")


class TestReceiving:
    def test_a_mail_arrives_unread_and_now(self, app: StatefulEmailApp) -> None:
        app.time_manager.add_offset(60)
        assert app.send_email_to_user_with_id("m1", ANN, "Hi", "there", attachment_paths=["/lease.txt"]) == "m1"
        email = app.folders[INBOX].get_email_by_id("m1")
        assert (email.recipients, email.timestamp, email.is_read) == ([ME], app.now(), False)
        assert email.attachments == {"lease.txt": b64encode(b"two years")}

    def test_a_mail_gets_an_id(self, app: StatefulEmailApp) -> None:
        assert app.send_email_to_user_only(ANN, "Hi") in ids(app, INBOX)

    def test_to_an_owner_who_changed_her_address(self, app: StatefulEmailApp) -> None:
        app.user_email = BOB
        app.send_email_to_user_only(ANN)
        assert last(app, INBOX)["recipients"] == [BOB]

    def test_an_answer_refers_to_what_was_sent(self, app: StatefulEmailApp) -> None:
        sent = app.send_email([ANN], "Lunch")
        app.reply_to_email_from_user(ANN, sent, "Yes")
        assert last(app, INBOX) == {
            "sender": ANN,
            "recipients": [ME],
            "subject": "Re: Lunch",
            "content": "Yes",
            "parent_id": sent,
            "is_read": False,
        }

    def test_only_recipients_of_a_sent_mail_answer(self, app: StatefulEmailApp) -> None:
        sent = app.send_email([ANN], "Lunch")
        with pytest.raises(ValueError, match=rf"sender='{BOB}'; expected one of the recipients \['{ANN}'\]"):
            app.reply_to_email_from_user(BOB, sent)
        with pytest.raises(ValueError, match="email_id='lunch' is not in SENT"):
            app.reply_to_email_from_user(ANN, "lunch")

    def test_bad_senders_and_missing_files_are_refused(self, app: StatefulEmailApp) -> None:
        with pytest.raises(ValueError, match="address 'ann' of a mail"):
            app.send_email_to_user_with_id("m1", "ann")
        with pytest.raises(ValueError, match="attachment '/no': path='/no' does not exist"):
            app.send_email_to_user_with_id("m1", ANN, attachment_paths=["/no"])
        assert len(ids(app, INBOX)) == 2

    def test_mails_are_put_into_any_folder(self, app: StatefulEmailApp) -> None:
        assert app.create_and_add_email(ME, [ANN], "Plan", folder_name="DRAFT") == ids(app, DRAFT)[0]
        assert app.create_and_add_email_with_time(ME, [ANN], "Plan", "", "2024-12-31 00:00:00", "sent") in ids(
            app, SENT
        )
        email = app.folders[SENT].emails[0]
        assert (email.timestamp, email.is_read) == (DEFAULT_START - 86400, True)
        for call in (app.create_and_add_email, app.create_and_add_email_with_time):
            with pytest.raises(
                ValueError, match=r"folder 'SPAM'; expected one of \['INBOX', 'SENT', 'DRAFT', 'TRASH'\]"
            ):
                call(ANN, folder_name="SPAM")
        with pytest.raises(ValueError, match="email_time='soon'; expected a UTC time"):
            app.create_and_add_email_with_time(ANN, email_time="soon")

    def test_ready_made_mails_are_taken(self, app: StatefulEmailApp) -> None:
        assert app.add_email(Email(email_id="x"), TRASH) == "x"
        assert app.send_email_to_user(Email(email_id="y")) == "y"
        assert (ids(app, TRASH), ids(app, INBOX)[0]) == (["x"], "y")
        with pytest.raises(AssertionError, match="email='x'; expected an Email"):
            app.add_email("x")  # type: ignore[arg-type]  # the error under test
        with pytest.raises(AssertionError, match="folder_name='TRASH'; expected one of"):
            app.add_email(Email(), "TRASH")  # type: ignore[arg-type]  # the error under test


class TestSending:
    def test_keeps_a_copy(self, app: StatefulEmailApp) -> None:
        email_id = app.send_email([ANN], "Hi", "there", [BOB], ["/lease.txt"])
        email = app.folders[SENT].get_email_by_id(email_id)
        assert (email.sender, email.recipients, email.cc, list(email.attachments or {})) == (
            ME,
            [ANN],
            [BOB],
            ["lease.txt"],
        )

    def test_refuses_bad_addresses_wrong_types_and_missing_files(self, app: StatefulEmailApp) -> None:
        with pytest.raises(ValueError, match="address 'ann' of a mail"):
            app.send_email(["ann"])
        with pytest.raises(ValueError, match="attachment '/no'"):
            app.send_email([ANN], attachment_paths=["/no"])
        with pytest.raises(TypeError, match=r"recipients='ann@example\.org'; expected list"):
            app.send_email(ANN)  # type: ignore[arg-type]  # the error under test
        assert ids(app, SENT) == []

    def test_an_answer_goes_to_the_sender(self, app: StatefulEmailApp) -> None:
        app.reply_to_email("lunch", content="Yes")
        assert last(app, SENT) == {
            "sender": ME,
            "recipients": [ANN],
            "subject": "Re: Lunch",
            "content": "Yes",
            "parent_id": "lunch",
            "is_read": False,
        }

    def test_an_answer_to_ones_own_answer_goes_to_the_first_sender(self, app: StatefulEmailApp) -> None:
        first = app.reply_to_email("lunch")
        app.move_email("lunch", dest_folder_name="TRASH")
        second = app.reply_to_email(first, "SENT")
        assert app.folders[SENT].get_email_by_id(second).recipients == [ANN]
        app.folders[TRASH].emails.clear()
        with pytest.raises(ValueError, match="email_id='lunch' is in none of the folders"):
            app.reply_to_email(first, "SENT")

    def test_mails_that_continue_each_other_in_a_circle_have_an_end(self, app: StatefulEmailApp) -> None:
        app.add_email(Email(ME, email_id="egg", parent_id="hen"))
        app.add_email(Email(ME, email_id="hen", parent_id="egg"))
        app.reply_to_email("egg")
        assert last(app, SENT)["recipients"] == [ME]

    def test_forwarding_takes_the_attachments_along(self, app: StatefulEmailApp) -> None:
        app.forward_email("lease", [ANN])
        assert last(app, SENT) == {
            "sender": ME,
            "recipients": [ANN],
            "subject": "FWD: Lease",
            "content": "> About Lease",
            "parent_id": "lease",
            "is_read": False,
        }
        source, sent = app.folders[INBOX].get_email_by_id("lease"), app.folders[SENT].emails[0]
        assert source.is_read
        assert sent.attachments == source.attachments
        assert sent.attachments is not source.attachments

    def test_a_draft_without_a_mail_to_answer_is_no_answer(self, app: StatefulEmailApp) -> None:
        with pytest.raises(ValueError, match="reply_to=None; expected the id"):
            app.send_reply_from_draft(ComposeDraft(recipients=[ANN]))
        app.send_reply_from_draft(ComposeDraft(body="Yes", reply_to="lunch", default_recipients=[ANN]))
        assert last(app, SENT)["recipients"] == [ANN]


class TestKeepingOrder:
    def test_mails_move_between_folders(self, app: StatefulEmailApp) -> None:
        assert app.move_email("lunch") == "lunch"
        assert app.delete_email("lease") == "lease"
        assert (ids(app, INBOX), ids(app, DRAFT), ids(app, TRASH)) == ([], ["lunch"], ["lease"])

    def test_a_move_that_fails_leaves_the_mail(self, app: StatefulEmailApp) -> None:
        with pytest.raises(KeyError, match="folder 'SPAM'; expected one of"):
            app.move_email("lunch", dest_folder_name="SPAM")
        with pytest.raises(ValueError, match="email_id='lunch' is not in SENT"):
            app.delete_email("lunch", "SENT")
        assert ids(app, INBOX) == ["lease", "lunch"]

    def test_lists_are_paged(self, app: StatefulEmailApp) -> None:
        assert [email.email_id for email in app.list_emails("inbox", limit=1).emails] == ["lease"]
        assert app.list_emails("INBOX", 2).emails == []
        with pytest.raises(ValueError, match="offset=3; expected a number from 0 to 2"):
            app.list_emails("INBOX", 3)
        with pytest.raises(KeyError, match="folder 'SPAM'"):
            app.list_emails("SPAM")

    def test_reading_marks_a_mail_as_read(self, app: StatefulEmailApp) -> None:
        assert app.get_email_by_id("lunch").is_read
        assert app.get_email_by_index(0).email_id == "lease"
        assert app.folders[INBOX].get_email_by_id("lease").is_read
        with pytest.raises(ValueError, match="email_id='lunch' is not in SENT"):
            app.get_email_by_id("lunch", "SENT")

    @pytest.mark.parametrize(
        ("query", "found"), [("ANN@", ["lunch"]), ("john", ["lease", "lunch"]), ("about le", ["lease"])]
    )
    def test_searches_ignore_case(self, app: StatefulEmailApp, query: str, found: list[str]) -> None:
        assert [email.email_id for email in app.search_emails(query)] == found
        assert app.search_emails(query, "SENT") == []

    def test_attachments_are_saved(self, app: StatefulEmailApp, files: SandboxLocalFileSystem) -> None:
        assert app.download_attachments("lease") == ["Downloads/lease.txt"]
        assert files.cat("/Downloads/lease.txt") == b"two years"
        assert app.download_attachments("lunch") == []
        with pytest.raises(FileNotFoundError, match="path='/no' does not exist"):
            app.download_attachments("lease", path_to_save="/no")


class TestScreens:
    def test_all_are_reachable(self, app: StatefulEmailApp) -> None:
        assert app.get_state_graph() == {
            "MailboxView": ["ComposeEmail", "EmailDetail", "MailboxView"],
            "EmailDetail": ["ComposeEmail"],
            "ComposeEmail": [],
        }
        assert set(app.get_reachable_states("MailboxView")) == {state.__name__ for state in app.STATES}

    def test_an_unknown_folder_has_no_screen(self) -> None:
        with pytest.raises(ValueError, match="folder 'SPAM'; expected one of"):
            MailboxView("SPAM")

    def test_the_user_reads_and_answers(self, app: StatefulEmailApp, env: Phone) -> None:
        assert env.user(app, "list_emails").total_emails == 2
        env.user(app, "open_email_by_id", email_id="lunch")
        assert isinstance(app.current_state, EmailDetail)
        assert env.user(app, "refresh").is_read
        env.user(app, "reply", content="Yes")
        env.user(app, "forward", recipients=[BOB])
        assert [email.subject for email in app.folders[SENT].emails] == ["Re: Lunch", "FWD: Lunch"]
        assert isinstance(app.current_state, EmailDetail)

    def test_each_action_is_one_event_of_the_user(self, app: StatefulEmailApp, env: Phone) -> None:
        env.user(app, "open_email_by_index", index=1)
        env.user(app, "delete")
        logged = [event for event in env.logged() if event.action.class_name == "StatefulEmailApp"]
        assert [(event.event_type, event.action.function_name, event.action.operation_type) for event in logged] == [
            (EventType.USER, "open_email_by_index", OperationType.READ),
            (EventType.USER, "delete", OperationType.WRITE),
        ]

    @pytest.mark.parametrize("position", [0, 1])
    def test_opening_by_position_shows_that_mail(self, app: StatefulEmailApp, env: Phone, position: int) -> None:
        email = env.user(app, "open_email_by_index", index=position)
        assert isinstance(app.current_state, EmailDetail)
        assert app.current_state.email_id == email.email_id

    def test_a_mail_that_is_not_there_is_not_opened(self, app: StatefulEmailApp, env: Phone) -> None:
        for tool, argument in (("open_email_by_id", {"email_id": "no"}), ("open_email_by_index", {"index": 9})):
            with pytest.raises(ValueError, match=r"no|9"):
                env.user(app, tool, **argument)
            assert isinstance(app.current_state, MailboxView)
        assert app.navigation_stack == []

    def test_searches_are_limited_in_time_and_number(self, app: StatefulEmailApp, env: Phone) -> None:
        def found(**limits: Any) -> list[str]:
            return [email.email_id for email in env.user(app, "search_emails", query="about", **limits)]

        assert found() == ["lease", "lunch"]
        assert found(limit=1) == ["lease"]
        assert found(min_date="2024-12-31 23:00:00") == ["lease"]
        assert found(max_date="2024-12-31 22:59:59") == ["lunch"]
        assert found(min_date="yesterday") == ["lease", "lunch"]

    def test_another_folder_is_another_screen(self, app: StatefulEmailApp, env: Phone) -> None:
        app.send_email([ANN])
        assert env.user(app, "switch_folder", folder_name="sent").total_emails == 1
        assert isinstance(app.current_state, MailboxView)
        assert app.current_state.folder == "SENT"
        with pytest.raises(KeyError, match="folder 'SPAM'"):
            env.user(app, "switch_folder", folder_name="SPAM")
        assert app.current_state.folder == "SENT"

    @pytest.mark.parametrize(
        ("tool", "arguments", "folder"), [("delete", {}, TRASH), ("move", {"destination_folder": "draft"}, DRAFT)]
    )
    def test_a_mail_that_moves_away_closes(
        self, app: StatefulEmailApp, env: Phone, tool: str, arguments: dict[str, str], folder: EmailFolderName
    ) -> None:
        env.user(app, "open_email_by_id", email_id="lunch")
        env.user(app, tool, **arguments)
        assert isinstance(app.current_state, MailboxView)
        assert ids(app, folder) == ["lunch"]

    def test_a_move_that_fails_stays_on_the_mail(self, app: StatefulEmailApp, env: Phone) -> None:
        env.user(app, "open_email_by_id", email_id="lunch")
        with pytest.raises(KeyError, match="folder 'SPAM'"):
            env.user(app, "move", destination_folder="SPAM")
        assert isinstance(app.current_state, EmailDetail)

    def test_attachments_are_saved_by_hand(
        self, app: StatefulEmailApp, env: Phone, files: SandboxLocalFileSystem
    ) -> None:
        env.user(app, "open_email_by_id", email_id="lease")
        assert env.user(app, "download_attachments", path_to_save="~") == ["~/lease.txt"]
        assert files.cat("~/lease.txt") == b"two years"

    def test_a_mail_is_composed_field_by_field(self, app: StatefulEmailApp, env: Phone) -> None:
        assert env.user(app, "start_compose")["draft"]["recipients"] == []
        assert env.user(app, "set_recipients", recipients=[ANN]) == {"recipients": [ANN]}
        assert env.user(app, "add_recipient", recipient=BOB) == {"recipients": [ANN, BOB]}
        assert env.user(app, "set_cc", cc=[ME]) == {"cc": [ME]}
        assert env.user(app, "set_subject", subject="Plan") == {"subject": "Plan"}
        assert env.user(app, "set_body", body="Here") == {"body": "Here"}
        assert env.user(app, "attach_file", attachment_path="/lease.txt") == {"attachments": ["/lease.txt"]}
        email_id = env.user(app, "send_composed_email")
        email = app.folders[SENT].get_email_by_id(email_id)
        assert (email.recipients, email.cc, email.subject, email.content) == ([ANN, BOB], [ME], "Plan", "Here")
        assert list(email.attachments or {}) == ["lease.txt"]
        assert isinstance(app.current_state, MailboxView)

    def test_an_answer_is_composed_with_what_it_answers(self, app: StatefulEmailApp, env: Phone) -> None:
        env.user(app, "open_email_by_id", email_id="lunch")
        assert env.user(app, "start_compose_reply") == {
            "draft": {
                "recipients": [ANN],
                "subject": "Re: Lunch",
                "body": "",
                "reply_to": "lunch",
                "folder_name": "INBOX",
            }
        }
        env.user(app, "add_recipient", recipient=BOB)
        env.user(app, "set_body", body="Yes")
        env.user(app, "send_composed_email")
        assert last(app, SENT)["recipients"] == [ANN, BOB]
        assert last(app, SENT)["parent_id"] == "lunch"
        assert last(app, SENT)["subject"] == "Re: Lunch"
        assert isinstance(app.current_state, EmailDetail)

    def test_a_mail_that_cannot_be_sent_stays_open(self, app: StatefulEmailApp, env: Phone) -> None:
        env.user(app, "start_compose")
        env.user(app, "set_recipients", recipients=["ann"])
        with pytest.raises(ValueError, match="address 'ann'"):
            env.user(app, "send_composed_email")
        with pytest.raises(ValueError, match="attachment '/no'"):
            env.user(app, "attach_file", attachment_path="/no")
        assert isinstance(app.current_state, ComposeEmail)
        assert app.current_state.draft.attachments == []

    @pytest.mark.parametrize(("tool", "kept"), [("save_draft", 1), ("discard_draft", 0)])
    def test_a_draft_is_kept_or_thrown_away(self, app: StatefulEmailApp, env: Phone, tool: str, kept: int) -> None:
        env.user(app, "start_compose")
        env.user(app, "set_cc", cc=[ANN])
        env.user(app, tool)
        assert [email.cc for email in app.folders[DRAFT].emails] == [[ANN]] * kept
        assert isinstance(app.current_state, MailboxView)


ADDRESSES = st.sampled_from([ANN, BOB, ME])
EMAILS = st.builds(
    Email,
    sender=ADDRESSES,
    recipients=st.lists(ADDRESSES),
    subject=st.text(),
    content=st.text(),
    email_id=st.uuids().map(str),
    parent_id=st.none() | st.text(),
    cc=st.lists(ADDRESSES),
    attachments=st.none() | st.dictionaries(st.text(), st.binary()),
    timestamp=st.floats(0, 4e9),
    is_read=st.booleans(),
)


@given(emails=st.lists(st.tuples(EMAILS, st.sampled_from(EmailFolderName))), limit=st.integers(1, 9))
def test_any_state_survives_json(emails: list[tuple[Email, EmailFolderName]], limit: int) -> None:
    app, loaded = StatefulEmailApp(view_limit=limit, user_email=ANN), StatefulEmailApp()
    for email, folder in emails:
        app.add_email(email, folder)
    loaded.load_state(json.loads(json.dumps(app.get_state())))
    assert (loaded.folders, loaded.view_limit, loaded.user_email) == (app.folders, limit, ANN)


def test_ids_are_not_given_twice() -> None:
    app = StatefulEmailApp()
    given = [app.send_email([ANN]) for _ in range(3)]
    app.set_seed(0)
    assert len({*given, app.send_email([ANN]), fresh_id()}) == 5
