"""What the benchmarks share: figures printed at the end, and commands run in processes of their own."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

FIGURES = pytest.StashKey[list[str]]()
Figure = Callable[[str], None]
SecondsOf = Callable[[Sequence[str]], float]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[FIGURES]:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(config.stash[FIGURES]))


@pytest.fixture
def figure(pytestconfig: pytest.Config) -> Figure:
    """Adds a line to the figures at the end of the run."""
    return pytestconfig.stash[FIGURES].append


@pytest.fixture
def seconds_of(tmp_path: Path) -> SecondsOf:
    """Wall-clock seconds of a Python command line in an otherwise empty folder; raises if the command fails."""

    def run(arguments: Sequence[str]) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return run


class Worker:
    """A Python process that answers each line sent to it: start-up and imports stay out of the measured time."""

    def __init__(self, python: str, script: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, line: str = "") -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker ended with status {self._process.wait()}")
        return answer.strip()

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def worker() -> Iterator[Callable[[str, str], Worker]]:
    started: list[Worker] = []

    def start(python: str, script: str) -> Worker:
        started.append(Worker(python, script))
        return started[-1]

    yield start
    for each in started:
        each.close()
