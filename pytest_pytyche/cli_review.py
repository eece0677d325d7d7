"""`pytyche review`, `accept` and `reject`: settle truths that a run received and that differ from the stored ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.review.received import Received, ReviewError, choose, pending
from pytest_pytyche.run_folders import LATEST, find_run

OUTPUT = ".pytyche"
EVERYTHING = "*"

Pattern = Annotated[
    str, typer.Argument(metavar="PATTERN", help="Specs to settle, such as 'reversal-*' or constant-cr-es1-s0.")
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, its name or the start of it.")]
RunOption = Annotated[str, typer.Option("--run", metavar="RUN", help="A run's folder, its name or the start of it.")]
Output = Annotated[Path, typer.Option("--output", metavar="DIR", help="Folder for results, as of --pytyche-output.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(short_help="Show changed truths beside the stored ones, on a page.")(review)
    app.command(short_help="Store received truths in place of the stored ones.")(accept)
    app.command(short_help="Forget received truths; the stored ones stay.")(reject)


def review(
    run: Run = LATEST,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the page on 127.0.0.1, with buttons.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port for --serve; 0 takes a free one.")] = 0,
    output: Output = Path(OUTPUT),
) -> None:
    """Show changed truths, stored and received side by side, on a page of its own."""
    with one_line_mistakes():
        folder = find_run(run, output)
        received = pending(folder)
        if serve:
            _serve(folder, port)
            return
        from pytest_pytyche.review.page import write  # noqa: PLC0415  # loads jinja2, for those who want the page

        path = write(folder, received)
        _say(f"{_count(received)} to settle: {path}")


def accept(pattern: Pattern = EVERYTHING, run: RunOption = LATEST, output: Output = Path(OUTPUT)) -> None:
    """Store what the run received as the truth of the specs that match PATTERN (default: all)."""
    from pytest_pytyche.review.settle import accept as store  # noqa: PLC0415  # for those who need it

    _settle(pattern, run, output, store)


def reject(pattern: Pattern = EVERYTHING, run: RunOption = LATEST, output: Output = Path(OUTPUT)) -> None:
    """Forget what the run received for the specs that match PATTERN (default: all); stored truths stay."""
    from pytest_pytyche.review.settle import reject as forget  # noqa: PLC0415  # for those who need it

    _settle(pattern, run, output, forget)


def _settle(pattern: str, run: str, output: Path, action: Callable[[Received], object]) -> None:
    with one_line_mistakes():
        folder = find_run(run, output)
        chosen = choose(pending(folder), pattern)
        if not chosen:
            _say(f"nothing to settle in {folder}")
        for received in chosen:
            _say(str(action(received)))


def _serve(folder: Path, port: int) -> None:
    from pytest_pytyche.review.serve import Review, Server  # noqa: PLC0415  # loads jinja2 and http.server

    try:
        server = Server(Review(folder, _say), port)
    except OSError as error:
        raise ReviewError(f"--port={port} cannot be listened to: {error.strerror}") from error
    with server:
        _say(f"review {folder.name} at {server.url}\nCtrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            _say(f"ended; {_count(pending(folder))} left to settle")


def _say(line: str) -> None:
    typer.echo(line)


def _count(received: list[Received]) -> str:
    return "1 truth" if len(received) == 1 else f"{len(received)} truths"
