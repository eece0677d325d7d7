"""A tree of files in memory: a dictionary from path to content, with None for a directory."""

from __future__ import annotations

from posixpath import dirname

from pare_harness.apps.binary import Content

ROOT = "/"
HOME = "/home/userhome"

Entries = dict[str, Content | None]


def new_tree() -> Entries:
    """The root and the home, both empty."""
    return dict.fromkeys((ROOT, dirname(HOME), HOME))


def resolve(path: str) -> str:
    """`path` from the root on; `~` is the home. Raises `PermissionError` for a path that leads out of the root."""
    parts: list[str] = []
    for part in (HOME + path[1:] if path == "~" or path.startswith("~/") else path).split("/"):
        if part == ".." and not parts:
            raise PermissionError(f"path={path!r} leaves the sandbox")
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return ROOT + "/".join(parts)


def entry(entries: Entries, path: str) -> tuple[str, Content | None]:
    """The resolved path and what is there. Raises `FileNotFoundError`."""
    where = resolve(path)
    if where not in entries:
        raise FileNotFoundError(f"path={path!r} does not exist")
    return where, entries[where]


def content_of(entries: Entries, path: str) -> Content:
    """The content of a file. Raises `FileNotFoundError`, `IsADirectoryError`."""
    where, content = entry(entries, path)
    if content is None:
        raise IsADirectoryError(f"{where!r} is a directory")
    return content


def directory(entries: Entries, path: str) -> str:
    """The resolved path of a directory. Raises `FileNotFoundError`, `NotADirectoryError`."""
    where, content = entry(entries, path)
    if content is not None:
        raise NotADirectoryError(f"{where!r} is a file")
    return where


def is_directory(entries: Entries, path: str) -> bool:
    """Whether there is a directory of that path."""
    where = resolve(path)
    return where in entries and entries[where] is None


def writable(entries: Entries, path: str, new: bool) -> Content:
    """The content of a file to write to, which is made if need be; if `new`, it must not exist (`FileExistsError`)."""
    where = resolve(path)
    if where in entries and new:
        raise FileExistsError(f"path={path!r} exists")
    if where not in entries:
        directory(entries, dirname(where))
        entries[where] = Content()
    return content_of(entries, path)


def make_directory(entries: Entries, path: str) -> None:
    """Add a directory and all that are missing above it. Raises `FileExistsError`, `NotADirectoryError`."""
    where = resolve(path)
    if where in entries:
        raise FileExistsError(f"path={path!r} exists")
    if dirname(where) not in entries:
        make_directory(entries, dirname(where))
    directory(entries, dirname(where))
    entries[where] = None


def children(entries: Entries, where: str) -> list[str]:
    """What is directly in a directory, sorted."""
    return sorted(name for name in entries if name != ROOT and dirname(name) == where)


def below(entries: Entries, where: str) -> list[str]:
    """The path itself and everything under it."""
    return [name for name in entries if name == where or name.startswith(f"{where.rstrip('/')}/")]
