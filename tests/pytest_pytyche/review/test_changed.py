from math import inf
from pathlib import Path

import pytest

from pytest_pytyche.review.changed import Number, compare
from tests.support.truths import receive, truth


def test_rows_are_read_from_both_sides_with_what_changed(tmp_path: Path) -> None:
    changed = compare(receive(tmp_path, truth(effect=0.125, treated=3), truth(effect=0.1, treated=2)))
    assert changed.rows["effects"]["all"]["effect"] == Number(0.1, 0.125, changed=True)
    assert changed.rows["effects"]["all"]["aov"] == Number(None, None, changed=False)
    assert changed.rows["arms"]["treatment"]["visitors"] == Number(10, 10, changed=False)
    assert changed.changed_rows == (("arms", "treatment"), ("effects", "all"))
    assert list(changed.changed_in("effects")) == ["all"]


def test_size_is_the_largest_change_relative_to_its_row(tmp_path: Path) -> None:
    assert compare(receive(tmp_path, truth(effect=0.125), truth(effect=0.1))).size == pytest.approx(0.25)
    assert compare(receive(tmp_path, truth(tenure=2.5), truth(tenure=2))).size == pytest.approx(0.5 / 4)
    assert compare(receive(tmp_path, truth(treated=3), truth(treated=2))).size == pytest.approx(0.5)


def test_equal_but_for_rounding_has_no_size(tmp_path: Path) -> None:
    assert compare(receive(tmp_path, truth(effect=0.1 + 1e-15), truth(effect=0.1))).size == 0


def test_a_row_on_one_side_only_is_larger_than_any_other_change(tmp_path: Path) -> None:
    without = "\n".join(line for line in truth().splitlines() if not line.startswith("tenure"))
    changed = compare(receive(tmp_path, truth(), without))
    assert changed.size == inf
    assert changed.rows["columns"]["tenure"]["mean"] == Number(None, 2, changed=True)


def test_without_a_stored_truth_everything_is_new(tmp_path: Path) -> None:
    changed = compare(receive(tmp_path, truth(), None))
    assert changed.problem == "no truth is stored yet"
    assert changed.rows["effects"]["all"]["effect"] == Number(None, 0.1, changed=True)
    assert changed.size == inf


@pytest.mark.parametrize(
    ("received", "stored", "problem"),
    [
        (truth(), "", "the stored text cannot be read: line 1 is ''; expected 'pytyche truth, format 1'"),
        ("x", truth(), "the received text cannot be read: line 1 is 'x'; expected 'pytyche truth, format 1'"),
    ],
)
def test_a_text_that_cannot_be_read_is_said(tmp_path: Path, received: str, stored: str, problem: str) -> None:
    assert compare(receive(tmp_path, received, stored)).problem == problem


def test_relative_change_is_undefined_where_it_says_nothing() -> None:
    assert Number(0.1, 0.125, changed=True).relative == pytest.approx(0.25)
    assert Number(-2, -3, changed=True).relative == -0.5
    for undefined in (Number(0, 1, changed=True), Number(None, 1, changed=True), Number(1, 1, changed=False)):
        assert undefined.relative is None
