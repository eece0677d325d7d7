"""The folders of runs: which is the newest, which one is meant, and who may write into one."""

import os
from pathlib import Path
from typing import BinaryIO

from pytest_pytyche.files import write_atomically

LATEST = "latest"
JOURNAL = "journal.jsonl"
SHOWN_NAMES = 3


class RunNotFound(ValueError):  # noqa: N818  # reads as what happened
    """No run goes by that name; the message says which ones there are."""


class RunInUse(OSError):  # noqa: N818  # reads as what happened
    """Another process writes into the folder of the run."""


def point_latest(output: Path, name: str) -> None:
    """Let `latest` be the run of that name: a link, or a text file with its path where links are not allowed."""
    target = Path("runs", name)

    def link(path: Path) -> None:
        try:
            path.symlink_to(target, target_is_directory=True)
        except (OSError, NotImplementedError):
            path.write_text(f"{target.as_posix()}\n", "utf-8")

    write_atomically(output / LATEST, link)


def find_run(given: str, output: Path) -> Path:
    """The folder that `given` means: a path, the name of a run in `output` or the start of one, or `latest`.

    RunNotFound, one line, where there is none.
    """
    if given == LATEST:
        return _latest(output)
    for folder in (Path(given), output / "runs" / given):
        if (folder / JOURNAL).exists():
            return folder.resolve()
    names = sorted(path.name for path in (output / "runs").glob("*") if path.is_dir())
    started = [name for name in names if given and name.startswith(given)]
    if len(started) == 1:
        return (output / "runs" / started[0]).resolve()
    raise RunNotFound(f"{given!r} is no run: {_explained(given, started or names, output)}")


def lock(file: BinaryIO) -> None:
    """Keep the file for this process, as long as it lives; RunInUse where another has it."""
    try:
        import fcntl  # noqa: PLC0415  # not on every system
    except ImportError:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RunInUse(error.errno, "another process is writing to this run", file.name) from error


def _latest(output: Path) -> Path:
    pointer = output / LATEST
    if not (pointer.is_symlink() or pointer.exists()):
        raise RunNotFound(f"there is no run in {str(output)!r} yet")
    folder = output / pointer.read_text("utf-8").strip() if pointer.is_file() else pointer.resolve()
    if not (folder / JOURNAL).exists():
        raise RunNotFound(f"{str(pointer)!r} points to {os.fspath(folder)!r}, which is no run")
    return folder.resolve()


def _explained(given: str, names: list[str], output: Path) -> str:
    if Path(given).is_dir():
        return f"the folder holds no {JOURNAL}"
    known = ", ".join(names[-SHOWN_NAMES:]) or "none"
    return f"expected a folder with {JOURNAL}, 'latest', or a run of {str(output / 'runs')!r}: {known}"
