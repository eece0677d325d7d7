"""`pytyche report`: a run's files made again from its journal, or two runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.run_folders import LATEST, find_run

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, its name, the start of it, or 'latest'.")]
Other = Annotated[str | None, typer.Argument(metavar="[OTHER]", help="A run to show beside it.")]
Output = Annotated[Path, typer.Option("--output", metavar="DIR", help="Folder for results, as of --pytyche-output.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(run: Run = LATEST, other: Other = None, output: Output = Path(".pytyche")) -> None:
    """Make every file of RUN again from its journal; with OTHER, print what the two runs found side by side."""
    with one_line_mistakes():
        folder = find_run(run, output)
        if other is None:
            _rebuild(folder)
            return
        from pytest_pytyche.report.compare import side_by_side  # noqa: PLC0415  # loads polars
        from pytest_pytyche.report.run import load_run  # noqa: PLC0415  # as above

        typer.echo("\n".join(side_by_side(load_run(folder), load_run(find_run(other, output)))))


def _rebuild(folder: Path) -> None:
    from pytest_pytyche.report.outcome import outcome  # noqa: PLC0415  # loads polars
    from pytest_pytyche.report.run import rebuild  # noqa: PLC0415  # as above

    run = rebuild(folder)
    found = outcome(run)
    typer.echo(f"{found.word}: {found.sentence}")
    for note in run.notes:
        typer.echo(note)
    typer.echo(f"written: {folder / 'report.html'}")
