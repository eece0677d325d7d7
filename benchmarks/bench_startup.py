"""What the installed but unused plugin adds to the start of pytest."""

import statistics
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from conftest import Figure, SecondsOf

PAIRS = 40
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_idle_plugin(benchmark: BenchmarkFixture, figure: Figure, seconds_of: SecondsOf, tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
    differences: list[float] = []

    def pair() -> None:
        differences.append(seconds_of(PYTEST) - seconds_of([*PYTEST, "-p", "no:pytyche"]))

    benchmark.pedantic(pair, rounds=PAIRS, warmup_rounds=2)
    low, median, high = (1e3 * cut for cut in statistics.quantiles(differences[2:], n=4))
    figure(f"idle plugin: {median:+.1f} ms a start (median of {PAIRS} pairs, quartiles {low:+.1f} and {high:+.1f})")
