"""Sessions that ask for nothing: the plugin begins when the first test or file does, in whatever process that is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.plugin_runs import Run, Stored

SMALL = """
profile = "validate"
templates = ["reversal"]
checks = ["estimate"]

[[gate.limits]]
metric = "pehe"
max = 1e-9
"""


def test_an_unused_plugin_loads_nothing_but_its_options(run_unasked: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_light():
            assert "pytest_pytyche.plugin" in sys.modules
            assert {"numpy", "polars", "scipy", "pydantic", "jinja2"}.isdisjoint(sys.modules)
            assert {"pytest_pytyche.controller", "pytest_pytyche.settings"}.isdisjoint(sys.modules)
        """)
    run_unasked().assert_outcomes(passed=1)
    assert not (pytester.path / ".pytyche").exists()


def test_a_record_is_stored(
    run_unasked: Run, every_layout: tuple[str, ...], pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("""
        def test_before():
            pass

        def test_late(request):
            request.getfixturevalue("pytyche_record")(share=0.25)
        """)
    run_unasked(*every_layout).assert_outcomes(passed=2)
    assert stored().frame("records").select("name", "number").row(0) == ("share", 0.25)


def test_a_marked_test_has_its_catalog(
    run_unasked: Run, layout: tuple[str, ...], pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.pytyche(profile="validate")
        def test_own(pytyche_spec, pytyche_estimate):
            assert pytyche_estimate.cate.shape[1] == 1
        """)
    passed = run_unasked(*layout).parseoutcomes()["passed"]
    assert passed == stored().frame("estimates").height > 10


def test_a_catalog_file_is_collected(
    run_unasked: Run, every_layout: tuple[str, ...], pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    Path(pytester.path, "small.pytyche.toml").write_text(SMALL, "utf-8")
    result = run_unasked(*every_layout)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*FAIL*pehe*"])
    assert stored().frame("estimates").height == result.parseoutcomes()["passed"]


def test_a_truth_that_differs_is_kept_for_review(
    run_unasked: Run, layout: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile("""
        def test_truth(pytyche_truth_snapshot):
            assert "text" == pytyche_truth_snapshot
        """)
    result = run_unasked(*layout)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["changed truths are kept: pytyche review *"])


def test_scenarios_are_run_as_the_ini_file_and_the_environment_say(
    run_unasked: Run, layout: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile("""
        def test_config(request):
            assert request.getfixturevalue("pare_runner_config").max_turns is not None
        """)
    run_unasked(*layout).assert_outcomes(passed=1)
