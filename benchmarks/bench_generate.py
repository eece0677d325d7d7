"""One million visitors: this generator, the bare draws that it needs, and the published generator, in one run."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from pytest_pytyche.generators.core import V2GeneratorConfig, generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.generators.streams import BLOCK_ROWS

N_VISITORS = 1_000_000
THREADS = (1, 2)
PUBLISHED_PYTHON = "PYTYCHE_PUBLISHED_PYTHON"
PUBLISHED = f"""
import sys
from pytyche.generators.core import generate_v2_core
from pytyche.generators.scenarios import TEMPLATES
config, _ = TEMPLATES["reversal"](
    metric_id="revenue_per_visitor", effect_scale=1.0, seed=0, n_visitors={N_VISITORS}, n_nuisance=5
)
for line in sys.stdin:
    generate_v2_core(config)
    print("done", flush=True)
"""

pytestmark = pytest.mark.benchmark(group=f"{N_VISITORS:,} visitors, reversal, hurdle, 5 nuisance features")


@pytest.fixture(scope="module")
def config() -> V2GeneratorConfig:
    template = TEMPLATES["reversal"]
    config, _ = template("revenue_per_visitor", 1.0, seed=0, n_visitors=N_VISITORS, n_nuisance=5)
    return config


@pytest.mark.parametrize("n_threads", THREADS)
def test_draw(benchmark: BenchmarkFixture, n_threads: int) -> None:
    benchmark.pedantic(draw, args=(n_threads,), rounds=15, warmup_rounds=2)


@pytest.mark.parametrize("n_threads", THREADS)
def test_generate(benchmark: BenchmarkFixture, config: V2GeneratorConfig, n_threads: int) -> None:
    benchmark.pedantic(generate_v2_core, args=(config,), kwargs={"n_threads": n_threads}, rounds=15, warmup_rounds=2)


def test_published(benchmark: BenchmarkFixture, worker: Callable[..., object]) -> None:
    python = os.environ.get(PUBLISHED_PYTHON)
    if python is None:
        pytest.skip(f"{PUBLISHED_PYTHON} does not name an interpreter with pytyche 0.2.1")
    benchmark.pedantic(worker(python, PUBLISHED).ask, rounds=5, warmup_rounds=1)


def draw(n_threads: int) -> None:
    """The random numbers of the generator and nothing else: 8 normals and 5 uniforms a visitor, by block.

    Normals: 2 continuous drivers, 5 nuisance features, the revenue. Uniforms: 3 discrete features, the arm, conversion.
    """
    normals, uniforms = np.empty((8, N_VISITORS)), np.empty((5, N_VISITORS))

    def fill(block: int) -> None:
        rows = slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
        generator = np.random.Generator(np.random.SFC64(block))
        for column in normals:
            generator.standard_normal(out=column[rows])
        for column in uniforms:
            generator.random(out=column[rows])

    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(fill, range(-(-N_VISITORS // BLOCK_ROWS))))
