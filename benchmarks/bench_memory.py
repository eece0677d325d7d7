"""Peak memory (on Linux): of one large bundle against the arrays it returns, and of a stream written to Parquet."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

from conftest import Figure

PREAMBLE = r"""
import json, re, sys
from pathlib import Path
from pytest_pytyche.generators.core import generate_v2_core, iter_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES

def config(n_visitors):
    template = TEMPLATES["reversal"]
    return template("revenue_per_visitor", 1.0, seed=0, n_visitors=n_visitors, n_nuisance=5)[0]

def peak_mb():
    # getrusage would count the process that started this one too
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6

generate_v2_core(config(1000))
"""

ONE_BUNDLE = (
    PREAMBLE
    + """
import numpy as np
before = peak_mb()
bundle = generate_v2_core(config(4_000_000))
peak = peak_mb()
truth = bundle.truth
arrays = [truth.p_per_visitor, truth.m_per_visitor, truth.contrast_cate_per_visitor]
arrays += [truth.conv_contrast_per_visitor, truth.aov_contrast_per_visitor]
returned = bundle.observed.visitors.estimated_size() + sum(np.asarray(array).nbytes for array in arrays)
print(json.dumps({"peak_mb": peak - before, "returned_mb": returned / 1e6}))
"""
)

STREAM = (
    PREAMBLE
    + """
rows = 0
for part, chunk in enumerate(iter_v2_core(config(20_000_000))):
    chunk.observed.visitors.write_parquet(Path(sys.argv[1]) / f"part-{part:04}.parquet")
    rows += chunk.observed.n_visitors
print(json.dumps({"peak_mb": peak_mb(), "rows": rows}))
"""
)


def test_bundle_of_four_million_visitors(benchmark: BenchmarkFixture, figure: Figure) -> None:
    result = benchmark.pedantic(measured, args=(ONE_BUNDLE,), rounds=1)
    ratio = result["peak_mb"] / result["returned_mb"]
    figure(
        f"one bundle: peak {result['peak_mb']:.0f} MB for {result['returned_mb']:.0f} MB of arrays, ratio {ratio:.2f}"
    )


def test_stream_of_twenty_million_visitors(benchmark: BenchmarkFixture, figure: Figure, tmp_path: Path) -> None:
    result = benchmark.pedantic(measured, args=(STREAM, str(tmp_path)), rounds=1)
    figure(f"stream to Parquet: {result['rows']:,} visitors, peak resident memory {result['peak_mb']:.0f} MB")


def measured(script: str, *arguments: str) -> Any:
    """What the script printed as JSON, run in a process of its own: peak memory never falls within one."""
    command = [sys.executable, "-c", script, *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
