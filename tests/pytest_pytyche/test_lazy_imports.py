import subprocess
import sys

import pytest

HEAVY = (
    "numpy",
    "scipy",
    "polars",
    "pydantic",
    "hypothesis",
    "jinja2",
    "altair",
    "pare_harness",
    "sklearn",
    "stochtree",
    "econml",
)
LOADED_BY = "import sys, pytest; before = set(sys.modules); import {module}; print(*(set(sys.modules) - before))"


@pytest.mark.parametrize("module", ["pytest_pytyche", "pytest_pytyche.plugin", "pytest_pytyche.estimators"])
def test_importing_a_module_that_every_pytest_run_touches_loads_nothing_heavy(module: str) -> None:
    loaded = modules_loaded_by(module)
    assert module in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_probe_sees_a_heavy_import() -> None:
    assert "numpy" in modules_loaded_by("pytest_pytyche.metrics")


def modules_loaded_by(module: str) -> set[str]:
    code = LOADED_BY.format(module=module)
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(completed.stdout.split())
