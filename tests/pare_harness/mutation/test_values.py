from enum import Enum
from typing import Any

import pytest

from pare_harness.mutation.values import perturbations


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@pytest.mark.parametrize(
    ("value", "path", "whole"),
    [
        (3, (), 4),
        (2.5, (), 3.5),
        (True, (), False),
        (Size.SMALL, (), Size.LARGE),
        (Size.LARGE, (), Size.SMALL),
        ("Cake", (), "something else"),
        ("2025-02-28 23:30:00", (), "2025-03-01 23:30:00"),
        ("2025-13-01 00:00:00", (), "something else"),
        ("ada@example.org", (), "someone.else@example.org"),
        (["Ada", "Bo"], (), ["Ada"]),
        (["Ada"], (0,), ["something else"]),
        ({"phone": 7}, ("phone",), {"phone": 8}),
    ],
)
def test_a_value_becomes_another_of_its_type(value: Any, path: tuple[Any, ...], whole: Any) -> None:
    (found,) = perturbations(value)
    assert (found.path, found.whole) == (path, whole)
    assert type(found.whole) is type(value)


def test_each_entry_of_a_mapping_is_perturbed_on_its_own() -> None:
    assert [one.whole for one in perturbations({"a": 1, "b": {"c": False}})] == [
        {"a": 2, "b": {"c": False}},
        {"a": 1, "b": {"c": True}},
    ]


@pytest.mark.parametrize("value", [None, [], {}, b"x", object(), "something else"])
def test_what_has_no_rule_stays(value: Any) -> None:
    assert list(perturbations(value)) == []
