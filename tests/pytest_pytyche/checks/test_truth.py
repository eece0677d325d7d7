from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from pytest_pytyche.checks.difference import changes, read
from pytest_pytyche.checks.truth import describe_truth
from pytest_pytyche.generators.core import CalibrationBundle, generate_v2_core
from pytest_pytyche.generators.scenarios import PROFILES, TEMPLATES, profile_catalog
from pytest_pytyche.generators.truth import AlignedVisitorArray

KNOBS = {"metric_id": "revenue_per_visitor", "effect_scale": 1.0, "n_visitors": 300}


def draw(template: str = "reversal", seed: int = 0, **knobs: Any) -> CalibrationBundle:
    return generate_v2_core(TEMPLATES[template](seed=seed, **{**KNOBS, **knobs})[0])


@pytest.fixture(scope="module")
def bundle() -> CalibrationBundle:
    return draw()


@pytest.fixture(scope="module")
def rows(bundle: CalibrationBundle) -> dict[str, dict[str, float]]:
    """Every number of the text but for the undefined ones."""
    text = read(describe_truth(bundle, "a title"))
    del text["title"]
    return {row: {name: float(cell) for name, cell in cells.items() if cell != "-"} for row, cells in text.items()}


def test_the_arms_are_counted(bundle: CalibrationBundle, rows: dict[str, dict[str, float]]) -> None:
    for arm in bundle.observed.variants:
        assert arm.total_revenue is not None
        assert rows[f"[arms] {arm.name}"]["visitors"] == arm.n_visitors
        assert rows[f"[arms] {arm.name}"]["converted"] == arm.n_conversions
        assert rows[f"[arms] {arm.name}"]["revenue"] == pytest.approx(arm.total_revenue)


def test_levels_are_counted(bundle: CalibrationBundle, rows: dict[str, dict[str, float]]) -> None:
    mobile = bundle.observed.visitors["device_type"].cast(pl.String) == "mobile"
    assert rows["[levels] device_type=mobile"] == {"visitors": mobile.sum()}
    assert rows["[levels] is_returning=true"] == {"visitors": bundle.observed.visitors["is_returning"].sum()}


def test_the_effect_and_its_parts_are_there(bundle: CalibrationBundle, rows: dict[str, dict[str, float]]) -> None:
    parts = bundle.truth.effect_components
    expected = {"effect": bundle.truth.effect, "conv": parts["conv"], "aov": parts["aov"]}
    assert rows["[effects] all"] == pytest.approx(expected)


def test_columns_have_their_moments_and_quantiles(bundle: CalibrationBundle, rows: dict[str, dict[str, float]]) -> None:
    values = bundle.truth.contrast_cate_per_visitor.values[:, 0]
    row = rows["[columns] contrast_cate_per_visitor[treatment]"]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["sd"] == pytest.approx(values.std())
    assert row["median"] == pytest.approx(np.quantile(values, 0.5, method="nearest"))
    assert (row["min"], row["max"]) == pytest.approx((values.min(), values.max()))


def test_every_feature_and_every_truth_array_is_a_column() -> None:
    bundle = draw("clustered_realistic", K=3)
    text = read(describe_truth(bundle, "x"))
    columns = {row.removeprefix("[columns] ") for row in text if row.startswith("[columns]")}
    arrays = {name for name, array in vars(bundle.truth).items() if isinstance(array, AlignedVisitorArray)}
    assert {name.partition("[")[0] for name in columns} == {
        "variant",
        "outcome",
        *bundle.observed.feature_names,
        *arrays,
    }
    assert {"p_per_visitor[control]", "m_per_visitor[treatment_2]", "conv_contrast_per_visitor[treatment_1]"} <= columns
    clusters = {
        row: cells["visitors"] for row, cells in text.items() if row.startswith("[levels] cluster_per_visitor=")
    }
    assert sum(map(int, clusters.values())) == 300


def test_names_with_spaces_stay_one_word(bundle: CalibrationBundle) -> None:
    spaced = bundle.observed.visitors.rename({"channel": "channel of\t5%"})
    text = describe_truth(bundle._replace(observed=replace(bundle.observed, visitors=spaced)), "x")
    assert "[columns] channel%20of%095%25" in read(text)


def test_the_same_data_give_the_same_text_and_other_data_another(bundle: CalibrationBundle) -> None:
    text = describe_truth(bundle, "x")
    assert describe_truth(draw(), "x") == text
    for other in (draw(seed=1), draw(effect_scale=1.01), draw(n_nuisance=4), draw(n_visitors=301)):
        assert changes(text, describe_truth(other, "x"))


def test_swapping_two_visitors_of_one_truth_array_is_seen(bundle: CalibrationBundle) -> None:
    values = bundle.truth.contrast_cate_per_visitor.values.copy()
    values[[3, 200]] = values[[200, 3]]
    swapped = replace(bundle.truth, contrast_cate_per_visitor=AlignedVisitorArray(values))
    found = changes(describe_truth(bundle, "x"), describe_truth(bundle._replace(truth=swapped), "x"))
    assert {change.name.split()[-1] for change in found} == {"project_1", "project_2"}


def test_a_truth_that_is_shifted_against_its_rows_is_seen(bundle: CalibrationBundle) -> None:
    shifted = bundle.observed.visitors.select(pl.all().gather(np.roll(np.arange(300), 1)))
    moved = bundle._replace(observed=replace(bundle.observed, visitors=shifted))
    assert changes(describe_truth(bundle, "x"), describe_truth(moved, "x"))


def test_one_visitor_off_by_a_millionth_is_seen(bundle: CalibrationBundle) -> None:
    values = bundle.truth.p_per_visitor.values.copy()
    values[7, 1] += 1e-6
    nudged = replace(bundle.truth, p_per_visitor=AlignedVisitorArray(values))
    assert changes(describe_truth(bundle, "x"), describe_truth(bundle._replace(truth=nudged), "x"))


def test_rounding_in_the_last_bits_is_not_seen(bundle: CalibrationBundle) -> None:
    noise = 1.0 + 4e-16 * np.random.default_rng(0).choice([-1, 1], size=bundle.truth.p_per_visitor.shape)
    rounded = replace(bundle.truth, p_per_visitor=AlignedVisitorArray(bundle.truth.p_per_visitor.values * noise))
    assert changes(describe_truth(bundle, "x"), describe_truth(bundle._replace(truth=rounded), "x")) == []


def test_projections_are_weighted_sums_over_the_root_of_n(
    bundle: CalibrationBundle, rows: dict[str, dict[str, float]]
) -> None:
    values = bundle.truth.p_per_visitor.values[:, 1]
    for position, name in enumerate(("project_1", "project_2")):
        weights = [2.0 * splitmix(2 * row + position + 1) / 2**64 - 1.0 for row in range(300)]
        expected = sum(w * v for w, v in zip(weights, values, strict=True)) / 300**0.5
        assert rows["[columns] p_per_visitor[treatment]"][name] == pytest.approx(expected)


def splitmix(counter: int) -> int:
    """The published SplitMix64, seeded with 0, at its `counter`-th output."""
    mask = 2**64 - 1
    bits = counter * 0x9E3779B97F4A7C15 & mask
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & mask
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & mask
    return bits ^ bits >> 31


def test_every_profile_can_be_described() -> None:
    texts = {
        describe_truth(generate_v2_core(template(seed=0, **{**knobs, "n_visitors": 40})[0]), "x")
        for profile in PROFILES
        for template, knobs in profile_catalog(profile, metric_ids=["revenue_per_visitor"])[::9]
    }
    assert len(texts) > 10
    assert all("nan" not in text and "inf" not in text for text in texts)
