import numpy as np
import pytest

from pytest_pytyche.fixtures import scalar


@pytest.mark.parametrize("value", [1, 0.5, True, "text", None])
def test_built_in_scalars_are_kept(value: object) -> None:
    assert scalar("x", value) is value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(np.float32(0.5), 0.5), (np.int64(3), 3), (np.True_, True), (np.array(2.0), 2.0), (np.str_("a"), "a")],
)
def test_scalars_of_numpy_become_built_in_ones(value: object, expected: object) -> None:
    converted = scalar("x", value)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize("value", [[1.0], {"a": 1}, np.array([1.0]), object(), np.complex128(1j), 1j])
def test_anything_else_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match=r"pytyche_record: x is a .*; expected a number, a text, True, False or None"):
        scalar("x", value)
