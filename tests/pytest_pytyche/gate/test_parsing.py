import pytest

from pytest_pytyche.gate import ExpectedFailure, Limit, Pattern
from pytest_pytyche.gate.parsing import parse_expected, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("pehe<=0.5", Limit("pehe", maximum=0.5)),
        (" coverage_cate >= .9 @ reversal* ", Limit("coverage_cate", minimum=0.9, where=Pattern("reversal*"))),
        ("seconds<=1e-2@constant-cr-es1", Limit("seconds", maximum=0.01, where=Pattern("constant-cr-es1"))),
    ],
)
def test_limits_are_read(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "pehe", "pehe<0.5", "pehe<=half", "pehe<=nan", "<=1", "pehe<=1 reversal*"])
def test_what_is_no_limit_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"; expected METRIC<=NUMBER or METRIC>=NUMBER, and perhaps @ PATTERN$"):
        parse_limit(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reversal*: depth 2", ExpectedFailure(Pattern("reversal*"), "depth 2")),
        ("cliff/pehe : see: #12", ExpectedFailure(Pattern("cliff"), "see: #12", metric="pehe")),
    ],
)
def test_expected_failures_are_read(text: str, expected: ExpectedFailure) -> None:
    assert parse_expected(text) == expected


@pytest.mark.parametrize("text", ["reversal*", "reversal*:", ": a reason", "re versal: a reason"])
def test_an_expected_failure_without_pattern_or_reason_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"; expected PATTERN: REASON or PATTERN/METRIC: REASON$"):
        parse_expected(text)


@pytest.mark.parametrize(
    ("pattern", "matches"), [("*", True), ("reversal", True), ("reversal-*", True), ("*-es1", True), ("rev", False)]
)
def test_patterns_match_ids_and_templates(pattern: str, *, matches: bool) -> None:
    assert Pattern(pattern).matches("reversal-cr-es1", "reversal") == matches
