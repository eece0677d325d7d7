"""What users' own tests may request, hook into and record."""

from collections.abc import Callable

import pytest

from tests.support.plugin_runs import CATALOG, ESTIMATORS, MINE, SPECS, Run, Stored, node_ids


def test_a_test_runs_once_per_spec_seed_and_estimator(
    run: Run, own_catalog: None, pytester: pytest.Pytester, every_layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(
        test_own="""
        def test_spec(pytyche_spec):
            template, knobs = pytyche_spec
            config, metadata = template(seed=0, **knobs)
            assert config.n_visitors == 120

        def test_bundle(pytyche_bundle, pytyche_case):
            observed, truth = pytyche_bundle
            assert len(truth.contrast_cate_per_visitor) == observed.n_visitors == 120
            assert pytyche_case.seed in (0, 7)

        def test_estimate(pytyche_estimate, pytyche_bundle):
            assert pytyche_estimate.cate.shape == (pytyche_bundle.observed.n_visitors, 1)
        """
    )
    arguments = (MINE, "test_own.py", "--pytyche-seeds=0,7", "--pytyche-estimator=lin,difference_in_means")
    run(*arguments, *every_layout).assert_outcomes(passed=6 + 6 + 12)
    ids = node_ids(run(*arguments, "--co", "-q"))
    assert ids[0] == f"test_own.py::test_spec[{SPECS[0]}-s0]"
    assert ids[-1] == f"test_own.py::test_estimate[{SPECS[-1]}-s7-difference_in_means]"


def test_a_marker_chooses_a_catalog_for_one_test(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]) -> None:
    pytester.makeconftest(CATALOG)
    pytester.makepyfile(
        test_own="""
        import pytest
        from conftest import MINE

        @pytest.mark.pytyche(profile="validate", seeds="5,")
        def test_profile(pytyche_case):
            assert pytyche_case.catalog == "validate" and pytyche_case.seed == 5

        @pytest.mark.pytyche(catalog=MINE[:2], seeds=[1, 2])
        def test_specs(pytyche_bundle, pytyche_estimate): pass

        def test_of_the_run(pytyche_case): pass
        """
    )
    run(*layout).assert_outcomes(passed=16 + 4, skipped=1)
    run(MINE, "test_own.py", *layout).assert_outcomes(passed=16 + 4 + 3)


def test_scores_of_a_users_test_are_stored(
    run: Run, own_catalog: None, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("def test_own(pytyche_estimate): assert pytyche_estimate.ate.shape == (1,)")
    run(MINE, ".", "-n0")
    assert stored().frame("estimates")["spec"].to_list() == list(SPECS)
    assert stored().frame("specs")["estimate"].null_count() == 3
    assert stored().summary["items"] == {"tests": {"passed": 3}}


def test_an_estimator_that_fails_in_a_fixture_is_one_line(
    run: Run, own_catalog: None, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile(estimators=ESTIMATORS, test_own="def test_own(pytyche_estimate): pass")
    result = run(MINE, "test_own.py", "--pytyche-estimator=estimators:Raises", "--pytyche-templates=reversal")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["estimator 'raises' raised RuntimeError: no convergence for 120 visitors"])
    assert stored().summary["failures"][0]["reason"].startswith("estimator 'raises' raised RuntimeError")


def test_recorded_values_are_stored(
    run: Run, own_catalog: None, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(
        test_own="""
        import numpy as np

        def test_own(pytyche_bundle, pytyche_record):
            n = np.int64(pytyche_bundle.observed.n_visitors)
            pytyche_record(visitors=n, good=np.True_, label="fine", nothing=None)

        def test_without_a_catalog(pytyche_record):
            pytyche_record(half=0.5)
        """
    )
    run(MINE, "test_own.py", "--pytyche-templates=reversal", *layout).assert_outcomes(passed=2)
    rows = stored().frame("records").select("nodeid", "spec", "seed", "name", "number", "text").rows()
    own, other = f"test_own.py::test_own[{SPECS[0]}-s0]", "test_own.py::test_without_a_catalog"
    assert sorted(rows) == sorted(
        [
            (own, SPECS[0], 0, "visitors", 120.0, None),
            (own, SPECS[0], 0, "good", 1.0, None),
            (own, SPECS[0], 0, "label", None, "fine"),
            (own, SPECS[0], 0, "nothing", None, None),
            (other, None, None, "half", 0.5, None),
        ]
    )


def test_values_are_recorded_without_any_catalog(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("def test_own(pytyche_record): pytyche_record(answer=42)")
    run().assert_outcomes(passed=1)
    assert stored().frame("records")["number"].to_list() == [42.0]


def test_texts_and_numbers_of_other_kinds_are_recorded_as_their_own(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    pytester.makepyfile("""
        from enum import IntEnum, StrEnum

        class Word(StrEnum):
            RED = "red"

        class Number(IntEnum):
            TWO = 2

        def test_own(pytyche_record):
            pytyche_record(word=Word.RED, number=Number.TWO, file="caf\\udce9")

        def test_large(pytyche_record):
            pytyche_record(large=10**400)
        """)
    result = run(*layout)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E *TypeError: pytyche_record: large is an int of 1,329 bits; expected one that *"])
    rows = stored().frame("records").select("name", "number", "text").rows()
    assert sorted(rows) == [("file", None, "caf\\udce9"), ("number", 2.0, None), ("word", None, "red")]


def test_a_spec_that_leaves_the_metric_to_its_template_has_that_of_its_data(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("""
        import pytest
        from pytest_pytyche.generators.scenarios import TEMPLATES

        def design(*, seed):
            return TEMPLATES["constant"](seed=seed, metric_id="conversion_rate", effect_scale=1.0, n_visitors=60)

        @pytest.mark.pytyche(catalog=[(design, {})])
        def test_own(pytyche_estimate):
            pass
        """)
    result = run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["design *cr * 1 *"])
    assert stored().frame("estimates")["metric"].to_list() == ["conversion_rate"]


def test_fixtures_that_are_no_arguments_say_so(run: Run, pytester: pytest.Pytester, own_catalog: None) -> None:
    pytester.makepyfile("""
        def test_late(request):
            request.getfixturevalue("pytyche_bundle")

        def test_half_late(request, pytyche_bundle):
            request.getfixturevalue("pytyche_estimate")
        """)
    result = run(MINE, "--pytyche-templates=reversal", "-n0", ".")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*its function must take the fixture as an argument, *"])
    result.stdout.fnmatch_lines(["*pytyche_estimate must be an argument of the test function: *"])


def test_a_test_fails_with_its_subtests(
    run: Run, pytester: pytest.Pytester, own_catalog: None, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile("""
        def test_parts(pytyche_bundle, subtests):
            with subtests.test("bad"):
                assert pytyche_bundle.observed.n_visitors < 0
            with subtests.test("good"):
                pass
        """)
    run(MINE, "--pytyche-templates=reversal", "-n0", ".")
    assert stored().summary["items"] == {"tests": {"failed": 1}}
    assert "assert 120 < 0" in stored().summary["failures"][0]["reason"]


def test_only_scalars_can_be_recorded(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_own(pytyche_record): pytyche_record(errors=[1.0, 2.0])")
    result = run()
    result.assert_outcomes(failed=1)
    expected = "pytyche_record: errors is a list; expected a number, a text, True, False or None"
    result.stdout.fnmatch_lines([f"E *TypeError: {expected}"])


def test_the_hook_gives_estimators_their_names(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(estimators=ESTIMATORS)
    pytester.makeconftest(f"""{CATALOG}
from estimators import Zero

def pytest_pytyche_estimator(config):
    return {{"none": Zero}}
""")
    options = ("--pytyche-check=estimate", "--pytyche-estimator=none")
    run(MINE, *options, *layout).assert_outcomes(passed=3)
    assert stored().frame("estimates")["ate_hat"].to_list() == [0.0, 0.0, 0.0]


def test_two_estimators_of_one_name_are_refused(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(estimators=ESTIMATORS)
    hook = "from estimators import Zero\ndef pytest_pytyche_estimator(config): return {'none': Zero}\n"
    pytester.makeconftest(CATALOG + hook)
    pytester.makepyfile(other=hook)
    result = run(MINE, "-p", "other")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: estimator 'none' is defined twice: *Zero* and *Zero*"])
