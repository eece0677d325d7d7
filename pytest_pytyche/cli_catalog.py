"""`pytyche catalog` and `pytyche generate`: what a catalog holds, and the data of one of its specs."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pytest_pytyche.cli_mistakes import one_line_mistakes
from pytest_pytyche.text import aligned, shown

if TYPE_CHECKING:
    import polars as pl

    from pytest_pytyche.generators.core import V2GeneratorConfig
    from pytest_pytyche.generators.scenarios import ScenarioSpec

SUFFIX = ".pytyche.toml"
MAX_SEED = 2**63 - 1
CELL = 60

Name = Annotated[str, typer.Argument(metavar="CATALOG", help="A profile such as hmc2020, or a file.")]


class Format(StrEnum):
    """What data are written as."""

    PARQUET = "parquet"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(short_help="List the specs of a profile or of a catalog file.")(catalog)
    app.command(short_help="Write the data of a spec, and apart from them the truth.")(generate)


def catalog(
    name: Name = "standard",
    templates: Annotated[str, typer.Option(metavar="NAMES", help="Only these scenario templates.")] = "",
    metric: Annotated[str, typer.Option(metavar="NAMES", help="Only these metrics.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the specs of a profile, or of a catalog file, in the order in which they run."""
    with one_line_mistakes():
        specs = _narrowed(read_catalog(name), templates, metric)
        rows = [_row(key, spec) for key, spec in specs.items()]
        if as_json:
            typer.echo(json.dumps(rows, indent=2, default=repr))
            return
        table = [("spec", "template", "metric", "knobs"), *map(_cells, rows)]
        typer.echo("\n".join(aligned(table, left=4)))


def generate(  # noqa: PLR0917  # typer reads the options from the signature
    spec: Annotated[str, typer.Argument(help="Id of a spec, as `pytyche catalog` lists it.")],
    catalog: Annotated[str, typer.Option(metavar="CATALOG", help="The profile or file that it is of.")] = "standard",
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of the data.")] = 0,
    visitors: Annotated[int | None, typer.Option(min=1, help="Other number of visitors.")] = None,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the two files.")] = Path(),
    format_: Annotated[Format, typer.Option("--format", help="Of both files.")] = Format.PARQUET,
) -> None:
    """Write what one would observe, and apart from it the truth, row for row."""
    with one_line_mistakes():
        config = _config(catalog, spec, seed, visitors)
        from pytest_pytyche.generators.core import generate_v2_core  # noqa: PLC0415  # heavy
        from pytest_pytyche.generators.truth_frame import truth_frame  # noqa: PLC0415  # heavy

        bundle = generate_v2_core(config)
        output.mkdir(parents=True, exist_ok=True)
        stem = f"{spec}-s{seed}"
        for part, frame in (("observed", bundle.observed.visitors), ("truth", truth_frame(bundle))):
            path = output / f"{stem}.{part}.{format_}"
            _write(frame, path, format_)
            typer.echo(f"{path}: {frame.height:,} rows, {frame.width} columns")


def read_catalog(name: str) -> "dict[str, ScenarioSpec]":
    """Specs by id; ValueError, one line, where there is no such catalog."""
    from pytest_pytyche.generators.catalog import profile_catalog, spec_id  # noqa: PLC0415  # heavy
    from pytest_pytyche.generators.registry import installed_templates, own_specs  # noqa: PLC0415  # heavy

    if name.endswith(SUFFIX):
        from pytest_pytyche.catalog_file import PartError, located, read_catalog_file, specs_of  # noqa: PLC0415  # heavy

        sys.path.append(str(Path(name).parent))
        try:
            specs = specs_of(read_catalog_file(Path(name)))
        except PartError as error:
            raise ValueError(located(error, Path(name))) from error
    elif ":" in name or name in installed_templates():
        sys.path.append(str(Path.cwd()))
        specs = own_specs(name)
    else:
        specs = profile_catalog(name)
    return {spec_id(spec): spec for spec in specs}


def _narrowed(specs: "dict[str, ScenarioSpec]", templates: str, metrics: str) -> "dict[str, ScenarioSpec]":
    from pytest_pytyche.generators.catalog import metric_name, template_name  # noqa: PLC0415  # heavy
    from pytest_pytyche.generators.knobs import choose  # noqa: PLC0415  # heavy

    kept = specs
    for option, given, label in (
        ("--templates", templates, template_name),
        ("--metric", metrics, metric_name),
    ):
        names = [name.strip() for name in given.split(",") if name.strip()]
        for name in names:
            choose(option, name, tuple(dict.fromkeys(map(label, specs.values()))))
        kept = {key: spec for key, spec in kept.items() if not names or label(spec) in names}
    return kept


def _row(key: str, spec: "ScenarioSpec") -> dict[str, Any]:
    from pytest_pytyche.generators.catalog import metric_name, template_name  # noqa: PLC0415  # heavy

    knobs = {name: value for name, value in spec[1].items() if name != "metric_id"}
    return {"spec": key, "template": template_name(spec), "metric": metric_name(spec), "knobs": knobs}


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    knobs = " ".join(f"{name}={value}" for name, value in row["knobs"].items() if value is not None)
    return shown(row["spec"], CELL), row["template"], row["metric"], shown(knobs)


def _config(catalog: str, spec_id: str, seed: int, visitors: int | None) -> "V2GeneratorConfig":
    from difflib import get_close_matches  # noqa: PLC0415  # only when there is an error to report

    specs = read_catalog(catalog)
    if spec_id not in specs:
        close = get_close_matches(spec_id, specs, n=1) or list(specs)[:1]
        such = "".join(f", such as {one!r}" for one in close)
        raise ValueError(f"{spec_id!r} is no spec of {catalog!r}, which has {len(specs) or 'none'}{such}")
    template, knobs = specs[spec_id]
    own = {} if visitors is None else {"n_visitors": visitors}
    return template(seed=seed, **{**knobs, **own})[0]


def _write(frame: "pl.DataFrame", path: Path, format_: Format) -> None:
    from pytest_pytyche.files import write_atomically, write_table  # noqa: PLC0415  # for those who write

    if format_ is Format.PARQUET:
        write_table(path, frame)
    else:
        write_atomically(path, frame.write_csv)
