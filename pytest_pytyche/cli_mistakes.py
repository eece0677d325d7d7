"""How a command of `pytyche` ends when it cannot do what was asked: one line, and a status that tells why."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pytest_pytyche.text import shown

NOT_WRITTEN, MISTAKE = 1, 2


@contextmanager
def one_line_mistakes() -> Iterator[None]:
    """Status 2 for what cannot be meant (ValueError), 1 for what the system refuses (OSError)."""
    try:
        yield
    except ValueError as error:
        _end(str(error), MISTAKE)
    except OSError as error:
        _end(f"{error.filename}: {error.strerror}" if error.filename else str(error), NOT_WRITTEN)


def _end(message: str, status: int) -> None:
    typer.echo(f"pytyche: {shown(message, 1000)}", err=True)
    raise typer.Exit(status) from None
