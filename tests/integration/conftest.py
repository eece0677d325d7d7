from collections.abc import Callable

import pytest
import scipy.stats  # noqa: F401  # as the next one
import vl_convert  # noqa: F401  # loads once per process, and pytester forgets what a test was first to import

from tests.support.plugin_runs import CATALOG, LAYOUTS, Run, Stored


@pytest.fixture(params=LAYOUTS)
def every_layout(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Every way in which pytest may lay out its processes: for the central test of each feature."""
    return LAYOUTS[request.param]


@pytest.fixture(params=["plain", "n2"])
def layout(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """In one process, and in a controller with workers."""
    return LAYOUTS[request.param]


LEFT_OUT = ("-p", "no:randomly", "-p", "no:benchmark", "-p", "no:hypothesispytest", "-p", "no:anyio")
CHARTS_OFF = ("-o", "pytyche_charts=off")
"""Their renderer takes longer to start than most runs to end."""
OUTER_RUN = (
    "PYTEST_ADDOPTS",
    "PYTEST_XDIST_WORKER",
    "PYTEST_XDIST_WORKER_COUNT",
    "PYTEST_XDIST_TESTRUNUID",
    "PYTHONDONTWRITEBYTECODE",
)


@pytest.fixture
def run_unasked(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in a process of its own that knows nothing of this one, items in the order of collection."""
    for variable in OUTER_RUN:
        monkeypatch.delenv(variable, raising=False)

    def run_pytest(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*LEFT_OUT, *arguments)

    return run_pytest


@pytest.fixture
def run(run_unasked: Run) -> Run:
    """The same with an option of the plugin, which is in use from the beginning."""
    return lambda *arguments: run_unasked(*CHARTS_OFF, *arguments)


@pytest.fixture
def own_catalog(pytester: pytest.Pytester) -> None:
    """A user's catalog of three small specs, called `mine`."""
    pytester.makeconftest(CATALOG)


@pytest.fixture
def stored(pytester: pytest.Pytester) -> Callable[[], Stored]:
    """What the last run left behind."""
    return lambda: Stored(pytester.path / ".pytyche")
