"""The options of `--pare-check=agent`: who acts, by which models, and what they may use up."""

from typing import NamedTuple

import pytest

from pytest_pytyche import options
from pytest_pytyche.option_tables import AGENT_OPTIONS, Option


class AgentSettings(NamedTuple):
    """As typed, empty and None where nothing is."""

    agent: str = ""
    user: str = ""
    model: str = ""
    scripts: str = ""
    budget: str = ""
    session_budget: str = ""
    max_concurrency: int | None = None

    @property
    def named(self) -> bool:
        """Whether the user has said who acts, and so wants to see it."""
        return bool(self.agent or self.user)


def read_agent_settings(config: pytest.Config) -> AgentSettings:
    """The settings of this run; pytest.UsageError, one line, for a file that does not exist and for no number."""
    texts = {name: options.text(config, agent_option(name)) for name in ("agent", "user", "model", "budget")}
    return AgentSettings(
        **texts,
        scripts=str(options.file(config, agent_option("scripts")) or ""),
        session_budget=options.text(config, agent_option("session-budget")),
        max_concurrency=options.count(config, agent_option("max-concurrency")),
    )


def agent_option(name: str) -> Option:
    """The option of that name."""
    return options.named(AGENT_OPTIONS, name)
