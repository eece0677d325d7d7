from pathlib import Path

from pytest_pytyche.review.causes import group
from pytest_pytyche.review.changed import compare
from pytest_pytyche.review.received import pending
from pytest_pytyche.review.views import Line, sections, view
from tests.support.truths import receive, truth, write_run


def test_effects_arms_and_means_stand_side_by_side(tmp_path: Path) -> None:
    shown = view(compare(receive(tmp_path, truth(effect=0.125, treated=3), truth())))
    assert shown.headline == "effect 0.1 → 0.125"
    assert shown.size == "50 %"
    assert shown.effects[0] == Line("effect", "0.1", "0.125", "+25 %", changed=True)
    assert Line("treatment converted", "2", "3", "+50 %", changed=True) in shown.arms
    assert Line("control mean conversion probability", "0.1", "0.1", "", changed=False) in shown.arms


def test_changed_columns_come_effects_first_and_unchanged_ones_are_named(tmp_path: Path) -> None:
    received = truth(tenure=3, contrast_cate_per_visitor=0.3, p_per_visitor=0.3)
    shown = view(compare(receive(tmp_path, received, truth())))
    names = [column.name for column in shown.columns]
    assert names[:2] == ["contrast_cate_per_visitor[treatment]", "p_per_visitor[treatment]"]
    assert names[2:] == ["p_per_visitor[control]", "tenure"]
    assert shown.unchanged == ("variant", "outcome")


def test_digits_are_added_until_a_change_shows(tmp_path: Path) -> None:
    shown = view(compare(receive(tmp_path, truth(effect=0.1000000005), truth(effect=0.1))))
    assert shown.effects[0][1:4] == ("0.1", "0.1000000005", "+5e\N{MINUS SIGN}07 %")


def test_swapped_visitors_show_although_no_moment_moved(tmp_path: Path) -> None:
    swapped = truth().replace("tenure 2 1 0 0.5 1 2 3 3.5 4 0.1", "tenure 2 1 0 0.5 1 2 3 3.5 4 0.3")
    (column,) = view(compare(receive(tmp_path, swapped, truth()))).columns
    assert column.lines[-1] == Line("visitor by visitor", "", "different", "", changed=True)


def test_every_cause_keeps_its_largest_change_where_there_are_too_many(tmp_path: Path) -> None:
    received = {f"a-{number}": truth(effect=0.2 + number) for number in range(5)} | {"b-1": truth(effect=0.11)}
    groups = group(map(compare, pending(write_run(tmp_path, received, dict.fromkeys(received, truth())))))
    found = sections(groups, 3)
    assert [(len(section.views), section.more) for section in found] == [(3, 2), (1, 0)]
    assert found[0].views[0].changed.received.spec == "a-4"
