"""The built-in checks as items, in every process layout."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.support.plugin_runs import CATALOG, FEW, MINE, SPECS, Run, Stored, node_ids

SPECS_OF_FEW = 6
MEASURED = ("seconds", "peak_rss_mb")


def test_a_profile_runs_in_an_empty_folder(
    run: Run, stored: Callable[[], Stored], every_layout: tuple[str, ...]
) -> None:
    result = run(*FEW, *every_layout)
    result.assert_outcomes(passed=3 * SPECS_OF_FEW)
    result.stdout.fnmatch_lines(
        ["pytyche: validate, 6 specs × 1 seed (0), estimator lin", "reversal *cr *", "results: *"]
    )
    assert stored().summary["exit_status"] == 0
    assert stored().summary["items"] == {
        check: {"passed": SPECS_OF_FEW} for check in ("truth", "invariants", "estimate")
    }
    assert stored().frame("estimates")["pehe"].null_count() == 0
    specs = stored().frame("specs")
    assert specs.height == SPECS_OF_FEW
    assert specs.select("truth", "invariants", "estimate").unique().rows() == [("passed", "passed", "passed")]


def test_every_layout_stores_the_same_results(run: Run, stored: Callable[[], Stored]) -> None:
    run(*FEW, "-n0")
    one = stored()
    run(*FEW, "-n2")
    other = stored()
    assert one.folder != other.folder
    assert_frame_equal(one.frame("estimates").drop(MEASURED), other.frame("estimates").drop(MEASURED))
    assert_frame_equal(one.frame("specs"), other.frame("specs"))


def test_estimates_have_a_row_per_seed_and_estimator(run: Run, own_catalog: None, stored: Callable[[], Stored]) -> None:
    run(MINE, "--pytyche-check=estimate", "--pytyche-seeds=2", "--pytyche-estimator=lin,difference_in_means")
    rows = stored().frame("estimates").select("spec", "seed", "estimator", "contrast").rows()
    assert rows == [
        (spec, seed, estimator, "treatment")
        for spec in SPECS
        for seed in (0, 1)
        for estimator in ("difference_in_means", "lin")
    ]


def test_ids_name_the_check_the_spec_the_seed_and_the_estimator(run: Run) -> None:
    result = run(*FEW, "--co", "-q", "--pytyche-metric=conversion_rate", "--pytyche-templates=constant")
    assert node_ids(result) == [
        "pytyche::truth[constant-cr-es1-n200-s0]",
        "pytyche::invariants[constant-cr-es1-n200-s0]",
        "pytyche::estimate[constant-cr-es1-n200-s0-lin]",
    ]


def test_the_checks_of_a_spec_follow_each_other(run: Run) -> None:
    ids = node_ids(run(*FEW, "--co", "-q", "--pytyche-seeds=0,3"))
    cases = [nodeid.partition("[")[2].removesuffix("-lin]").removesuffix("]") for nodeid in ids]
    assert len(cases) == 5 * SPECS_OF_FEW
    assert [case for case, before in zip(cases, ["", *cases], strict=False) if case != before] == list(
        dict.fromkeys(cases)
    )


def test_items_are_selected_as_any_others(run: Run, layout: tuple[str, ...], pytester: pytest.Pytester) -> None:
    selection = ("-k", "constant", "-m", "pytyche_truth or pytyche_estimate", "--deselect=pytyche::truth")
    run(*FEW, *layout, *selection, "--junitxml=report.xml").assert_outcomes(passed=2)
    cases = ET.parse(pytester.path / "report.xml").iter("testcase")
    assert sorted((case.get("classname"), case.get("name")) for case in cases) == [
        ("pytyche", "estimate[constant-cr-es1-n200-s0-lin]"),
        ("pytyche", "estimate[constant-rpv-es1-mirror-n200-s0-lin]"),
    ]


@pytest.mark.parametrize(
    ("option", "n_items"),
    [("--pytyche-check=estimate,truth", 12), ("--pytyche-metric=revenue_per_visitor", 9), ("--pytyche-seeds=1,2", 24)],
)
def test_options_cut_the_catalog_down(run: Run, option: str, n_items: int) -> None:
    assert len(node_ids(run(*FEW, "--co", "-q", option))) == n_items


@pytest.mark.parametrize("distribution", ["loadfile", "worksteal"])
def test_xdist_may_distribute_as_it_likes(run: Run, distribution: str) -> None:
    run(*FEW, "-n2", f"--dist={distribution}", "--pytyche-templates=constant").assert_outcomes(passed=6)


def test_a_random_order_changes_nothing(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_randomly")
    pytester.runpytest_subprocess(*FEW, "-p", "randomly", "-p", "no:benchmark").assert_outcomes(passed=3 * SPECS_OF_FEW)


FAILS_FOR_REVENUE = """
from pytest_pytyche.estimators.lin import Lin


class Picky(Lin):
    name = "picky"

    def fit_effects(self, observed, *, seed):
        if observed.metric == "revenue_per_visitor":
            raise RuntimeError("revenue is too hard")
        return super().fit_effects(observed, seed=seed)
"""
"""Fails for one of the three specs of the user's catalog."""


@pytest.fixture
def picky(pytester: pytest.Pytester, own_catalog: None) -> tuple[str, ...]:
    pytester.makepyfile(picky=FAILS_FOR_REVENUE)
    return (MINE, "--pytyche-estimator=picky:Picky", "--pytyche-check=estimate")


def test_last_failed_runs_a_check_and_a_users_test_that_failed(
    run: Run, picky: tuple[str, ...], layout: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_own="def test_good(): pass\ndef test_bad(): assert False")
    pytester.makepyfile(test_other="def test_fine(): pass")
    everything = (*picky, "--pytyche-suite", ".", *layout)
    run(*everything).assert_outcomes(passed=4, failed=2)
    run(*everything, "--lf").assert_outcomes(failed=2)


def test_exit_first_stops_and_keeps_what_is_known(
    run: Run, picky: tuple[str, ...], stored: Callable[[], Stored]
) -> None:
    result = run(*picky, "-x", "--pytyche-seeds=2", "-n0")
    result.assert_outcomes(passed=4, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert stored().frame("estimates").select("error").null_count().item() == 4


def test_collecting_generates_nothing_and_stores_nothing(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest_pytyche.draws

        def refuse(*args, **kwargs):
            raise RuntimeError("generated during collection")

        pytest_pytyche.draws.generate_v2_core = refuse
        """)
    result = run("--pytyche-profile=thorough", "--co", "-q", "--pytyche-seeds=2")
    assert len(node_ids(result)) == 257 * 5
    assert result.ret == 0
    assert not (pytester.path / ".pytyche").exists()
    run(*FEW, "-k", "constant-cr").assert_outcomes(failed=3)


def test_a_bundle_is_generated_once_for_all_checks_of_a_spec(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest_pytyche.draws

        generate = pytest_pytyche.draws.generate_v2_core

        def counted(config):
            print("GENERATED")
            return generate(config)

        pytest_pytyche.draws.generate_v2_core = counted
        """)
    result = run(*FEW, "-n0", "-s", "--pytyche-estimator=lin,difference_in_means")
    assert result.stdout.str().count("GENERATED") == SPECS_OF_FEW


def test_standard_error_of_one_seed_is_undefined(run: Run, own_catalog: None, stored: Callable[[], Stored]) -> None:
    run(MINE, "--pytyche-check=estimate")
    assert {group["means"]["pehe"]["mcse"] for group in stored().summary["estimates"]} == {None}
    run(MINE, "--pytyche-check=estimate", "--pytyche-seeds=3")
    assert all(group["means"]["pehe"]["mcse"] > 0 for group in stored().summary["estimates"])


def test_undefined_numbers_show_as_such(run: Run, own_catalog: None, stored: Callable[[], Stored]) -> None:
    run(MINE, "--pytyche-check=estimate")
    frame = stored().frame("estimates")
    assert frame["crps"].null_count() == frame.height
    assert frame.filter(pl.col("spearman").is_null())["template"].to_list() == ["constant", "constant"]


def test_three_arms_have_a_row_per_treatment(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    pytester.makeconftest("""
        from pytest_pytyche.generators.scenarios import TEMPLATES

        def pytest_pytyche_catalogs(config):
            knobs = {"metric_id": "revenue_per_visitor", "effect_scale": 1.0, "n_visitors": 150, "K": 3}
            return {"mine": [(TEMPLATES["clustered"], knobs)]}
        """)
    run(MINE, "--snapshot-update", *layout).assert_outcomes(passed=3)
    frame = stored().frame("estimates")
    assert frame["contrast"].to_list() == ["treatment_1", "treatment_2"]
    assert frame["pehe"].n_unique() == 2
    assert stored().summary["estimates"][0]["n_specs"] == 1


def test_every_implementation_of_the_hook_counts(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(others=CATALOG.replace('"mine": MINE', '"others": MINE'))
    pytester.makeconftest(f"""{CATALOG}
import pytest

class Plugin:
    def pytest_pytyche_catalogs(self):
        return {{"first": MINE[:1]}}

class Silent:
    def pytest_pytyche_catalogs(self, config):
        return None

def pytest_addoption(pluginmanager):
    import others
    for plugin in (Plugin(), Silent(), others):
        pluginmanager.register(plugin)
""")
    for name, n in {"first": 1, "mine": 3, "others": 3}.items():
        run(f"--pytyche-profile={name}", "--pytyche-check=invariants").assert_outcomes(passed=n)


def test_the_hook_may_go_by_another_name_and_be_wrapped(run: Run, pytester: pytest.Pytester) -> None:
    hook = '@pytest.hookimpl(specname="pytest_pytyche_catalogs")\ndef pytest_of_mine'
    pytester.makeconftest(f"""
import pytest
{CATALOG.replace("def pytest_pytyche_catalogs", hook)}
@pytest.hookimpl(wrapper=True, specname="pytest_pytyche_catalogs")
def pytest_around(config):
    return (yield)
""")
    run(MINE, "--pytyche-check=invariants").assert_outcomes(passed=3)
