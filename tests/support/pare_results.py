"""Results of runs that never happened, with counts small enough to check by hand."""

from pare_harness.errors import InfraError, LimitReached, ScenarioError
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from pare_harness.scenarios.validation_result import (
    PAREMultiScenarioValidationResult,
    PAREScenarioValidationResult,
)


def one_of_each_status() -> PAREMultiScenarioValidationResult:
    """Seven runs of five scenarios: two successes and every other status once; 6 proposals, 3 accepted, in 8 turns."""
    config = ScenarioRunnerConfig(
        tool_augmentation_config=ToolAugmentationConfig(tool_failure_probability=0.25),
        env_events_config=EnvEventsConfig(num_env_events_per_minute=5),
    )
    results = PAREMultiScenarioValidationResult(config, duration=12.5)
    results.add_result(_proposing(True, accepted=2, rejected=1), "morning_cab", 1)
    results.add_result(_proposing(False, accepted=0, rejected=2, rationale="no ride\n was ordered"), "morning_cab", 2)
    results.add_result(_proposing(True, accepted=1, rejected=0), "night_mail")
    results.add_result(PAREScenarioValidationResult(None, ScenarioError("two apps | 'Emails'")), "twins", 1)
    results.add_result(PAREScenarioValidationResult(None, InfraError("endpoint gone")), "twins", 2)
    results.add_result(PAREScenarioValidationResult(False, LimitReached("")), "endless")
    results.add_result(PAREScenarioValidationResult(None), "silent")
    return results


def _proposing(
    success: bool, accepted: int, rejected: int, rationale: str | None = None
) -> PAREScenarioValidationResult:
    return PAREScenarioValidationResult(
        success,
        rationale=rationale,
        duration=0.5,
        proposal_count=accepted + rejected,
        acceptance_count=accepted,
        rejection_count=rejected,
        read_only_actions=3,
        write_actions=accepted,
        number_of_turns=4 if accepted else 0,
    )
