import pickle
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import pytest

from pytest_pytyche.generators.values import NOT_CONTENT, FrozenDict, canonical, digest


@dataclass(frozen=True)
class Point:
    x: float
    label: str = field(default="", metadata=NOT_CONTENT)


class Colour(Enum):
    RED = 1


def module_level() -> None: ...


def test_frozen_dict_equals_a_dict_hashes_and_survives_pickling() -> None:
    frozen = FrozenDict({"a": 1, "b": 2})
    assert frozen == {"b": 2, "a": 1}
    assert hash(frozen) == hash(FrozenDict({"b": 2, "a": 1}))
    assert pickle.loads(pickle.dumps(frozen)) == frozen


@pytest.mark.parametrize(
    "change",
    [lambda d: d.__setitem__("a", 2), lambda d: d.pop("a"), lambda d: d.update(b=1), lambda d: d.clear()],
)
def test_frozen_dict_refuses_change(change: object) -> None:
    with pytest.raises(TypeError, match="part of a frozen value"):
        change(FrozenDict({"a": 1}))  # type: ignore[operator]  # each parameter is a callable


def test_digest_ignores_labels_and_key_order_but_no_content() -> None:
    assert digest(Point(1.0, "one")) == digest(Point(1.0, "uno"))
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest(Point(1.0)) != digest(Point(1.0 + 1e-15))
    assert len(digest(Point(1.0))) == 64


def test_numbers_of_numpy_are_the_numbers_they_are() -> None:
    assert canonical(np.float64(0.5)) == canonical(0.5)
    assert canonical(np.int64(3)) == canonical(3)
    assert canonical(np.array([1.0, 2.0])) == canonical([1.0, 2.0])
    assert canonical(Colour.RED) == ["Colour", "RED"]


def test_functions_count_by_name_and_lambdas_are_refused() -> None:
    assert canonical(module_level) == f"{__name__}:module_level"
    with pytest.raises(TypeError, match="has no content to compare"):
        canonical(lambda: None)
