import pytest

from pytest_pytyche.fits.fitting import Task
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES


@pytest.fixture(scope="session")
def task() -> Task:
    """A fit of `lin` to 120 visitors."""
    config, _ = TEMPLATES["constant"](seed=0, metric_id="conversion_rate", effect_scale=1.0, n_visitors=120)
    return Task("lin", generate_v2_core(config).observed, config.digest, 3)
