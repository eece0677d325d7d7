import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from pytest_pytyche.estimators import load_estimator
from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.identity import IdentityUnknown, estimator_identity
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.observed import ObservedExperimentData


@dataclass
class Holding:
    """An estimator that holds one thing."""

    held: Any = None
    name: str = field(default="holding", init=False)

    def fit_effects(self, observed: ObservedExperimentData, *, seed: int) -> EffectEstimate:
        raise NotImplementedError


class Depending(Holding):
    packages: ClassVar = ("numpy", "no-such-package")


def identity(held: object) -> str:
    return estimator_identity(Holding(held))


def test_class_parameters_source_and_version_are_told() -> None:
    text = estimator_identity(Lin())
    assert text.startswith("pytest_pytyche.estimators.lin.Lin(name='lin') code ")
    assert text.endswith(f" with pytest-pytyche {version('pytest-pytyche')}")


def test_it_is_the_same_in_another_process() -> None:
    code = (
        "from pytest_pytyche.estimators import load_estimator\n"
        "from pytest_pytyche.estimators.identity import estimator_identity\n"
        "print(estimator_identity(load_estimator('stochtree-bcf(num_mcmc=7)')))"
    )
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    here = estimator_identity(load_estimator("stochtree-bcf(num_mcmc=7)"))
    assert elsewhere.strip() == here
    assert "num_mcmc=7" in here
    assert f"stochtree {version('stochtree')}" in here


def test_packages_that_an_estimator_names_count_installed_or_not() -> None:
    assert estimator_identity(Depending()).endswith(f"numpy {np.__version__}, no-such-package missing")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        ("1", 1),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 2}),
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), np.ones(2)),
        (Ridge(alpha=1.0), Ridge(alpha=2.0)),
        (Lin(), Lin(name="other")),
        (int, float),
        (load_estimator, estimator_identity),
    ],
)
def test_what_differs_is_told_apart(one: object, other: object) -> None:
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"x", "y", "z"}, {"z", "y", "x"}),
        (np.arange(3), np.arange(3)),
        (Ridge(alpha=1.0), Ridge(alpha=1.0)),
    ],
)
def test_what_is_equal_is_the_same(one: object, other: object) -> None:
    assert identity(one) == identity(other)


class Slotted:
    __slots__ = ("value",)


class Mixed(Slotted):
    def __init__(self, value: int) -> None:
        self.value = value
        self.other = 1


def test_what_stands_in_slots_counts() -> None:
    one, other = (type("Est", (Mixed,), {"name": "x", "__module__": __name__})(value) for value in (1, 2))
    assert estimator_identity(one) != estimator_identity(other)


class Listed(list[int]):
    """May have anything besides its items."""


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (Ridge().fit([[0.0], [1.0]], [0.0, 1.0]), "that is fitted already"),
        (Listed([1]), "which may differ from process to process"),
    ],
)
def test_what_cannot_be_told_by_its_parameters_is_refused(held: object, message: str) -> None:
    with pytest.raises(IdentityUnknown, match=message):
        identity(held)


@pytest.mark.parametrize("held", [object(), lambda: 1, ModuleType("m"), np.array([object()])])
def test_what_may_differ_from_process_to_process_is_refused_by_name(held: object) -> None:
    with pytest.raises(
        IdentityUnknown, match=r"^holding\.held is a \S+, which may differ from process to process; exp"
    ):
        identity(held)
