"""Folders of notes: making, renaming, deleting and reading them."""

from pare_harness.apps.attachments import AttachmentApp
from pare_harness.apps.files import FileSystem
from pare_harness.apps.note_data import Note, NotesFolder, ReturnedNotes
from pare_harness.tools import Kind, tool

DEFAULT_FOLDERS = ("Inbox", "Personal", "Work")
"""The folders that always exist."""


class NoteFolders(AttachmentApp):
    """The folders of the notes app. `view_limit` is how many notes an opened folder shows."""

    view_limit: int
    folders: dict[str, NotesFolder]

    def __init__(
        self,
        name: str | None = None,
        view_limit: int = 5,
        folders: dict[str, NotesFolder] | None = None,
        internal_fs: FileSystem | None = None,
    ) -> None:
        super().__init__("note" if name is None else name, internal_fs)
        self.view_limit = view_limit
        self.folders = {default: NotesFolder(default) for default in DEFAULT_FOLDERS} | (folders or {})

    @tool(Kind.APP)
    def list_folders(self) -> list[str]:
        """The names of all folders."""
        return list(self.folders)

    @tool(Kind.APP, writes=True)
    def new_folder(self, folder_name: str) -> str:
        """Make an empty folder; returns its name.

        Raises `KeyError` when the name is taken.
        """
        self._check_free(folder_name)
        self.folders[folder_name] = NotesFolder(folder_name)
        return folder_name

    @tool(Kind.APP, Kind.ENV, writes=True)
    def delete_folder(self, folder_name: str) -> str:
        """Delete a folder with its notes; returns its name. Inbox, Personal and Work stay.

        Raises `KeyError` for those and for an unknown folder.
        """
        self._check_own(folder_name)
        del self.folders[folder_name]
        return folder_name

    @tool(Kind.APP, writes=True)
    def rename_folder(self, folder: str, new_folder: str) -> str:
        """Give a folder another name, which is returned. Inbox, Personal and Work keep theirs.

        Raises `KeyError` for those, for an unknown folder, and when the name is taken.
        """
        self._check_own(folder)
        self._check_free(new_folder)
        renamed = NotesFolder(new_folder, self.folders[folder].notes)
        self.folders = {
            (new_folder if name == folder else name): (renamed if name == folder else kept)
            for name, kept in self.folders.items()
        }
        return new_folder

    @tool(Kind.APP)
    def list_notes(self, folder: str, offset: int = 0, limit: int = 10) -> ReturnedNotes:
        """The notes of a folder, last updated first.

        Raises `ValueError` for an unknown folder and for an offset beyond the end.
        """
        if folder not in self.folders:
            raise ValueError(f"folder={folder!r}; expected one of {list(self.folders)}")
        return self.folders[folder].get_notes(offset, limit)

    @tool(Kind.APP)
    def search_notes(self, query: str) -> list[Note]:
        """Find the notes of all folders with a text in the title or the content, upper or lower case."""
        return [note for folder in self.folders.values() for note in folder.search_notes(query)]

    @tool(Kind.APP)
    def search_notes_in_folder(self, query: str, folder_name: str) -> list[Note]:
        """Find the notes of one folder with a text in the title or the content, upper or lower case.

        Raises `KeyError` for an unknown folder.
        """
        return self.folder(folder_name).search_notes(query)

    def open_folder(self, folder: str) -> list[Note]:
        """The `view_limit` notes of a folder that were updated last, latest first.

        Raises `KeyError` for an unknown folder.
        """
        return self.folder(folder).get_notes(limit=self.view_limit).notes

    def folder(self, name: str) -> NotesFolder:
        """The folder of that name.

        Raises `KeyError` when there is none.
        """
        if name not in self.folders:
            raise KeyError(f"folder {name!r}; expected one of {list(self.folders)}")
        return self.folders[name]

    def folder_of(self, note_id: str) -> NotesFolder:
        """The folder that holds the note.

        Raises `KeyError` when none does.
        """
        for folder in self.folders.values():
            if note_id in folder.notes:
                return folder
        raise KeyError(f"note_id={note_id!r} is unknown; expected an id from list_notes or search_notes")

    def _check_free(self, name: str) -> None:
        if name in self.folders:
            raise KeyError(f"folder {name!r} exists; expected a name besides {list(self.folders)}")

    def _check_own(self, name: str) -> None:
        if name in DEFAULT_FOLDERS:
            own = [folder for folder in self.folders if folder not in DEFAULT_FOLDERS]
            raise KeyError(f"folder {name!r} always stays as it is; expected one of {own}")
        self.folder(name)
