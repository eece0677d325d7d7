from pathlib import Path

import polars as pl
import pytest

from pytest_pytyche.baselines import (
    SCENARIOS,
    SCHEMA,
    Baseline,
    BaselineError,
    changed_data,
    read_baseline,
    replicates,
    updated,
    write_baseline,
)
from pytest_pytyche.report.columns import ESTIMATES, SPECS
from tests.support.metric_tables import SPECS as IDS
from tests.support.metric_tables import baseline, table

ONE, OTHER = IDS


def test_a_baseline_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "main.parquet"
    write_baseline(path, baseline(table(range(3)), numpy="2.4"))
    found = read_baseline(path, "mine")
    assert found.frame.equals(table(range(3)))
    assert (found.catalog, found.environment, found.estimators) == ("mine", {"numpy": "2.4"}, ("lin",))
    assert [file.name for file in path.parent.iterdir()] == ["main.parquet"]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"main\.parquet: no such file$"):
        read_baseline(tmp_path / "main.parquet")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_refused_in_one_line(tmp_path: Path, share: float) -> None:
    path = tmp_path / "main.parquet"
    write_baseline(path, baseline(table(range(3))))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BaselineError, match=r"main\.parquet is no complete Parquet file: .+") as raised:
        read_baseline(path)
    assert "\n" not in str(raised.value)


def test_a_foreign_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "estimates.parquet"
    table([0]).write_parquet(path)
    with pytest.raises(BaselineError, match="is no baseline; expected a file that --pytyche-baseline-update wrote"):
        read_baseline(path)
    write_baseline(path, baseline(table([0])))
    with pytest.raises(BaselineError, match="is no baseline; expected a file that --pare-baseline-update wrote"):
        read_baseline(path, kind=SCENARIOS)


def test_a_baseline_of_another_catalog_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "main.parquet"
    write_baseline(path, baseline(table([0])))
    with pytest.raises(BaselineError, match="is a baseline of 'mine'; expected one of 'standard'"):
        read_baseline(path, "standard")


def test_a_metric_that_is_only_reported_may_be_newer_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "main.parquet"
    whole = baseline(table([0]))
    write_baseline(path, Baseline(whole.frame.drop("autoc", "crps_ate"), whole.catalog, whole.environment))
    found = read_baseline(path).frame
    assert found.columns == whole.frame.columns
    assert found.select("autoc", "crps_ate").row(0) == (None, None)


@pytest.mark.parametrize(
    ("frame", "version", "message"),
    [
        (table([0]).drop("pehe", "seed"), "1", "lacks columns, or has them in another type: seed, pehe"),
        (table([0]).cast({"seed": pl.String}), "1", "in another type: seed"),
        (table([0]), "9", "has version '9' of the format; expected '1'"),
    ],
)
def test_a_baseline_of_another_format_is_refused(
    tmp_path: Path, frame: pl.DataFrame, version: str, message: str
) -> None:
    path = tmp_path / "main.parquet"
    metadata = {"format": "pytyche-baseline", "version": version, "catalog": "mine", "environment": "{}"}
    frame.write_parquet(path, metadata=metadata)
    with pytest.raises(BaselineError, match=message):
        read_baseline(path)


def test_a_file_that_cannot_be_written_is_said_and_the_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file in the way", "utf-8")
    with pytest.raises(BaselineError, match=r"main\.parquet: "):
        write_baseline(tmp_path / "folder" / "main.parquet", baseline(table([0])))


def test_contrasts_are_averaged_and_digests_joined() -> None:
    identity = {"catalog": "mine", "spec": ONE, "seed": 3}
    rows = [{**identity, "estimator": "lin", "contrast": arm, "pehe": value} for arm, value in (("b", 1.0), ("c", 3.0))]
    estimates = pl.DataFrame(
        [*rows, rows[0], {**rows[0], "catalog": "another"}], schema={column.name: column.dtype for column in ESTIMATES}
    )
    specs = pl.DataFrame([{**identity, "digest": "d"}], schema={column.name: column.dtype for column in SPECS})
    found = replicates(estimates, specs, "mine")
    assert found.schema == SCHEMA
    assert found.select("spec", "seed", "estimator", "digest", "pehe", "crps").rows() == [
        (ONE, 3, "lin", "d", 2.0, None)
    ]


def test_a_whole_run_replaces_the_file() -> None:
    new = baseline(table(range(5), pehe=2.0, digest="new"), numpy="2.5")
    assert updated(baseline(table(range(3)), numpy="2.4"), new) is new


def test_a_part_replaces_its_part_of_the_file() -> None:
    merged = updated(baseline(table(range(3))), baseline(table(range(3), [OTHER], pehe=2.0)))
    assert merged.frame.equals(pl.concat([table(range(3), [ONE]), table(range(3), [OTHER], pehe=2.0)]))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (baseline(table([0, 1], [ONE])), "mix seeds 0, 1, 2 with 0, 1; run all that is in it"),
        (baseline(table(range(3), [ONE], estimator="bcf")), "mix estimators lin with bcf"),
        (baseline(table(range(3), [ONE], digest="new")), f"before and after a change: the digest of {ONE} differs"),
        (baseline(table(range(3), [ONE]), numpy="2.5"), r"mix environments: numpy none → 2\.5"),
    ],
)
def test_a_part_that_does_not_go_with_the_rest_is_refused(part: Baseline, message: str) -> None:
    with pytest.raises(BaselineError, match=message):
        updated(baseline(table(range(3))), part)


def test_specs_with_other_data_are_named() -> None:
    after = pl.concat([table(range(3), [ONE]), table(range(3), [OTHER], digest="new")])
    assert changed_data(baseline(table(range(3))), baseline(after)) == [OTHER]
