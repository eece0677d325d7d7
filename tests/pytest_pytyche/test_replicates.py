from collections.abc import Mapping
from typing import Any

import pytest

from pytest_pytyche.cases import Case
from pytest_pytyche.estimators.base import Estimator
from pytest_pytyche.estimators.difference_in_means import DifferenceInMeans
from pytest_pytyche.estimators.fit import estimator_seed
from pytest_pytyche.fits.assembled import Fits
from pytest_pytyche.fits.settings import FitSettings
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.replicates import Replicate, run_replicates

SPEC = (TEMPLATES["constant"], {"metric_id": "conversion_rate", "effect_scale": 1.0, "n_visitors": 120})
CASES = [Case("mine", "constant-cr-es1-n120", SPEC, seed, 4, "lin") for seed in range(4)]
UNTIMED = ("seconds", "peak_rss_mb")


def records(replicate: Replicate, workers: int, cases: list[Case] = CASES) -> list[list[dict[str, Any]]]:
    """Records in the order of the cases, without what differs from run to run."""
    found = {case.seed: lines for case, lines in run_replicates(cases, replicate, workers)}
    return [
        [{name: value for name, value in line.items() if name not in UNTIMED} for line in found[case.seed]]
        for case in cases
    ]


@pytest.fixture(scope="module")
def here() -> list[list[dict[str, Any]]]:
    return records(Replicate("lin", Fits({}, FitSettings()), 0), 1)


def test_records_are_those_of_an_item(here: list[list[dict[str, Any]]]) -> None:
    spec, estimate = here[3]
    assert [line["kind"] for line in (spec, estimate)] == ["spec", "estimate"]
    for line in (spec, estimate):
        assert (line["catalog"], line["spec"], line["seed"], line["position"]) == ("mine", CASES[3].spec_id, 3, 4)
        assert (line["template"], line["metric"]) == ("constant", "conversion_rate")
    assert len(spec["digest"]) == 64
    assert estimate["estimator"] == "lin"
    assert estimate["pehe"] > 0


def test_processes_find_the_same(here: list[list[dict[str, Any]]]) -> None:
    assert records(Replicate("lin", Fits({}, FitSettings()), 0), 2) == here


def test_a_factory_that_cannot_be_sent_is_called_here(here: list[list[dict[str, Any]]]) -> None:
    factories: Mapping[str, Any] = {"mine": type("Local", (DifferenceInMeans,), {})}
    assert all(lines[1]["pehe"] > 0 for lines in records(Replicate("mine", Fits(factories, FitSettings()), 0), 2))


def test_a_fit_that_fails_is_a_record_with_its_error(here: list[list[dict[str, Any]]]) -> None:
    def broken() -> Estimator:
        raise RuntimeError("no licence")

    (lines,) = records(Replicate("mine", Fits({"mine": broken}, FitSettings()), 0), 1, CASES[:1])
    assert [line["kind"] for line in lines] == ["spec", "estimate"]
    assert lines[0]["digest"] == here[0][0]["digest"]
    assert lines[1]["error"].endswith("its factory raised RuntimeError: no licence")


def test_estimators_get_the_seed_of_the_data_unless_another_stream_is_asked_for() -> None:
    assert [estimator_seed(seed, 0) for seed in (0, 7)] == [0, 7]
    others = {estimator_seed(seed, stream) for seed in range(50) for stream in (1, 2)}
    assert len(others) == 100
    assert all(0 <= seed < 2**31 for seed in others)
