"""What the plugin keeps on pytest's config, each thing under its typed key."""

from typing import TYPE_CHECKING

import pytest

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
