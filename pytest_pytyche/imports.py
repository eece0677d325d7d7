"""Imports that pytest has no business with."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from typing import Any


@contextmanager
def past(hook: Any) -> Iterator[None]:
    """Let Python find by itself what the block imports: our own modules, and libraries.

    Pytest's `hook` compares the name of every module with the patterns of test files, and loads all modules of a plugin
    itself, so as to rewrite their asserts. None of these is a test, and there are hundreds.
    """
    finders = sys.meta_path
    if hook not in finders:  # with --assert=plain
        yield
        return
    finders.insert(finders.index(hook), PathFinder)
    try:
        yield
    finally:
        finders.remove(PathFinder)
