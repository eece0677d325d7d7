import pytest

from pytest_pytyche.checks.difference import SHOWN, Change, Unreadable, changes, read, report

TEXT = """pytyche truth, format 1
reversal, seed 0
A line on how numbers are compared.

[arms]        visitors  converted  revenue
control             10          2    100.5
treatment           12          3      200

[columns]  mean    sd    max
cate       0.25   0.5  200.0
"""


def test_a_text_equals_itself() -> None:
    assert changes(TEXT, TEXT) == []


def test_each_cell_is_read_under_its_row_and_column() -> None:
    rows = read(TEXT)
    assert rows["[arms] control"] == {"visitors": "10", "converted": "2", "revenue": "100.5"}
    assert rows["[columns] cate"]["mean"] == "0.25"


@pytest.mark.parametrize("mean", ["0.25", "0.2500001", "0.2499999"])
def test_numbers_within_a_billionth_of_the_largest_in_their_row_are_equal(mean: str) -> None:
    assert changes(TEXT, TEXT.replace("0.25", mean)) == []


def test_a_number_beyond_the_tolerance_is_a_change() -> None:
    assert changes(TEXT, TEXT.replace("0.25", "0.2500003")) == [Change("[columns] cate mean", "0.25", "0.2500003")]


def test_counts_are_compared_exactly() -> None:
    large = TEXT.replace(" 10 ", " 10000000000 ")
    assert changes(large, large.replace("10000000000", "10000000001")) == [
        Change("[arms] control visitors", "10000000000", "10000000001")
    ]


def test_rows_of_tiny_numbers_are_compared_to_a_floor() -> None:
    tiny = TEXT.replace("0.25   0.5  200.0", "0 1e-17 -1e-17")
    assert changes(tiny, tiny.replace("1e-17", "3e-17")) == []
    assert changes(tiny, tiny.replace("cate       0", "cate       2e-12"))


def test_rows_and_columns_that_one_side_lacks_are_changes() -> None:
    more = TEXT + "aov 1 2 3\n"
    added = [Change(f"[columns] aov {name}", None, value) for name, value in (("mean", "1"), ("sd", "2"), ("max", "3"))]
    assert changes(TEXT, more) == added
    assert changes(more, TEXT) == [change._replace(stored=change.received, received=None) for change in added]


def test_an_undefined_number_only_equals_another() -> None:
    undefined = TEXT.replace("100.5", "-")
    assert changes(undefined, undefined) == []
    assert changes(undefined, TEXT) == [Change("[arms] control revenue", "-", "100.5")]


def test_another_title_is_a_change() -> None:
    assert changes(TEXT, TEXT.replace("seed 0", "seed 1")) == [Change("title", "reversal, seed 0", "reversal, seed 1")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 is ''; expected 'pytyche truth, format 1'"),
        ("pytyche truth, format 0\n", "line 1 is 'pytyche truth, format 0'; expected 'pytyche truth, format 1'"),
        ("\n".join(TEXT.splitlines()[:3]), "it ends after 3 lines, before any number"),
        (TEXT.replace("100.5", "many"), "line 6 holds 'many'; expected a number"),
        (TEXT[:-8], r"line 10 holds 2 values; table \[columns\] has 3 columns"),
        (
            TEXT.replace("[arms]        visitors  converted  revenue", ""),
            r"line 6 holds 3 values; table \(none\) has 0",
        ),
    ],
)
def test_what_is_no_stored_truth_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        changes(text, TEXT)


def test_the_report_shows_both_numbers_and_the_relative_change() -> None:
    found = [
        Change("[columns] cate mean", "0.2", "0.25"),
        Change("[columns] aov mean", None, "1"),
        Change("zero", "0", "1"),
    ]
    assert list(report(found)) == [
        "changed              stored  received  relative",
        "[columns] cate mean     0.2      0.25     +0.25",
        "[columns] aov mean   (none)         1",
        "zero                      0         1",
    ]


def test_a_long_report_is_cut() -> None:
    lines = list(report([Change(f"row {number}", "1", "2") for number in range(SHOWN + 5)]))
    assert len(lines) == 1 + SHOWN + 1
    assert lines[-1] == "… and 5 more"
