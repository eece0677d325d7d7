from pathlib import Path
from typing import Any

import pytest

from pytest_pytyche.cases import Case, Catalog, identity_of


def template(**knobs: Any) -> Any:
    raise AssertionError("no config is built to make a case")


SPECS = {"first-cr-es1": (template, {"effect_scale": 1.0}), "second-cr-es1": (template, {"effect_scale": 1.0})}


def catalog(*, built_in: bool) -> Catalog:
    return Catalog("mine", Path("conftest.py"), SPECS, built_in)


def test_cases_go_by_spec_then_seed_then_estimator() -> None:
    ids = [case.id for case in catalog(built_in=True).cases((0, 4), ("lin", "bcf"))]
    assert ids[:4] == ["first-cr-es1-s0-lin", "first-cr-es1-s0-bcf", "first-cr-es1-s4-lin", "first-cr-es1-s4-bcf"]
    assert len(ids) == 8


def test_without_estimators_the_id_is_spec_and_seed() -> None:
    cases = list(catalog(built_in=True).cases((3,)))
    assert [case.id for case in cases] == [case.data_id for case in cases] == ["first-cr-es1-s3", "second-cr-es1-s3"]


@pytest.mark.parametrize(("built_in", "nodeid"), [(True, "pytyche"), (False, "pytyche:mine")])
def test_the_node_id_names_a_catalog_of_the_users(built_in: bool, nodeid: str) -> None:
    assert catalog(built_in=built_in).nodeid == nodeid


@pytest.mark.parametrize(("built_in", "seeds"), [(True, (0,)), (False, (0, 1, 2))])
def test_truths_of_built_in_profiles_exist_for_shipped_seeds(built_in: bool, seeds: tuple[int, ...]) -> None:
    assert catalog(built_in=built_in).truth_seeds((0, 1, 2)) == seeds


@pytest.mark.parametrize("estimator", [None, "lin", "my.module:Factory"])
def test_a_node_id_tells_what_the_case_was(estimator: str | None) -> None:
    case = Case("standard", "constant-rpv-es1-mirror-sigma0.3", SPECS["first-cr-es1"], 12, 0, estimator)
    told = {"spec": case.spec_id, "seed": 12, "estimator": estimator}
    assert identity_of(f"pytyche::check[{case.id}]") == told
    assert told.items() <= case.identity.items()


@pytest.mark.parametrize("nodeid", ["test_a.py::test_b", "test_a.py::test_b[1]", "pytyche::truth"])
def test_another_node_id_tells_nothing(nodeid: str) -> None:
    assert identity_of(nodeid) == {}
