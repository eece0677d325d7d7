"""Notes: written, filed into folders, searched, with files attached."""

from dataclasses import replace

from pare_harness.apps.note_data import Note, NotesFolder, ReturnedNotes
from pare_harness.apps.note_folders import NoteFolders
from pare_harness.apps.note_screens import EditNote, FolderList, NoteDetail, NoteList
from pare_harness.clock import parse_time
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

__all__ = [
    "EditNote",
    "FolderList",
    "Note",
    "NoteDetail",
    "NoteList",
    "NotesFolder",
    "ReturnedNotes",
    "StatefulNotesApp",
]

TITLE_LENGTH = 50
"""How many characters of the content stand in for a blank title."""


class StatefulNotesApp(NoteFolders):
    """The user's notes, in folders. Ids stay valid when a note moves to another folder."""

    STATE = ("view_limit", "folders")
    STATES = (NoteList, NoteDetail, EditNote, FolderList)

    @tool(Kind.DATA, writes=True, by=EventType.ENV, strict=False)
    def create_note_with_time(
        self,
        folder: str = "Inbox",
        title: str = "",
        content: str = "",
        pinned: bool = False,
        created_at: str | None = None,
        updated_at: str | None = None,
    ) -> str:
        """Record a note from the past, in a new folder if there is none of that name; returns its id.

        Args:
            created_at: a UTC time like "2025-01-31 09:30:00"; now by default.
            updated_at: a UTC time like "2025-01-31 09:30:00"; the creation by default.

        Raises `ValueError` for a badly written time, and for an update before the creation.
        """
        created = self.now() if created_at is None else parse_time(created_at, "created_at")
        updated = created if updated_at is None else parse_time(updated_at, "updated_at")
        if updated < created:
            raise ValueError(f"updated_at={updated_at!r}; expected no time before created_at={created_at!r}")
        self.folders.setdefault(folder, NotesFolder(folder))
        return self._write(folder, Note(self.new_id(), title, content, pinned, {}, created, updated))

    @tool(Kind.APP, writes=True)
    def create_note(self, folder: str = "Inbox", title: str = "", content: str = "", pinned: bool = False) -> str:
        """Write a note; returns its id. A blank title becomes the beginning of the content.

        Raises `KeyError` for an unknown folder.
        """
        return self._write(folder, Note(self.new_id(), title, content, pinned, {}, self.now(), self.now()))

    @tool(Kind.APP, Kind.DATA)
    def get_note_by_id(self, note_id: str) -> Note:
        """A note, in whatever folder it is.

        Raises `KeyError` for an unknown note, `ValueError` for an empty id.
        """
        if not note_id:
            raise ValueError("note_id=''; expected the id of a note")
        return self.note(note_id)

    @tool(Kind.APP, writes=True)
    def update_note(self, note_id: str, title: str | None = None, content: str | None = None) -> str:
        """Change the title or the content of a note, or both; returns its id. A blank text changes nothing.

        Raises `KeyError` for an unknown note, `ValueError` when both texts are blank.
        """
        note = self.note(note_id)
        if not any(text and text.strip() for text in (title, content)):
            raise ValueError(f"title={title!r} and content={content!r} are blank; expected a new text for one of them")
        new_title, new_content = _unless_blank(title, note.title), _unless_blank(content, note.content)
        return self._revise(replace(note, title=new_title, content=new_content, updated_at=self.now()))

    @tool(Kind.APP, writes=True)
    def delete_note(self, note_id: str) -> str:
        """Delete a note; returns its id.

        Raises `KeyError` for an unknown note.
        """
        self.folder_of(note_id).remove_note(note_id)
        return note_id

    @tool(Kind.APP, writes=True)
    def move_note(self, note_id: str, source_folder_name: str = "Inbox", dest_folder_name: str = "Personal") -> str:
        """Move a note from one folder to another; returns its id.

        Raises `KeyError` for an unknown folder, and for a note that is not in the source folder.
        """
        note = self._note_in(source_folder_name, note_id)
        destination = self.folder(dest_folder_name)
        self.folders[source_folder_name].remove_note(note_id)
        destination.add_note(note)
        return note_id

    @tool(Kind.APP, writes=True)
    def duplicate_note(self, folder_name: str, note_id: str) -> str:
        """Copy a note within its folder, unpinned, as "Copy of" its title; returns the id of the copy.

        Raises `KeyError` for an unknown folder, and for a note that is not in it.
        """
        note = self._note_in(folder_name, note_id)
        title, now = f"Copy of {note.title}", self.now()
        return self._write(folder_name, Note(self.new_id(), title, note.content, False, note.attachments, now, now))

    @tool(Kind.APP, writes=True)
    def add_attachment_to_note(self, note_id: str, attachment_path: str) -> str:
        """Attach a file of the phone to a note; returns the note's id.

        Raises `KeyError` for an unknown note, `ValueError` for a file that cannot be read.
        """
        note = replace(self.note(note_id))
        self.add_attachment(note, attachment_path)
        return self._revise(note)

    @tool(Kind.APP, writes=True)
    def remove_attachment(self, note_id: str, attachment: str) -> str:
        """Remove an attachment, given by its name, from a note; returns the note's id.

        Raises `KeyError` for an unknown note, and when it has no attachment of that name.
        """
        note = self.note(note_id)
        if attachment not in note.attachments:
            raise KeyError(f"attachment {attachment!r} of note {note_id!r}; expected one of {list(note.attachments)}")
        kept = {name: content for name, content in note.attachments.items() if name != attachment}
        return self._revise(replace(note, attachments=kept))

    @tool(Kind.APP)
    def list_attachments(self, note_id: str) -> list[str]:
        """The names of the files attached to a note.

        Raises `KeyError` for an unknown note.
        """
        return list(self.note(note_id).attachments)

    def add_attachment(self, note: Note, path: str) -> None:
        """Attach a file of the phone to `note`.

        Raises `ValueError` when it cannot be read.
        """
        note.attach(*self.read_attachment(path))

    def note(self, note_id: str) -> Note:
        """A note, without a trace in the event log.

        Raises `KeyError` for an unknown one.
        """
        return self.folder_of(note_id).notes[note_id]

    def _note_in(self, folder: str, note_id: str) -> Note:
        notes = self.folder(folder).notes
        if note_id not in notes:
            raise KeyError(f"note_id={note_id!r} is not in folder {folder!r}; expected one of {list(notes)}")
        return notes[note_id]

    def _write(self, folder: str, note: Note) -> str:
        note.title = _unless_blank(note.title, note.content[:TITLE_LENGTH])
        self.folder(folder).add_note(note)
        return note.note_id

    def _revise(self, note: Note) -> str:
        self.folder_of(note.note_id).add_note(note)
        return note.note_id


def _unless_blank(text: str | None, instead: str) -> str:
    return text if text and text.strip() else instead
