from importlib.metadata import version

import pytest_pytyche


def test_the_package_and_its_distribution_agree_on_the_version() -> None:
    assert pytest_pytyche.__version__ == version("pytest-pytyche")
