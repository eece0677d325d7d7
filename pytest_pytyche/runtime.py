"""What items need while they run: the data of their case, and estimates of its effects."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from pytest_pytyche.cases import Case
from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.draws import Draw, Draws
from pytest_pytyche.estimators import EstimatorNotFound
from pytest_pytyche.estimators.base import EffectEstimate, EstimateError, Estimator
from pytest_pytyche.estimators.fit import estimator_seed
from pytest_pytyche.fits.assembled import Fits
from pytest_pytyche.fits.fitting import Task
from pytest_pytyche.hook_answers import factories_of
from pytest_pytyche.report.records import estimate_record, failed_estimate_record, failed_spec_record, spec_record
from pytest_pytyche.scoring import Scoring
from pytest_pytyche.session import record
from pytest_pytyche.state import RUNTIME, settings_of


@dataclass
class Runtime:
    """One per process; `stream` is that of the estimators' random numbers."""

    factories: dict[str, Callable[[], Estimator]]
    fits: Fits
    stream: int = 0
    scoring: Scoring = field(default_factory=Scoring)
    draws: Draws = field(default_factory=Draws)

    def estimator(self, name: str) -> Estimator:
        """The estimator called `name`, loaded once; EstimatorNotFound where there is none."""
        return self.fits.here.load(name)

    def load(self, names: Iterable[str], option: str = "--pytyche-estimator") -> None:
        """Load estimators before anything runs; pytest.UsageError for a name that nobody goes by."""
        try:
            for name in names:
                self.estimator(name)
        except EstimatorNotFound as error:
            raise pytest.UsageError(f"{option}: {error}") from error

    def draw(self, node: pytest.Item, case: Case) -> Draw:
        """The data of a case; whoever asks first has it generated, and carries the record of it."""
        try:
            return self.draws.get(case, on_new=lambda draw: record(node, spec_record(case, draw)))
        except CheckFailed as error:
            record(node, failed_spec_record(case, str(error)))
            raise

    def estimate(self, node: pytest.Item, case: Case) -> EffectEstimate:
        """Fit the case's estimator to its observed data and record the scores; CheckFailed, one line, if that fails."""
        if case.estimator is None:
            raise CheckFailed("pytyche_estimate must be an argument of the test function: that runs once per estimator")
        name = case.estimator
        draw = self.draw(node, case)
        observed = draw.bundle.observed
        try:
            fitted = self.fits.fit(Task(name, observed, draw.config.digest, estimator_seed(case.seed, self.stream)))
        except (EstimateError, EstimatorNotFound) as error:
            record(node, failed_estimate_record(case, str(error)))
            cause = None if isinstance(error.__cause__, EstimateError) else error.__cause__
            raise CheckFailed(str(error)) from cause
        for contrast, arm in enumerate(observed.arms[1:]):
            scores = self.scoring(fitted.estimate, draw, contrast)
            record(node, estimate_record(case, observed.metric, arm, fitted, scores))
        return fitted.estimate


def start_runtime(config: pytest.Config) -> Runtime:
    """The process's runtime, which is made when first needed; pytest.UsageError where two estimators share a name."""
    if RUNTIME not in config.stash:
        settings = settings_of(config)
        factories = factories_of(config, "pytest_pytyche_estimator", "estimator")
        fits, scoring = Fits(factories, settings.fits), Scoring(settings.treatment_cost)
        config.stash[RUNTIME] = Runtime(factories, fits, settings.gate.estimator_seed, scoring)
        config.add_cleanup(fits.close)
    return config.stash[RUNTIME]
