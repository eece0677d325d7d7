from pathlib import Path

import pytest

from pytest_pytyche.review.causes import Group, group
from pytest_pytyche.review.changed import compare
from pytest_pytyche.review.received import pending
from tests.support.truths import truth, write_run


def causes(folder: Path, received: dict[str, str], stored: dict[str, str] | None = None) -> dict[str, list[str]]:
    """Cause -> specs, in the order of the page."""
    found = groups(folder, received, stored)
    return {one.cause: [member.received.spec for member in one.members] for one in found}


def groups(folder: Path, received: dict[str, str], stored: dict[str, str] | None = None) -> list[Group]:
    before = dict.fromkeys(received, truth()) if stored is None else stored
    return group(map(compare, pending(write_run(folder, received, before))))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"variant": 0.6, "treated": 3, "effect": 0.2}, "Assignment to arms"),
        ({"tenure": 3, "effect": 0.2, "p_per_visitor": 0.3}, "Feature tenure"),
        ({"p_per_visitor": 0.3, "effect": 0.2}, "Mean conversion under control"),
        ({"effect": 0.2, "treated": 3}, "Effects of mine"),
        ({"treated": 3, "outcome": 0.2}, "Outcomes alone, not their means"),
    ],
)
def test_the_cause_is_the_earliest_thing_that_changed(tmp_path: Path, changes: dict[str, float], cause: str) -> None:
    assert list(causes(tmp_path, {"mine-cr": truth(**changes)})) == [cause]  # type: ignore[arg-type]  # mixed knobs


def test_a_level_belongs_to_its_feature(tmp_path: Path) -> None:
    assert list(causes(tmp_path, {"mine": truth().replace("plan=free 12", "plan=free 11")})) == ["Feature plan"]


def test_specs_of_all_templates_share_a_changed_feature(tmp_path: Path) -> None:
    received = {"a-cr": truth(tenure=3), "b-cr": truth(tenure=2.1, effect=0.3), "c-cr": truth(effect=0.3)}
    assert causes(tmp_path, received) == {"Effects of c": ["c-cr"], "Feature tenure": ["b-cr", "a-cr"]}


def test_changed_effects_are_shared_within_a_template(tmp_path: Path) -> None:
    received = {"a-cr": truth(effect=0.11), "a-rpv": truth(effect=0.15), "b-cr": truth(effect=0.2)}
    assert causes(tmp_path, received) == {"Effects of b": ["b-cr"], "Effects of a": ["a-rpv", "a-cr"]}


def test_effects_that_changed_by_equal_factors_share_a_cause_across_templates(tmp_path: Path) -> None:
    received = {"a-cr": truth(effect=0.15), "b-cr": truth(effect=0.3), "b-rpv": truth(effect=0.9), "c": truth(effect=1)}
    stored = {"a-cr": truth(), "b-cr": truth(effect=0.2), "b-rpv": truth(effect=0.2), "c": truth()}
    assert causes(tmp_path, received, stored) == {"Effects of c": ["c"], "Effects of a, b": ["b-rpv", "a-cr", "b-cr"]}


def test_what_was_never_stored_is_a_group_of_its_own_and_comes_first(tmp_path: Path) -> None:
    received = {"a-cr": truth(), "b-cr": truth(), "c-cr": truth(effect=0.2)}
    found = causes(tmp_path, received, {"c-cr": truth()})
    assert found == {"No truth is stored yet": ["a-cr", "b-cr"], "Effects of c": ["c-cr"]}


def test_the_size_of_a_group_is_that_of_its_largest_change(tmp_path: Path) -> None:
    (found,) = groups(tmp_path, {"a-cr": truth(effect=0.11), "a-rpv": truth(effect=0.15)})
    assert found.size == pytest.approx(0.5)
