"""Scenarios from files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pare_harness import compat
from pare_harness.scenarios.loading import load_file
from pare_harness.scenarios.scenario import Scenario
from pare_harness.scenarios.utils.registry import Discovery, DiscoveryError, IncompleteDiscoveryError, ScenarioRegistry
from pare_harness.scenarios.utils.registry import registry as default_registry

VARIABLE = "PARE_SCENARIOS_DIR"


def discover(paths: Iterable[str | Path], registry: ScenarioRegistry = default_registry) -> Discovery:
    """Import scenario files and enter what they register into `registry`.

    A folder stands for the `*.py` files directly in it, by name, without those that begin with "_". Each path that is
    absent, holds no scenario, does not import, or takes an id that another file has, is an error of the result; the
    other files are found all the same. Files written for PARE and Meta-ARE are imported unchanged, see `compat`.
    """
    compat.install()
    files, errors = _files(paths)
    scenarios: dict[str, type[Scenario]] = {}
    for file in files:
        loaded = load_file(file)
        if isinstance(loaded, DiscoveryError):
            errors.append(loaded)
            continue
        for scenario_id, cls in loaded.items():
            try:
                registry.add(scenario_id, cls)
            except ValueError as taken:
                errors.append(DiscoveryError(file, str(taken)))
            else:
                scenarios[scenario_id] = cls
    return Discovery(scenarios, tuple(errors))


def _files(paths: Iterable[str | Path]) -> tuple[list[Path], list[DiscoveryError]]:
    """Every file once, in order, and the paths that stand for none."""
    files: dict[Path, None] = {}
    errors: list[DiscoveryError] = []
    for path in map(Path, paths):
        found = _scenario_files(path) if path.is_dir() else [path]
        if not path.exists():
            errors.append(DiscoveryError(path, "no such file or folder"))
        elif not found:
            errors.append(
                DiscoveryError(path, "no scenario files in this folder; expected *.py, not beginning with '_'")
            )
        else:
            files |= dict.fromkeys(file.resolve() for file in found)
    return list(files), errors


def _scenario_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))


def register_pare_scenarios(registry: ScenarioRegistry) -> None:
    """Enter the scenarios of the folders named in the environment variable `PARE_SCENARIOS_DIR` into `registry`.

    The folders are separated by commas; a relative one is looked up in the working directory, then in the package
    `pare_harness.scenarios`. Raises `IncompleteDiscoveryError` naming each file that failed, once the others are in.
    """
    named = [name.strip() for name in os.environ.get(VARIABLE, "").split(",")]
    errors = discover([_folder(name) for name in named if name], registry).errors
    if errors:
        raise IncompleteDiscoveryError(errors)


def _folder(name: str) -> Path:
    own = Path(__file__).parent / name
    return Path(name) if Path(name).exists() or not own.exists() else own


def load_split(path: str | Path) -> tuple[str, ...]:
    """The scenario ids of a split: a text file with one id per line, blank lines and comments (`#` first) aside.

    Raises `ValueError` for an id that is named twice, or when there is none.
    """
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    ids = [line for line in lines if line and not line.startswith("#")]
    repeated = sorted({scenario_id for scenario_id in ids if ids.count(scenario_id) > 1})
    if repeated or not ids:
        raise ValueError(f"split {path}: " + (f"{repeated[0]!r} is named twice" if repeated else "names no scenario"))
    return tuple(ids)
