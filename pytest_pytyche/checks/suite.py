"""The built-in checks as test functions, collected once per spec and seed of a catalog."""

import pytest
from syrupy.assertion import SnapshotAssertion

from pytest_pytyche.cases import Case
from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.checks.invariants import check_invariants
from pytest_pytyche.checks.truth import describe_truth
from pytest_pytyche.session import one_line_failures
from pytest_pytyche.snapshots import failure
from pytest_pytyche.state import RUNTIME

pytestmark = pytest.mark.pytyche


@pytest.mark.pytyche_truth
def truth(request: pytest.FixtureRequest, pytyche_case: Case, pytyche_truth_snapshot: SnapshotAssertion) -> None:
    """The generated truth is the stored one, up to rounding."""
    with one_line_failures(request.node):
        bundle = request.config.stash[RUNTIME].draw(request.node, pytyche_case).bundle
        text = describe_truth(bundle, f"{pytyche_case.spec_id}, seed {pytyche_case.seed}")
        if pytyche_truth_snapshot != text:
            raise CheckFailed(failure(pytyche_truth_snapshot))


@pytest.mark.pytyche_invariants
def invariants(request: pytest.FixtureRequest, pytyche_case: Case) -> None:
    """Data and truth fit together, and to what the spec says."""
    with one_line_failures(request.node):
        draw = request.config.stash[RUNTIME].draw(request.node, pytyche_case)
        check_invariants(pytyche_case.spec, pytyche_case.seed, draw.config, draw.bundle)


@pytest.mark.pytyche_estimate
def estimate(request: pytest.FixtureRequest, pytyche_case: Case) -> None:
    """The estimator gives a usable estimate, whose scores are stored."""
    with one_line_failures(request.node):
        request.config.stash[RUNTIME].estimate(request.node, pytyche_case)
