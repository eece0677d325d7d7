"""More replicates of some specs, fitted outside of any test: in this process, or in as many others as are wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_pytyche.cases import Case
from pytest_pytyche.draws import Draw
from pytest_pytyche.estimators.base import EstimateError
from pytest_pytyche.estimators.fit import estimator_seed
from pytest_pytyche.estimators.naming import EstimatorNotFound
from pytest_pytyche.fits.assembled import Fits
from pytest_pytyche.fits.fitting import Task as FitTask
from pytest_pytyche.generators.core import V2GeneratorConfig, generate_v2_core
from pytest_pytyche.report.records import estimate_content, failed_estimate_record, identity, spec_content
from pytest_pytyche.scoring import Scoring
from pytest_pytyche.suite.packing import NotSendable
from pytest_pytyche.suite.processes import Processes
from pytest_pytyche.suite.runners import Sequential
from pytest_pytyche.suite.tasks import Outcome, Task

Record = dict[str, Any]


@dataclass(frozen=True)
class Replicate:
    """Generates the data of a configuration, fits the estimator and scores it; picklable as its factories are."""

    estimator: str
    fits: Fits
    stream: int
    scoring: Scoring = field(default_factory=Scoring)

    def __call__(self, config: V2GeneratorConfig, metadata: dict[str, Any]) -> dict[str, str]:
        draw = Draw(config, metadata, generate_v2_core(config))
        found: Record = {"spec": spec_content(draw), "estimates": [], "error": None}
        try:
            found["estimates"] = self._scores(draw)
        except (EstimateError, EstimatorNotFound) as error:
            found["error"] = str(error)
        return {"content": json.dumps(found)}

    def _scores(self, draw: Draw) -> list[Record]:
        observed, config = draw.bundle.observed, draw.config
        seed = estimator_seed(config.seed, self.stream)
        fitted = self.fits.fit(FitTask(self.estimator, observed, config.digest, seed))
        return [
            estimate_content(observed.metric, arm, fitted, self.scoring(fitted.estimate, draw, contrast))
            for contrast, arm in enumerate(observed.arms[1:])
        ]


def run_replicates(cases: Sequence[Case], replicate: Replicate, workers: int) -> Iterator[tuple[Case, list[Record]]]:
    """Each case with its records as it ends; in this process for fewer than two workers, and where pickling fails."""
    tasks = [Task(case.spec, case.seed) for case in cases]
    left = set(range(len(cases)))
    if workers > 1:
        try:
            for index, outcome in Processes(workers).run(replace(replicate, fits=replicate.fits.in_pool()), tasks):
                left.discard(index)
                yield cases[index], records(cases[index], outcome)
        except NotSendable:
            pass  # A factory that no other process can import, such as a lambda, is called here.
    here = [cases[index] for index in sorted(left)]
    for index, outcome in Sequential().run(replicate, [Task(case.spec, case.seed) for case in here]):
        yield here[index], records(here[index], outcome)


def records(case: Case, outcome: Outcome) -> list[Record]:
    """What an item of the case would have left in the journal."""
    if outcome.error is not None:
        return [failed_estimate_record(case, outcome.error)]
    content = json.loads(str(outcome.results["content"]))
    estimates = [{**identity("estimate", case), **scores} for scores in content["estimates"]]
    if content["error"] is not None:
        estimates = [failed_estimate_record(case, content["error"])]
    return [{**identity("spec", case), **content["spec"]}, *estimates]
