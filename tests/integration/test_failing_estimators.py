"""An estimator that fails is a failed item with one line; everything else is kept and reported."""

from collections.abc import Callable

import pytest

from tests.support.plugin_runs import ESTIMATORS, MINE, Run, Stored

ESTIMATE = (MINE, "--pytyche-check=estimate")
HERE = "--pytyche-isolation=off"
FAILURES = {
    "Raises": "estimator 'raises' raised RuntimeError: no convergence for 120 visitors",
    "Short": "estimator 'short': cate has shape (119, 1); expected (120, 1), visitors × contrasts",
    "NotANumber": "estimator 'not-a-number': cate holds 120 of 120 values that are not finite (120 NaN, 0 infinite); *",
    "UpsideDown": "estimator 'upside-down': cate interval at level 0.5*",
}


@pytest.fixture(autouse=True)
def estimators(pytester: pytest.Pytester, own_catalog: None) -> None:
    pytester.makepyfile(estimators=ESTIMATORS)


@pytest.mark.parametrize(("name", "line"), FAILURES.items())
def test_the_reason_is_one_line(run: Run, stored: Callable[[], Stored], name: str, line: str) -> None:
    result = run(*ESTIMATE, f"--pytyche-estimator=estimators:{name}", "--pytyche-estimator=lin")
    result.assert_outcomes(passed=3, failed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    pattern = line.replace("[", "[[]")
    result.stdout.fnmatch_lines(
        [
            f"*_ estimate[[]*-estimators:{name}[]] _*",
            pattern,
            "reversal *cr * 0/1 *–*",
            f"failed: reversal-cr-es1-nuis1-n120, seed 0: {pattern}",
        ]
    )
    frame = stored().frame("estimates")
    assert frame["error"].null_count() == 3
    assert len(stored().summary["failures"]) == 3


def test_the_failures_are_the_same_in_every_layout(
    run: Run, stored: Callable[[], Stored], every_layout: tuple[str, ...]
) -> None:
    result = run(*ESTIMATE, "--pytyche-estimator=estimators:Raises", "--pytyche-templates=constant", *every_layout)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([FAILURES["Raises"], "*Captured traceback call*", '*raise RuntimeError(f"no conv*'])
    result.stdout.no_fnmatch_line("*During handling of the above exception*")
    assert [failure["reason"] for failure in stored().summary["failures"]] == [FAILURES["Raises"]] * 2


def test_a_worker_that_dies_loses_only_what_it_was_running(run: Run, stored: Callable[[], Stored]) -> None:
    result = run(MINE, "--pytyche-check=invariants,estimate", "--pytyche-estimator=estimators:Dies", HERE, "-n2")
    result.assert_outcomes(passed=5, failed=1)
    estimates = stored().frame("estimates").select("spec", "metric", "error")
    assert estimates["error"].null_count() == 2
    assert estimates.row(2)[:2] == ("constant-rpv-es1-mirror-nuis1-n120", "revenue_per_visitor")
    assert "crashed while running" in estimates["error"][2]
    assert stored().frame("specs")["estimate"].to_list() == ["passed", "passed", "failed"]


def test_data_that_cannot_be_generated_fail_each_check_with_one_line(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makeconftest("""
        from pytest_pytyche.generators.scenarios import TEMPLATES

        def pytest_pytyche_catalogs(config):
            knobs = {"metric_id": "conversion_rate", "effect_scale": 1.0, "n_visitors": 120}
            return {"mine": [(TEMPLATES["constant"], {**knobs, "baseline_rate": 1.5}), (TEMPLATES["constant"], knobs)]}
        """)
    result = run(MINE, "--pytyche-check=invariants,estimate", "-n0")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["generating the data raised ValueError: *baseline_rate=1.5*"])
    specs, estimates = stored().frame("specs"), stored().frame("estimates")
    assert specs["error"].null_count() == estimates["error"].null_count() == 1
    assert specs["estimate"].to_list() == ["failed", "passed"]


@pytest.mark.parametrize("layout", [("-n0",), ("-n2",), ("-p", "no:xdist")], ids=["n0", "n2", "no-xdist"])
def test_ctrl_c_keeps_and_reports_what_is_finished(
    run: Run, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    result = run(*ESTIMATE, "--pytyche-estimator=estimators:Interrupts", HERE, "--pytyche-seeds=40", *layout)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*= pytyche =*", "reversal *cr * 1 *", "results: *", "*KeyboardInterrupt*"])
    finished = stored().frame("estimates")
    assert 0 < finished.height < 120
    assert finished["error"].null_count() == finished.height
    assert stored().summary["exit_status"] == pytest.ExitCode.INTERRUPTED


def test_what_an_estimator_says_is_cut_and_steers_no_terminal(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        loud="""
        class Loud:
            name = "loud"
            def fit_effects(self, observed, *, seed):
                raise RuntimeError("\\x1b[31mred\\x1b]0;title\\x07" + "A" * 3_000_000)
        """
    )
    options = ("--pytyche-profile=validate", "--pytyche-templates=constant", "--pytyche-check=estimate")
    result = run(*options, "--pytyche-estimator=loud:Loud", "--pytyche-isolation=off", "--junitxml=j.xml", "-q")
    text = result.stdout.str()
    assert "\x1b]0;" not in text
    assert len(text) < 200_000
    assert (pytester.path / "j.xml").stat().st_size < 200_000
