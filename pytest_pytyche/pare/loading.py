"""Settings -> the scenarios of a run, and how they are run."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import pytest

from pare_harness.runner import TwoAgentScenarioRunner
from pare_harness.scenarios.config import ScenarioRunnerConfig, load_runner_config
from pare_harness.scenarios.registration import discover, load_split, register_pare_scenarios
from pare_harness.scenarios.scenario import PAREScenario
from pare_harness.scenarios.utils.registry import (
    Discovery,
    DiscoveryError,
    IncompleteDiscoveryError,
    ScenarioRegistry,
    registry,
)
from pytest_pytyche.pare.agents import agent_runner, with_agents
from pytest_pytyche.pare.cases import ScenarioCase
from pytest_pytyche.pare.noise import Level, parse_noise, parse_sweep
from pytest_pytyche.pare.runner_configs import agent_config, replay_config
from pytest_pytyche.pare.settings import PareSettings, source
from pytest_pytyche.state import PARE, settings_of


class Scenarios(NamedTuple):
    """The cases of a run in order; `errors`: what could not be discovered, file by file; how each case is run."""

    cases: tuple[ScenarioCase, ...]
    errors: Mapping[str, str]
    config: ScenarioRunnerConfig
    runner: TwoAgentScenarioRunner


def scenarios_of(config: pytest.Config) -> Scenarios:
    """The scenarios of this run, discovered when first asked for; pytest.UsageError for what cannot be meant."""
    if PARE not in config.stash:
        settings = settings_of(config).pare
        found = _discovered(settings)
        errors = _by_file(found.errors, config)
        scenarios = _of_split(found.scenarios, settings, source(config, "split"), errors)
        cases, runs = _cases(scenarios, settings.runs, _levels(config)), runner_config(config)
        config.stash[PARE] = Scenarios(cases, errors, runs, agent_runner(config, runs))
    return config.stash[PARE]


def runner_config(config: pytest.Config) -> ScenarioRunnerConfig:
    """How scenarios are run: as the file says, without one by models where the run is about agents, else by replay.

    Other options go before the file.
    """
    settings = settings_of(config).pare
    found = with_agents(config, _base(config, settings))
    try:
        noise = parse_noise(settings.noise)
    except ValueError as error:
        raise pytest.UsageError(f"{source(config, 'noise')}={settings.noise!r}: {error}") from error
    changes = {
        "max_turns": settings.max_turns,
        "tool_augmentation_config": noise.tools,
        "env_events_config": noise.events,
        "export": None if settings.traces is None else True,
        "output_dir": None if settings.traces is None else str(settings.traces),
    }
    return found.model_copy(update={name: value for name, value in changes.items() if value is not None})


def _base(config: pytest.Config, settings: PareSettings) -> ScenarioRunnerConfig:
    if settings.config is not None:
        return _from_file(config, settings.config)
    return agent_config() if "agent" in settings.checks else replay_config()


def _from_file(config: pytest.Config, path: Path) -> ScenarioRunnerConfig:
    try:
        return load_runner_config(path)
    except ValueError as error:
        raise pytest.UsageError(*(f"{source(config, 'config')}: {line}" for line in str(error).splitlines())) from error


def _discovered(settings: PareSettings) -> Discovery:
    """Those of the paths and no others; without paths those of the environment, of packages and of conftest.py."""
    if settings.scenarios:
        return discover(settings.scenarios, ScenarioRegistry())
    found = registry.discover()
    errors = list(found.errors)
    try:
        register_pare_scenarios(registry)
    except IncompleteDiscoveryError as incomplete:
        errors += incomplete.errors
    return Discovery(registry.registered, tuple(dict.fromkeys(errors)))


def _by_file(errors: Iterable[DiscoveryError], config: pytest.Config) -> dict[str, str]:
    """Messages by file, each a line; files as seen from the root folder."""
    messages: dict[str, list[str]] = {}
    for error in errors:
        file = Path(os.path.relpath(error.path, config.rootpath)).as_posix()
        messages.setdefault(file, []).append(error.message)
    return {file: "\n".join(lines) for file, lines in messages.items()}


def _of_split(
    scenarios: Mapping[str, type[PAREScenario]], settings: PareSettings, source: str, errors: Mapping[str, str]
) -> dict[str, type[PAREScenario]]:
    """Only the scenarios that the split names."""
    if settings.split is None:
        return dict(scenarios)
    try:
        wanted = load_split(settings.split)
    except (ValueError, OSError) as error:
        raise pytest.UsageError(f"{source}: {error}") from error
    for scenario_id in wanted:
        if scenario_id not in scenarios:
            raise pytest.UsageError(
                f"{source}={str(settings.split)!r} names {scenario_id!r}, which is no scenario of this run; "
                f"{hint(scenario_id, scenarios)}{not_discovered(errors)}"
            )
    return {scenario_id: cls for scenario_id, cls in scenarios.items() if scenario_id in wanted}


def hint(name: str, known: Iterable[str]) -> str:
    """What was probably meant, else what there is."""
    names = list(known)
    close = get_close_matches(name, names)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"the run has {len(names)}" + (f", such as {names[0]!r}" if names else "")


def not_discovered(errors: Mapping[str, str]) -> str:
    """Why it may be missing: the files that could not be imported."""
    return "".join(f"; not discovered: {file}: {' '.join(message.split())}" for file, message in errors.items())


def _levels(config: pytest.Config) -> tuple[Level | None, ...]:
    text = settings_of(config).pare.noise_sweep
    try:
        return parse_sweep(text) if text else (None,)
    except ValueError as error:
        raise pytest.UsageError(f"{source(config, 'noise-sweep')}={text!r}: {error}") from error


def _cases(
    scenarios: Mapping[str, type[PAREScenario]], runs: int, levels: Iterable[Level | None]
) -> tuple[ScenarioCase, ...]:
    numbers = [None] if runs == 1 else range(1, runs + 1)
    return tuple(
        ScenarioCase(scenario_id, cls, position, run, level)
        for position, (scenario_id, cls) in enumerate(scenarios.items())
        for level in levels
        for run in numbers
    )
