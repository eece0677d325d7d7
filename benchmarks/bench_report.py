"""The end of a large run: gathering, gating and every report of 20,000 estimates and 10,000 runs of scenarios."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from pytest_benchmark.fixture import BenchmarkFixture

from conftest import Figure

ROOT = Path(__file__).parents[1]
SPECS, SEEDS, SCENARIOS, RUNS = 1_000, 20, 1_000, 10
FAILING = 4
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"

JOURNAL = """
import random, sys
from pathlib import Path
from pytest_pytyche.report.columns import METRICS
from tests.support.runs import END, HEADER, item, scenario_run, write_run

SPECS, SEEDS, SCENARIOS, RUNS, FAILING = map(int, sys.argv[2:])
TIMELINE = "\\n".join(f"07:{minute:02}:00  AGENT [{minute}] Emails.send_email('x') -> null" for minute in range(40))

def fits():
    rng = random.Random(0)
    for position in range(SPECS):
        template, scale = f"template_{position % 7}", (0.5, 1.0, 2.0)[position % 3]
        scenario = {"template": template, "metric": "conversion_rate"}
        for seed in range(SEEDS):
            name = f"{template}-cr-es{scale:g}-n{position}"
            spec = {"catalog": "mine", "position": position, "spec": name, "seed": seed}
            nodeid = f"pytyche:mine::estimate[{name}-s{seed}-lin]"
            known = {"knobs": {"effect_scale": scale}, "digest": f"d{position}-{seed}"}
            yield {"kind": "spec", "nodeid": nodeid, **spec, **scenario, **known}
            case = {**spec, "estimator": "lin", **scenario}
            metrics = {column.name: rng.random() for column in METRICS} | {"seconds": rng.random()}
            yield {"kind": "estimate", "nodeid": nodeid, **case, "contrast": "treatment", **metrics}
            yield item(case, nodeid)

def scenarios():
    failure = {"rationale": "no reply was sent to the landlord " * 5, "timeline": TIMELINE}
    for number in range(SCENARIOS):
        for run in range(1, RUNS + 1):
            broken = (number + run) % FAILING == 0
            yield from scenario_run(f"scenario_{number}", run, success=not broken, **(failure if broken else {}))

print(write_run(Path(sys.argv[1]), [HEADER, *fits(), *scenarios(), END]))
"""

END_OF_RUN = r"""
import json, re, sys, time
from dataclasses import replace
from pathlib import Path
start = time.perf_counter()
from pytest_pytyche.baselines import Baseline, replicates
from pytest_pytyche.gate import GateRules, judge
from pytest_pytyche.report.run import load_run, write_run
run = load_run(Path(sys.argv[1]))
gathered = time.perf_counter()
table = replicates(run.tables.estimates, run.tables.specs, "mine")
judgement = judge(table, {"main": Baseline(table, "mine")}, GateRules())
judged = time.perf_counter()
write_run(replace(run, verdicts=judgement.frame))
written = time.perf_counter()
# getrusage would count the process that started this one too
peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6
print(json.dumps({"gather": gathered - start, "gate": judged - gathered, "write": written - judged, "peak": peak}))
"""


def test_end_of_a_large_run(benchmark: BenchmarkFixture, figure: Figure, tmp_path: Path) -> None:
    folder = python(JOURNAL, tmp_path, SPECS, SEEDS, SCENARIOS, RUNS, FAILING).strip()
    found: dict[str, Any] = benchmark.pedantic(lambda: json.loads(python(END_OF_RUN, folder)), rounds=3)
    total = found["gather"] + found["gate"] + found["write"]
    page = Path(folder) / "report.html"
    figure(
        f"report of 20,000 estimates and 10,000 runs: {total:.2f} s (imports and gathering {found['gather']:.2f}, gate"
        f" {found['gate']:.2f}, files {found['write']:.2f}), peak {found['peak']:.0f} MB"
    )
    figure(f"its report.html: {page.stat().st_size / 1e6:.2f} MB, opens in {seconds_to_open(page):.2f} s")


def python(script: str, *arguments: object) -> str:
    """What the script prints, run from the root folder in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def seconds_to_open(page: Path) -> float:
    """From navigation until the page is loaded and its script has run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page()
        start = time.perf_counter()
        opened.goto(page.as_uri())
        opened.get_by_role("button", name="Details of scenario_0").wait_for(state="attached")
        seconds = max(time.perf_counter() - start, float(opened.evaluate(LOADED)))
        browser.close()
    return seconds
