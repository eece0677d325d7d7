"""Fits of estimators that hang, die or leak are failed items; fits of earlier runs are taken from the cache."""

from collections.abc import Callable

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.support.plugin_runs import MINE, Run, Stored

ESTIMATE = (MINE, "--pytyche-check=estimate")
DEADLY = """
import os
import signal

from pytest_pytyche.estimators.lin import Lin


class Mixed(Lin):
    name = "mixed"

    def fit_effects(self, observed, *, seed):
        if observed.metric == "revenue_per_visitor":
            signal.pause()
        if seed == 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().fit_effects(observed, seed=seed)
"""


@pytest.mark.parametrize("layout", [("-n2",), ("-p", "no:xdist")], ids=["n2", "no-xdist"])
def test_a_fit_that_dies_or_hangs_fails_its_item_alone(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None, layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(deadly=DEADLY)
    limit = "--pytyche-fit-timeout=0.5s"
    result = run(*ESTIMATE, "--pytyche-estimator=deadly:Mixed", "--pytyche-seeds=2", limit, *layout)
    result.assert_outcomes(passed=2, failed=4)
    errors = stored().frame("estimates").select("metric", "seed", "error").rows()
    hung, died = "took longer than the limit of 0.5 s, and its process was ended", "its process died of SIGSEGV"
    assert [
        (metric[:10], seed, error and error.partition("': ")[2].removeprefix("it ")) for metric, seed, error in errors
    ] == [
        ("conversion", 0, None),
        ("conversion", 1, died),
        ("conversion", 0, None),
        ("conversion", 1, died),
        ("revenue_pe", 0, hung),
        ("revenue_pe", 1, hung),
    ]
    result.stdout.no_fnmatch_line("*crashed*")


def test_fits_of_an_earlier_run_give_the_same_tables(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    pytester.makepyfile(own="from pytest_pytyche.estimators.lin import Lin\nclass Own(Lin): pass\n")
    command = (*ESTIMATE, "--pytyche-estimator=own:Own", "-n0")
    run(*command).assert_outcomes(passed=3)
    first = stored().frame("estimates")
    assert first["cached"].to_list() == [False] * 3
    again = run(*command)
    again.stdout.fnmatch_lines(["3 of 3 fits are of earlier runs"])
    assert_frame_equal(stored().frame("estimates"), first.with_columns(cached=pl.lit(value=True)), check_exact=True)
    run(*command, "--pytyche-no-cache").stdout.no_fnmatch_line("*earlier runs*")


def test_fits_that_cannot_be_kept_are_said(run: Run, pytester: pytest.Pytester, own_catalog: None) -> None:
    pytester.makepyfile(
        handles="from pytest_pytyche.estimators.lin import Lin\n"
        "class Handle(Lin):\n"
        "    def __init__(self): self.__dict__['handle'] = object()\n"
    )
    result = run(*ESTIMATE, "--pytyche-estimator=handles:Handle", "-n0")
    result.stdout.fnmatch_lines(
        ["fits of handles:Handle are not kept for later runs: lin.handle is a builtins.object*"]
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--pytyche-fit-timeout=soon"], "--pytyche-fit-timeout='soon'; expected a duration such as 90s, 10m or 1h30m"),
        (["--pytyche-fit-memory=2"], "--pytyche-fit-memory='2'; expected an amount such as 500MB or 2GB"),
        (["--pytyche-cache-size=0GB"], "--pytyche-cache-size='0GB'; expected an amount such as 500MB or 2GB"),
        (["--pytyche-isolation=yes"], "--pytyche-isolation='yes'; expected one of ['auto', 'on', 'off']"),
        (
            ["--pytyche-isolation=off", "--pytyche-fit-timeout=9"],
            "--pytyche-fit-timeout ends the process of a fit; it cannot go with --pytyche-isolation=off",
        ),
    ],
)
def test_mistakes_are_one_line(pytester: pytest.Pytester, options: list[str], line: str) -> None:
    result = pytester.runpytest_inprocess("--pytyche-profile=validate", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {line}" in result.stderr.lines
