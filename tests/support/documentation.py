"""Runs the examples of a Markdown document in the order in which a reader meets them.

A fence with a title is a file to write, `python` is executed, `console` is run and its output compared, `sh` holds the
README's two set-up commands, which CI runs in clean checkouts, and `text` is not an example.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from doctest import ELLIPSIS
from pathlib import Path

from sybil import Document, Example, Region
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer
from sybil.typing import Evaluator

from tests.support.console import difference

INFO = re.compile(r'(?P<language>\w*)(?: title="(?P<title>[^"]+)")?[^\n]*$\n', re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*(?:(?<=\\)\n.*)*)\n?", re.MULTILINE)
DEFERRED = frozenset({"python", "sh", "text"})


def run_document(path: Path) -> None:
    """Run every example of the document in the current folder; raises at the first that fails, naming its line."""
    for example in Document.parse(str(path), PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), parse_other_fences):
        example.evaluate()


def parse_other_fences(document: Document) -> Iterable[Region]:
    """Regions for titled files and console sessions; a fence of an unknown language is refused."""
    for region in RawFencedCodeBlockLexer(INFO)(document):
        language, title = region.lexemes["language"], region.lexemes["title"]
        if title is None and language in DEFERRED:
            continue
        region.parsed = region.lexemes["source"]
        region.evaluator = _evaluator(language, title, document.line_column(region.start))
        yield region


def _evaluator(language: str, title: str | None, place: str) -> Evaluator:
    if title is not None:
        return _file_writer(title)
    if language != "console":
        raise ValueError(
            f"{place}: nothing runs a fence of {language!r}; expected console, python, sh, text or a title"
        )
    return run_console


def _file_writer(title: str) -> Callable[[Example], None]:
    def write(example: Example) -> None:
        path = Path(title)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(example.parsed), encoding="utf-8")

    return write


def run_console(example: Example) -> str | None:
    """Run each `$ command` of the session and compare what it prints with the lines that follow it."""
    for command, expected in commands(str(example.parsed)):
        completed = subprocess.run(
            command,
            shell=True,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        wrong = difference(expected, completed.stdout)
        if wrong is not None:
            return f"$ {command}\n{wrong}"
    return None


def commands(session: str) -> Iterator[tuple[str, str]]:
    """Each command of a console session with the output shown for it."""
    starts = list(COMMAND.finditer(session))
    ends = [start.start() for start in starts[1:]] + [len(session)]
    for start, end in zip(starts, ends, strict=True):
        yield start[1], session[start.end() : end]


def _environment() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PY_COLORS"))}
    return inherited | {
        "PATH": scripts + os.pathsep + os.environ["PATH"],
        "PYTEST_ADDOPTS": "-p no:randomly -p no:benchmark -p no:anyio -o pytyche_charts=off",
        "COLUMNS": "80",
    }
