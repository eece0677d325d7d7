"""The command `pytyche`."""

from importlib.metadata import version
from typing import Annotated

import typer

from pytest_pytyche import cli_baseline, cli_cache, cli_catalog, cli_inspect, cli_report, cli_review

app = typer.Typer(name="pytyche", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pytest-pytyche {version('pytest-pytyche')}")
        raise typer.Exit


@app.callback()
def pytyche(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Synthetic experiments with known effects: catalogs, data, what runs found, and what is to be settled.

    Ends with status 0 when it did what was asked, 2 for a mistake in what was typed or named, and 1 where the system
    refused, such as for a full disk.
    """


for commands in (cli_catalog, cli_report, cli_review, cli_inspect):
    commands.register(app)
app.add_typer(cli_baseline.app, name="baseline")
app.add_typer(cli_cache.app, name="cache")
