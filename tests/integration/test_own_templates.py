"""Templates of one's own, `@scenario_template`, as pytest finds and runs them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import own_templates
from tests.support.plugin_runs import Run, Stored, node_ids

PROFILE = "--pytyche-profile=designs:clinic"
FILE = """
[[designs]]
template = "designs:clinic"
knobs = { slope = [1.0, 2.0] }

[[designs]]
template = "constant"
knobs = { n_visitors = 60, confounding = 0.5, prognostic_features = [["browse_depth"]] }
"""


@pytest.fixture(autouse=True)
def designs(pytester: pytest.Pytester) -> Path:
    """The module of templates in the current folder."""
    return pytester.makepyfile(designs=Path(own_templates.__file__).read_text("utf-8"))


def test_a_template_is_a_profile_with_ids_truths_and_checks(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    run(PROFILE, "--snapshot-update").assert_outcomes(passed=12)
    folder = pytester.path / "__snapshots__" / "designs"
    assert len(list(folder.iterdir())) == 4
    run(PROFILE, *layout).assert_outcomes(passed=12)
    specs = stored().frame("specs")
    assert specs["catalog"].unique().to_list() == ["clinic"]
    assert specs["metric"].unique().to_list() == ["continuous_outcome"]
    assert specs["naive_bias"].to_list() == [0.0] * 4
    assert specs["effect_conv"].null_count() == 4


def test_node_ids_name_the_template_and_select(run: Run) -> None:
    assert "pytyche:clinic::invariants[clinic-y-n200-slope-0.5-s0]" in node_ids(run(PROFILE, "--co", "-q"))
    run(PROFILE, "--pytyche-check=invariants", "-k", "n200").assert_outcomes(passed=2)


def test_a_catalog_file_crosses_knobs_of_templates(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "mine.pytyche.toml").write_text(FILE, "utf-8")
    run("--snapshot-update").assert_outcomes(passed=12)
    names = {path.name for path in (pytester.path / "__snapshots__" / "mine.pytyche").iterdir()}
    assert {"truth[clinic-y-slope-1-s0].truth", "truth[clinic-y-slope-2-s0].truth"} < names
    assert len(names) == 4


def test_truths_of_templates_that_a_run_does_not_need_are_kept(run: Run, pytester: pytest.Pytester) -> None:
    run(PROFILE, "--snapshot-update", "--pytyche-check=truth").assert_outcomes(passed=4)
    (pytester.path / "mine.pytyche.toml").write_text('profile = "hmc2020"\nchecks = ["truth"]', "utf-8")
    run("mine.pytyche.toml", "--snapshot-update").assert_outcomes(passed=8)
    assert len(list((pytester.path / "__snapshots__" / "designs").iterdir())) == 4


def test_a_published_design_runs_as_a_profile(run: Run) -> None:
    run("--pytyche-profile=hmc2020").assert_outcomes(passed=24)
