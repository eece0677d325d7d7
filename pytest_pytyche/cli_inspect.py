"""`pytyche inspect`: traces of runs as logs of inspect_ai."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pare_harness.trace_model import Trace

Traces = Annotated[Path, typer.Argument(metavar="TRACES", help="The folder that --pare-traces has filled.")]
Logs = Annotated[Path, typer.Argument(metavar="LOGS", help="Where the logs go, for inspect view --log-dir.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="inspect", short_help="Make logs that inspect_ai reads of traces.")(inspect)


def inspect(traces: Traces, logs: Logs) -> None:
    """Write traces as logs that inspect_ai reads: one for each check, scenarios as samples, runs as epochs."""
    with one_line_mistakes():
        for path in _write(_read(traces), logs):
            typer.echo(str(path))


def _read(folder: Path) -> "dict[str, list[Trace]]":
    from pare_harness.trace_model import Trace  # noqa: PLC0415  # loads pydantic

    found: dict[str, list[Trace]] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            trace = Trace.model_validate_json(path.read_bytes())
        except ValueError as error:
            raise ValueError(shown(f"{path} is no trace of version 1: {error}")) from None
        found.setdefault(trace.check or "run", []).append(trace)
    if not found:
        raise ValueError(f"{folder} holds no traces; expected a folder that --pare-traces has filled")
    return found


def _write(checks: "dict[str, list[Trace]]", folder: Path) -> list[Path]:
    from pare_harness.files import file_name, write_atomically  # noqa: PLC0415  # as below
    from pare_harness.inspect_logs import eval_log  # noqa: PLC0415  # loads scipy

    created = datetime.now(UTC).isoformat(timespec="seconds")
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for check, traces in checks.items():
        log = eval_log(check, traces, created)
        path = (
            folder / f"{created.replace(':', '-')}_{file_name(check.replace(' ', '-'))}_{log['eval']['eval_id']}.json"
        )
        write_atomically(path, json.dumps(log, ensure_ascii=False, indent=1).encode())
        written.append(path)
    return written
