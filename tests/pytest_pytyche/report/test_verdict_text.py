from typing import Any

import polars as pl
import pytest

from pytest_pytyche.report.verdict_columns import LIMITS, SCHEMA
from pytest_pytyche.report.verdict_text import change, count, verdict_lines

ROW = {
    "kind": "catalog",
    "baseline": "main",
    "subject": "reversal-cr-es1",
    "candidate": "lin",
    "metric": "pehe",
    "verdict": "PASS",
    "replicates": 10,
    "baseline_mean": 0.1,
    "candidate_mean": 0.114,
    "difference": 0.131,
    "p_holm": 0.0031,
}


def lines(*rows: dict[str, Any]) -> list[str]:
    return verdict_lines(pl.DataFrame([{**ROW, **row} for row in rows], schema=SCHEMA))


def test_failures_come_first_and_what_passed_is_counted() -> None:
    shown = lines({}, {"verdict": "INCONCLUSIVE", "metric": "ate_error"}, {"verdict": "FAIL"})
    assert shown == [
        "              spec             metric      change  baseline → now       p   R",
        "FAIL          reversal-cr-es1  pehe       +14.0 %     0.1 → 0.114  0.0031  10",
        "INCONCLUSIVE  reversal-cr-es1  ate_error  +14.0 %     0.1 → 0.114  0.0031  10",
        "",
        "against main: 1 FAIL, 1 INCONCLUSIVE, 1 PASS",
    ]


def test_several_candidates_and_baselines_are_told_apart() -> None:
    shown = lines({"verdict": "FAIL"}, {"candidate": "bcf", "baseline": "release"})
    assert shown[1].endswith("10  lin        main")
    assert shown[-2:] == ["against main: 1 FAIL", "against release: 1 PASS"]


def test_a_limit_stands_in_place_of_the_baseline() -> None:
    shown = lines({"verdict": "FAIL", "baseline": LIMITS, "margin": 0.05, "difference": None, "p_holm": None})
    assert shown[1].split()[3:] == ["–", "0.05", "→", "0.114", "–", "10"]


def test_each_reason_is_said_once() -> None:
    shown = lines(
        {"reason": "not in this run", "subject": "a", "verdict": "NOT_COMPARED"},
        {"reason": "not in this run", "subject": "b", "verdict": "NOT_COMPARED"},
        {"reason": "the baseline is bcf", "subject": "c"},
    )
    assert shown == ["2 specs: not in this run", "c: the baseline is bcf", "against main: 2 NOT_COMPARED, 1 PASS"]


def test_a_long_list_is_cut_and_says_so() -> None:
    shown = lines(*({"verdict": "FAIL", "subject": f"spec-{i}", "reason": f"reason {i}"} for i in range(25)))
    assert "… and 5 more; verdicts.parquet has them all" in shown
    assert "… and 5 more remarks; verdicts.parquet has them all" in shown


def test_names_cannot_steer_the_terminal() -> None:
    shown = "\n".join(lines({"verdict": "FAIL", "subject": "\x1b[31mred", "reason": "\x1b]0;title\x07why"}))
    assert "\x1b" not in shown
    assert "why" in shown


def test_nothing_is_said_where_nothing_was_compared() -> None:
    assert lines() == []


@pytest.mark.parametrize(
    ("metric", "difference", "said"),
    [
        ("pehe", 0.131, "+14.0 %"),
        ("coverage_cate", 0.19, "-19.0 points"),
        ("success_rate", 0.5, "-50.0 points"),
        ("proposal_rate", 0.05, "+5.0 points"),
        ("mine", 0.25, "+0.25"),
        ("pehe", None, "–"),
    ],
)
def test_a_change_is_that_of_the_metric(metric: str, difference: float | None, said: str) -> None:
    assert change({"metric": metric, "difference": difference}) == said


def test_counts_have_their_plural() -> None:
    assert (count(1, "spec"), count(1200, "spec")) == ("1 spec", "1,200 specs")
