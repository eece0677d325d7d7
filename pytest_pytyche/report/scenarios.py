"""PARE runs put together by check and scenario, with the uncertainty of their rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pare_harness import repeated
from pare_harness.rates import Interval, wilson
from pare_harness.repeated import Passes, Tally

if TYPE_CHECKING:
    from pare_harness.scenarios.validation_result import PAREMultiScenarioValidationResult, PAREScenarioValidationResult
    from pytest_pytyche.pare.results import PareResults

SUCCESS, INFRA = "success", "infra"


@dataclass(frozen=True)
class ScenarioRate:
    """A scenario under one check: `runs` that count, `infra` that do not, and what the agent did in those that do.

    `statuses` and `seconds` are of all of them.
    """

    check: str
    scenario: str
    runs: int
    infra: int
    successes: int
    interval: Interval | None
    statuses: dict[str, int]
    proposals: int
    acceptances: int
    turns: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Share of successes."""
        return self.successes / self.runs if self.runs else None

    @property
    def proposal_rate(self) -> float | None:
        """Proposals a turn."""
        return self.proposals / self.turns if self.turns else None

    @property
    def acceptance_rate(self) -> float | None:
        """Share of proposals that were accepted."""
        return self.acceptances / self.proposals if self.proposals else None


@dataclass(frozen=True)
class CheckRate:
    """All scenarios of a check; `error`, `interval` and `passes` as of `pare_harness.repeated.Rates`."""

    check: str
    scenarios: int
    runs: int
    infra: int
    successes: int
    interval: Interval | None
    statuses: dict[str, int]
    proposal_rate: float | None
    acceptance_rate: float | None
    error: float | None
    passes: tuple[Passes, ...]

    @property
    def rate(self) -> float | None:
        """Share of successes."""
        return self.successes / self.runs if self.runs else None


def scenario_rates(pare: "PareResults") -> list[ScenarioRate]:
    """Check by check, scenario by scenario, in the order of the run."""
    return [
        _scenario(check, scenario, runs)
        for check, results in pare.checks.items()
        for scenario, runs in _by_scenario(results).items()
    ]


def check_rates(pare: "PareResults", scenarios: Iterable[ScenarioRate]) -> list[CheckRate]:
    """The same, check by check."""
    of_check: dict[str, list[ScenarioRate]] = {}
    for scenario in scenarios:
        of_check.setdefault(scenario.check, []).append(scenario)
    return [_check(check, rates, pare.checks[check]) for check, rates in of_check.items()]


def _by_scenario(results: "PAREMultiScenarioValidationResult") -> dict[str, list["PAREScenarioValidationResult"]]:
    found: dict[str, list[PAREScenarioValidationResult]] = {}
    for (scenario, _), result in results.scenario_results.items():
        found.setdefault(scenario, []).append(result)
    return found


def _scenario(check: str, scenario: str, results: Sequence["PAREScenarioValidationResult"]) -> ScenarioRate:
    statuses: dict[str, int] = {}
    for result in results:
        statuses[result.status] = statuses.get(result.status, 0) + 1
    counted = [result for result in results if result.status != INFRA]
    runs, successes = len(counted), statuses.get(SUCCESS, 0)
    return ScenarioRate(
        check,
        scenario,
        runs,
        len(results) - runs,
        successes,
        wilson(successes, runs),
        statuses,
        proposals=sum(result.proposal_count for result in counted),
        acceptances=sum(result.acceptance_count for result in counted),
        turns=sum(result.number_of_turns for result in counted),
        seconds=sum(result.duration or 0.0 for result in results),
    )


def _check(check: str, rates: Sequence[ScenarioRate], results: "PAREMultiScenarioValidationResult") -> CheckRate:
    counted = results.counted
    found = repeated.rates({rate.scenario: Tally(rate.successes, rate.runs, rate.infra) for rate in rates})
    return CheckRate(
        check,
        found.scenarios,
        found.runs,
        found.infra,
        found.successes,
        found.interval,
        {status: n for status, n in results.status_counts.items() if n},
        counted.aggregate_proposal_rate,
        counted.aggregate_acceptance_rate,
        found.error,
        found.passes,
    )
