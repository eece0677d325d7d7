"""Whole runs of the gate on synthetic metrics, many at a time: the differences, looks and decisions of `judge`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pytest_pytyche.gate.rules import GateRules, Loss, Share
from pytest_pytyche.gate.statistics import FAILED, PASSED, UNDECIDED, BoolArray, FloatArray, IntArray, examine

RULES = GateRules(metrics=(Loss("pehe"), Loss("ate_error", floor=0.1), Loss("interval_score"), Share("coverage_cate")))
PEHE = 0
BATCH = 100


@dataclass(frozen=True)
class Scenario:
    """`worse` of 40 specs lose `pehe_loss` of their PEHE; `sd` of the log ratios of PEHE and interval score."""

    name: str
    sd: float
    pehe_loss: float = 0.0
    worse: int = 0
    suites: int = 500
    specs: int = 40


@dataclass(frozen=True)
class Rates:
    """Shares of the suites that went red at all, and for the PEHE of a spec that is worse.

    `passed`: share of the comparisons of such a PEHE that pass; `inconclusive`: of all comparisons that stay so;
    `replicates`: mean per spec.
    """

    red: float
    caught: float
    passed: float
    inconclusive: float
    replicates: float


def simulate(scenario: Scenario, seed: int = 2026) -> Rates:
    """Run the suites; the same seed gives the same rates."""
    sums = np.zeros(5)
    for codes, counts in _runs(scenario, np.random.default_rng(seed)):
        failed = codes == FAILED
        sums[0] += failed.any(axis=(1, 2)).sum()
        sums[1] += failed[:, : scenario.worse, PEHE].any(axis=1).sum()
        sums[2] += (codes[:, : scenario.worse, PEHE] == PASSED).sum() / max(scenario.worse, 1)
        sums[3] += (codes == UNDECIDED).mean(axis=(1, 2)).sum()
        sums[4] += counts.mean(axis=1).sum()
    return Rates(*(sums / scenario.suites).tolist())


def _runs(scenario: Scenario, rng: np.random.Generator) -> Iterator[tuple[IntArray, IntArray]]:
    for start in range(0, scenario.suites, BATCH):
        yield _sequential(_differences(scenario, min(BATCH, scenario.suites - start), rng))


def _sequential(d: FloatArray) -> tuple[IntArray, IntArray]:
    """Codes (suites, specs, metrics) and replicates (suites, specs) after the looks that each spec needs."""
    margins = np.array([metric.margin for metric in RULES.metrics])
    counts = np.full(d.shape[:2], RULES.looks[0])
    for look, after in pairwise((*RULES.looks, None)):
        codes = _look(d[..., :look], counts, margins)
        if after is not None:
            counts = np.where((codes == UNDECIDED).any(axis=-1), after, counts)
    return codes, counts


def _look(d: FloatArray, counts: IntArray, margins: FloatArray) -> IntArray:
    seen = np.arange(d.shape[-1]) < counts[..., np.newaxis, np.newaxis]
    nobody: BoolArray = np.zeros(d.shape[:-1], dtype=np.bool_)
    return examine(
        np.where(seen, d, np.nan),
        margins=margins,
        alpha=RULES.alpha_per_look,
        identical=nobody,
        ready=~nobody,
    ).codes


def _differences(scenario: Scenario, suites: int, rng: np.random.Generator) -> FloatArray:
    """(suites, specs, metrics, replicates) from tables of metrics on both sides."""
    shape = (suites, scenario.specs, RULES.looks[-1])
    loss = np.where(np.arange(scenario.specs) < scenario.worse, np.log1p(scenario.pehe_loss), 0.0)[:, np.newaxis]
    tables = (
        _scaled(rng, shape, scenario.sd, loss),
        _errors(rng, shape),
        _scaled(rng, shape, scenario.sd),
        _shares(rng, shape),
    )
    pairs = zip(RULES.metrics, tables, strict=True)
    return np.stack([metric.differences(before, after) for metric, (before, after) in pairs], axis=2)


def _scaled(
    rng: np.random.Generator, shape: tuple[int, ...], sd: float, loss: FloatArray | float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """A loss that varies from data set to data set by a quarter, and between the two sides by `sd`, in logs."""
    before = np.exp(rng.normal(0.0, 0.25, shape))
    return before, before * np.exp(loss + rng.normal(0.0, sd, shape))


def _errors(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Absolute errors of two ATEs whose errors correlate with .95: some come close to zero on one side alone."""
    common, one, other = rng.normal(size=(3, *shape))
    return np.abs(0.975 * common + 0.222 * one), np.abs(0.975 * common + 0.222 * other)


def _shares(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Coverage around 93 %, of 500 visitors each, the two sides a standard deviation of .03 apart."""
    common = rng.normal(0.93, 0.03, shape)
    before, after = common + rng.normal(0.0, 0.02, (2, *shape))
    return np.round(np.clip(before, 0.0, 1.0) * 500) / 500, np.round(np.clip(after, 0.0, 1.0) * 500) / 500
