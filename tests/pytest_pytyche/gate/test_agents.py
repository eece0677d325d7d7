from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
import pytest

from pytest_pytyche.baselines import SCENARIOS, Baseline
from pytest_pytyche.gate import ExpectedFailure, GateRules, Judgement, Pattern
from pytest_pytyche.gate.agents import judge_agents

DAYS = [f"day_{i}" for i in range(12)]
RULES = GateRules()


def runs(
    statuses: Iterable[str] = ("success", "success"),
    scenarios: Iterable[str] = DAYS,
    *,
    check: str = "replay",
    digest: str = "same",
    proposals: int = 2,
    acceptances: int = 1,
) -> pl.DataFrame:
    """Runs that end alike in all scenarios, of ten turns each."""
    statuses = list(statuses)
    rows = [
        (scenario, number, check, digest, status, proposals, acceptances, 10)
        for scenario in scenarios
        for number, status in enumerate(statuses, start=1)
    ]
    return pl.DataFrame(rows, schema=SCENARIOS.schema, orient="row")


def kept(frame: pl.DataFrame, **environment: str) -> dict[str, Baseline]:
    return {"main": Baseline(frame, "pare", environment, SCENARIOS)}


def row(judgement: Judgement, metric: str, check: str = "replay") -> dict[str, Any]:
    return judgement.frame.filter(metric=metric, candidate=check, subject="(all scenarios)").row(0, named=True)


def test_the_same_runs_pass_as_identical() -> None:
    judgement = judge_agents(runs(), kept(runs()), RULES)
    assert judgement.frame["metric"].to_list() == ["success_rate", "pass^k", "acceptance_rate", "proposal_rate"]
    assert set(judgement.frame["verdict"]) == {"PASS"}
    assert judgement.frame["identical"].all()
    assert set(judgement.frame["kind"]) == {"pare"}


def test_success_that_is_lost_fails_and_says_where() -> None:
    worse = pl.concat([runs(["success", "failed"], DAYS[:9]), runs(scenarios=DAYS[9:])])
    judgement = judge_agents(worse, kept(runs()), RULES)
    found = row(judgement, "success_rate")
    assert judgement.failed
    assert (found["verdict"], found["replicates"]) == ("FAIL", 12)
    assert found["difference"] == pytest.approx(0.5 * 9 / 12)
    assert (found["baseline_mean"], found["candidate_mean"]) == (1.0, pytest.approx(1 - 4.5 / 12))
    assert "less success: day_0 1 → 0.5, day_1 1 → 0.5, day_2 1 → 0.5 and 6 more" in found["reason"]
    assert row(judgement, "pass^k")["difference"] == pytest.approx(9 / 12)


@pytest.mark.parametrize(
    ("scenarios", "before", "after", "failed"),
    [
        (2, 9 * ["success"], 9 * ["failed"], False),
        (3, 4 * ["success"], 4 * ["failed"], True),
        (3, 2 * ["success"], ["success", "failed"], False),  # as often with one agent
        (4, ["success"], ["failed"], False),
        (5, ["success"], ["failed"], True),
    ],
)
def test_what_all_scenarios_lose_is_judged_by_how_much_runs_of_one_agent_vary(
    scenarios: int, before: list[str], after: list[str], *, failed: bool
) -> None:
    judgement = judge_agents(runs(after, DAYS[:scenarios]), kept(runs(before, DAYS[:scenarios])), RULES)
    assert (row(judgement, "success_rate")["verdict"] == "FAIL") is failed
    assert judgement.failed is failed


def test_one_scenario_that_is_the_same_passes() -> None:
    assert not judge_agents(runs(scenarios=DAYS[:1]), kept(runs(scenarios=DAYS[:1])), GateRules(strict=True)).failed


def test_a_rate_that_two_scenarios_define_is_not_judged() -> None:
    quiet = runs(scenarios=DAYS[2:], proposals=0, acceptances=0)
    before = pl.concat([runs(scenarios=DAYS[:2], acceptances=2), quiet])
    judgement = judge_agents(pl.concat([runs(scenarios=DAYS[:2], acceptances=0), quiet]), kept(before), RULES)
    found = row(judgement, "acceptance_rate")
    assert (found["verdict"], found["replicates"]) == ("INCONCLUSIVE", 2)
    assert found["reason"].endswith("2 of the 3 replicates of the first look")


@pytest.mark.parametrize("scenarios", [3, 5])
def test_agents_that_are_no_worse_seldom_go_red(scenarios: int) -> None:
    rng = np.random.default_rng(0)

    def five_agents() -> pl.DataFrame:
        """One run each of every scenario; half of them succeed, with none to two proposals."""
        frame = pl.concat(runs(["success"], DAYS[:scenarios], check=f"agent {number}") for number in range(5))
        proposals = rng.integers(0, 3, frame.height)
        return frame.with_columns(
            status=pl.Series(rng.choice(["success", "failed"], frame.height)),
            proposal_count=proposals,
            acceptance_count=rng.binomial(proposals, 0.5),
        )

    red = [judge_agents(five_agents(), kept(five_agents()), RULES).failed for _ in range(100)]
    assert sum(red) <= 10  # as many as 5 of 100 are allowed, and more than 10 of 100 would then be 1 chance in 100


def test_a_single_lost_scenario_is_inconclusive() -> None:
    worse = pl.concat([runs(["failed", "failed"], DAYS[:1]), runs(scenarios=DAYS[1:])])
    judgement = judge_agents(worse, kept(runs()), RULES)
    assert row(judgement, "success_rate")["verdict"] == "INCONCLUSIVE"
    assert not judgement.failed
    assert judge_agents(worse, kept(runs()), GateRules(strict=True)).failed


def test_more_proposals_are_worse_and_fewer_acceptances_too() -> None:
    judgement = judge_agents(runs(proposals=4, acceptances=1), kept(runs()), RULES)
    assert row(judgement, "proposal_rate")["verdict"] == "FAIL"
    assert row(judgement, "proposal_rate")["difference"] == pytest.approx(0.2)
    assert row(judgement, "acceptance_rate")["difference"] == pytest.approx(0.25)
    better = judge_agents(runs(proposals=1, acceptances=1), kept(runs()), RULES)
    assert {row(better, name)["verdict"] for name in ("proposal_rate", "acceptance_rate")} == {"PASS"}


def test_infra_runs_are_left_out_and_counted() -> None:
    judgement = judge_agents(runs(["success", "infra"]), kept(runs(["success", "success"])), RULES)
    found = row(judgement, "success_rate")
    assert (found["verdict"], found["candidate_mean"]) == ("PASS", 1.0)
    assert found["reason"] == "12 infra runs of the candidate left out"


@pytest.mark.parametrize("status", ["failed", "exception", "limit", "no_validation"])
def test_everything_else_counts_against_success(status: str) -> None:
    found = row(judge_agents(runs(["success", status]), kept(runs()), RULES), "success_rate")
    assert found["candidate_mean"] == 0.5


def test_k_is_the_number_of_runs_that_all_scenarios_have() -> None:
    judgement = judge_agents(runs(["success"] * 5), kept(runs(["success"] * 3)), RULES)
    assert row(judgement, "pass^k")["reason"] == "k = 3"
    single = judge_agents(runs(["success"]), kept(runs(["success"])), RULES)
    assert "pass^k" not in single.frame["metric"].to_list()


def test_an_agent_that_stops_proposing_cannot_pass_on_acceptance() -> None:
    judgement = judge_agents(runs(proposals=0, acceptances=0), kept(runs()), RULES)
    found = row(judgement, "acceptance_rate")
    assert found["verdict"] == "NOT_COMPARED"
    assert found["reason"].endswith("undefined in 12 of 12 replicates of the candidate, not of the baseline")


def test_what_no_side_has_is_left_out() -> None:
    oracle = runs(["success"], check="oracle", proposals=0, acceptances=0)
    judgement = judge_agents(oracle, kept(oracle), GateRules(strict=True))
    assert judgement.frame["metric"].to_list() == ["success_rate", "proposal_rate"]
    assert not judgement.failed


def test_scenarios_that_are_no_pair_are_said() -> None:
    after = pl.concat([runs(scenarios=["new", "same"]), runs(scenarios=["changed"], digest="other")])
    judgement = judge_agents(after, kept(runs(scenarios=["gone", "same", "changed"])), RULES)
    left_out = judgement.frame.filter(verdict="NOT_COMPARED").select("subject", "reason").rows()
    assert left_out == [
        ("new", "not in the baseline"),
        ("changed", "scenario changed: the digest of its source differs"),
        ("gone", "not in this run"),
    ]
    assert row(judgement, "success_rate")["replicates"] == 1


def test_a_check_on_one_side_alone_is_said_scenario_by_scenario() -> None:
    judgement = judge_agents(runs(check="oracle"), kept(runs()), RULES)
    assert judgement.frame.select("candidate", "reason").unique(maintain_order=True).rows() == [
        ("oracle", "not in the baseline"),
        ("replay", "not in this run"),
    ]


def test_another_agent_is_said_as_a_change_of_the_environment() -> None:
    judgement = judge_agents(runs(), kept(runs(), agent="one"), RULES, {"agent": "two"})
    assert row(judgement, "success_rate")["reason"] == "environment changed: agent one → two; k = 2"


def test_failures_may_be_expected() -> None:
    rules = GateRules(expected=(ExpectedFailure(Pattern("(all scenarios)"), "new prompt", metric="proposal_rate"),))
    judgement = judge_agents(runs(proposals=4, acceptances=2), kept(runs()), rules)
    assert row(judgement, "proposal_rate")["verdict"] == "XFAIL"
    assert not judgement.failed
