import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from pytest_pytyche.report.columns import ESTIMATES
from pytest_pytyche.report.frames import frame
from pytest_pytyche.report.means import Mean
from pytest_pytyche.report.rerun import catalog_command
from pytest_pytyche.report.summary import Group, failures, groups, totals
from pytest_pytyche.report.terminal import SHOWN_FAILURES, failure_lines, tables

OPTIONS = ("--pytyche-profile=mine", "--pytyche-estimator=lin", "--pytyche-estimator=a b:c", "--pytyche-templates=x")


def row(spec: str, seed: int = 0, **values: Any) -> dict[str, Any]:
    case = {"catalog": "mine", "spec": spec, "seed": seed, "estimator": "lin", "contrast": "treatment"}
    return {**case, "template": "reversal", "metric": "conversion_rate", **values}


def estimates(*rows: dict[str, Any]) -> pl.DataFrame:
    return frame(ESTIMATES, rows)


def item(number: int = 0, outcome: str = "failed", name: str = "truth") -> dict[str, Any]:
    nodeid = f"pytyche::{name}[a{number}-s0]"
    return {"kind": "item", "nodeid": nodeid, "outcome": outcome, "reason": "why", "spec": f"a{number}", "seed": 0}


def pehe(**replicates: list[float]) -> Mean:
    """The mean over specs of what each has per seed."""
    rows = [row(spec, seed, pehe=value) for spec, values in replicates.items() for seed, value in enumerate(values)]
    (found,) = groups(estimates(*rows))
    return found.means["pehe"]


def test_a_mean_is_over_specs_and_its_error_over_seeds() -> None:
    # Means 2 and 5; standard errors s/√R of (1, 3) and (5, 5): √2/√2 = 1 and 0; √(1² + 0²)/2 = 0.5.
    assert pehe(a=[1.0, 3.0], b=[5.0, 5.0]) == Mean(3.5, pytest.approx(0.5))


def test_specs_that_move_together_by_seed_do_not_average_their_error_away() -> None:
    # As one draw of all: means of seeds 2 and 4, s/√R = √2/√2. Apart they would give √(1 + 1)/2.
    assert pehe(a=[1.0, 3.0], b=[3.0, 5.0]) == Mean(3.0, pytest.approx(1.0))


def test_specs_that_have_no_seed_in_common_are_independent() -> None:
    rows = [row("a", seed, pehe=value) for seed, value in ((0, 1.0), (1, 3.0))]
    rows += [row("b", seed, pehe=value) for seed, value in ((2, 3.0), (3, 5.0))]
    (found,) = groups(estimates(*rows))
    assert found.means["pehe"] == Mean(3.0, pytest.approx(math.sqrt(2.0) / 2.0))


def test_the_error_is_how_much_means_vary_that_share_what_a_seed_draws() -> None:
    rng = np.random.default_rng(0)
    means, errors = [], []
    for _ in range(200):
        common = rng.normal(size=(1, 8))
        values = np.sqrt(0.6) * common + np.sqrt(0.4) * rng.normal(size=(5, 8))
        found = pehe(**{f"s{number}": list(each) for number, each in enumerate(values)})
        means.append(found.mean)
        errors.append(found.mcse)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means, ddof=1), rel=0.1)


@pytest.mark.parametrize("replicates", [{"a": [1.0], "b": [2.0]}, {"a": [1.0, 2.0], "b": [2.0]}])
def test_one_seed_has_no_standard_error(replicates: dict[str, list[float]]) -> None:
    assert pehe(**replicates).mcse is None


def test_nothing_has_no_mean() -> None:
    assert groups(estimates()) == []
    (found,) = groups(estimates(row("a"), row("a", 1)))
    assert found.means["pehe"] == Mean(None, None)


def test_contrasts_are_averaged_before_seeds() -> None:
    (group,) = groups(estimates(row("a", pehe=1.0), row("a", pehe=3.0), row("a", seed=1, pehe=6.0)))
    assert group.means["pehe"].mean == 4.0
    assert group.means["pehe"].mcse == pytest.approx(math.sqrt(8.0) / math.sqrt(2.0))


def test_a_spec_without_an_estimate_is_counted_but_not_averaged() -> None:
    (group,) = groups(estimates(row("a", pehe=1.0), row("b", error="no"), row("b", seed=1, error="no")))
    assert (group.n_specs, group.n_failed, group.means["pehe"].mean) == (2, 1, 1.0)
    assert group.means["seconds"] == Mean(None, None)


def test_groups_are_template_metric_and_estimator_in_order() -> None:
    found = groups(estimates(row("a"), row("b", template="constant"), row("c"), row("d", estimator="bcf")))
    assert [(group.template, group.estimator, group.n_specs) for group in found] == [
        ("reversal", "lin", 2),
        ("constant", "lin", 1),
        ("reversal", "bcf", 1),
    ]


def test_totals_count_checks_and_users_tests_apart() -> None:
    own = {**item(), "nodeid": "test_a.py::test_a[a0-s0]"}
    assert totals([item(0), item(1, "passed"), item(2, "passed"), own]) == {
        "truth": {"failed": 1, "passed": 2},
        "tests": {"failed": 1},
    }


def test_failures_carry_their_reason() -> None:
    assert failures([item(0), item(1, "passed"), item(2, "skipped")]) == [
        {"nodeid": "pytyche::truth[a0-s0]", "spec": "a0", "seed": 0, "reason": "why"}
    ]


def group(template: str = "reversal", estimator: str = "lin", **values: float | None) -> Group:
    names = ("pehe", "ate_error", "coverage_cate", "interval_score", "policy_regret", "seconds")
    means = {name: Mean(values.get(name), None) for name in names}
    return Group(template, "conversion_rate", estimator, 12, 0, means)


def test_the_table_shows_undefined_numbers_as_such() -> None:
    assert list(tables([group(pehe=0.123456, coverage_cate=1.0)])) == [
        "lin: means over specs; cover and int.score of the 95% CATE intervals",
        "template  metric  specs   PEHE  ATE err  cover  int.score  seconds",
        "reversal  cr         12  0.123        –      1          –        –",
        "",
    ]


def test_each_estimator_has_a_table_that_fits_80_characters() -> None:
    worst = dict.fromkeys(("pehe", "ate_error", "interval_score", "seconds"), 0.00123456)
    lines = list(tables([group("clustered_realistic", "b", **worst), group("clustered_realistic", "a", **worst)]))
    assert [line.partition(":")[0] for line in lines if "means over specs" in line] == ["a", "b"]
    assert max(map(len, lines)) <= 80


def test_no_estimates_no_table() -> None:
    assert list(tables([])) == []


def test_the_command_keeps_what_decides_the_item_and_drops_what_narrows_the_run() -> None:
    assert (
        catalog_command("pytyche:mine::truth[a-s0]", OPTIONS)
        == "pytest --pytyche-profile=mine 'pytyche:mine::truth[a-s0]'"
    )
    assert catalog_command("pytyche:mine::estimate[a-s0-a b:c]", OPTIONS) == (
        "pytest --pytyche-profile=mine '--pytyche-estimator=a b:c' 'pytyche:mine::estimate[a-s0-a b:c]'"
    )


def test_a_test_is_run_again_with_the_options_of_both_kinds() -> None:
    options = ["--pytyche-profile=mine", "--pare-scenarios=days", "--pare-check=oracle"]
    assert (
        catalog_command("test_a.py::test_b", options)
        == "pytest --pytyche-profile=mine --pare-scenarios=days test_a.py::test_b"
    )


def test_of_several_estimators_the_one_is_named_that_the_item_fits() -> None:
    command = catalog_command("pytyche::estimate[a-s0-bad]", ["--pytyche-profile=x", "--pytyche-estimator=lin,bad"])
    assert command == "pytest --pytyche-profile=x --pytyche-estimator=bad 'pytyche::estimate[a-s0-bad]'"


def test_many_failures_are_cut() -> None:
    lines = list(failure_lines(failures([item(number) for number in range(SHOWN_FAILURES + 3)]), OPTIONS))
    assert len(lines) == 2 * SHOWN_FAILURES + 1
    assert lines[0].startswith("failed: a0, seed 0: why")
    assert lines[-1] == "… and 3 more failures; summary.json has them all"
