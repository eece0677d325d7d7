import copy
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# No check depends on the wall clock: examples may take as long as a busy machine needs.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

REGISTRY = "pare_harness.scenarios.utils.registry"


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    """No scenario that a test registers, in examples or in a pytest of its own, is known to the next one."""
    loaded = sys.modules.get(REGISTRY)
    before = None if loaded is None else {name: copy.copy(value) for name, value in vars(loaded.registry).items()}
    yield
    loaded = sys.modules.get(REGISTRY)
    if loaded is not None and before is None:
        loaded.registry.reset()
    elif loaded is not None:
        vars(loaded.registry).update(before)
