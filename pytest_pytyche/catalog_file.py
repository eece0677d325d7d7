"""A catalog file, `NAME.pytyche.toml`: read, checked, and its specs built; or refused in one line."""

import tomllib
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pytest_pytyche.catalog_model import CatalogFile, Design
from pytest_pytyche.generators.catalog import DEFAULT_TEMPLATES, ScenarioSpec, build_catalog, profile_catalog
from pytest_pytyche.generators.observed import METRICS
from pytest_pytyche.generators.registry import load_template
from pytest_pytyche.toml_errors import explain, line_of, place
from pytest_pytyche.toml_errors import path as dotted

SUFFIX = ".pytyche.toml"
MAX_BYTES = 2**20
MAX_SPECS = 20_000
MAX_CASES = 1_000_000
CORE = ("effect_scale", "channel_mode")


class CatalogFileError(ValueError):
    """A catalog file that cannot be used; the message is one line that names file, line, key, value and choices."""


class PartError(ValueError):
    """A part of a catalog file that only shows to be wrong when it is used; `location`: its keys and positions."""

    def __init__(self, location: tuple[int | str, ...], message: str) -> None:
        super().__init__(f"{dotted(location)}: {message}")
        self.location = location


def located(error: PartError, path: Path, shown: str | None = None) -> str:
    """The message with file and line before it."""
    name = shown or str(path)
    return f"{_at(name, line_of(_text(path, name), error.location))}: {error}"


def read_catalog_file(path: Path, shown: str | None = None) -> CatalogFile:
    """What the file says; CatalogFileError where it cannot be meant. `shown`: what messages call the file."""
    name, text = shown or str(path), _text(path, shown or str(path))
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogFileError(f"{name}: not TOML: {error}") from None
    except RecursionError:
        raise CatalogFileError(f"{name}: not usable: its tables or arrays are nested too deeply") from None
    try:
        found = CatalogFile.model_validate(content)
    except ValidationError as error:
        details = error.errors()[0]
        raise CatalogFileError(f"{_at(name, line_of(text, place(details)))}: {explain(details)}") from None
    _require_size(found, f"{_at(name, line_of(text, ('grids',)))}")
    return found


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise CatalogFileError(f"{name} is larger than {MAX_BYTES:,} bytes, which no catalog file needs to be")
        return data.decode("utf-8")
    except OSError as error:
        raise CatalogFileError(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogFileError(f"{name}: not TOML: byte {error.start} is not UTF-8") from None


def _at(name: str, line: int | None) -> str:
    return name if line is None else f"{name}:{line}"


def _require_size(file: CatalogFile, where: str) -> None:
    """Refuse grids and designs that multiply to more than anybody runs, before any of it is built."""
    specs = most_specs(file)
    if specs > MAX_SPECS:
        what = "designs" if file.grids is None else "grids"
        raise CatalogFileError(f"{where}: {what} make up to {specs:,} specs; expected at most {MAX_SPECS:,}")
    cases = specs * len(seeds_of(file)) * len(file.estimators)
    if cases > MAX_CASES:
        raise CatalogFileError(
            f"{where}: {specs:,} specs × {len(seeds_of(file)):,} seeds × {len(file.estimators)} estimators are "
            f"{cases:,} fits; expected at most {MAX_CASES:,}"
        )


def most_specs(file: CatalogFile) -> int:
    """An upper bound on the specs of the grids, repeats included; without grids those of the designs with knobs.

    Two templates × two metrics × three effect scales × two channel modes, and five values swept for both metrics, make
    at most 2·2·3·2 + 5·2 = 34.
    """
    metrics = len(file.metrics or METRICS)
    if file.grids is None:
        knobs = [design.knobs for design in file.designs or () if design.knobs is not None]
        return metrics * sum(prod(len(v) for v in values.values() if isinstance(v, list)) for values in knobs)
    grids: Mapping[str, Any] = file.grids.model_dump(exclude_none=True)
    core = prod(len(grids.get(name) or [None]) for name in CORE) * len(file.templates or DEFAULT_TEMPLATES)
    swept = sum(len(values) for name, values in grids.items() if name not in CORE)
    return metrics * (core + swept + (file.categorical_driver is not None))


def seeds_of(file: CatalogFile) -> tuple[int, ...]:
    """The seeds, of which a number is the count."""
    return tuple(range(file.seeds)) if isinstance(file.seeds, int) else tuple(file.seeds)


def specs_of(file: CatalogFile) -> list[ScenarioSpec]:
    """The specs of the profile, the grids or the designs; PartError, one line, where they make no catalog."""
    if file.profile is not None:
        return _profile_specs(file, file.profile)
    if file.grids is None:
        designs = enumerate(file.designs or ())
        return [spec for position, design in designs for spec in _design_specs(position, design, file.metrics)]
    grids = file.grids.model_dump(exclude_none=True)
    try:
        return build_catalog(
            templates=file.templates,
            metric_ids=file.metrics,
            categorical_driver=file.categorical_driver,
            **{f"{name}_grid": values for name, values in grids.items()},
            **{f"default_{name}": value for name, value in file.defaults.model_dump().items()},
        )
    except ValueError as error:
        raise PartError(("grids",), str(error)) from error


def _profile_specs(file: CatalogFile, profile: str) -> list[ScenarioSpec]:
    try:
        return profile_catalog(profile, templates=file.templates, metric_ids=file.metrics)
    except ValueError as error:
        key = next((key for key in ("templates", "metrics") if str(error).startswith(key.removesuffix("s"))), "profile")
        raise PartError((key,), str(error)) from error


def _design_specs(position: int, design: Design, metrics: list[str] | None) -> Sequence[ScenarioSpec]:
    try:
        template = load_template(design.template)
        wanted = [metric for metric in template.metric_ids if metrics is None or metric in metrics]
        if not wanted:
            raise ValueError(
                f"template {template.name!r} has none of metrics={metrics}; it has {list(template.metric_ids)}"
            )
        return template.specs(design.cells, wanted)
    except ValueError as error:
        raise PartError(("designs", position), str(error)) from error
