import json
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.files import SandboxLocalFileSystem
from pare_harness.apps.note import (
    EditNote,
    FolderList,
    Note,
    NoteDetail,
    NoteList,
    NotesFolder,
    ReturnedNotes,
    StatefulNotesApp,
)
from pare_harness.clock import DEFAULT_START, parse_time
from pare_harness.events import EventType
from tests.pare_harness.driving import phone

EIGHT = "2024-12-01 08:00:00"
NINE = "2024-12-01 09:00:00"


@pytest.fixture
def notes() -> StatefulNotesApp:
    return StatefulNotesApp("Notes")


class TestFolders:
    def test_three_always_exist(self) -> None:
        app = StatefulNotesApp(folders={"Recipes": NotesFolder("Recipes")})
        assert app.name == "note"
        assert app.list_folders() == ["Inbox", "Personal", "Work", "Recipes"]

    def test_are_made_renamed_in_place_and_deleted(self, notes: StatefulNotesApp) -> None:
        assert [notes.new_folder("A"), notes.new_folder("B")] == ["A", "B"]
        note_id = notes.create_note("A", "Milk")
        assert notes.rename_folder("A", "C") == "C"
        assert notes.list_folders() == ["Inbox", "Personal", "Work", "C", "B"]
        assert (notes.folders["C"].folder_name, list(notes.folders["C"].notes)) == ("C", [note_id])
        assert notes.delete_folder("C") == "C"
        assert notes.search_notes("Milk") == []

    @pytest.mark.parametrize("name", ["Inbox", "Personal", "Work"])
    def test_default_ones_stay(self, notes: StatefulNotesApp, name: str) -> None:
        with pytest.raises(KeyError, match=rf"folder '{name}' always stays as it is; expected one of \[\]"):
            notes.delete_folder(name)
        with pytest.raises(KeyError, match=f"folder '{name}' always stays"):
            notes.rename_folder(name, "New")

    def test_names_are_taken_once(self, notes: StatefulNotesApp) -> None:
        notes.new_folder("A")
        for take in (lambda: notes.new_folder("Work"), lambda: notes.rename_folder("A", "Work")):
            with pytest.raises(KeyError, match="folder 'Work' exists"):
                take()

    def test_unknown_ones_are_key_errors_except_in_listings(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note()
        calls = [
            lambda: notes.create_note("X"),
            lambda: notes.delete_folder("X"),
            lambda: notes.rename_folder("X", "Y"),
            lambda: notes.search_notes_in_folder("a", "X"),
            lambda: notes.move_note(note_id, "X", "Work"),
            lambda: notes.move_note(note_id, "Inbox", "X"),
            lambda: notes.duplicate_note("X", note_id),
            lambda: notes.open_folder("X"),
        ]
        for call in calls:
            with pytest.raises(KeyError, match=r"folder 'X'; expected one of \['Inbox', 'Personal', 'Work'\]"):
                call()
        with pytest.raises(ValueError, match="folder='X'; expected one of"):
            notes.list_notes("X")
        assert list(notes.folders["Inbox"].notes) == [note_id]

    def test_give_single_notes(self) -> None:
        folder = NotesFolder("A")
        note = Note("n", "Milk", "two bottles")
        folder.add_note(note)
        assert folder.get_note(0) is folder.get_note_by_id("n") is note
        assert folder.get_note_by_id("x") is None
        assert folder.search_notes("BOTTLE") == [note]
        for idx in (-1, 1):
            with pytest.raises(IndexError, match=f"idx={idx} in folder 'A'; expected 0 to 0"):
                folder.get_note(idx)
        assert [folder.remove_note("n"), folder.remove_note("n")] == [True, False]


class TestWriting:
    def test_notes_are_dated_now(self, notes: StatefulNotesApp) -> None:
        note = notes.get_note_by_id(notes.create_note("Work", "Milk", "two bottles", pinned=True))
        assert note == Note(note.note_id, "Milk", "two bottles", True, {}, DEFAULT_START, DEFAULT_START)
        assert list(notes.folders["Work"].notes) == [note.note_id]

    def test_past_notes_keep_their_times_and_make_their_folder(self, notes: StatefulNotesApp) -> None:
        note = notes.note(notes.create_note_with_time("Recipes", "Soup", "Leek", True, EIGHT, NINE))
        assert note == Note(note.note_id, "Soup", "Leek", True, {}, parse_time(EIGHT), parse_time(NINE))
        assert notes.list_folders()[-1] == "Recipes"
        assert notes.note(notes.create_note_with_time(created_at=EIGHT)).updated_at == parse_time(EIGHT)
        assert notes.note(notes.create_note_with_time()).created_at == DEFAULT_START

    @pytest.mark.parametrize(
        ("created", "updated", "message"),
        [
            ("early", None, "created_at='early'; expected a UTC time"),
            (EIGHT, "late", "updated_at='late'; expected a UTC time"),
            (NINE, EIGHT, f"updated_at='{EIGHT}'; expected no time before created_at='{NINE}'"),
        ],
    )
    def test_times_must_make_sense(
        self, notes: StatefulNotesApp, created: str, updated: str | None, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            notes.create_note_with_time("Recipes", created_at=created, updated_at=updated)
        assert "Recipes" not in notes.folders

    @pytest.mark.parametrize("title", ["", "  "])
    def test_a_blank_title_is_the_beginning_of_the_content(self, notes: StatefulNotesApp, title: str) -> None:
        ids = [notes.create_note(title=title, content="x" * 60), notes.create_note_with_time(title=title, content="y")]
        assert [notes.note(note_id).title for note_id in ids] == ["x" * 50, "y"]

    def test_an_update_changes_what_is_not_blank(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note_with_time("Work", "Milk", "one", created_at=EIGHT)
        before = notes.get_note_by_id(note_id)
        assert notes.update_note(note_id, content="two") == note_id
        assert notes.update_note(note_id, title="Cream", content=" ") == note_id
        after = notes.get_note_by_id(note_id)
        assert (after.title, after.content, after.updated_at) == ("Cream", "two", DEFAULT_START)
        assert (before.title, before.content, before.updated_at) == ("Milk", "one", parse_time(EIGHT))

    def test_an_update_needs_a_text(self, notes: StatefulNotesApp) -> None:
        with pytest.raises(ValueError, match="title=None and content='' are blank"):
            notes.update_note(notes.create_note(), content="")

    def test_a_copy_is_a_new_unpinned_note(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note_with_time("Work", "Milk", "two", pinned=True, created_at=EIGHT)
        notes.note(note_id).attach("a.txt", b"YQ==")
        copy = notes.note(notes.duplicate_note("Work", note_id))
        assert copy == Note(
            copy.note_id, "Copy of Milk", "two", False, {"a.txt": b"YQ=="}, DEFAULT_START, DEFAULT_START
        )
        notes.remove_attachment(copy.note_id, "a.txt")
        assert notes.list_attachments(note_id) == ["a.txt"]
        assert list(notes.folders["Work"].notes) == [note_id, copy.note_id]

    def test_moving_keeps_the_id(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note(title="Milk")
        assert notes.move_note(note_id) == note_id
        assert (notes.folder_of(note_id).folder_name, notes.folders["Inbox"].notes) == ("Personal", {})
        for call in (lambda: notes.move_note(note_id), lambda: notes.duplicate_note("Inbox", note_id)):
            with pytest.raises(KeyError, match="is not in folder 'Inbox'"):
                call()

    def test_deleting_needs_a_note(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note()
        assert notes.delete_note(note_id) == note_id
        calls = [
            lambda: notes.delete_note(note_id),
            lambda: notes.get_note_by_id(note_id),
            lambda: notes.update_note(note_id, "a"),
            lambda: notes.add_attachment_to_note(note_id, "a.txt"),
            lambda: notes.remove_attachment(note_id, "a.txt"),
            lambda: notes.list_attachments(note_id),
        ]
        for call in calls:
            with pytest.raises(KeyError, match=f"note_id='{note_id}' is unknown"):
                call()

    def test_an_empty_id_is_a_value_error(self, notes: StatefulNotesApp) -> None:
        with pytest.raises(ValueError, match="note_id=''; expected the id of a note"):
            notes.get_note_by_id("")

    def test_wrong_types_are_refused(self, notes: StatefulNotesApp) -> None:
        with pytest.raises(TypeError, match="pinned='yes'"):
            notes.create_note(pinned="yes")  # type: ignore[arg-type]  # what is tested


class TestReading:
    def test_pages_are_cut_after_sorting(self, notes: StatefulNotesApp) -> None:
        days = {day: notes.create_note_with_time("Work", created_at=f"2024-12-0{day} 08:00:00") for day in (1, 3, 2)}
        found = notes.list_notes("Work", offset=0, limit=2)
        assert found == ReturnedNotes([notes.note(days[3]), notes.note(days[2])], (0, 2), 2, 3)
        assert notes.list_notes("Work", offset=2).notes_range == (2, 3)
        with pytest.raises(ValueError, match="offset=4; expected a number from 0 to 3"):
            notes.list_notes("Work", offset=4)

    def test_an_opened_folder_shows_its_latest_notes(self) -> None:
        notes = StatefulNotesApp(view_limit=1)
        for day in (2, 3, 1):
            notes.create_note_with_time("Work", str(day), created_at=f"2024-12-0{day} 08:00:00")
        assert [note.title for note in notes.open_folder("Work")] == ["3"]

    def test_searches_look_at_title_and_content(self, notes: StatefulNotesApp) -> None:
        notes.create_note("Work", "Milk", "two")
        notes.create_note("Inbox", "Shop", "MILK and bread")
        assert [note.title for note in notes.search_notes("milk")] == ["Shop", "Milk"]
        assert [note.title for note in notes.search_notes_in_folder("milk", "Work")] == ["Milk"]
        assert notes.search_notes("tea") == []


class TestAttachments:
    def test_come_from_the_phone(self, notes: StatefulNotesApp) -> None:
        files = SandboxLocalFileSystem("Files")
        phone(notes, files)
        with files.open("list.txt", "wb") as file:
            file.write(b"milk")
        note_id = notes.create_note()
        before = notes.get_note_by_id(note_id)
        assert notes.add_attachment_to_note(note_id, "list.txt") == note_id
        assert notes.list_attachments(note_id) == ["list.txt"]
        assert notes.note(note_id).attachments == {"list.txt": b64encode(b"milk")}
        assert before.attachments == {}
        with pytest.raises(ValueError, match=r"missing.txt"):
            notes.add_attachment_to_note(note_id, "missing.txt")
        assert notes.remove_attachment(note_id, "list.txt") == note_id
        with pytest.raises(KeyError, match=r"attachment 'list.txt' of note .*; expected one of \[\]"):
            notes.remove_attachment(note_id, "list.txt")

    def test_come_from_the_host_during_set_up(self, notes: StatefulNotesApp, tmp_path: Path) -> None:
        path = tmp_path / "list.txt"
        path.write_bytes(b"milk")
        note = Note("n", "", "", attachments=None)  # type: ignore[arg-type]  # scenarios may pass None
        note.add_attachment(str(path))
        assert note.attachments == {"list.txt": b64encode(b"milk")}
        notes.add_attachment(note, str(path))
        with pytest.raises(ValueError, match=r"missing.txt"):
            note.add_attachment(str(tmp_path / "missing.txt"))


class TestUser:
    def test_writes_a_note(self, notes: StatefulNotesApp) -> None:
        env = phone(notes)
        note_id = env.user(notes, "new_note")
        assert isinstance(notes.current_state, EditNote)
        with pytest.raises(ValueError, match="are blank"):
            env.user(notes, "update", title="", content="")
        assert isinstance(notes.current_state, EditNote)
        assert env.user(notes, "update", title="Milk", content="two") == note_id
        assert isinstance(notes.current_state, NoteDetail)
        assert env.user(notes, "refresh").title == "Milk"
        assert env.user(notes, "edit").content == "two"
        assert isinstance(notes.current_state, EditNote)
        assert {event.event_type for event in env.logged()} == {EventType.USER}

    def test_never_returns_to_a_note_she_has_deleted(self, notes: StatefulNotesApp) -> None:
        env = phone(notes)
        env.user(notes, "list_folders")
        env.user(notes, "open", folder="Work")
        env.user(notes, "new_note")
        env.user(notes, "update", title="Milk", content="two")
        env.user(notes, "delete")
        assert isinstance(notes.current_state, NoteList)
        assert notes.current_state.folder == "Work"

    def test_reads_searches_and_copies(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note("Inbox", "Milk")
        env = phone(notes)
        assert env.user(notes, "list_notes").notes == env.user(notes, "search", keyword="milk") == [notes.note(note_id)]
        assert env.user(notes, "open", note_id=note_id).title == "Milk"
        copy = env.user(notes, "duplicate")
        assert isinstance(notes.current_state, NoteDetail)
        assert notes.current_state.note_id == copy

    def test_moves_a_note_and_sees_where_it_is(self, notes: StatefulNotesApp) -> None:
        note_id = notes.create_note("Inbox", "Milk")
        env = phone(notes)
        env.user(notes, "open", note_id=note_id)
        with pytest.raises(KeyError, match="folder 'X'"):
            env.user(notes, "move", dest_folder_name="X")
        assert isinstance(notes.current_state, NoteDetail)
        assert env.user(notes, "move", dest_folder_name="Work") == note_id
        assert isinstance(notes.current_state, NoteList)
        assert env.user(notes, "list_notes").notes == [notes.note(note_id)]

    def test_attaches_files(self, notes: StatefulNotesApp) -> None:
        files = SandboxLocalFileSystem("Files")
        note_id = notes.create_note("Inbox", "Milk")
        env = phone(notes, files)
        with files.open("list.txt", "w") as file:
            file.write("milk")
        env.user(notes, "open", note_id=note_id)
        assert env.user(notes, "add_attachment", attachment_path="list.txt") == note_id
        assert env.user(notes, "list_attachments") == ["list.txt"]
        assert env.user(notes, "remove_attachment", attachment="list.txt") == note_id
        assert isinstance(notes.current_state, NoteDetail)

    def test_chooses_a_folder(self, notes: StatefulNotesApp) -> None:
        env = phone(notes)
        assert env.user(notes, "list_folders") == ["Inbox", "Personal", "Work"]
        assert isinstance(notes.current_state, FolderList)
        assert env.user(notes, "list_folders") == ["Inbox", "Personal", "Work"]
        with pytest.raises(KeyError, match="folder 'X'"):
            env.user(notes, "open", folder="X")
        assert isinstance(notes.current_state, FolderList)
        assert env.user(notes, "open", folder="Work") == []
        assert isinstance(notes.current_state, NoteList)

    def test_can_reach_every_screen(self, notes: StatefulNotesApp) -> None:
        assert set(notes.get_reachable_states()) == set(notes.get_state_graph())
        assert set(notes.get_state_graph()) == {state.__name__ for state in StatefulNotesApp.STATES}


TIMES = st.floats(0, 4e9)
NOTES = st.builds(
    Note,
    note_id=st.text(),
    title=st.text(),
    content=st.text(),
    pinned=st.booleans(),
    attachments=st.dictionaries(st.text(), st.binary().map(b64encode), max_size=2),
    created_at=TIMES,
    updated_at=TIMES,
)
FOLDERS = st.builds(NotesFolder, folder_name=st.text(), notes=st.dictionaries(st.text(), NOTES, max_size=2))


@given(folders=st.dictionaries(st.text(), FOLDERS, max_size=3), view_limit=st.integers(1, 9))
def test_the_state_survives_json(folders: dict[str, NotesFolder], view_limit: int) -> None:
    full = StatefulNotesApp("Notes", view_limit, folders)
    copy = StatefulNotesApp("Notes")
    copy.load_state(json.loads(json.dumps(full.get_state())))
    assert (copy.folders, copy.view_limit) == (full.folders, view_limit)
    assert list(copy.folders) == list(full.folders)
