import inspect
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.signatures import Parameters, matcher, type_text


def example(self: object, a: int, b: str = "b", *, c: float = 1.0) -> None: ...


def simple(self: object, a: int, b: str = "b", c: float = 1.0) -> None: ...


@pytest.mark.parametrize("function", [example, simple])
@given(
    args=st.lists(st.integers(), max_size=4),
    kwargs=st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers()),
)
def test_arguments_are_bound_as_python_binds_them(function: Any, args: list[int], kwargs: dict[str, int]) -> None:
    signature = inspect.signature(function)
    try:
        expected = signature.bind("owner", *args, **kwargs)
    except TypeError as error:
        with pytest.raises(
            TypeError, match=rf"^{function.__name__}\(\): {re.escape(str(error))}; expected \['a', 'b', 'c'\]$"
        ):
            Parameters(function).bind("owner", tuple(args), kwargs)
    else:
        expected.apply_defaults()
        assert Parameters(function).bind("owner", tuple(args), kwargs) == expected.arguments


@pytest.mark.parametrize(
    ("hint", "fits", "differs"),
    [
        (int, [1, True], ["1", 1.0]),
        (float, [1.5, 1], ["1"]),
        (str | None, ["a", None], [1]),
        (list[str], [["a"], [], {"a"}], ["a", ["a", 1]]),
        (dict[str, int], [{"a": 1}], [{"a": "b"}, {1: 1}, []]),
        (tuple[str, int], [("a", 1)], [("a",), ("a", "b"), ["a", 1]]),
        (tuple[int, ...], [(), (1, 2)], [("a",), [1]]),
        (Any, [None, 1, "a"], []),
        (list, [[1, "a"]], ["a"]),
    ],
)
def test_values_fit_annotations(hint: Any, fits: list[Any], differs: list[Any]) -> None:
    check = matcher(hint)
    assert [value for value in fits if not check(value)] == []
    assert [value for value in differs if check(value)] == []


def test_sets_stand_for_lists_in_a_stable_order() -> None:
    def call(self: object, names: list[str]) -> None: ...

    parameters = Parameters(call)
    bound = parameters.bind(None, ({"b", "c", "a"},), {})
    parameters.check(call, bound, ({"b"},), {})
    assert bound["names"] == ["a", "b", "c"]


def test_whole_numbers_become_the_floats_they_stand_for() -> None:
    def call(
        self: object, price: float, share: float | None = None, count: int = 0, either: int | float = 0
    ) -> None: ...

    parameters = Parameters(call)
    bound = parameters.bind(None, (20, 1, 2, 3), {})
    parameters.check(call, bound, (20, 1, 2, 3), {})
    assert [type(value) for value in list(bound.values())[1:]] == [float, float, int, int]


def test_types_read_as_they_are_written() -> None:
    assert [type_text(hint) for hint in (int, str | None, list[str], dict[str, Any])] == [
        "int",
        "str | None",
        "list[str]",
        "dict[str, Any]",
    ]
