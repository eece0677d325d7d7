"""A run that is continued: what it has finished is left out, whatever process collects it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_pytyche.attempts import catalog_files, finished
from pytest_pytyche.files import sha256_of
from pytest_pytyche.journal import FILE, Journal, JournalError, Record, read_journal
from pytest_pytyche.run_folders import RunNotFound, find_run

if TYPE_CHECKING:
    from pytest_pytyche.settings import Settings

FLAG = "--pytyche-resume"
FINISHED = "pytyche_finished"
SAME_SETTINGS = ("templates", "metrics", "treatment_cost", "estimator_seed")
SAME = ("catalog", "seeds", "estimators", "checks", "shard", *SAME_SETTINGS)
SAME_OPTIONS = "--pare-"


class Resume:
    """The plugin that deselects what is finished, and tells xdist's workers what that is.

    Workers must not read it from the journal: it grows while some of them still collect.
    """

    def __init__(self, done: frozenset[str]) -> None:
        self.done = done

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out the items that have their results."""
        left_out = [item for item in items if item.nodeid in self.done]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item.nodeid not in self.done]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the list to an xdist worker."""
        node.workerinput[FINISHED] = sorted(self.done)


def start_resume(config: pytest.Config, settings: "Settings") -> Path | None:
    """The folder of the run that is continued, if one is, its items left out; pytest.UsageError, one line."""
    if settings.resume is None:
        return None
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Resume(frozenset(config.workerinput[FINISHED])), "pytyche-resume")
        return None
    if not settings.resume.strip():
        raise pytest.UsageError(f"{FLAG}={settings.resume!r} is empty; expected a run, or leave the option out")
    try:
        folder = find_run(settings.resume, settings.output)
        lines = read_journal(folder / FILE)
    except (RunNotFound, JournalError) as error:
        raise pytest.UsageError(f"{FLAG}: {error}") from error
    except OSError as error:
        raise pytest.UsageError(f"{FLAG}={settings.resume!r}: {error.strerror}: {error.filename}") from error
    config.pluginmanager.register(Resume(frozenset(finished(lines))), "pytyche-resume")
    return folder


def reopen(journal: Journal, root: Path) -> None:
    """Continue the journal of a run; pytest.UsageError where it is a run of something else, or cannot be written.

    `root`: where the names of its catalog files begin.
    """
    try:
        lines = read_journal(journal.path)
        _require_same(lines, journal.header())
        _require_same_files(lines, root)
        journal.reopen()
    except OSError as error:
        raise pytest.UsageError(f"{FLAG}={str(journal.folder)!r}: {error.strerror}: {error.filename}") from error


def _require_same(lines: list[Record], now: Record) -> None:
    before = lines[0] if lines else {}
    for name in SAME:
        if before.get(name) != now.get(name):
            raise _other(before, name, before.get(name), now.get(name))
    if _options(before) != _options(now):
        raise _other(before, "options", _options(before), _options(now))


def _require_same_files(lines: list[Record], root: Path) -> None:
    """Of files that have results: those without are read anew, whatever they say now."""
    changed = [name for name, digests in catalog_files(lines).items() if digests != {_digest(root / name)}]
    if changed:
        raise pytest.UsageError(
            f"{FLAG}: changed or removed since the run: {', '.join(changed)} (formatting and comments count too); "
            "put back what was there, or begin a new run"
        )


def _digest(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


def _other(before: Record, name: str, then: object, now: object) -> pytest.UsageError:
    command = " ".join(before.get("command", ()))
    return pytest.UsageError(
        f"{FLAG}: {name} was {then!r} and is {now!r}; give the command of that run, {command!r}, and {FLAG} with it"
    )


def _options(header: Record) -> list[str]:
    return sorted(option for option in header.get("options", ()) if option.startswith(SAME_OPTIONS))
