"""`--pytyche-check-estimator`: what an author of estimators sees."""

import pytest

from tests.support.plugin_runs import Run

MODULE = """
import sys

from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.lin import Lin

class Forgetful(Lin):
    def fit_effects(self, observed, *, seed):
        estimate = super().fit_effects(observed, seed=seed)
        return estimate.cate

class TextLevels(Lin):
    def fit_effects(self, observed, *, seed):
        estimate = super().fit_effects(observed, seed=seed)
        texts = {str(level): estimate.cate_interval(level) for level in (0.5, 0.8, 0.9, 0.95)}
        return EffectEstimate(estimate.cate, estimate.ate, cate_intervals=texts, ate_intervals=estimate.ate_intervals)

class Exits(Lin):
    def fit_effects(self, observed, *, seed):
        sys.exit("usage")

class Parametrised(Lin):
    def __init__(self, name):
        super().__init__(name)
"""


def test_a_sound_estimator_passes_in_every_layout(run: Run, layout: tuple[str, ...]) -> None:
    result = run("--pytyche-check-estimator=lin", *layout)
    result.assert_outcomes(passed=22, skipped=4)
    result.stdout.fnmatch_lines(["*= seconds of a fit =*", "lin: * s for 250 visitors, * s for 500 visitors"])
    assert result.ret == pytest.ExitCode.OK


def test_faults_are_one_line_each_and_the_users_own_tests_stay_out(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(my_estimators=MODULE, test_mine="def test_mine(): assert 0")
    result = run("--pytyche-check-estimator=my_estimators:Forgetful", "-k", "shapes")
    result.assert_outcomes(failed=4, deselected=22)
    result.stdout.fnmatch_lines(["it returned ndarray; expected an EffectEstimate"])


@pytest.mark.parametrize(
    ("name", "outcomes", "line"),
    [
        (
            "TextLevels",
            {"failed": 17, "passed": 5, "skipped": 4},
            "cate interval at level 0.5 is missing: cate_intervals holds '0.5', '0.8', '0.9', '0.95'; expected 0.5, *",
        ),
        ("Exits", {"failed": 26}, "it raised SystemExit: usage; it refuses data by EstimateError"),
    ],
)
def test_a_fault_of_every_fit_is_one_line_in_every_check(
    run: Run, pytester: pytest.Pytester, name: str, outcomes: dict[str, int], line: str
) -> None:
    pytester.makepyfile(my_estimators=MODULE)
    result = run(f"--pytyche-check-estimator=my_estimators:{name}")
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines_random([line])
    result.stdout.no_fnmatch_line("E  *")


def test_items_are_selected_by_their_ids_and_parameters_stand_in_them(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(my_estimators=MODULE)
    nodeid = "pytyche-estimator::shapes[my_estimators:Parametrised(name='a,b')-arms]"
    result = run("--pytyche-check-estimator=my_estimators:Parametrised(name='a,b')", nodeid, "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{nodeid.replace('[', '[[]')} PASSED*"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pytyche-check-estimator=lim"], "*--pytyche-check-estimator: estimator='lim'; expected one of *"),
        (["pytyche-estimator::shapes"], "*pytyche-estimator::shapes checks an estimator; say which, --pytyche-check-*"),
    ],
)
def test_mistakes_are_one_line(run: Run, arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
