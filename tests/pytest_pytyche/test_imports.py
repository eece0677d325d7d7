"""What pytest rewrites, and what is loaded as it is."""

import sys
from importlib.machinery import PathFinder

import pytest

from pytest_pytyche.imports import past


@pytest.fixture
def finders(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> list[object]:
    """Finders of modules as in a session that rewrites asserts: one of somebody else's, pytest's, Python's."""
    found = [object(), pytestconfig.pluginmanager.rewrite_hook, PathFinder]
    monkeypatch.setattr(sys, "meta_path", found)
    return found


def test_python_comes_before_pytest_and_after_others(finders: list[object], pytestconfig: pytest.Config) -> None:
    other, hook, last = finders
    with past(pytestconfig.pluginmanager.rewrite_hook):
        assert finders == [other, PathFinder, hook, last]
    assert finders == [other, hook, last]


def test_finders_are_as_before_after_an_error(finders: list[object], pytestconfig: pytest.Config) -> None:
    before = finders.copy()
    with pytest.raises(ImportError), past(pytestconfig.pluginmanager.rewrite_hook):
        raise ImportError
    assert finders == before


def test_nothing_changes_where_pytest_rewrites_nothing(finders: list[object], pytestconfig: pytest.Config) -> None:
    del finders[1]
    before = finders.copy()
    with past(pytestconfig.pluginmanager.rewrite_hook):
        assert finders == before
    assert finders == before
