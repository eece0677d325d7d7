"""What came of a run of a scenario, and of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal, get_args

from pare_harness.disturbances import Disturbances
from pare_harness.errors import InfraError, LimitReached
from pare_harness.meter import ModelUse, total_use

if TYPE_CHECKING:
    import polars as pl

    from pare_harness.scenarios.config import ScenarioRunnerConfig

Status = Literal["success", "failed", "exception", "infra", "limit", "no_validation"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass
class PAREScenarioValidationResult:
    """One run: the validator's verdict, or the exception that stopped it, and what was counted.

    `success` None means that there is no verdict; `duration` is in seconds of real time; tokens and cost are None where
    no model has told them, `noise` where nobody has looked for it.
    """

    success: bool | None
    exception: Exception | None = None
    export_path: str | None = None
    rationale: str | None = None
    duration: float | None = None
    proposal_count: int = 0
    acceptance_count: int = 0
    read_only_actions: int = 0
    write_actions: int = 0
    number_of_turns: int = 0
    rejection_count: int = 0
    model_calls: int = 0
    model_retries: int = 0
    malformed_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    noise: Disturbances | None = None

    @property
    def status(self) -> Status:
        """A run with an exception is never a plain failure: a limit, the infrastructure, or else a broken scenario."""
        if self.exception is not None:
            return _exception_status(self.exception)
        if self.success is None:
            return "no_validation"
        return "success" if self.success else "failed"

    @property
    def proposal_rate(self) -> float | None:
        """Proposals / turns; None without turns."""
        return _rate(self.proposal_count, self.number_of_turns)

    @property
    def acceptance_rate(self) -> float | None:
        """Acceptances / proposals; None without proposals."""
        return _rate(self.acceptance_count, self.proposal_count)


@dataclass
class PAREMultiScenarioValidationResult:
    """Many runs: results by (scenario id, run number or None), all under `run_config`; `duration` of them together.

    Rates are None where nothing was counted that could be their denominator.
    """

    run_config: ScenarioRunnerConfig
    scenario_results: dict[tuple[str, int | None], PAREScenarioValidationResult] = field(default_factory=dict)
    duration: float = 0.0

    def add_result(self, result: PAREScenarioValidationResult, scenario_id: str, run_number: int | None = None) -> None:
        """Add the result of a run; one that is already there is replaced, so that each run counts once."""
        self.scenario_results[scenario_id, run_number] = result

    @property
    def status_counts(self) -> dict[Status, int]:
        """Runs by status, every status named; they add up to all runs."""
        counts = Counter(result.status for result in self.scenario_results.values())
        return {status: counts[status] for status in STATUSES}

    @property
    def successful_count(self) -> int:
        return self.status_counts["success"]

    @property
    def failed_count(self) -> int:
        return self.status_counts["failed"]

    @property
    def exception_count(self) -> int:
        return self.status_counts["exception"]

    @property
    def infra_count(self) -> int:
        return self.status_counts["infra"]

    @property
    def limit_count(self) -> int:
        return self.status_counts["limit"]

    @property
    def no_validation_count(self) -> int:
        return self.status_counts["no_validation"]

    @property
    def counted(self) -> PAREMultiScenarioValidationResult:
        """The runs that rates are of: all but those that ended as `infra`, which say nothing of the agent."""
        kept = {key: result for key, result in self.scenario_results.items() if result.status != "infra"}
        return replace(self, scenario_results=kept)

    @property
    def total_proposals(self) -> int:
        return sum(result.proposal_count for result in self.scenario_results.values())

    @property
    def total_acceptances(self) -> int:
        return sum(result.acceptance_count for result in self.scenario_results.values())

    @property
    def total_rejections(self) -> int:
        return sum(result.rejection_count for result in self.scenario_results.values())

    @property
    def total_turns(self) -> int:
        return sum(result.number_of_turns for result in self.scenario_results.values())

    @property
    def total_read_only_actions(self) -> int:
        return sum(result.read_only_actions for result in self.scenario_results.values())

    @property
    def total_write_actions(self) -> int:
        return sum(result.write_actions for result in self.scenario_results.values())

    @property
    def noise(self) -> list[Disturbances]:
        """The noise of the runs in which somebody has looked for it."""
        return [result.noise for result in self.scenario_results.values() if result.noise is not None]

    @property
    def model_use(self) -> ModelUse:
        """What models did in all runs; of tokens and cost without those that broke before a model told them."""
        names = [one.name for one in fields(ModelUse)]
        told: list[ModelUse] = []
        untold: list[ModelUse] = []
        for run in self.scenario_results.values():
            broke = run.status == "infra" and run.prompt_tokens is None and run.cost is None
            (untold if broke else told).append(ModelUse(**{name: getattr(run, name) for name in names}))
        return total_use(told, untold)

    @property
    def aggregate_proposal_rate(self) -> float | None:
        """Proposals / turns, over all runs."""
        return _rate(self.total_proposals, self.total_turns)

    @property
    def aggregate_acceptance_rate(self) -> float | None:
        """Accepted proposals / proposals, over all runs."""
        return _rate(self.total_acceptances, self.total_proposals)

    @property
    def success_rate(self) -> float | None:
        """Successes / all runs: one without a verdict counts against it, whoever is to blame."""
        return _rate(self.successful_count, len(self.scenario_results))

    @property
    def success_rate_of_judged(self) -> float | None:
        """Successes / runs with a verdict, success or failed; leaves out exception, infra, limit and no_validation."""
        counts = self.status_counts
        return _rate(counts["success"], counts["success"] + counts["failed"])

    def success_rate_updated(self) -> float | None:
        """`success_rate`, as a method."""
        return self.success_rate

    def to_polars(self, extra_columns: Mapping[str, str] | None = None) -> pl.DataFrame:
        """One row per run in the order of adding, always the same columns, then `extra_columns`: a text for all rows.

        `success_numeric` and `success_bool` are null without a verdict, rates without a denominator.
        Raises `ValueError` for an extra column whose name is taken.
        """
        from pare_harness.scenarios.result_columns import to_frame  # noqa: PLC0415 - polars loads at first use

        return to_frame(self, extra_columns or {})

    def description(self, split: str = "unknown", weight_per_app_class: Mapping[str, float] | None = None) -> str:
        """A report to read: statuses, rates with what they leave out, and what did not succeed.

        `weight_per_app_class` is said of the noise; None: the weights of `run_config`.
        """
        from pare_harness.report import describe  # noqa: PLC0415 - the report is about this class

        return describe(self, split, weight_per_app_class)


def _exception_status(exception: Exception) -> Status:
    if isinstance(exception, LimitReached):
        return "limit"
    return "infra" if isinstance(exception, InfraError) else "exception"


def _rate(count: int, of: int) -> float | None:
    return count / of if of else None
