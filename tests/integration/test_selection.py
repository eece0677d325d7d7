"""What runs: the built-in checks, the user's tests, or both."""

import shlex
from collections.abc import Callable

import pytest

from tests.support.plugin_runs import ESTIMATORS, FEW, MINE, Run, Stored, node_ids

USERS_TESTS = """
    def test_plain(): pass

    def test_bundle(pytyche_bundle):
        assert pytyche_bundle.observed.n_visitors == 120
    """


@pytest.fixture
def users_tests(pytester: pytest.Pytester, own_catalog: None) -> None:
    pytester.makepyfile(test_users=USERS_TESTS)
    pytester.makeini("[pytest]\ntestpaths = .\n")


def test_a_profile_without_paths_runs_the_checks_alone(
    run: Run, users_tests: None, every_layout: tuple[str, ...]
) -> None:
    result = run(MINE, "--pytyche-check=invariants", *every_layout)
    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("testpaths:*")


def test_a_profile_with_paths_runs_the_users_tests_over_it(
    run: Run, users_tests: None, layout: tuple[str, ...]
) -> None:
    run(MINE, "test_users.py", *layout).assert_outcomes(passed=4)


def test_the_suite_option_adds_the_checks_to_paths(run: Run, users_tests: None, layout: tuple[str, ...]) -> None:
    run(MINE, ".", "--pytyche-suite", "--pytyche-check=invariants", *layout).assert_outcomes(passed=7)


def test_without_a_profile_tests_that_need_one_say_so_and_skip(run: Run, users_tests: None) -> None:
    result = run("-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*needs a catalog: give --pytyche-profile=NAME*"])


@pytest.mark.parametrize(("suite", "passed"), [("false", 4), ("true", 7)])
def test_a_profile_of_the_ini_file_leaves_a_bare_run_to_the_users_tests(
    run: Run, own_catalog: None, pytester: pytest.Pytester, suite: str, passed: int
) -> None:
    pytester.makepyfile(test_users=USERS_TESTS)
    pytester.makeini(f"[pytest]\npytyche_profile = mine\npytyche_check = invariants\npytyche_suite = {suite}\n")
    run().assert_outcomes(passed=passed)


def test_ini_keys_stand_in_for_options(run: Run, own_catalog: None, pytester: pytest.Pytester) -> None:
    pytester.makeini("""
        [pytest]
        pytyche_profile = mine
        pytyche_suite = true
        pytyche_seeds = 4,
        pytyche_estimator = lin, difference_in_means
        pytyche_check = estimate
        pytyche_templates = constant
        pytyche_metric = conversion_rate
        """)
    assert node_ids(run("--co", "-q", "--pytyche-seeds=5,")) == [
        "pytyche:mine::estimate[constant-cr-es1-nuis1-n120-s5-lin]",
        "pytyche:mine::estimate[constant-cr-es1-nuis1-n120-s5-difference_in_means]",
    ]


def test_a_node_id_from_the_summary_runs_that_item(run: Run, layout: tuple[str, ...]) -> None:
    nodeid = "pytyche::truth[constant-cr-es1-n200-s0]"
    run(FEW[0], nodeid, *layout).assert_outcomes(passed=1)


def test_the_id_of_a_check_runs_all_its_items(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_plain="def test_plain(): pass")
    run(*FEW, "pytyche::invariants", "-k", "constant").assert_outcomes(passed=2, deselected=4)
    run(*FEW, "pytyche::invariants", "test_plain.py", "-k", "constant or plain").assert_outcomes(passed=3, deselected=4)


def test_a_node_id_as_seen_from_another_folder_is_understood(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]")
    pytester.mkdir("deep")
    run(FEW[0], "--rootdir=.", "../pytyche::truth[constant-cr-es1-n200-s0]").assert_outcomes(passed=1)


def test_the_command_in_the_summary_runs_just_the_failed_item(
    run: Run, own_catalog: None, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile(estimators=ESTIMATORS)
    options = ("--pytyche-seeds=1,2", "--pytyche-estimator=lin", "--pytyche-estimator=estimators:Raises")
    result = run(MINE, *options, "--pytyche-templates=reversal", "--pytyche-check=estimate")
    result.assert_outcomes(passed=2, failed=2)
    command = next(line for line in result.outlines if line.startswith("  pytest "))
    assert shlex.split(command) == [
        "pytest",
        MINE,
        "--pytyche-seeds=1,2",
        "--pytyche-estimator=estimators:Raises",
        "pytyche:mine::estimate[reversal-cr-es1-nuis1-n120-s1-estimators:Raises]",
    ]
    run(*shlex.split(command)[1:]).assert_outcomes(failed=1)


def test_the_help_lists_every_option(run: Run) -> None:
    result = run("--help")
    options = ("profile=NAME", "seeds=SEEDS", "estimator=NAME", "check=NAMES", "templates=NAMES", "metric=NAMES")
    result.stdout.fnmatch_lines([f"*--pytyche-{option}*" for option in (*options, "output=DIR", "suite*")])


def test_markers_are_registered(run: Run) -> None:
    run("--markers").stdout.fnmatch_lines(
        ["@pytest.mark.pytyche(*", "@pytest.mark.pytyche_truth:*", "*pytyche_invariants:*", "*pytyche_estimate:*"]
    )
