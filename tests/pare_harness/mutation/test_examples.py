"""The example scenarios are told from every day that goes wrong."""

from pathlib import Path

import pytest

from pare_harness.mutation import analyse
from pare_harness.scenarios import ScenarioRegistry
from pare_harness.scenarios.registration import discover

FOUND = discover([Path(__file__).parents[3] / "fixtures" / "scenarios"], registry=ScenarioRegistry()).scenarios


@pytest.mark.parametrize("scenario_id", sorted(FOUND))
def test_the_validator_rejects_every_mutant_that_counts(scenario_id: str) -> None:
    found = analyse(FOUND[scenario_id])
    assert [one.mutant.name for one in found.survivors] == []
    assert found.kill_rate == 1.0
    assert found.counted >= 6
    assert found.stale == {}
