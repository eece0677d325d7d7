"""What a user's own test may request."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_pytyche.state import PLAN, RUNTIME, settings_of

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from pytest_pytyche.cases import Case
    from pytest_pytyche.estimators.base import EffectEstimate
    from pytest_pytyche.generators.core import CalibrationBundle
    from pytest_pytyche.generators.scenarios import ScenarioSpec

NO_ARGUMENT = (
    "a test with a catalog runs once per spec: its function must take the fixture as an argument, which one that calls "
    "getfixturevalue does not, nor a method of unittest.TestCase"
)
LONGEST_INT = 1023
"""Bits of an int that a float is sure to hold."""
NO_CATALOG = "needs a catalog: give --pytyche-profile=NAME, or mark the test with @pytest.mark.pytyche(profile='NAME')"


@pytest.fixture
def pytyche_case(request: pytest.FixtureRequest) -> "Case":
    """The spec and seed that this run of the test is about, with their ids; skips where there is no catalog."""
    if not hasattr(request, "param"):
        mark = request.node.get_closest_marker("pytyche")
        if PLAN in request.config.stash or (mark is not None and mark.kwargs):
            pytest.fail(NO_ARGUMENT, pytrace=False)
        pytest.skip(NO_CATALOG)
    case: Case = request.param
    return case


@pytest.fixture
def pytyche_spec(pytyche_case: "Case") -> "ScenarioSpec":
    """The (template_fn, kwargs) of one spec of the catalog; the test runs once per spec and seed."""
    return pytyche_case.spec


@pytest.fixture
def pytyche_bundle(request: pytest.FixtureRequest, pytyche_case: "Case") -> "CalibrationBundle":
    """The data of the spec, (observed, truth) row for row; generated once per process, so leave it as it is."""
    from pytest_pytyche.session import one_line_failures  # noqa: PLC0415  # loaded already, as it is in use

    with one_line_failures(request.node):
        return request.config.stash[RUNTIME].draw(request.node, pytyche_case).bundle


@pytest.fixture
def pytyche_estimate(request: pytest.FixtureRequest, pytyche_case: "Case") -> "EffectEstimate":
    """Effects estimated from the spec's observed data; the test runs once per estimator, and the scores are stored."""
    from pytest_pytyche.session import one_line_failures  # noqa: PLC0415  # loaded already, as it is in use

    with one_line_failures(request.node):
        return request.config.stash[RUNTIME].estimate(request.node, pytyche_case)


@pytest.fixture
def pytyche_truth_snapshot(request: pytest.FixtureRequest, snapshot: "SnapshotAssertion") -> "SnapshotAssertion":
    """Syrupy's `snapshot` for truths: `assert pytyche_bundle == pytyche_truth_snapshot`, compared with a tolerance."""
    from pytest_pytyche.snapshots import TruthSnapshot  # noqa: PLC0415  # loads the generators, for those who ask

    settings_of(request.config)  # so that somebody keeps what is received
    return snapshot.use_extension(TruthSnapshot)


@pytest.fixture
def pytyche_record(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`pytyche_record(name=value, …)` stores numbers, texts, True, False or None of the test in `records.parquet`."""
    from pytest_pytyche.session import case_of, record  # noqa: PLC0415  # for those who ask

    case = case_of(request.node)
    identity = {} if case is None else case.identity

    def store(**values: object) -> None:
        for name, value in values.items():
            entry = {
                "kind": "record",
                "nodeid": request.node.nodeid,
                **identity,
                "name": name,
                "value": scalar(name, value),
            }
            record(request.node, entry)

    return store


def scalar(name: str, value: object) -> float | str | bool | None:
    """A built-in scalar as it is, one of NumPy's converted; TypeError, one line, for anything else."""
    from pytest_pytyche.session import unwrapped  # noqa: PLC0415  # for those who ask

    value = unwrapped(value)
    if isinstance(value, int) and value.bit_length() > LONGEST_INT:
        raise TypeError(
            f"pytyche_record: {name} is an int of {value.bit_length():,} bits; expected one that float holds"
        )
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"pytyche_record: {name} is a {type(value).__name__}; expected a number, a text, True, False or None"
    )
