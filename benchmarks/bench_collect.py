"""Collecting a large catalog, per item, against plain parametrised tests."""

import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from conftest import Figure, SecondsOf

ROUNDS = 5
COLLECT = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
CATALOG = (*COLLECT, "--pytyche-profile=thorough")


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A plain test file with as many items as the environment variable COUNT says."""
    path = tmp_path / "test_plain.py"
    path.write_text(
        "import os\nimport pytest\n\n\n"
        '@pytest.mark.parametrize("number", range(int(os.environ["COUNT"])))\n'
        "def test_plain(number):\n    pass\n",
        encoding="utf-8",
    )
    return path


def test_thorough_with_twenty_seeds(
    benchmark: BenchmarkFixture, figure: Figure, seconds_of: SecondsOf, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = count_items(1), count_items(20)
    catalog: list[float] = []
    parametrised: list[float] = []

    def plain_with(count: int) -> float:
        monkeypatch.setenv("COUNT", str(count))
        return seconds_of([*COLLECT, plain.name])

    def compare() -> None:
        slow = seconds_of([*CATALOG, "--pytyche-seeds=20"]) - seconds_of([*CATALOG, "--pytyche-seeds=1"])
        catalog.append(slow / (many - few))
        parametrised.append((plain_with(many) - plain_with(few)) / (many - few))

    benchmark.pedantic(compare, rounds=ROUNDS)
    ours, theirs = statistics.median(catalog), statistics.median(parametrised)
    figure(
        f"collection: {many:,} items, {ours * 1e6:.0f} µs an item; plain parametrised {theirs * 1e6:.0f} µs; "
        f"ratio {ours / theirs:.2f}"
    )


def count_items(seeds: int) -> int:
    """How many items the thorough profile has with that many seeds."""
    command = [sys.executable, *CATALOG, f"--pytyche-seeds={seeds}"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return printed.count("::")
