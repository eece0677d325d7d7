"""Command line and ini file -> one frozen `Settings`."""

from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytest_pytyche import options
from pytest_pytyche.fit_settings import parsed, read_fit_settings
from pytest_pytyche.fits.settings import FitSettings
from pytest_pytyche.gate_settings import GateSettings, read_gate_settings
from pytest_pytyche.option_tables import (
    BUDGET,
    CATALOG_OPTIONS,
    CHECKS,
    ESTIMATOR_SEED,
    LIMITING,
    SHARD,
    SWITCH,
    Option,
)
from pytest_pytyche.pare.settings import PareSettings, read_pare_settings
from pytest_pytyche.quantities import seconds_of

if TYPE_CHECKING:
    from pytest_pytyche.shards import Shard

MAX_SEED = 2**63 - 1
MAX_SEEDS = 10_000


class Settings(NamedTuple):
    """What the user asked for, checked as far as that goes without loading a catalog.

    `suite`: the built-in checks are collected. `selected`: node ids of built-in checks given on the command line, empty
    for all. `given`: the pytyche options as typed, for a command that runs one item again. `pare`: what concerns
    scenarios of phone days. `gate`: what the run is compared with. `fits`: how fits are made and kept. `resume`: the
    run to be continued, as typed. `budget`: seconds, None for any time. `shard`: None for the whole run. `charts`: they
    are drawn where that is possible. `treatment_cost`: None where decisions are not scored. `conformance`: estimators
    whose conduct is checked, and `selected_conformance` the node ids of such checks, empty for all.
    """

    profile: str | None
    seeds: tuple[int, ...]
    estimators: tuple[str, ...]
    checks: tuple[str, ...]
    templates: tuple[str, ...]
    metrics: tuple[str, ...]
    output: Path
    suite: bool
    selected: tuple[str, ...]
    given: tuple[str, ...]
    pare: PareSettings = PareSettings()
    gate: GateSettings = GateSettings()
    fits: FitSettings = FitSettings()
    budget: float | None = None
    shard: "Shard | None" = None
    resume: str | None = None
    charts: bool = True
    treatment_cost: float | None = None
    conformance: tuple[str, ...] = ()
    selected_conformance: tuple[str, ...] = ()


def read_settings(config: pytest.Config) -> Settings:
    """Settings of this run; pytest.UsageError for a value that cannot be meant.

    Node ids of built-in checks are taken out of `config.args`, where pytest would look for files.
    """
    arguments = options.split_arguments(config)
    selected, paths = arguments.checks, arguments.paths
    profile = _text(config, "profile")
    suite = bool(config.getoption("pytyche_suite") or config.getini("pytyche_suite"))
    pare = read_pare_settings(config, arguments, suite=suite)
    if (selected or (suite and not pare.asked)) and not profile:
        what = selected[0] if selected else "--pytyche-suite"
        raise pytest.UsageError(f"{what} runs checks of a catalog; say which with --pytyche-profile=NAME")
    conformance = options.names(config, _option("check-estimator"))
    if arguments.conformance and not conformance:
        raise pytest.UsageError(
            f"{arguments.conformance[0]} checks an estimator; say which, --pytyche-check-estimator=NAME"
        )
    only_estimators = not paths and config.getoption("pytyche_check_estimator") is not None
    alone = not (paths or arguments.pare) and bool(selected or config.getoption("pytyche_profile") is not None)
    if arguments.pare or selected or alone or pare.alone or arguments.conformance or only_estimators:
        options.collect_only(config, paths)
    output = options.path(config, _option("output"), _text(config, "output"))
    return Settings(
        profile=profile or None,
        seeds=parse_seeds(_text(config, "seeds"), options.source(config, _option("seeds"))),
        estimators=options.names(config, _option("estimator")),
        checks=options.known_names(config, _option("check"), CHECKS),
        templates=options.names(config, _option("templates")),
        metrics=options.names(config, _option("metric")),
        output=output,
        suite=bool(profile and (selected or alone or (suite and not arguments.pare))),
        selected=selected,
        given=options.typed(config, (*CATALOG_OPTIONS, *LIMITING, ESTIMATOR_SEED)),
        pare=pare,
        gate=read_gate_settings(config),
        fits=read_fit_settings(config, output),
        budget=parsed(config, BUDGET, seconds_of),
        shard=_shard(config),
        resume=config.getoption("pytyche_resume"),
        charts=options.known_names(config, _option("charts"), SWITCH) == SWITCH[:1],
        treatment_cost=parse_cost(_text(config, "treatment-cost"), options.source(config, _option("treatment-cost"))),
        conformance=conformance,
        selected_conformance=arguments.conformance,
    )


def _shard(config: pytest.Config) -> "Shard | None":
    if not options.text(config, SHARD):
        return None
    from pytest_pytyche.shards import parse_shard  # noqa: PLC0415  # for those who ask

    shard = parsed(config, SHARD, parse_shard)
    if shard is not None and (config.getoption("pytyche_baseline_update") or config.getoption("pare_baseline_update")):
        raise pytest.UsageError(f"{SHARD.flag}={shard} runs a part of what a baseline holds; update it by a whole run")
    return shard


def parse_seeds(text: str, source: str = "seeds") -> tuple[int, ...]:
    """`0,1,2` -> those seeds, `5,` -> that one, `3` -> 0, 1, 2; pytest.UsageError for anything else.

    `0` can be no count of seeds worth running, so it is the seed.
    """
    parts = [part.strip() for part in text.split(",")]
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    if not all(part.isdecimal() and part.isascii() and int(part) <= MAX_SEED for part in parts):
        raise pytest.UsageError(f"{source}={text!r}; expected a count such as 3 or seeds such as 0,1,2 (one seed: 5,)")
    numbers = tuple(int(part) for part in parts)
    if "," not in text:
        if numbers[0] > MAX_SEEDS:
            raise pytest.UsageError(f"{source}={text!r} is a count of {numbers[0]} seeds; expected at most {MAX_SEEDS}")
        return tuple(range(numbers[0])) or (0,)
    if len(set(numbers)) < len(numbers):
        raise pytest.UsageError(f"{source}={text!r} names a seed twice")
    return numbers


def parse_cost(text: str, source: str = "treatment-cost") -> float | None:
    """The number, None for no text; pytest.UsageError for anything else."""
    if not text:
        return None
    try:
        cost = float(text)
    except ValueError:
        cost = nan
    if not isfinite(cost):
        raise pytest.UsageError(f"{source}={text!r}; expected a number such as 0 or 0.5, in the unit of the outcome")
    return cost


def _option(name: str) -> Option:
    return options.named(CATALOG_OPTIONS, name)


def _text(config: pytest.Config, name: str) -> str:
    return options.text(config, _option(name))
