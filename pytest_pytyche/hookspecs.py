"""The hooks that users may implement, in a conftest.py or in a plugin."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pare_harness.agents.roles import Factory
    from pytest_pytyche.estimators.base import Estimator
    from pytest_pytyche.generators.scenarios import ScenarioSpec


@pytest.hookspec
def pytest_pytyche_catalogs(config: pytest.Config) -> "Mapping[str, Sequence[ScenarioSpec]]":
    """Catalogs of your own: name -> specs, for `--pytyche-profile=NAME` and `@pytest.mark.pytyche(profile=NAME)`.

    Their truth snapshots live in `__snapshots__` next to the file that implements this hook. A name that is taken, by a
    built-in profile or by another implementation, is a usage error.
    """
    raise NotImplementedError


@pytest.hookspec
def pytest_pytyche_estimator(config: pytest.Config) -> "Mapping[str, Callable[[], Estimator]]":
    """Estimators of your own: name -> factory without arguments, for `--pytyche-estimator=NAME`."""
    raise NotImplementedError


@pytest.hookspec
def pytest_pare_agents(config: pytest.Config) -> "Mapping[str, Factory]":
    """Agents of your own for phone days: name -> factory that takes a `Role`, for `--pare-agent` and `--pare-user`."""
    raise NotImplementedError
