"""The standard profile as pytest items against a bare loop that generates and fits the same specs."""

import statistics

from pytest_benchmark.fixture import BenchmarkFixture

from conftest import Figure, SecondsOf

ROUNDS = 5
PROFILE = ("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--pytyche-profile=standard", "--pytyche-charts=off")
BARE_LOOP = """
from pytest_pytyche.estimators import load_estimator
from pytest_pytyche.generators.catalog import profile_catalog
from pytest_pytyche.generators.core import generate_v2_core

estimator = load_estimator("lin")
for template, kwargs in profile_catalog("standard"):
    config, _ = template(seed=0, **kwargs)
    estimator.fit_effects(generate_v2_core(config).observed, seed=0)
"""


def test_standard_profile(benchmark: BenchmarkFixture, figure: Figure, seconds_of: SecondsOf) -> None:
    items: list[float] = []
    loop: list[float] = []

    def pair() -> None:
        items.append(seconds_of(PROFILE))
        loop.append(seconds_of(["-c", BARE_LOOP]))

    benchmark.pedantic(pair, rounds=ROUNDS, warmup_rounds=1)
    profile, bare = statistics.median(items[1:]), statistics.median(loop[1:])
    figure(f"standard profile, -n0: {profile:.2f} s; bare loop {bare:.2f} s; ratio {profile / bare:.2f}")
