"""The shards of a run -> the run that they are shards of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

from pytest_pytyche.attempts import END, PARE_SETTING, RESUME, VERDICTS, catalog_files, exit_status, settled
from pytest_pytyche.journal import FILE, Journal, read_journal
from pytest_pytyche.report.run import RunError
from pytest_pytyche.review.received import FOLDER as RECEIVED

Record = dict[str, Any]

SHARD = "shard"
SAME = ("catalog", "seeds", "estimators", "checks", "options", "versions")
OWN = frozenset({"run", RESUME, END, VERDICTS})
FLAG = "--pytyche-shard"
NOTHING = (0, 5)
"""Statuses of pytest for a shard in which everything passed, or which was left without items."""


def shard_of(folder: Path) -> str | None:
    """Which shard the run in a folder is, such as `2/5`; None for a whole run, RunError for no run."""
    lines = _lines(folder)
    return lines[0].get(SHARD)


def merge(folders: Sequence[Path], output: Path) -> tuple[Path, list[str]]:
    """Put shards of one run together as a run of its own in `output`; its folder, and which shards are missing.

    The run counts as one that did not end, and can be resumed, where shards are missing or did not end themselves.
    RunError, one line, for runs that do not belong together; OSError where the run cannot be written.
    """
    twice = next((folder for folder in folders if folders.count(folder) > 1), None)
    if twice is not None:
        raise RunError(f"{twice.name} is given twice; expected each shard once")
    runs = {folder: _lines(folder) for folder in folders}
    missing = _missing(runs)
    _require_same_files(runs.values())
    first = next(iter(runs.values()))[0]
    merged = {key: value for key, value in first.items() if key not in {"kind", SHARD}}
    merged["started"] = min(lines[0]["started"] for lines in runs.values())
    merged["command"] = _without_shard(first["command"])
    merged["merged"] = [folder.name for folder in folders]
    journal = Journal(output, lambda: merged)
    journal.append(list(_contents(runs.values(), whole=not missing)))
    journal.close()
    if journal.problem:
        raise OSError(journal.problem)
    for folder in folders:
        if (folder / RECEIVED).is_dir():
            copytree(folder / RECEIVED, journal.folder / RECEIVED, dirs_exist_ok=True)
    return journal.folder, missing


def _lines(folder: Path) -> list[Record]:
    lines = read_journal(folder / FILE)
    if not lines or lines[0]["kind"] != "run":
        raise RunError(f"{folder / FILE} does not begin as the journal of a run does")
    return lines


def _missing(runs: Mapping[Path, list[Record]]) -> list[str]:
    """The shards that are not there; RunError for a shard that comes twice, and for shards of different runs."""
    (one, lines), *others = runs.items()
    seen = {lines[0][SHARD]: one}
    for folder, other in others:
        for name in SAME:
            here, there = _comparable(name, lines[0]), _comparable(name, other[0])
            if here != there:
                raise RunError(
                    f"{one.name} and {folder.name} are shards of different runs: {name} is {here!r} and {there!r}"
                )
        shard = other[0][SHARD]
        if shard in seen:
            raise RunError(f"{seen[shard].name} and {folder.name} are both shard {shard}")
        seen[shard] = folder
    counts = {shard.partition("/")[2] for shard in seen}
    if len(counts) > 1:
        raise RunError(f"these are shards {', '.join(sorted(seen))}; expected shards of as many")
    count = int(counts.pop())
    return [shard for shard in (f"{index}/{count}" for index in range(1, count + 1)) if shard not in seen]


def _require_same_files(runs: Iterable[list[Record]]) -> None:
    for name, digests in catalog_files(line for lines in runs for line in lines).items():
        if len(digests) > 1:
            raise RunError(f"these are shards of different runs: {name} changed between them, or while one ran")


def _without_shard(command: Sequence[str]) -> list[str]:
    """The words of a command but for the option, written with `=` or as two."""
    before = ("", *command)
    return [word for word, last in zip(command, before, strict=False) if not word.startswith(FLAG) and last != FLAG]


def _comparable(name: str, header: Record) -> object:
    """What a run has of that name; where its results go is no matter, nor is on which of CI's machines it ran."""
    found = header.get(name)
    if name == "versions" and found:
        return {package: version for package, version in found.items() if package != "platform"}
    return [one for one in found if not one.startswith("--pytyche-output=")] if name == "options" and found else found


def _contents(runs: Iterable[list[Record]], *, whole: bool) -> Iterator[Record]:
    """All that was found, the settings of scenarios once, and how the whole ended, if it did."""
    statuses, settings = list[int | None](), 0
    for lines in runs:
        statuses.append(exit_status(lines))
        for line in settled(lines):
            settings += line["kind"] == PARE_SETTING
            if line["kind"] not in OWN and (line["kind"] != PARE_SETTING or settings == 1):
                yield line
    if whole and None not in statuses:
        bad = [status for status in statuses if status is not None and status not in NOTHING]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        yield {"kind": END, "exit_status": max(bad, default=0), "ended": now}
