"""Notes and the folders they are kept in."""

from dataclasses import dataclass, field

from pare_harness.apps.attachments import Attachment, host_attachment
from pare_harness.apps.core import page
from pare_harness.context import now


@dataclass
class Note:
    """A note. `attachments` maps file names to base64; times are in seconds since the Unix epoch.

    The app replaces notes and never changes them, so what a tool has returned stays as it was.
    """

    note_id: str
    title: str
    content: str
    pinned: bool = False
    attachments: dict[str, Attachment] = field(default_factory=dict)
    created_at: float = field(default_factory=now)
    updated_at: float = field(default_factory=now)

    def __post_init__(self) -> None:
        self.attachments = self.attachments or {}  # scenarios may pass None

    def add_attachment(self, path: str) -> None:
        """Attach a file of the host.

        Raises `ValueError` when it cannot be read.
        """
        self.attach(*host_attachment(path))

    def attach(self, name: str, attachment: bytes) -> None:
        """Attach base64 bytes under `name`, in place of what had that name."""
        self.attachments = self.attachments | {name: attachment}

    def mentions(self, query: str) -> bool:
        """Whether `query` is part of the title or the content, upper or lower case."""
        return query.casefold() in self.title.casefold() or query.casefold() in self.content.casefold()


@dataclass
class ReturnedNotes:
    """One page of a folder's notes: `notes_range` is its first position and the one after its last."""

    notes: list[Note]
    notes_range: tuple[int, int]
    total_returned_notes: int
    total_notes: int


@dataclass
class NotesFolder:
    """A folder, with its notes by id in the order in which they came."""

    folder_name: str
    notes: dict[str, Note] = field(default_factory=dict)

    def add_note(self, note: Note) -> None:
        self.notes[note.note_id] = note

    def remove_note(self, note_id: str) -> bool:
        """Whether there was such a note."""
        return self.notes.pop(note_id, None) is not None

    def get_notes(self, offset: int = 0, limit: int = 5) -> ReturnedNotes:
        """A page of the notes, last updated first.

        Raises `ValueError` for an offset outside 0 to the number of notes.
        """
        latest_first = sorted(self.notes.values(), key=lambda note: note.updated_at, reverse=True)
        notes = page(latest_first, offset, limit)
        return ReturnedNotes(notes, (offset, offset + len(notes)), len(notes), len(self.notes))

    def get_note(self, idx: int) -> Note:
        """The note at position `idx` in the order of arrival.

        Raises `IndexError` outside 0 to the number of notes.
        """
        if not 0 <= idx < len(self.notes):
            raise IndexError(f"idx={idx} in folder {self.folder_name!r}; expected 0 to {len(self.notes) - 1}")
        return list(self.notes.values())[idx]

    def get_note_by_id(self, note_id: str) -> Note | None:
        return self.notes.get(note_id)

    def search_notes(self, query: str) -> list[Note]:
        """Notes with `query` in the title or the content, upper or lower case."""
        return [note for note in self.notes.values() if note.mentions(query)]
