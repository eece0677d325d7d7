"""`pytyche cache show` and `pytyche cache clear`: what earlier runs fitted, and how to be rid of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.fits.settings import CACHE_FOLDER, CacheSettings
from pytest_pytyche.quantities import size_text

if TYPE_CHECKING:
    from pytest_pytyche.fits.cache import FitCache

Folder = Annotated[
    Path, typer.Option("--cache", metavar="DIR", help="Folder of the cache, as of --pytyche-cache.", show_default=True)
]
DEFAULT = Path(".pytyche", CACHE_FOLDER)

app = typer.Typer(no_args_is_help=True, help="Look into the cache of fits, or empty it.")


@app.command()
def show(cache: Folder = DEFAULT) -> None:
    """Say how many fits the cache holds, and how large they are."""
    with one_line_mistakes():
        entries = _open(cache).entries()
        typer.echo(f"{cache}: {len(entries)} fits, {size_text(sum(entry.size for entry in entries))}")


@app.command()
def clear(cache: Folder = DEFAULT) -> None:
    """Remove every fit from the cache; runs make them again."""
    with one_line_mistakes():
        typer.echo(f"{cache}: {_open(cache).clear()} fits removed")


def _open(folder: Path) -> "FitCache":
    from pytest_pytyche.fits.cache import FitCache  # noqa: PLC0415  # heavy

    return FitCache(CacheSettings(folder, 0))
