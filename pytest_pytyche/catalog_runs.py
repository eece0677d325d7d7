"""A catalog file as a session runs it: what the file says, unless the command line says otherwise."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pytest_pytyche.cases import Catalog
from pytest_pytyche.catalog_file import CatalogFileError, PartError, located, read_catalog_file, seeds_of, specs_of
from pytest_pytyche.catalog_model import CatalogFile, EstimatorEntry, Gate, Pare
from pytest_pytyche.catalogs import find_catalog, narrowed, specs_by_id
from pytest_pytyche.estimators.naming import EstimatorNotFound
from pytest_pytyche.estimators.registry import Parametrised
from pytest_pytyche.files import sha256_of
from pytest_pytyche.gate_settings import GateSettings, require_distinct
from pytest_pytyche.generators.scenarios import ScenarioSpec
from pytest_pytyche.option_tables import CASSETTES
from pytest_pytyche.pare.collection import report_cassettes
from pytest_pytyche.pare.settings import PareSettings
from pytest_pytyche.plans import Plan
from pytest_pytyche.runtime import start_runtime
from pytest_pytyche.settings import Settings
from pytest_pytyche.state import FILES, PARE, SETTINGS, UNTOLD, settings_of

Value = TypeVar("Value")


@dataclass(frozen=True)
class FileRun:
    """What is done with a catalog file. `ids`: of all its specs, however few of them are run."""

    plan: Plan
    checks: tuple[str, ...]
    gate: GateSettings
    ids: frozenset[str]
    has_scenarios: bool


def adopt(config: pytest.Config, path: Path) -> FileRun:
    """The file's run, made when first asked for; pytest.UsageError, one line, for what cannot be meant."""
    known = config.stash.setdefault(FILES, {})
    if path not in known:
        name = shown(config, path)
        try:
            known[path] = _adopted(config, path, name, read_catalog_file(path, name))
            config.stash.setdefault(UNTOLD, {})[name] = sha256_of(path)
        except CatalogFileError as error:
            raise pytest.UsageError(str(error)) from error
    return known[path]


def shown(config: pytest.Config, path: Path) -> str:
    """The file as node ids have it."""
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else path.as_posix()


def _adopted(config: pytest.Config, path: Path, name: str, file: CatalogFile) -> FileRun:
    settings = settings_of(config)
    _find_modules_beside(config, path, file)
    specs = _specs(config, settings, path, file)
    estimators = _estimators(config, settings, path, file)
    checks = (settings.checks if _typed(config, "check") else tuple(file.checks)) if specs else ()
    if "truth" in checks and not config.pluginmanager.hasplugin("syrupy"):
        raise pytest.UsageError(f"{name}: the check 'truth' needs syrupy; leave out -p no:syrupy, or name other checks")
    seeds = settings.seeds if _typed(config, "seeds") else seeds_of(file)
    catalog = Catalog(name, path, _wanted(config, settings, name, specs), built_in=False)
    gate = _gate(config, settings.gate, path, file)
    if file.pare is not None:
        judged = settings.gate._replace(pare_baselines=gate.pare_baselines)
        _adopt_scenarios(config, settings._replace(gate=judged), path, file.pare)
    return FileRun(
        plan=Plan(catalog, seeds, estimators),
        checks=checks,
        gate=gate,
        ids=frozenset(specs),
        has_scenarios=file.pare is not None,
    )


def _typed(config: pytest.Config, option: str, prefix: str = "pytyche") -> bool:
    return config.getoption(f"{prefix}_{option}") is not None


def _specs(config: pytest.Config, settings: Settings, path: Path, file: CatalogFile) -> dict[str, ScenarioSpec]:
    if _typed(config, "profile") and settings.profile is not None:
        whole = settings._replace(templates=(), metrics=())
        return dict(find_catalog(config, whole, settings.profile).specs)
    try:
        return specs_by_id(shown(config, path), specs_of(file))
    except PartError as error:
        raise pytest.UsageError(located(error, path, shown(config, path))) from error


def _wanted(
    config: pytest.Config, settings: Settings, name: str, specs: dict[str, ScenarioSpec]
) -> dict[str, ScenarioSpec]:
    """Those that the command line leaves; what the ini file says of templates and metrics is not about this file."""
    if not specs:
        return {}
    templates = settings.templates if _typed(config, "templates") else ()
    metrics = settings.metrics if _typed(config, "metric") else ()
    return narrowed(name, specs, settings._replace(templates=templates, metrics=metrics))


def _estimators(config: pytest.Config, settings: Settings, path: Path, file: CatalogFile) -> tuple[str, ...]:
    """Their names; those with a factory of their own become known."""
    runtime = start_runtime(config)
    for entry in file.estimators:
        if isinstance(entry, EstimatorEntry) and entry.factory is not None:
            known, made = runtime.factories.get(entry.name), Parametrised(entry.factory, entry.parameters)
            if known is not None and known != made:
                raise pytest.UsageError(f"{shown(config, path)}: estimator {entry.name!r} is defined twice: {known!r}")
            runtime.factories[entry.name] = made
    if _typed(config, "estimator"):
        return settings.estimators
    names = tuple(entry if isinstance(entry, str) else entry.name for entry in file.estimators)
    for position, name in enumerate(names if "estimate" in file.checks else ()):
        try:
            runtime.estimator(name)
        except EstimatorNotFound as error:
            mistake = PartError(("estimators", position), str(error))
            raise pytest.UsageError(located(mistake, path, shown(config, path))) from error
    return names


def _find_modules_beside(config: pytest.Config, path: Path, file: CatalogFile) -> None:
    """Let `module:name` name a file next to the catalog file, behind everything that is installed."""
    folder = str(path.parent)
    named = [entry if isinstance(entry, str) else entry.factory or entry.name for entry in file.estimators]
    named += [design.template for design in file.designs or ()]
    named += [] if file.pare is None else [file.pare.agent, file.pare.user]
    if any(":" in name for name in named) and folder not in sys.path:
        sys.path.append(folder)
        config.add_cleanup(lambda: sys.path.remove(folder))


def _gate(config: pytest.Config, typed: GateSettings, path: Path, file: CatalogFile) -> GateSettings:
    rules, pare = file.gate, file.pare
    days = () if pare is None else _baselines(path, config, pare.baselines)
    return typed._replace(
        baselines=typed.baselines if _typed(config, "baseline") else _baselines(path, config, rules.baselines),
        limits=typed.limits if _typed(config, "limit") else tuple(_limits(rules)),
        expected=typed.expected if _typed(config, "expect_fail") else tuple(_expectations(rules)),
        strict=typed.strict or rules.strict,
        pare_baselines=typed.pare_baselines if _typed(config, "baseline", "pare") else days,
    )


def _baselines(path: Path, config: pytest.Config, names: Sequence[str]) -> tuple[Path, ...]:
    paths = _beside(path, names)
    require_distinct(paths, shown(config, path), names)
    return paths


def _limits(rules: Gate) -> list[str]:
    """As typed on a command line."""
    return [
        f"{limit.metric}{sign}{bound!r} @ {limit.where}"
        for limit in rules.limits
        for sign, bound in (("<=", limit.max), (">=", limit.min))
        if bound is not None
    ]


def _expectations(rules: Gate) -> list[str]:
    return [
        f"{entry.where}{f'/{entry.metric}' if entry.metric else ''}: {entry.reason}"
        for entry in rules.expected_failures
    ]


def pare_mistake(config: pytest.Config, path: Path, message: str) -> str:
    """A message with the file before it; one about an option whose value the file has tells key and line instead.

    That may go by the name of an ini key, although the file has taken its place.
    """
    found = re.match(r"(--pare-|pare_)(?P<option>[a-z_-]+)[:=]\s*", message)
    key = found["option"].replace("-", "_") if found else ""
    if found is None or key not in Pare.model_fields or _typed(config, key, "pare"):
        return f"{shown(config, path)}: {message}"
    return located(PartError(("pare", key), message[found.end() :]), path, shown(config, path))


def _beside(path: Path, names: Sequence[str]) -> tuple[Path, ...]:
    return tuple(path.parent / name for name in names)


def _require_unsettled(config: pytest.Config, name: str) -> None:
    """Let no test have asked for scenarios before; one that found none is skipped, as it would be without the file."""
    found = config.stash.get(PARE, None)
    if found is not None and (found.cases or found.errors):
        raise pytest.UsageError(f"{name}: [pare] comes after tests that use other scenarios; name the file before them")
    if found is not None:
        del config.stash[PARE]


def _adopt_scenarios(config: pytest.Config, settings: Settings, path: Path, pare: Pare) -> None:
    """Let the scenarios of the file be those of the session, which has one set of them."""
    others = [shown(config, other) for other, run in config.stash[FILES].items() if run.has_scenarios]
    name = shown(config, path)
    if others:
        raise pytest.UsageError(f"{name}: [pare] stands in {others[0]} too; run one of the two at a time")
    _require_unsettled(config, name)
    given = settings.pare
    for folder in (*_beside(path, pare.scenarios), *_beside(path, [pare.config] if pare.config else [])):
        if not folder.exists():
            raise pytest.UsageError(f"{name}: [pare] names {str(folder)!r}: no such file or folder")
    for key, written in (("traces", pare.traces), ("cassettes", pare.cassettes)):
        if written and (path.parent / written).exists() and not (path.parent / written).is_dir():
            raise pytest.UsageError(f"{name}: pare.{key}={written!r} is no folder")

    def chosen(option: str, typed: Value, filed: Value) -> Value:
        return typed if _typed(config, option, "pare") else filed

    agents = given.agents._replace(
        agent=chosen("agent", given.agents.agent, pare.agent),
        user=chosen("user", given.agents.user, pare.user),
        model=chosen("model", given.agents.model, pare.model),
    )
    checks = ("agent",) if agents.named and "checks" not in pare.model_fields_set else tuple(pare.checks)
    values: dict[str, Any] = {
        "scenarios": chosen("scenarios", given.scenarios, _beside(path, pare.scenarios)),
        "checks": chosen("check", given.checks, checks),
        "runs": chosen("runs", given.runs, pare.runs),
        "split": chosen("split", given.split, path.parent / pare.split if pare.split else None),
        "config": chosen("config", given.config, path.parent / pare.config if pare.config else None),
        "max_turns": chosen("max_turns", given.max_turns, pare.max_turns),
        "noise": chosen("noise", given.noise, pare.noise),
        "noise_sweep": chosen("noise_sweep", given.noise_sweep, pare.noise_sweep),
        "min_kill_rate": chosen("min_kill_rate", given.min_kill_rate, pare.min_kill_rate),
        "record": chosen("record", given.record, pare.record),
        "cassettes": chosen("cassettes", given.cassettes, path.parent / (pare.cassettes or CASSETTES)),
        "agents": agents,
        "traces": chosen("traces", given.traces, path.parent / pare.traces if pare.traces else None),
    }
    ours: PareSettings = given._replace(**values, asked=True, eager=True, suite=True, alone=False, selected=())
    config.stash[SETTINGS] = settings._replace(pare=ours)
    report_cassettes(config)
