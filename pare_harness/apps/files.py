"""The phone's file system. It lives in memory, so that it is the same in every run and part of the state."""

from __future__ import annotations

from posixpath import basename, dirname, join
from typing import IO, Any, Protocol

from pare_harness.apps import file_tree
from pare_harness.apps.binary import check_mode, open_memory
from pare_harness.apps.core import App
from pare_harness.tools import Kind, tool

FILE_SYSTEM = "FILE_SYSTEM"
"""The name under which a phone's file system is offered to its apps."""


class FileSystem(Protocol):
    """What apps with attachments need of a file system."""

    def open(self, path: str, mode: str = "rb") -> IO[Any]: ...

    def exists(self, path: str) -> bool: ...


class SandboxLocalFileSystem(App):
    """Files and directories that only this phone has; `entries` maps each path to its content, a directory to None.

    Files stay in memory: `sandbox_dir` and `state_directory` are accepted for callers that place a sandbox on the host,
    and nothing is ever read from or written to them.
    """

    STATE = ("entries",)
    entries: file_tree.Entries

    def __init__(
        self, name: str | None = None, sandbox_dir: str | None = None, state_directory: str | None = None
    ) -> None:
        super().__init__(name)
        self.entries = file_tree.new_tree()

    def get_implemented_protocols(self) -> list[str]:
        return [FILE_SYSTEM]

    @tool(Kind.APP, writes=True, strict=False)
    def open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        cache_options: dict[str, Any] | None = None,
        compression: str | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        newline: str | None = "",
    ) -> IO[Any]:
        """Open a file, of bytes for a mode with b, of text otherwise. Close it, or use it in a with block.

        Raises `FileNotFoundError` when the file, or for writing its directory, does not exist, `FileExistsError` for
        mode x and a file that does.

        Args:
            block_size: a hint for files that come in blocks; these do not
            cache_options: a hint for files that come in blocks; these do not
            compression: files are stored as they are, so None only
        """
        check_mode(mode)
        if compression is not None:
            raise ValueError(f"compression={compression!r}; expected None: files are stored as they are")
        if mode.startswith("r"):
            content = file_tree.content_of(self.entries, path)
        else:
            content = file_tree.writable(self.entries, path, new=mode.startswith("x"))
        if mode.startswith("w"):
            content.clear()
        return open_memory(content, mode, encoding, errors, newline)

    @tool(Kind.APP, writes=True, strict=False)
    def mkdir(self, path: str, create_parents: bool = True) -> None:
        """Make a directory, with those above it unless told otherwise.

        Raises `FileExistsError` when it exists, `FileNotFoundError` without `create_parents` and the one above it.
        """
        if not create_parents:
            file_tree.directory(self.entries, dirname(file_tree.resolve(path)))
        file_tree.make_directory(self.entries, path)

    @tool(Kind.APP, writes=True, strict=False)
    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a directory and those above it. Raises `FileExistsError` unless told that it may exist."""
        if not (exist_ok and file_tree.is_directory(self.entries, path)):
            file_tree.make_directory(self.entries, path)

    @tool(Kind.APP, strict=False)
    def exists(self, path: str) -> bool:
        """Whether there is a file or a directory of that path."""
        return file_tree.resolve(path) in self.entries

    @tool(Kind.APP, strict=False)
    def display(self, path: str) -> bool:
        """Show a file to the user; false when there is none to show."""
        return self.entries.get(file_tree.resolve(path)) is not None

    @tool(Kind.APP, strict=False)
    def ls(self, path: str = ".", detail: bool = False) -> list[str] | list[dict[str, Any]]:
        """Paths in a directory, or of one file, in alphabetical order; with `detail`, name, size and type of each."""
        where, content = file_tree.entry(self.entries, path)
        names = file_tree.children(self.entries, where) if content is None else [where]
        return [self._info(name) for name in names] if detail else names

    @tool(Kind.APP, strict=False)
    def info(self, path: str) -> dict[str, Any]:
        """Name, size in bytes and type, file or directory. Raises `FileNotFoundError`."""
        return self._info(file_tree.entry(self.entries, path)[0])

    @tool(Kind.APP, strict=False)
    def cat(self, path: str) -> bytes:
        """The content of a file. Raises `FileNotFoundError`, `IsADirectoryError`."""
        return bytes(file_tree.content_of(self.entries, path))

    @tool(Kind.APP, strict=False)
    def tree(self, path: str = ".") -> str:
        """What is below a directory, one entry a line, sorted and indented by depth; directories end with a slash."""
        top, _ = file_tree.entry(self.entries, path)
        below = sorted(name.split("/") for name in file_tree.below(self.entries, top) if name != top)
        depth = top.rstrip("/").count("/") + 1
        lines = [f"{'  ' * (len(parts) - depth)}{self._label('/'.join(parts))}" for parts in below]
        return "\n".join([top, *lines])

    @tool(Kind.APP, writes=True, strict=False)
    def mv(self, path1: str, path2: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Move or rename a file, or with `recursive` a directory; into `path2` if that is a directory.

        Raises `FileNotFoundError` when there is nothing at `path1` or no directory for `path2`, `ValueError` for a
        directory without `recursive` or into itself, `FileExistsError` for a directory onto another entry.
        """
        source = self._whole(path1, recursive, maxdepth)
        target = file_tree.resolve(path2)
        if file_tree.is_directory(self.entries, target):
            target = join(target, basename(source))
        file_tree.directory(self.entries, dirname(target))
        if target in file_tree.below(self.entries, source) or target.startswith(f"{source}/"):
            raise ValueError(f"path2={path2!r} is inside path1={path1!r}")
        if target in self.entries and None in (self.entries[source], self.entries[target]):
            raise FileExistsError(f"{target!r} exists")
        for name in file_tree.below(self.entries, source):
            self.entries[target + name.removeprefix(source)] = self.entries.pop(name)

    @tool(Kind.APP, writes=True, strict=False)
    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Delete a file, or with `recursive` a directory and all that is in it.

        Raises `FileNotFoundError`, `ValueError` for a directory without `recursive`.
        """
        for name in file_tree.below(self.entries, self._whole(path, recursive, maxdepth)):
            del self.entries[name]

    @tool(Kind.APP, strict=False)
    def read_document(self, file_path: str, max_lines: int = 20) -> str:
        """The text of a document; when it is longer than `max_lines`, a last line says how much of it is shown.

        Raises `FileNotFoundError` for a document that is missing, empty or not text, `ValueError` for `max_lines` < 1.
        """
        if max_lines < 1:
            raise ValueError(f"max_lines={max_lines}; expected at least 1")
        content = self.entries.get(file_tree.resolve(file_path))
        try:
            lines = bytes(content or b"").decode().splitlines()
        except UnicodeDecodeError:
            lines = []
        if not lines:
            raise FileNotFoundError(f"file_path={file_path!r} is missing, empty or not text")
        shown = lines[:max_lines]
        cut = [f"[{len(shown)} of {len(lines)} lines shown]"] if len(shown) < len(lines) else []
        return "\n".join(shown + cut)

    def rmdir(self, path: str) -> None:
        """Delete an empty directory. Raises `NotADirectoryError`, or `OSError` when it is not empty."""
        where = file_tree.directory(self.entries, path)
        if where == file_tree.ROOT or file_tree.children(self.entries, where):
            raise OSError(f"path={path!r} is not an empty directory")
        del self.entries[where]

    def get_file_content(self, path: str) -> bytes:
        """The content of a file. Raises `FileNotFoundError`, `IsADirectoryError`."""
        return bytes(file_tree.content_of(self.entries, path))

    def get_file_paths_list(self) -> list[str]:
        """The paths of all files, sorted."""
        return sorted(name for name, content in self.entries.items() if content is not None)

    def _whole(self, path: str, recursive: bool, maxdepth: int | None) -> str:
        """The entry to move or delete as a whole."""
        where, content = file_tree.entry(self.entries, path)
        if maxdepth is not None:
            raise ValueError(f"maxdepth={maxdepth}; expected None: a directory goes as a whole")
        if where == file_tree.ROOT:
            raise PermissionError(f"path={path!r} is the root")
        if content is None and not recursive:
            raise ValueError(f"path={path!r} is a directory; pass recursive=True")
        return where

    def _label(self, where: str) -> str:
        return basename(where) + ("/" if self.entries[where] is None else "")

    def _info(self, where: str) -> dict[str, Any]:
        content = self.entries[where]
        kind = "directory" if content is None else "file"
        return {"name": where, "size": len(content or b""), "type": kind}
