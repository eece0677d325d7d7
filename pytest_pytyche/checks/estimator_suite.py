"""The checks of an estimator as test functions, collected once per estimator and experiment."""

import pytest

from pytest_pytyche.checks import CheckFailed, conformance
from pytest_pytyche.checks.conformance import Refused
from pytest_pytyche.conformance import SECONDS, TRIALS, Conformance
from pytest_pytyche.estimators.base import EstimateError
from pytest_pytyche.session import one_line_failures


def shapes(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """Estimates fit the data."""
    _run(request, pytyche_conformance, conformance.check_shapes)


def interval_ordering(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """Bounds are in order, and wider where the level is higher."""
    _run(request, pytyche_conformance, conformance.check_interval_ordering)


def draws_and_bounds(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """Draws, estimate and bounds say the same."""
    _run(request, pytyche_conformance, conformance.check_draws)


def determinism(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """A seed repeats a fit."""
    _run(request, pytyche_conformance, conformance.check_determinism)


def input_untouched(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """The data are left as they are."""
    _run(request, pytyche_conformance, conformance.check_input)


def no_truth(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """Estimates come from the data alone."""
    _run(request, pytyche_conformance, conformance.check_truth)


def errors(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """Poor data are told."""
    with one_line_failures(request.node):
        conformance.check_errors(request.config.stash[TRIALS][pytyche_conformance.estimator])


def timing(request: pytest.FixtureRequest, pytyche_conformance: Conformance) -> None:
    """How long a fit takes, which is reported and not judged."""
    with one_line_failures(request.node):
        seconds = conformance.measure_seconds(request.config.stash[TRIALS][pytyche_conformance.estimator])
    told = ", ".join(f"{value:.2g} s for {n} visitors" for n, value in seconds.items())
    request.node.user_properties.append((SECONDS, f"{pytyche_conformance.estimator}: {told}"))


def _run(request: pytest.FixtureRequest, case: Conformance, check: conformance.Check) -> None:
    with one_line_failures(request.node):
        try:
            check(request.config.stash[TRIALS][case.estimator], case.experiment)
        except Refused as refused:
            pytest.skip(str(refused))
        except EstimateError as error:
            raise CheckFailed(str(error)) from None
