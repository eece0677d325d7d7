"""The PARE options -> one `PareSettings`."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_pytyche import options
from pytest_pytyche.option_tables import CASSETTES, FOLDERS, PARE_OPTIONS, RECORD, Option
from pytest_pytyche.options import Arguments
from pytest_pytyche.pare.agent_settings import AgentSettings, read_agent_settings
from pytest_pytyche.pare.check_names import CHECKS, DEFAULT_CHECKS

MAX_RUNS = 10_000
SELECTING = ("scenarios", "check", "agent", "user")
"""Options that say what a run is about, so that without paths it is about nothing else."""


class PareSettings(NamedTuple):
    """What the user asked for, checked as far as that goes without importing a scenario.

    `scenarios`: files and folders; without any, scenarios come from the environment, from installed packages and from
    conftest.py. `asked`: the user has said where scenarios are. `eager`: they are needed before anything is collected.
    `suite`: the built-in checks are collected; `alone`: nothing else is. `selected`: node ids given on the command
    line, empty for all. `given`: the options as typed.
    """

    scenarios: tuple[Path, ...] = ()
    checks: tuple[str, ...] = DEFAULT_CHECKS
    runs: int = 1
    split: Path | None = None
    config: Path | None = None
    max_turns: int | None = None
    noise: str = ""
    noise_sweep: str = ""
    min_kill_rate: float = 1.0
    record: str = RECORD[0]
    cassettes: Path = Path(CASSETTES)
    traces: Path | None = None
    asked: bool = False
    eager: bool = False
    suite: bool = False
    alone: bool = False
    selected: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    agents: AgentSettings = AgentSettings()

    @property
    def split_name(self) -> str:
        """What reports call the selection of scenarios."""
        return "all" if self.split is None else self.split.stem


def read_pare_settings(config: pytest.Config, arguments: Arguments, *, suite: bool) -> PareSettings:
    """Settings of this run, `suite` if the user wants the built-in checks along with tests.

    pytest.UsageError, one line, for a value that cannot be meant and for a path that does not exist.
    """
    given, agents = options.typed(config, PARE_OPTIONS), read_agent_settings(config)
    scenarios = _paths(config)
    asked = bool(scenarios or os.environ.get(FOLDERS))
    wanted = any(config.getoption(_option(name).key) is not None for name in SELECTING)
    alone = wanted and not (arguments.paths or arguments.checks or arguments.pare)
    added = suite and asked and not arguments.checks
    return PareSettings(
        scenarios=scenarios,
        checks=_checks(config, arguments, agents),
        runs=options.count(config, _option("runs"), MAX_RUNS) or 1,
        split=options.file(config, _option("split")),
        config=options.file(config, _option("config")),
        max_turns=options.count(config, _option("max-turns")),
        noise=options.text(config, _option("noise")),
        record=_choice(config, "record", RECORD),
        cassettes=_folder(config, "cassettes") or config.rootpath / CASSETTES,
        traces=_folder(config, "traces"),
        noise_sweep=options.text(config, _option("noise-sweep")),
        min_kill_rate=_share(config, "min-kill-rate"),
        asked=asked,
        eager=bool(given or arguments.pare or added),
        suite=bool(alone or arguments.pare or added),
        alone=alone,
        selected=arguments.pare,
        given=given,
        agents=agents,
    )


def source(config: pytest.Config, name: str) -> str:
    """How the user spelt an option: as a flag or as an ini key."""
    return options.source(config, _option(name))


def _option(name: str) -> Option:
    return options.named(PARE_OPTIONS, name)


def _checks(config: pytest.Config, arguments: Arguments, agents: AgentSettings) -> tuple[str, ...]:
    """Those of the command line; else those of the ini file or the usual ones, and those whose items are named."""
    option = _option("check")
    chosen: tuple[str, ...] = ("agent",) if agents.named else DEFAULT_CHECKS
    if config.getoption(option.key) is not None or config.getini(option.key) is not None:
        chosen = options.known_names(config, option, CHECKS)
    if config.getoption(option.key) is not None:
        return chosen
    selected = [nodeid.partition("::")[2].partition("[")[0] for nodeid in arguments.pare]
    return tuple(check for check in CHECKS if check in (*chosen, *selected))


def _paths(config: pytest.Config) -> tuple[Path, ...]:
    option = _option("scenarios")
    found = [(name, options.path(config, option, name)) for name in options.names(config, option)]
    for name, path in found:
        if not path.exists():
            raise pytest.UsageError(f"{options.source(config, option)}={name!r}: no such file or folder")
    return tuple(path for _, path in found)


def _choice(config: pytest.Config, name: str, choices: tuple[str, ...]) -> str:
    option = _option(name)
    given = options.text(config, option)
    if given not in choices:
        raise options.unknown(options.source(config, option), given, choices)
    return given


def _folder(config: pytest.Config, name: str) -> Path | None:
    option = _option(name)
    given = options.text(config, option)
    path = options.path(config, option, given)
    if given and path.exists() and not path.is_dir():
        raise pytest.UsageError(f"{options.source(config, option)}={given!r} is no folder")
    return path if given else None


def _share(config: pytest.Config, name: str) -> float:
    option = _option(name)
    text = options.text(config, option)
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise pytest.UsageError(f"{options.source(config, option)}={text!r}; expected a number from 0 to 1")
    return share
