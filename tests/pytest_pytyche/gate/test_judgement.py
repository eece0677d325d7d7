from math import exp, log
from typing import Any

import numpy as np
import polars as pl
import pytest

from pytest_pytyche.gate import Burden, ExpectedFailure, GateRules, Judgement, Limit, Loss, Pattern, Share, judge
from pytest_pytyche.report.verdict_columns import SCHEMA
from tests.support.metric_tables import METRICS, SPECS, baseline, noisy, table

TEN, FORTY = range(10), range(40)
RULES = GateRules()
ONE, OTHER = SPECS


def test_a_regression_fails_in_its_spec_and_metric_alone() -> None:
    worse = pl.concat([table(TEN, [ONE]), noisy(table(TEN, [OTHER], pehe=1.3), "pehe", 0.02)])
    judgement = judge(worse, {"main": baseline(table(TEN))}, RULES)
    assert judgement.failed
    assert subjects(judgement, "FAIL") == [(OTHER, "pehe")]
    row = verdict(judgement, OTHER, "pehe")
    assert row["kind"] == "catalog"
    assert (row["baseline"], row["candidate"], row["template"], row["replicates"]) == ("main", "lin", "reversal", 10)
    assert 1.25 < exp(row["difference"]) < 1.35
    assert row["p_value"] < row["p_holm"] < 0.05 / 3
    assert row["candidate_mean"] / row["baseline_mean"] == pytest.approx(1.3, rel=0.05)


def test_lost_coverage_fails_by_difference() -> None:
    worse = noisy(table(TEN, coverage_cate=0.9), "coverage_cate", 0.005)
    row = verdict(judge(worse, {"main": baseline(table(TEN))}, RULES), ONE, "coverage_cate")
    assert row["verdict"] == "FAIL"
    assert row["difference"] == pytest.approx(row["baseline_mean"] - row["candidate_mean"])


def test_identical_metrics_pass_with_a_single_replicate() -> None:
    judgement = judge(table([0]), {"main": baseline(table(FORTY))}, RULES)
    assert set(judgement.frame["verdict"]) == {"PASS"}
    assert judgement.frame["identical"].all()
    assert judgement.more == ()


def test_rounding_errors_pass_as_not_inferior() -> None:
    rounded = table(TEN).with_columns(pl.col("pehe") * (1 + 1e-15))
    row = verdict(judge(rounded, {"main": baseline(table(TEN))}, RULES), ONE, "pehe")
    assert (row["verdict"], row["identical"]) == ("PASS", False)


def test_an_improvement_passes() -> None:
    better = noisy(table(TEN, pehe=0.5), "pehe", 0.1)
    assert verdict(judge(better, {"main": baseline(table(TEN))}, RULES), ONE, "pehe")["verdict"] == "PASS"


def test_what_is_inconclusive_asks_for_the_replicates_of_the_next_look() -> None:
    judgement = judge(noisy(table(TEN, [ONE]), "pehe", 0.5), {"main": baseline(table(FORTY, [ONE]))}, RULES)
    assert verdict(judgement, ONE, "pehe")["verdict"] == "INCONCLUSIVE"
    assert [(more.subject, more.candidate, more.seeds) for more in judgement.more] == [
        (ONE, "lin", tuple(range(10, 20)))
    ]
    assert judgement.needs_more == (ONE,)
    assert not judgement.failed


@pytest.mark.parametrize(("replicates", "wanted"), [(3, 7), (10, 10), (15, 5), (20, 20), (40, 0), (45, 0)])
def test_looks_are_at_10_20_and_40(replicates: int, wanted: int) -> None:
    candidate = noisy(table(range(replicates), [ONE]), "pehe", 1.5)
    judgement = judge(candidate, {"main": baseline(table(range(100), [ONE]))}, RULES)
    assert sum(len(more.seeds) for more in judgement.more) == wanted


def test_below_the_first_look_nothing_is_decided_but_identity() -> None:
    judgement = judge(table([0, 1, 2], pehe=9.0), {"main": baseline(table(FORTY))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["verdict"], row["reason"]) == ("INCONCLUSIVE", "3 of the 10 replicates of the first look")
    assert verdict(judgement, ONE, "ate_error")["verdict"] == "PASS"


def test_a_small_baseline_is_looked_at_with_what_it_has() -> None:
    judgement = judge(table([0, 1, 2], pehe=9.0), {"main": baseline(table([0, 1, 2]))}, RULES)
    assert verdict(judgement, ONE, "pehe")["verdict"] == "FAIL"
    assert judgement.more == ()


def test_strict_fails_what_stays_inconclusive() -> None:
    candidate, before = noisy(table(TEN), "pehe", 0.5), {"main": baseline(table(TEN))}
    assert not judge(candidate, before, RULES).failed
    assert judge(candidate, before, GateRules(strict=True)).failed
    assert not judge(table(TEN), before, GateRules(strict=True)).failed


def test_a_spec_on_one_side_alone_is_said() -> None:
    judgement = judge(table(TEN, [ONE]), {"main": baseline(table(TEN, [OTHER]))}, RULES)
    assert {row["reason"] for row in rows(judgement, ONE)} == {"not in the baseline"}
    assert {row["reason"] for row in rows(judgement, OTHER)} == {"not in this run"}
    assert set(judgement.frame["verdict"]) == {"NOT_COMPARED"}
    assert judge(table(TEN, [ONE]), {"main": baseline(table(TEN, [OTHER]))}, GateRules(strict=True)).failed


def test_changed_data_are_not_compared() -> None:
    judgement = judge(table(TEN, pehe=9.0), {"main": baseline(table(TEN, digest="other"))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["verdict"], row["replicates"]) == ("NOT_COMPARED", 0)
    assert row["reason"] == "data changed: the digest differs in 10 of 10 replicates"


def test_replicates_without_a_counterpart_are_said() -> None:
    judgement = judge(table(range(15), [ONE]), {"main": baseline(table(TEN, [ONE]))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["replicates"], row["reason"]) == (10, "5 of 15 replicates are not in the baseline")
    apart = judge(table(range(50, 60), [ONE]), {"main": baseline(table(TEN, [ONE]))}, RULES)
    assert verdict(apart, ONE, "pehe")["reason"] == "no replicate in common with the baseline"


def test_a_changed_environment_is_said_and_compared() -> None:
    before = {"main": baseline(table(TEN), numpy="2.3", python="3.11")}
    row = verdict(judge(table(TEN), before, RULES, {"numpy": "2.4", "python": "3.11"}), ONE, "pehe")
    assert (row["verdict"], row["reason"]) == ("PASS", "environment changed: numpy 2.3 → 2.4")
    assert verdict(judge(table(TEN), before, RULES), ONE, "pehe")["reason"] is None


def test_a_metric_that_the_candidate_leaves_undefined_cannot_pass() -> None:
    half = pl.concat([table(range(5), [ONE]), table(range(5, 10), [ONE], pehe=None)])
    judgement = judge(half, {"main": baseline(table(FORTY, [ONE]))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["verdict"], row["replicates"]) == ("INCONCLUSIVE", 5)
    assert row["reason"] == "undefined in 5 of 10 replicates of the candidate, not of the baseline"
    assert judgement.more == ()


def test_a_metric_that_the_baseline_leaves_undefined_is_said() -> None:
    judgement = judge(table(TEN, [ONE]), {"main": baseline(table(TEN, [ONE], pehe=None))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["verdict"], row["reason"]) == ("NOT_COMPARED", "undefined in 10 of 10 replicates of the baseline")


def test_a_metric_that_is_undefined_on_both_sides_is_said() -> None:
    judgement = judge(table(TEN, pehe=None), {"main": baseline(table(TEN, pehe=None))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["verdict"], row["reason"]) == ("NOT_COMPARED", "undefined on both sides")
    assert row["difference"] is None


def test_infinite_metrics_count_as_undefined() -> None:
    broken = table(TEN, [ONE], pehe=float("inf"))
    row = verdict(judge(broken, {"main": baseline(table(TEN, [ONE]))}, RULES), ONE, "pehe")
    assert row["verdict"] == "NOT_COMPARED"
    assert row["reason"] == "undefined in 10 of 10 replicates of the candidate, not of the baseline"


def test_every_baseline_is_compared_and_all_of_them_are_one_family() -> None:
    drifted = noisy(table(TEN, [ONE], pehe=1.3), "pehe", 0.05)
    before = {
        "previous": baseline(noisy(table(TEN, [ONE], pehe=1.25), "pehe", 0.05, 1)),
        "release": baseline(table(TEN, [ONE])),
    }
    judgement = judge(drifted, before, RULES)
    assert judgement.frame.filter(verdict="FAIL").select("baseline", "metric").rows() == [("release", "pehe")]
    alone = judge(drifted, {"release": before["release"]}, RULES)
    together = judgement.frame.filter(baseline="release", metric="pehe")["p_holm"][0]
    assert together == pytest.approx(2 * alone.frame.filter(metric="pehe")["p_holm"][0])


def test_estimators_meet_their_namesakes() -> None:
    before = pl.concat([table(TEN, [ONE], estimator="lin"), table(TEN, [ONE], estimator="bcf", pehe=2.0)])
    judgement = judge(before, {"main": baseline(before)}, RULES)
    assert judgement.frame["identical"].all()
    assert list(judgement.frame["candidate"].unique(maintain_order=True)) == ["lin", "bcf"]


def test_single_estimators_meet_whatever_their_names() -> None:
    judgement = judge(table(TEN, estimator="new"), {"main": baseline(table(TEN, estimator="old"))}, RULES)
    row = verdict(judgement, ONE, "pehe")
    assert (row["candidate"], row["verdict"], row["reason"]) == ("new", "PASS", "the baseline is old")


def test_an_estimator_without_a_namesake_is_said() -> None:
    before = pl.concat([table(TEN, [ONE], estimator="lin"), table(TEN, [ONE], estimator="bcf")])
    judgement = judge(table(TEN, [ONE], estimator="new"), {"main": baseline(before)}, RULES)
    reasons = judgement.frame.select("candidate", "reason").unique(maintain_order=True).rows()
    assert reasons == [("new", "not in the baseline"), ("lin", "not in this run"), ("bcf", "not in this run")]


def test_limits_hold_for_the_specs_and_templates_they_name() -> None:
    limits = (
        Limit("pehe", maximum=0.5, where=Pattern("reversal")),
        Limit("coverage_cate", minimum=0.5),
        Limit("pehe", maximum=1.0),
    )
    judgement = judge(table(TEN), {}, GateRules(limits=limits))
    assert judgement.failed
    assert set(judgement.frame["baseline"]) == {"(limits)"}
    assert subjects(judgement, "FAIL") == [(OTHER, "pehe")]
    row = judgement.frame.filter(verdict="FAIL").row(0, named=True)
    assert row["margin"] == 0.5
    assert row["reason"] == f"{row['candidate_mean']:.4g} is more than 0.5"


def test_a_minimum_that_is_missed_fails() -> None:
    judgement = judge(table(TEN, [ONE]), {}, GateRules(limits=(Limit("coverage_cate", minimum=0.99),)))
    assert judgement.frame["reason"].str.ends_with("is less than 0.99").all()
    assert judgement.failed


def test_a_limit_about_nothing_and_one_on_an_undefined_metric_are_said() -> None:
    limits = (Limit("pehe", maximum=1.0, where=Pattern("revesal*")), Limit("crps", maximum=1.0))
    judgement = judge(table(TEN, [ONE]), {}, GateRules(limits=limits))
    assert judgement.frame.select("subject", "verdict", "reason").rows() == [
        ("revesal*", "NOT_COMPARED", "no spec of this run has such a name"),
        (ONE, "NOT_COMPARED", "crps is undefined in every replicate"),
    ]


def test_a_limit_is_about_nothing_where_nothing_is_estimated() -> None:
    judgement = judge(table(TEN).clear(), {}, GateRules(limits=(Limit("pehe", maximum=1.0, where=Pattern(ONE)),)))
    assert judgement.frame.select("subject", "verdict", "reason").rows() == [
        (ONE, "NOT_COMPARED", "nothing is estimated in this run")
    ]
    assert not judgement.failed


def test_an_expected_failure_is_no_failure_and_keeps_its_reason() -> None:
    rules = GateRules(expected=(ExpectedFailure(Pattern("reversal-*"), "trees of depth 2", metric="pehe"),))
    judgement = judge(table(TEN, [OTHER], pehe=2.0), {"main": baseline(table(TEN, [OTHER]))}, rules)
    row = verdict(judgement, OTHER, "pehe")
    assert (row["verdict"], row["reason"]) == ("XFAIL", "expected: trees of depth 2")
    assert not judgement.failed


def test_an_expected_failure_that_passes_is_reported() -> None:
    expected = (ExpectedFailure(Pattern(ONE), "trees of depth 2"),)
    before = {"main": baseline(table(TEN))}
    judgement = judge(table(TEN), before, GateRules(expected=expected))
    assert not judgement.failed
    assert {row["reason"] for row in rows(judgement, ONE)} == {"expected to fail (trees of depth 2), but passes"}
    assert {row["reason"] for row in rows(judgement, OTHER)} == {None}
    assert judge(table(TEN), before, GateRules(expected=expected, strict=True)).failed


@pytest.mark.parametrize("rules", [GateRules(metrics=(Loss("phee"),)), GateRules(limits=(Limit("phee", maximum=1.0),))])
def test_a_rule_about_no_metric_is_refused(rules: GateRules) -> None:
    with pytest.raises(ValueError, match=r"metric='phee'; expected one of \['pehe', 'ate_error', "):
        judge(table(TEN), {"main": baseline(table(TEN))}, rules)


def test_without_anything_to_compare_with_there_are_no_verdicts() -> None:
    judgement = judge(table(TEN), {}, RULES)
    assert judgement.frame.is_empty()
    assert judgement.frame.schema == SCHEMA
    assert not judgement.failed


def test_changes_are_put_in_the_direction_of_the_metric() -> None:
    assert Loss("pehe").change(log(1.14)) == "+14.0 %"
    assert Share("coverage_cate").change(0.19) == "-19.0 points"
    assert Burden("proposal_rate").change(0.05) == "+5.0 points"


def test_a_floor_keeps_a_lucky_replicate_from_outweighing_the_others() -> None:
    lucky = table(TEN, [ONE]).with_columns(ate_error=pl.when(pl.col("seed") == 0).then(1e-9).otherwise("ate_error"))
    row = verdict(judge(table(TEN, [ONE]), {"main": baseline(lucky)}, RULES), ONE, "ate_error")
    assert row["difference"] < log(13) / 10  # without a floor log(1e9) / 10 = 2.07


def subjects(judgement: Judgement, name: str) -> list[tuple[Any, ...]]:
    return judgement.frame.filter(verdict=name).select("subject", "metric").rows()


def rows(judgement: Judgement, subject: str) -> list[dict[str, Any]]:
    found = judgement.frame.filter(subject=subject).to_dicts()
    assert [row["metric"] for row in found] == list(METRICS)
    return found


def verdict(judgement: Judgement, subject: str, metric: str) -> dict[str, Any]:
    return judgement.frame.filter(subject=subject, metric=metric).row(0, named=True)


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
def test_a_loss_is_compared_alike_in_any_unit(unit: float) -> None:
    plain, loss = np.array([1.0, 2.0, 3.0]), Loss("pehe")
    scaled = loss.differences(plain * unit, 9 * plain * unit)
    assert scaled == pytest.approx(loss.differences(plain, 9 * plain), rel=0.05)
