"""The command `pytyche`."""

import typer

from pytest_pytyche import cli_review

app = typer.Typer(name="pytyche", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
cli_review.register(app)


@app.callback()
def pytyche() -> None:
    """Synthetic experiments with known effects: what runs found, and what is to be settled."""
