"""What the integration tests share: process layouts, a small catalog, and readers of what a run leaves behind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

LAYOUTS = {"plain": (), "n0": ("-n0",), "n2": ("-n2",), "no-xdist": ("-p", "no:xdist")}

CATALOG = """
from pytest_pytyche.generators.scenarios import TEMPLATES

KNOBS = {"effect_scale": 1.0, "n_visitors": 120, "n_nuisance": 1}
MINE = [
    (TEMPLATES["reversal"], {"metric_id": "conversion_rate", **KNOBS}),
    (TEMPLATES["constant"], {"metric_id": "conversion_rate", **KNOBS}),
    (TEMPLATES["constant"], {"metric_id": "revenue_per_visitor", **KNOBS}),
]


def pytest_pytyche_catalogs(config):
    return {"mine": MINE}
"""
SPECS = ("reversal-cr-es1-nuis1-n120", "constant-cr-es1-nuis1-n120", "constant-rpv-es1-mirror-nuis1-n120")
MINE = "--pytyche-profile=mine"
FEW = ("--pytyche-profile=validate", "--pytyche-templates=reversal,constant")

Run = Callable[..., pytest.RunResult]


class Stored:
    """What a run left in its folder."""

    def __init__(self, output: Path) -> None:
        self.folder = max((output / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)

    def frame(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")

    @property
    def summary(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "summary.json").read_text("utf-8"))
        return content

    @property
    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "journal.jsonl").read_text("utf-8").splitlines()]


def node_ids(result: pytest.RunResult) -> list[str]:
    """What `--co -q` lists."""
    return [line for line in result.outlines if "::" in line]


ESTIMATORS = """
import os
import signal

import numpy as np

from pytest_pytyche.estimators.base import LEVELS, EffectEstimate


class Zero:
    name = "zero"
    half_width = 1.0

    def fit_effects(self, observed, *, seed):
        return self.estimate(np.zeros(observed.n_visitors))

    def estimate(self, cate):
        bounds = (cate - self.half_width, cate + self.half_width)
        ate = (-self.half_width, self.half_width)
        return EffectEstimate(
            cate, 0.0, cate_intervals=dict.fromkeys(LEVELS, bounds), ate_intervals=dict.fromkeys(LEVELS, ate)
        )


class Raises(Zero):
    name = "raises"

    def fit_effects(self, observed, *, seed):
        raise RuntimeError(f"no convergence for {observed.n_visitors} visitors")


class Short(Zero):
    name = "short"

    def fit_effects(self, observed, *, seed):
        return self.estimate(np.zeros(observed.n_visitors - 1))


class NotANumber(Zero):
    name = "not-a-number"

    def fit_effects(self, observed, *, seed):
        return self.estimate(np.full(observed.n_visitors, np.nan))


class UpsideDown(Zero):
    name = "upside-down"
    half_width = -1.0


class Dies(Zero):
    name = "dies"

    def fit_effects(self, observed, *, seed):
        if observed.metric == "conversion_rate":
            return super().fit_effects(observed, seed=seed)
        os._exit(7)


class Interrupts(Zero):
    name = "interrupts"

    def fit_effects(self, observed, *, seed):
        if observed.metric == "revenue_per_visitor" and seed == 3:
            os.kill(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid(), signal.SIGINT)
        return super().fit_effects(observed, seed=seed)
"""
