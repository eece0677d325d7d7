"""Settings -> who acts in the runs of a session, and what they share."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pare_harness.agents.engines import open_ai_engine
from pare_harness.agents.prompts import prompt_folder
from pare_harness.agents.recording import MODES, Cassettes
from pare_harness.agents.registry import AgentNotFound, find_agent
from pare_harness.agents.roles import Factory, Side
from pare_harness.agents.scripted import load_scripts
from pare_harness.agents.throttling import ThrottledBuilder
from pare_harness.budgets import Budget, Ledger, parse_budget
from pare_harness.errors import ScenarioError
from pare_harness.runner import TwoAgentScenarioRunner
from pare_harness.scenarios.config import ENGINES, ScenarioRunnerConfig
from pytest_pytyche import options
from pytest_pytyche.hook_answers import factories_of
from pytest_pytyche.pare.agent_settings import AgentSettings, agent_option
from pytest_pytyche.state import settings_of

T = TypeVar("T")

PLUGIN = "pytyche-pare-shared"
SHARED = "pare_shared"


def with_agents(config: pytest.Config, found: ScenarioRunnerConfig) -> ScenarioRunnerConfig:
    """`found` with what the command line says of agents; pytest.UsageError, one line, for what cannot be meant."""
    given = settings_of(config).pare.agents
    changes: dict[str, Any] = {"agent_type": given.agent, "user_type": given.user, "scripts": given.scripts}
    changes["budget"] = _budget(config, "budget", given.budget)
    for engine in ENGINES if given.model else ():
        changes[engine] = getattr(found, engine).model_copy(update={"model_name": given.model})
        changes[engine.replace("_engine_config", "_model_alias")] = given.model
    return found.model_copy(update={name: value for name, value in changes.items() if value})


def agent_runner(config: pytest.Config, runs: ScenarioRunnerConfig) -> TwoAgentScenarioRunner:
    """What runs scenarios in this session; pytest.UsageError, one line, for an agent that nobody goes by."""
    settings = settings_of(config).pare
    given, cassettes = settings.agents, Cassettes(settings.cassettes, MODES[settings.record])
    factories = dict.fromkeys(Side, factories_of(config, "pytest_pare_agents", "agent"))
    if "agent" in settings.checks:
        _require(config, runs, factories)
    folder = shared_folder(config, given)
    engines, ledger = open_ai_engine, None
    if given.max_concurrency is not None:
        engines = ThrottledBuilder(open_ai_engine, folder, given.max_concurrency)
    if given.session_budget:
        ledger = Ledger(folder, _budget(config, "session-budget", given.session_budget) or Budget())
        if not hasattr(config, "workerinput"):
            ledger.open()
    return TwoAgentScenarioRunner(engines=engines, factories=factories, ledger=ledger, cassettes=cassettes)


def open_shared(config: pytest.Config) -> None:
    """Prepare what the workers of a session share, where only they will know its scenarios: those of catalog files."""
    given = settings_of(config).pare.agents
    folder = shared_folder(config, given)
    if given.session_budget:
        Ledger(folder, _budget(config, "session-budget", given.session_budget) or Budget()).open()


def _require(
    config: pytest.Config, runs: ScenarioRunnerConfig, factories: Mapping[Side, Mapping[str, Factory]]
) -> None:
    """Look up everything that the configuration names, before anything runs."""
    for side, name in ((Side.AGENT, runs.agent_type), (Side.USER, runs.user_type)):
        _meant(f"--pare-{side.value}", lambda: find_agent(side, name, factories[side]))  # noqa: B023 - called at once
    _meant("--pare-config", lambda: prompt_folder(runs.prompts))
    if runs.scripts is not None:
        scripts = Path(runs.scripts)
        _meant(options.source(config, agent_option("scripts")), lambda: load_scripts(scripts))


def _meant(source: str, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (AgentNotFound, ScenarioError, ValueError) as error:
        raise pytest.UsageError(f"{source}: {error}") from error


def _budget(config: pytest.Config, name: str, text: str) -> Budget | None:
    source = options.source(config, agent_option(name))
    return _meant(f"{source}={text!r}", lambda: parse_budget(text)) if text else None


class SharedFolder:
    """The plugin that tells xdist workers where the processes of a session meet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the folder on."""
        node.workerinput[SHARED] = str(self.folder)


def shared_folder(config: pytest.Config, given: AgentSettings) -> Path:
    """The folder of this session, made by the process that the user sees, and only where something is shared."""
    if hasattr(config, "workerinput"):
        return Path(config.workerinput.get(SHARED, ""))
    plugin = config.pluginmanager.get_plugin(PLUGIN)
    if isinstance(plugin, SharedFolder):
        return plugin.folder
    folder = Path()
    if given.session_budget or given.max_concurrency is not None:
        folder = Path(tempfile.mkdtemp(prefix="pare-"))
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        config.pluginmanager.register(SharedFolder(folder), PLUGIN)
    return folder
