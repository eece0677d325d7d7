"""What the plugin keeps on pytest's config, each thing under its typed key."""

from typing import TYPE_CHECKING

import pytest

from pytest_pytyche.imports import past

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_pytyche.catalog_runs import FileRun
    from pytest_pytyche.pare.loading import Scenarios
    from pytest_pytyche.plans import Plan
    from pytest_pytyche.runtime import Runtime
    from pytest_pytyche.settings import Settings

SETTINGS: pytest.StashKey["Settings"] = pytest.StashKey()
PLAN: pytest.StashKey["Plan"] = pytest.StashKey()
RUNTIME: pytest.StashKey["Runtime"] = pytest.StashKey()
PARE: pytest.StashKey["Scenarios"] = pytest.StashKey()
FILES: pytest.StashKey[dict["Path", "FileRun"]] = pytest.StashKey()
UNTOLD: pytest.StashKey[dict[str, str]] = pytest.StashKey()
"""Digests of the catalog files that this process has read, until a report tells of them."""


def settings_of(config: pytest.Config) -> "Settings":
    """The settings of the session, which begins to use this plugin when something first asks for them."""
    if SETTINGS not in config.stash:
        with past(config.pluginmanager.rewrite_hook):
            from pytest_pytyche.controller import start  # noqa: PLC0415  # heavy, and most sessions never get here
        start(config)
    return config.stash[SETTINGS]
