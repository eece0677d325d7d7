"""`pytyche baseline show` and `pytyche baseline diff`: what a stored baseline holds, and how two of them differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.text import aligned, shown

if TYPE_CHECKING:
    from pytest_pytyche.baselines import Baseline

File = Annotated[Path, typer.Argument(metavar="FILE", help="What --pytyche-baseline-update or --pare- wrote.")]

app = typer.Typer(no_args_is_help=True, help="Look into stored baselines.")


@app.command()
def show(file: File) -> None:
    """Say what a baseline is of, and print its means by template and candidate, without runs that ended as infra."""
    with one_line_mistakes():
        typer.echo("\n".join(_described(_read(file))))


@app.command()
def diff(old: File, new: File) -> None:
    """Judge NEW against OLD as a session would, and print what did not pass. Always ends with status 0."""
    with one_line_mistakes():
        typer.echo("\n".join(_verdicts(old, _read(old), _read(new))))


def _read(path: Path) -> "Baseline":
    from pytest_pytyche.baselines import ESTIMATES, SCENARIOS, BaselineError, read_baseline  # noqa: PLC0415  # heavy

    try:
        return read_baseline(path)
    except BaselineError as mistake:
        try:
            return read_baseline(path, kind=SCENARIOS)
        except BaselineError:
            raise BaselineError(str(mistake).replace(ESTIMATES.flag, "--pytyche-baseline or --pare-baseline")) from None


def _described(baseline: "Baseline") -> Iterator[str]:
    frame, (subject, replicate, candidate) = baseline.frame, baseline.kind.key
    of = f"{frame[subject].n_unique()} {subject}s × {frame[replicate].n_unique()} {replicate}s"
    yield shown(f"{baseline.kind.format} of {baseline.catalog}: {of}; {', '.join(map(str, frame[candidate].unique()))}")
    yield shown("; ".join(f"{name} {value}" for name, value in baseline.environment.items()), 1000)
    yield ""
    yield from _means(baseline)


def _means(baseline: "Baseline") -> Iterator[str]:
    import polars as pl  # noqa: PLC0415  # heavy
    import polars.selectors as cs  # noqa: PLC0415  # as above

    frame, candidate = baseline.frame, baseline.kind.key[2]
    valid, counts = pl.lit(value=True), []
    if "status" in frame.columns:
        frame = frame.with_columns(success=pl.col("status") == "success", turns=pl.col("number_of_turns"))
        valid = pl.col("status") != "infra"
        counts = [valid.sum().alias("runs"), (~valid).sum().alias("infra")]
    keys = [name for name in ("template", "metric", candidate) if name in frame.columns]
    numbers = [name for name in frame.select(cs.float()).columns if not name.startswith("coverage_")][:6]
    numbers += [name for name in ("coverage_cate", "success", "proposal_count", "turns") if name in frame.columns]
    means = frame.group_by(keys, maintain_order=True).agg(*counts, cs.by_name(numbers).filter(valid).mean())
    yield from aligned([means.columns, *(_row(row, len(keys)) for row in means.iter_rows())], left=len(keys))


def _row(row: tuple[object, ...], keys: int) -> list[str]:
    numbers = [
        "–" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value) for value in row[keys:]
    ]
    return [*(shown(value) for value in row[:keys]), *numbers]


def _verdicts(path: Path, old: "Baseline", new: "Baseline") -> list[str]:
    from pytest_pytyche.baselines import SCENARIOS  # noqa: PLC0415  # heavy
    from pytest_pytyche.gate import GateRules, judge  # noqa: PLC0415  # heavy
    from pytest_pytyche.gate.agents import judge_agents  # noqa: PLC0415  # heavy
    from pytest_pytyche.report.verdict_text import verdict_lines  # noqa: PLC0415  # heavy

    if old.kind != new.kind:
        raise ValueError(f"one is a {old.kind.format}, the other a {new.kind.format}; expected two of a kind")
    if old.catalog != new.catalog:
        raise ValueError(
            f"one is of catalog {old.catalog!r}, the other of {new.catalog!r}; expected two of one catalog"
        )
    judged = judge_agents if old.kind == SCENARIOS else judge
    frame = judged(new.frame, {path.stem: old}, GateRules(), new.environment).frame
    return verdict_lines(frame) or ["nothing to compare"]
