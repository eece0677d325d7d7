"""`pytyche report`: a run's files made again from its journal, two runs side by side, or shards put together."""

from pathlib import Path
from typing import Annotated

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.run_folders import LATEST, find_run

Runs = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN", help="Folders of runs, their names, the start of them, or 'latest' (default)."),
]
Output = Annotated[Path, typer.Option("--output", metavar="DIR", help="Folder for results, as of --pytyche-output.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(runs: Runs = None, output: Output = Path(".pytyche")) -> None:
    """Make every file of a run again from its journal.

    Given two runs, print what they found side by side. Given shards of a run, put them together as a run of its own.
    """
    with one_line_mistakes():
        folders = [find_run(run, output) for run in runs or [LATEST]]
        if len(folders) == 1:
            _rebuild(folders[0])
        elif _are_shards(folders):
            _merge(folders, output)
        else:
            _compare(folders)


def _are_shards(folders: list[Path]) -> bool:
    """Whether runs are to be put together; ValueError where only some of them are shards."""
    from pytest_pytyche.report.merge import shard_of  # noqa: PLC0415  # loads polars

    shards = {folder.name: shard_of(folder) for folder in folders}
    whole = [name for name, shard in shards.items() if shard is None]
    if whole and len(whole) < len(shards):
        raise ValueError(f"{whole[0]} is a whole run, and others are shards; expected shards of one run, or two runs")
    return not whole


def _compare(folders: list[Path]) -> None:
    from pytest_pytyche.report.compare import side_by_side  # noqa: PLC0415  # loads polars
    from pytest_pytyche.report.run import load_run  # noqa: PLC0415  # as above

    if len(folders) > 2:
        raise ValueError(f"{len(folders)} runs; expected one, two to show side by side, or the shards of one")
    typer.echo("\n".join(side_by_side(*map(load_run, folders))))


def _merge(folders: list[Path], output: Path) -> None:
    from pytest_pytyche.report.merge import merge  # noqa: PLC0415  # loads polars

    folder, missing = merge(folders, output)
    typer.echo(f"merged: {len(folders)} shards into {folder}")
    if missing:
        typer.echo(f"missing: shards {', '.join(missing)}; --pytyche-resume={folder.name} runs them")
    _rebuild(folder)


def _rebuild(folder: Path) -> None:
    from pytest_pytyche.report.outcome import outcome  # noqa: PLC0415  # loads polars
    from pytest_pytyche.report.run import rebuild  # noqa: PLC0415  # as above

    run = rebuild(folder)
    found = outcome(run)
    typer.echo(f"{found.word}: {found.sentence}")
    for note in run.notes:
        typer.echo(note)
    typer.echo(f"written: {folder / 'report.html'}")
