from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_pytyche.report import charts
from pytest_pytyche.report.html import render_html
from pytest_pytyche.report.rank_data import FEWEST_SEEDS, QUANTITIES, RankPanel, rank_panels, spec_tests
from pytest_pytyche.report.run import Run, load_run
from tests.support.runs import END, HEADER, write_run

SEEDS = 60


def fits(
    estimator: str,
    seeds: int = SEEDS,
    *,
    beta: float = 1.0,
    specs: int = 1,
    contrasts: tuple[str, ...] = ("treatment",),
) -> Iterator[dict[str, Any]]:
    """Estimates with ranks from Beta(beta, beta): uniform for 1, ∪ below, ∩ above; specs of a seed have the same."""
    values = np.random.default_rng(1).beta(beta, beta, size=(seeds, len(contrasts)))
    for seed in range(seeds):
        for spec in range(specs):
            for number, contrast in enumerate(contrasts):
                ranks = dict.fromkeys(QUANTITIES, float(values[seed, number]))
                yield {
                    "kind": "estimate",
                    "nodeid": f"pytyche:mine::estimate[{spec}-s{seed}-{estimator}]",
                    "catalog": "mine",
                    "position": spec,
                    "spec": f"constant-cr-es{spec}",
                    "seed": seed,
                    "estimator": estimator,
                    "template": "constant",
                    "metric": "conversion_rate",
                    "contrast": contrast,
                    **ranks,
                }


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def loaded(*lines: dict[str, Any], name: str = "run") -> Run:
        return load_run(write_run(tmp_path, [HEADER, *lines, END], name))

    return loaded


def words(panel: RankPanel) -> dict[str, str]:
    return {each.series: each.pattern for each in panel.tests}


def test_every_quantity_has_a_panel_that_tells_estimators_apart(load: Any) -> None:
    panels = rank_panels(load(*fits("right"), *fits("narrow", beta=0.3), *fits("wide", beta=4.0)))
    assert [panel.title for panel in panels] == [f"{title}, conversion rate" for title in QUANTITIES.values()]
    expected = {"narrow": "∪: draws too narrow", "right": "uniform", "wide": "∩: draws too wide"}
    assert [words(panel) for panel in panels] == [expected] * 4


def test_specs_that_share_a_seed_do_not_make_the_test_surer(load: Any) -> None:
    (one, *_), (five, *_) = (rank_panels(load(*fits("a", specs=n), name=str(n))) for n in (1, 5))
    assert (one.tests[0].specs, five.tests[0].specs) == (1, 5)
    assert one.tests[0].p_value == pytest.approx(five.tests[0].p_value)
    assert one.band is five.band


def test_a_data_set_gives_one_rank_whatever_its_contrasts(load: Any) -> None:
    run = load(*fits("a", contrasts=("treatment_1", "treatment_2")))
    (panel, *_) = rank_panels(run)
    by_hand = [
        row["pit_ate"]
        for row in run.tables.estimates.iter_rows(named=True)
        if row["contrast"][-1] == str(1 + row["seed"] % 2)
    ]
    at = panel.band.points[30]
    assert len(by_hand) == SEEDS
    assert panel.steps[30].difference == pytest.approx(np.mean(np.array(by_hand) <= at) - at)


def test_an_estimator_with_too_few_seeds_is_left_out(load: Any) -> None:
    (panel, *_) = rank_panels(load(*fits("few", FEWEST_SEEDS - 1), *fits("enough", FEWEST_SEEDS)))
    assert [each.series for each in panel.tests] == ["enough"]
    assert [(each.seeds, each.specs) for each in panel.tests] == [(FEWEST_SEEDS, 1)]


def test_without_draws_there_is_no_panel_and_the_page_has_no_such_heading(load: Any) -> None:
    run = load(*({**line, **dict.fromkeys(QUANTITIES)} for line in fits("a")))
    assert rank_panels(run) == []
    assert "where the truth ranks" not in render_html(run, charts=False)


def test_the_page_says_in_words_what_the_chart_shows(load: Any) -> None:
    page = render_html(load(*fits("narrow", beta=0.3)), charts=False)
    assert "where the truth ranks among posterior draws" in page
    assert page.count("∪: draws too narrow") == len(QUANTITIES)


@pytest.mark.skipif(not charts.available(), reason="charts need the extra `report`")
def test_the_chart_has_the_band_and_a_line_for_each_estimator(load: Any) -> None:
    (panel, *_) = rank_panels(load(*fits("right"), *fits("narrow", beta=0.3)))
    both, one = (charts.rank_svg(panel, series) for series in (("narrow", "right"), ("narrow",)))
    assert 'aria-label="Ranks of the truth, ATE, conversion rate"' in both
    # One line and five marks each.
    assert (both.count("var(--s1)"), both.count("var(--s2)")) == (6, 6)
    assert one.count("var(--s2)") == 0
    assert "var(--soft)" in one


def test_specs_are_tested_one_by_one_and_the_page_lists_the_worst_first(load: Any) -> None:
    narrow = [{**line, "spec": "other", "position": 1} for line in fits("a", beta=0.3)]
    found = spec_tests(load(*fits("a"), *narrow))
    assert [row.spec for row in found] == ["other"] * 4 + ["constant-cr-es0"] * 4
    assert [row.pattern for row in found] == ["∪: draws too narrow"] * 4 + ["uniform"] * 4


def test_a_p_value_that_one_of_many_specs_has_by_chance_is_no_finding(load: Any) -> None:
    lines = list(fits("a", beta=0.5))
    (alone, *_) = rank_panels(load(*lines, name="alone"))
    assert alone.tests[0].p_value < 0.05
    others = [
        {**line, "spec": f"x{n}", "position": n, **dict.fromkeys(QUANTITIES, line["seed"] / SEEDS)}
        for n in range(1, 40)
        for line in lines
    ]
    worst = spec_tests(load(*lines, *others, name="many"))[0]
    assert worst.p_holm == pytest.approx(min(1.0, 160 * alone.tests[0].p_value))
