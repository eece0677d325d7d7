"""What the user sees of the notes."""

from typing import TYPE_CHECKING

from pare_harness.apps.core import AppState
from pare_harness.apps.note_data import Note, ReturnedNotes
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.note import StatefulNotesApp  # noqa: F401 - named in the bases below


class NoteList(AppState["StatefulNotesApp"]):
    """The notes of one folder."""

    def __init__(self, folder: str = "Inbox") -> None:
        super().__init__()
        self.folder = folder

    def on_enter(self) -> None:
        """Raise `KeyError` when the folder is gone, so that nobody returns to it."""
        self.app.folder(self.folder)

    @user_tool()
    def list_notes(self, offset: int = 0, limit: int = 10) -> ReturnedNotes:
        """The notes of this folder, last updated first."""
        return self.app.list_notes(self.folder, offset, limit)

    @user_tool(leads_to=("NoteDetail",))
    def open(self, note_id: str) -> Note:
        """Open a note."""
        note = self.app.get_note_by_id(note_id)
        self.go(NoteDetail(note_id))
        return note

    @user_tool(writes=True, leads_to=("EditNote",))
    def new_note(self) -> str:
        """Start an empty note in this folder and open it for writing; returns its id."""
        note_id = self.app.create_note(self.folder)
        self.go(EditNote(note_id))
        return note_id

    @user_tool()
    def search(self, keyword: str) -> list[Note]:
        """Find the notes of this folder with a text in the title or the content, upper or lower case."""
        return self.app.search_notes_in_folder(keyword, self.folder)

    @user_tool(leads_to=("FolderList",))
    def list_folders(self) -> list[str]:
        """Open the list of folders."""
        self.go(FolderList())
        return self.app.list_folders()


class NoteScreen(AppState["StatefulNotesApp"]):
    """What the screens of one note have in common."""

    def __init__(self, note_id: str) -> None:
        super().__init__()
        self.note_id = note_id

    def on_enter(self) -> None:
        """Raise `KeyError` when the note is gone, so that nobody returns to it."""
        self.app.note(self.note_id)


class NoteDetail(NoteScreen):
    """One note."""

    @user_tool()
    def refresh(self) -> Note:
        """This note as it is now."""
        return self.app.get_note_by_id(self.note_id)

    @user_tool()
    def list_attachments(self) -> list[str]:
        """The names of the files attached to this note."""
        return self.app.list_attachments(self.note_id)

    @user_tool(writes=True)
    def add_attachment(self, attachment_path: str) -> str:
        """Attach a file of the phone to this note."""
        return self.app.add_attachment_to_note(self.note_id, attachment_path)

    @user_tool(writes=True)
    def remove_attachment(self, attachment: str) -> str:
        """Remove an attachment, given by its name, from this note."""
        return self.app.remove_attachment(self.note_id, attachment)

    @user_tool(writes=True, leads_to=("EditNote",))
    def edit(self) -> Note:
        """Open this note for writing."""
        self.go(EditNote(self.note_id))
        return self.app.get_note_by_id(self.note_id)

    @user_tool(writes=True)
    def delete(self) -> str:
        """Delete this note and return to the screen before it."""
        self.back()
        return self.app.delete_note(self.note_id)

    @user_tool(writes=True, leads_to=("NoteDetail",))
    def duplicate(self) -> str:
        """Copy this note within its folder and open the copy; returns its id."""
        copy = self.app.duplicate_note(self.app.folder_of(self.note_id).folder_name, self.note_id)
        self.go(NoteDetail(copy))
        return copy

    @user_tool(writes=True, leads_to=("NoteList",))
    def move(self, dest_folder_name: str) -> str:
        """Move this note to another folder and open that folder."""
        source = self.app.folder_of(self.note_id).folder_name
        self.go(NoteList(dest_folder_name))
        return self.app.move_note(self.note_id, source, dest_folder_name)


class EditNote(NoteScreen):
    """One note, being written."""

    @user_tool(writes=True, leads_to=("NoteDetail",))
    def update(self, title: str, content: str) -> str:
        """Save the title and the content, of which a blank one stays as it was, and open the note."""
        self.go(NoteDetail(self.note_id))
        return self.app.update_note(self.note_id, title, content)


class FolderList(AppState["StatefulNotesApp"]):
    """All folders."""

    @user_tool()
    def list_folders(self) -> list[str]:
        """The names of all folders."""
        return self.app.list_folders()

    @user_tool(leads_to=("NoteList",))
    def open(self, folder: str) -> list[Note]:
        """Open a folder."""
        self.go(NoteList(folder))
        return self.app.open_folder(folder)
