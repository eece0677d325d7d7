from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pytest_pytyche.cases import Case
from pytest_pytyche.draws import generate
from pytest_pytyche.estimators import load_estimator
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.fits.fitting import Fitted
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.metrics import score
from pytest_pytyche.report.columns import ESTIMATES, METRICS, RECORDS, SPECS
from pytest_pytyche.report.frames import Tables, check_of, tables
from pytest_pytyche.report.records import estimate_record, failed_spec_record, spec_record


def identity(spec: str = "a", seed: int = 0, position: int = 0, estimator: str | None = None) -> dict[str, Any]:
    return {"catalog": "mine", "spec": spec, "seed": seed, "position": position, "estimator": estimator}


def item(check: str, outcome: str = "passed", reason: str | None = None, **case: Any) -> dict[str, Any]:
    what = identity(**case)
    name = f"{what['spec']}-s{what['seed']}"
    nodeid = (
        f"pytyche:mine::{check}[{name}-{what['estimator']}]" if what["estimator"] else f"pytyche:mine::{check}[{name}]"
    )
    return {"kind": "item", "nodeid": nodeid, "outcome": outcome, "reason": reason, "seconds": 1.0, **what}


def estimate(pehe: float | None = 1.0, **case: Any) -> dict[str, Any]:
    return {"kind": "estimate", **identity(**{"estimator": "lin", **case}), "contrast": "treatment", "pehe": pehe}


@pytest.mark.parametrize("columns", [ESTIMATES, SPECS, RECORDS])
def test_every_column_is_declared_once_and_explained(columns: Any) -> None:
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert all(column.doc for column in columns)


def test_the_metric_columns_are_what_a_score_holds() -> None:
    case = Case(
        "mine", "x", (TEMPLATES["reversal"], {"metric_id": "conversion_rate", "effect_scale": 1.0}), 0, 0, "lin"
    )
    draw = generate(case)
    scores = score(fit(load_estimator("lin"), draw.bundle.observed, seed=0), draw.bundle.truth)
    assert {column.name for column in METRICS} == scores.keys()


def test_a_spec_and_its_scores_fill_their_rows() -> None:
    spec = (TEMPLATES["reversal"], {"metric_id": "revenue_per_visitor", "effect_scale": 1.0, "n_visitors": 200})
    case = Case("mine", "reversal-rpv", spec, 3, 0, "lin")
    draw = generate(case)
    estimated = fit(load_estimator("lin"), draw.bundle.observed, seed=0)
    scores = score(estimated, draw.bundle.truth)
    found = tables(
        [spec_record(case, draw), estimate_record(case, "revenue_per_visitor", "treatment", Fitted(estimated), scores)]
    )
    row = found.specs.row(0, named=True)
    assert row["digest"] == draw.config.digest
    assert (row["template"], row["n_visitors"], row["effect_scale"], row["channel_mode"]) == (
        "reversal",
        200,
        1.0,
        "mirror",
    )
    assert row["effect"] == pytest.approx(row["effect_conv"] + row["effect_aov"])
    assert '"n_visitors": 200' in row["knobs"]
    assert found.estimates["pehe"].item() == scores["pehe"]
    assert found.estimates["seconds"].item() == estimated.seconds


def test_a_spec_that_could_not_be_generated_keeps_its_knobs_and_the_reason() -> None:
    spec = (TEMPLATES["constant"], {"metric_id": "conversion_rate", "effect_scale": 2.0})
    row = tables([failed_spec_record(Case("mine", "a", spec, 0, 0), "why")]).specs.row(0, named=True)
    assert (row["template"], row["effect_scale"], row["error"], row["effect"]) == ("constant", 2.0, "why", None)


def test_rows_stand_in_the_order_of_the_catalog_whatever_comes_in_first() -> None:
    lines = [
        estimate(spec="b", position=1),
        estimate(spec="a", seed=1, position=0),
        estimate(spec="a", seed=0, position=0),
        estimate(spec="a", seed=0, position=0, estimator="bcf"),
    ]
    expected = [("a", 0, "bcf"), ("a", 0, "lin"), ("a", 1, "lin"), ("b", 0, "lin")]
    assert tables(lines).estimates.select("spec", "seed", "estimator").rows() == expected


def test_the_last_outcome_of_a_check_counts_and_one_failed_estimate_is_enough() -> None:
    lines = [
        item("truth"),
        item("truth", "failed"),
        item("estimate", estimator="lin"),
        item("estimate", "failed", estimator="bcf"),
        item("estimate", estimator="s"),
    ]
    row = tables(lines).specs.row(0, named=True)
    assert (row["truth"], row["invariants"], row["estimate"]) == ("failed", None, "failed")


def test_an_estimate_that_was_lost_with_its_process_has_a_row_with_the_reason() -> None:
    lost = item("estimate", "failed", "worker 'gw0' crashed", spec="b", estimator="lin")
    del lost["position"]
    spec = {"kind": "spec", **identity(spec="b", position=0), "template": "reversal", "metric": "conversion_rate"}
    frame = tables([estimate(spec="c", position=1), spec, lost]).estimates
    assert frame.select("spec", "template", "error", "seconds").row(0) == (
        "b",
        "reversal",
        "worker 'gw0' crashed",
        None,
    )
    assert frame.height == 2


def test_users_tests_leave_no_mark_on_the_checks() -> None:
    own = {**item("truth", "failed"), "nodeid": "tests/test_own.py::truth[a-s0]"}
    assert tables([own]).specs.height == 1
    assert tables([own]).specs["truth"].item() is None


def test_recorded_values_are_numbers_or_texts() -> None:
    lines = [
        {"kind": "record", "nodeid": "t", "name": name, "value": value}
        for name, value in zip("abcd", (1, 0.5, True, "x"), strict=True)
    ]
    frame = tables(lines).records.sort("name")
    assert frame["number"].to_list() == [1.0, 0.5, 1.0, None]
    assert frame["text"].to_list() == [None, None, None, "x"]


def test_an_empty_run_has_empty_tables_of_the_declared_types() -> None:
    found = tables([])
    assert found.estimates.schema == {column.name: column.dtype for column in ESTIMATES}
    assert found.specs.height == found.records.height == 0


def test_the_tables_are_written_and_records_only_if_there_are_any(tmp_path: Path) -> None:
    found = tables([estimate()])
    found.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["estimates.parquet", "specs.parquet"]
    assert pl.read_parquet(tmp_path / "estimates.parquet").equals(found.estimates)
    Tables(*found[:2], tables([{"kind": "record", "nodeid": "t", "name": "a", "value": 1}]).records).write(tmp_path)
    assert (tmp_path / "records.parquet").exists()


@pytest.mark.parametrize(
    ("nodeid", "check"),
    [
        ("pytyche::truth[a-s0]", "truth"),
        ("pytyche:mine::estimate[a-s0-m:f]", "estimate"),
        ("pytyche::other[a-s0]", None),
        ("test_a.py::truth[a-s0]", None),
        ("", None),
    ],
)
def test_a_check_is_told_by_its_node_id(nodeid: str, check: str | None) -> None:
    assert check_of(nodeid) == check
