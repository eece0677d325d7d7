"""Scenarios that cannot be found, and options that make no sense: failures or usage errors, never a smaller run."""

import re
from collections.abc import Callable

import pytest

from tests.integration.test_wrong_input import expect_usage_error
from tests.support.pare_runs import day, days, frame, scenario, summary
from tests.support.plugin_runs import Run, Stored

TWO = day("fine", scenario("later", "fine"))
GOES_MISSING = "import nothing_of_that_name\n"


@pytest.fixture
def here(pytester: pytest.Pytester) -> Run:
    """Run pytest in this process: it gets as far as finding scenarios."""
    return pytester.runpytest_inprocess


def test_a_file_that_does_not_import_fails_in_a_run_of_the_others(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    option = days(pytester, lunch=day("fine"), missing=GOES_MISSING)
    result = run(option, "--pare-check=oracle", *layout)
    result.assert_outcomes(passed=1, failed=1)
    reason = "line 1: ModuleNotFoundError: No module named 'nothing_of_that_name'"
    result.stdout.fnmatch_lines(
        [
            "pare: 1 scenario, split all, checks oracle, 1 not discovered",
            f"days/missing.py: {reason}",
            f"days/missing.py: not discovered: {reason}",
            "  pytest --pare-scenarios=days 'pare::discovery[[]days/missing.py[]]'",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert frame(stored())["status"].to_list() == ["success"]
    assert [one["status"] for one in summary(stored())["failures"]] == ["not discovered"]
    assert f"- days/missing.py: {reason}" in (stored().folder / "pare.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"two": day("fine", scenario("fine"))},
            "two.py: line *: ValueError: scenario id 'fine' is registered twice: *",
        ),
        (
            {"one": day("fine"), "two": day("fine")},
            "two.py: scenario id 'fine' is registered twice: by *one.py) and by *",
        ),
        ({"none": "x = 1\n"}, "none.py: registers no scenario; expected @register_scenario(*"),
        ({"half": "def half(:\n"}, "half.py: line 1: SyntaxError: *"),
        ({"quits": "raise SystemExit(3)\n"}, "quits.py: line 1: SystemExit: 3"),
    ],
    ids=["twice-in-one-file", "twice-in-two-files", "no-scenario", "no-python", "quits"],
)
def test_each_failure_to_discover_is_an_item_of_one_line(
    run: Run, pytester: pytest.Pytester, files: dict[str, str], message: str
) -> None:
    option = days(pytester, **files)
    result = run(option, "-k", "discovery")
    result.assert_outcomes(failed=1, deselected=2 if "one" in files else 0)
    result.stdout.fnmatch_lines([f"days/{message}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_empty_folder_is_a_failure(run: Run, pytester: pytest.Pytester, every_layout: tuple[str, ...]) -> None:
    result = run(days(pytester), *every_layout)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["days: no scenario files in this folder; expected [*].py, not beginning with '_'"])


def test_tests_that_ask_for_scenarios_do_not_hide_a_missing_one(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    days(pytester, lunch=day("fine"), missing=GOES_MISSING)
    pytester.makeini("[pytest]\npare_scenarios = days")
    pytester.makepyfile("def test_own(pare_scenario): pass")
    run(*layout).assert_outcomes(passed=1, failed=1)


def test_a_run_that_asks_for_no_scenario_imports_none(run: Run, pytester: pytest.Pytester) -> None:
    days(pytester, missing=GOES_MISSING)
    pytester.makeini("[pytest]\npare_scenarios = days")
    pytester.makepyfile("""
        import sys

        def test_own():
            assert not [name for name in sys.modules if name.startswith("pare_harness.scenarios.registration")]
        """)
    run("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pare-scenarios=nowhere",), "--pare-scenarios='nowhere': no such file or folder"),
        (
            ("--pare-scenarios=days", "--pare-check=orcale"),
            "--pare-check='orcale'; expected one of ['oracle', 'replay', 'agent', 'mutants']; did you mean 'oracle'?",
        ),
        (("--pare-scenarios=days", "--pare-runs=0"), "--pare-runs='0'; expected a whole number, 1 to 10000"),
        (("--pare-scenarios=days", "--pare-max-turns=x"), "--pare-max-turns='x'; expected a whole number, 1 or more"),
        (
            ("--pare-scenarios=days", "--pare-record=onec"),
            "--pare-record='onec'; expected one of ['none', 'once', 'all']; did you mean 'once'?",
        ),
        (("--pare-scenarios=days", "--pare-cassettes=days/lunch.py"), "--pare-cassettes='days/lunch.py' is no folder"),
        (("--pare-scenarios=days", "--pare-split=no.txt"), "--pare-split='no.txt': no such file"),
        (("--pare-scenarios=days", "--pare-config=no.toml"), "--pare-config='no.toml': no such file"),
        (
            ("--pare-scenarios=days", "--pare-noise=tools=2"),
            "--pare-noise='tools=2': tools='2'; expected a probability, 0 to 1",
        ),
        (
            ("--pare-scenarios=days", "pare::oracle[fien]"),
            "'pare::oracle[fien]' is no check of this run; did you mean 'pare::oracle[fine]'*?",
        ),
        (
            ("--pare-scenarios=days", "--pare-check=replay", "pare::oracle[fine]"),
            "'pare::oracle[fine]' is no check of this run; did you mean *'pare::replay[fine]'*?",
        ),
        (("pare::oracle[fine]",), "pare::oracle[fine] needs scenarios; say where they are with --pare-scenarios=PATH"),
        (("--pare-runs=3",), "--pare-runs=3 needs scenarios; say where they are with --pare-scenarios=PATH"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_meant_is_a_usage_error(
    here: Run, pytester: pytest.Pytester, arguments: tuple[str, ...], message: str
) -> None:
    days(pytester, lunch=TWO)
    expect_usage_error(here(*arguments), message)


@pytest.mark.parametrize("layout", [("-n2",), ("-p", "no:xdist")], ids=["n2", "no-xdist"])
def test_it_is_the_same_line_under_xdist(run: Run, layout: tuple[str, ...]) -> None:
    expect_usage_error(run("--pare-scenarios=x", *layout), "--pare-scenarios='x': no such file or folder")


def test_a_split_names_only_scenarios_that_there_are(here: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("few.txt").write_text("# lunch\nlater\nfien\n")
    result = here(days(pytester, lunch=TWO), "--pare-split=few.txt")
    expect_usage_error(
        result, "--pare-split='*few.txt' names 'fien', which is no scenario of this run; did you mean 'fine'?"
    )


def test_a_scenario_of_a_split_in_a_broken_file_is_explained(here: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("few.txt").write_text("brunch\n")
    result = here(days(pytester, lunch=TWO, missing=GOES_MISSING), "--pare-split=few.txt")
    expect_usage_error(result, "*; not discovered: days/missing.py: line 1: ModuleNotFoundError: *")


@pytest.mark.parametrize(("content", "message"), [("", "names no scenario"), ("a\na\n", "'a' is named twice")])
def test_a_split_that_is_none_is_refused(here: Run, pytester: pytest.Pytester, content: str, message: str) -> None:
    pytester.path.joinpath("few.txt").write_text(content)
    expect_usage_error(here(days(pytester, lunch=TWO), "--pare-split=few.txt"), f"--pare-split: split *{message}")


def test_each_mistake_in_a_configuration_is_a_line(here: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("run.toml").write_text("max_turn = 3\nobserve_max_iterations = 0\n")
    result = here(days(pytester, lunch=TWO), "--pare-config=run.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in result.errlines if line]
    assert all(re.match(r"ERROR: --pare-config: .*run\.toml: ", line) for line in lines)
    assert any("unknown max_turn=3; expected one of" in line for line in lines)
