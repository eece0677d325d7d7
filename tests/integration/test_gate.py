import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pytest_pytyche.baselines import read_baseline
from pytest_pytyche.report.verdict_columns import SCHEMA
from tests.support.plugin_runs import MINE, SPECS, Run, Stored

ESTIMATORS = """
import os
import signal

import numpy as np

from pytest_pytyche.estimators.base import LEVELS, EffectEstimate
from pytest_pytyche.estimators.lin import Lin


class Changed:
    '''Lin, its effects scaled by a factor that the environment names and a random one.'''

    name = "changed"

    def fit_effects(self, observed, *, seed):
        found = Lin().fit_effects(observed, seed=seed)
        factor = float(os.environ.get("FACTOR", "1")) if observed.metric == "revenue_per_visitor" else 1.0
        noise = float(os.environ.get("NOISE", "0")) * np.random.default_rng([seed, 1]).normal()
        if seed >= 10 and "BREAK" in os.environ:
            raise RuntimeError("no convergence")
        if seed >= 14 and "DIE" in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        return EffectEstimate(
            found.cate * factor * np.exp(noise),
            found.ate,
            cate_intervals={level: found.cate_interval(level) for level in LEVELS},
            ate_intervals={level: found.ate_interval(level) for level in LEVELS},
        )
"""
ESTIMATES = (MINE, "--pytyche-check=estimate", "--pytyche-estimator=changes:Changed", "-q")
BASELINE = "--pytyche-baseline=main.parquet"
UPDATE = (BASELINE, "--pytyche-baseline-update")
REVENUE = SPECS[2]

pytestmark = pytest.mark.usefixtures("own_catalog")


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    """The baseline, once a test has had it written."""
    return {}


@pytest.fixture
def kept(pytester: pytest.Pytester, run: Run, written: dict[str, bytes]) -> Path:
    """A baseline of 20 replicates."""
    pytester.makepyfile(changes=ESTIMATORS)
    path = pytester.path / "main.parquet"
    if written:
        path.write_bytes(written[path.name])
    else:
        result = run(*ESTIMATES, "--pytyche-seeds=20", *UPDATE)
        result.stdout.fnmatch_lines(["baseline main.parquet: 60 rows, 3 specs"])
        written[path.name] = path.read_bytes()
    return path


def test_identical_results_are_green_at_once(run: Run, kept: Path, every_layout: tuple[str, ...]) -> None:
    result = run(*every_layout, *ESTIMATES, BASELINE)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*= gate =*", "against main: 15 PASS"])
    result.stdout.no_fnmatch_line("*more replicates")


def test_a_regression_is_red_and_names_its_spec(
    run: Run, kept: Path, layout: tuple[str, ...], stored: Callable[[], Stored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACTOR", "1.5")
    result = run(*layout, *ESTIMATES, "--pytyche-seeds=10", BASELINE)
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"FAIL  {REVENUE}  pehe  *+*%  *", "against main: 1 FAIL, 14 PASS"])
    verdicts = stored().frame("verdicts")
    assert verdicts.schema == SCHEMA
    assert verdicts.filter(verdict="FAIL").select("subject", "metric", "replicates").rows() == [(REVENUE, "pehe", 10)]
    assert stored().summary["exit_status"] == 1


def test_inconclusive_specs_get_more_replicates_in_the_same_session(
    run: Run, kept: Path, layout: tuple[str, ...], stored: Callable[[], Stored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOISE", "0.6")
    result = run(*layout, *ESTIMATES, "--pytyche-seeds=10", BASELINE)
    result.stdout.fnmatch_lines(["gate: * specs inconclusive, running * more replicates"])
    seeds = dict(stored().frame("estimates").group_by("spec").len().iter_rows())
    extended = {spec for spec, count in seeds.items() if count == 20}
    assert extended
    replicates = dict(stored().frame("verdicts").select("subject", "replicates").iter_rows())
    assert replicates == seeds
    assert sum(line["kind"] == "estimate" for line in stored().journal) == sum(seeds.values())


def test_every_layout_comes_to_the_same_verdicts(
    run: Run, kept: Path, stored: Callable[[], Stored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOISE", "0.6")
    frames = []
    for layout in (("-n0",), ("-n2",)):
        run(*layout, *ESTIMATES, "--pytyche-seeds=10", BASELINE)
        frames.append(stored().frame("verdicts"))
    assert frames[0].equals(frames[1])


def test_a_look_that_was_cut_off_is_not_judged_and_is_completed(
    run: Run, kept: Path, stored: Callable[[], Stored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOISE", "0.6")
    command = (*ESTIMATES, "--pytyche-seeds=10", BASELINE, "-n0", "--pytyche-isolation=off")
    run(*command)
    undisturbed = stored().frame("verdicts")
    monkeypatch.setenv("DIE", "1")
    assert run(*command).ret < 0
    killed = stored().folder.name
    assert 30 < sum(line["kind"] == "estimate" for line in stored().journal) < 60
    late = run(*command, f"--pytyche-resume={killed}", "--pytyche-budget=0.001s")
    late.assert_outcomes(deselected=30)
    assert set(stored().frame("verdicts")["replicates"]) == {10}
    monkeypatch.delenv("DIE")
    run(*command, f"--pytyche-resume={killed}")
    costs = pl.col("metric") == "seconds"
    assert stored().frame("verdicts").filter(~costs).equals(undisturbed.filter(~costs))


def test_a_fit_that_fails_among_the_further_replicates_fails_the_run(
    run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOISE", "0.6")
    monkeypatch.setenv("BREAK", "1")
    result = run(*ESTIMATES, "--pytyche-seeds=10", BASELINE)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["* fits of further replicates failed; estimates.parquet says why"])
    result.stdout.fnmatch_lines(["*undefined in 10 of 20 replicates of the candidate*"])
    result.stdout.no_fnmatch_line("*data changed*")


def test_further_replicates_may_fail_where_that_is_expected(
    run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOISE", "0.6")
    monkeypatch.setenv("BREAK", "1")
    expected = ("--pytyche-expect-fail=*: it stops", "--pytyche-expect-fail=revrsal*: typo")
    result = run(*ESTIMATES, "--pytyche-seeds=10", BASELINE, *expected)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["expected failure 'revrsal[*]': no spec of this run has such a name"])
    run(*ESTIMATES, "--pytyche-seeds=20", BASELINE, *expected).assert_outcomes(passed=30, xfailed=30)


def test_strict_fails_what_stays_inconclusive(run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOISE", "1.5")
    assert run(*ESTIMATES, "--pytyche-seeds=20", BASELINE, "--pytyche-expect-fail=*: wild").ret == 0
    strict = run(*ESTIMATES, "--pytyche-seeds=20", BASELINE, "--pytyche-expect-fail=*: wild", "--pytyche-strict")
    assert strict.ret == 1


def test_a_changed_environment_is_said(run: Run, kept: Path) -> None:
    frame, metadata = pl.read_parquet(kept), pl.read_parquet_metadata(kept)
    environment = json.loads(metadata["environment"]) | {"numpy": "1.0"}
    frame.write_parquet(kept, metadata={**metadata, "environment": json.dumps(environment)})
    result = run(*ESTIMATES, BASELINE)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["3 specs: environment changed: numpy 1.0 → *"])


def test_another_stream_of_the_estimator_is_part_of_the_environment(run: Run, kept: Path) -> None:
    result = run(*ESTIMATES, BASELINE, "--pytyche-estimator-seed=7")
    result.stdout.fnmatch_lines(["3 specs: environment changed: estimator-seed 0 → 7"])


def test_a_part_of_the_catalog_says_what_is_missing(run: Run, kept: Path) -> None:
    result = run(*ESTIMATES, BASELINE, "--pytyche-templates=reversal")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["2 specs: not in this run", "against main: 10 NOT_COMPARED, 5 PASS"])
    assert run(*ESTIMATES, BASELINE, "--pytyche-templates=reversal", "--pytyche-strict").ret == 1


def test_two_baselines_are_compared(pytester: pytest.Pytester, run: Run, kept: Path) -> None:
    (pytester.path / "release.parquet").write_bytes(kept.read_bytes())
    result = run(*ESTIMATES, BASELINE, "--pytyche-baseline=release.parquet")
    result.stdout.fnmatch_lines(["against main: 15 PASS", "against release: 15 PASS"])


def test_limits_need_no_baseline(run: Run) -> None:
    result = run(
        MINE, "--pytyche-check=estimate", "-q", "--pytyche-limit=pehe<=1e-9 @ reversal*", "--pytyche-limit=pehe<=99"
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"FAIL  {SPECS[0]}  pehe  *", "against (limits): 1 FAIL, 3 PASS"])


def test_an_update_of_a_part_keeps_the_rest_and_refuses_to_mix(run: Run, kept: Path) -> None:
    assert run(*ESTIMATES, "--pytyche-seeds=20", "--pytyche-templates=reversal", *UPDATE).ret == 0
    assert read_baseline(kept, "mine").frame.height == 60
    before = kept.read_bytes()
    refused = run(*ESTIMATES, "--pytyche-seeds=5", "--pytyche-templates=reversal", *UPDATE)
    assert refused.ret == 1
    refused.stdout.fnmatch_lines(
        ["main.parquet is not written: the file would mix seeds 0, 1, …, 19 with 0, 1, …, 4; *"]
    )
    assert kept.read_bytes() == before


def test_a_run_that_failed_becomes_no_baseline(run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAK", "1")
    before = kept.read_bytes()
    result = run(*ESTIMATES, "--pytyche-seeds=20", *UPDATE)
    result.stdout.fnmatch_lines(["main.parquet is not written: a baseline takes a run in which everything passed"])
    assert kept.read_bytes() == before


def test_collecting_reads_no_baseline(run: Run) -> None:
    assert run(MINE, BASELINE, "--co", "-q").ret == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((MINE, BASELINE), "--pytyche-baseline: *main.parquet: no such file"),
        ((MINE, "--pytyche-baseline=conftest.py"), "--pytyche-baseline: *conftest.py is no complete Parquet file: *"),
        ((BASELINE,), "--pytyche-baseline is about estimates of a catalog; say which with --pytyche-profile=NAME"),
        (
            (MINE, "--pytyche-baseline-update"),
            "--pytyche-baseline-update writes one file; --pytyche-baseline names 0: *",
        ),
        (
            (MINE, "--pytyche-baseline=a/x.parquet", "--pytyche-baseline=b/x.parquet"),
            "--pytyche-baseline names two files 'x': *",
        ),
        ((MINE, "--pytyche-limit=pehe<1"), "--pytyche-limit='pehe<1'; expected METRIC<=NUMBER or *"),
        ((MINE, "--pytyche-limit=phee<=1"), "--pytyche-limit='phee'; expected one of *; did you mean 'pehe'[?]"),
        (
            (MINE, "--pytyche-limit=pehe<=1", "--pytyche-expect-fail=x"),
            "--pytyche-expect-fail='x'; expected PATTERN: *",
        ),
        ((MINE, "--pytyche-expect-fail=x"), "--pytyche-expect-fail='x'; expected PATTERN: *"),
        (
            (MINE, "--pytyche-expect-fail=x/pehee: y"),
            "metric of --pytyche-expect-fail='pehee'; expected one of *; did you mean 'pehe'[?]",
        ),
        (
            (MINE, "--pytyche-estimator-seed=-1"),
            "--pytyche-estimator-seed='-1'; expected a whole number, 0 to 2147483647",
        ),
    ],
)
def test_a_mistake_is_one_line(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.ret == 4
    errors = [line for line in result.stderr.lines if line]
    assert len(errors) == 1
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--pytyche-expect-fail=x: y",),
            "--pytyche-expect-fail is about estimates of a catalog; say which with --pytyche-profile=NAME",
        ),
        (
            (MINE, "--pytyche-check=invariants", "--pytyche-expect-fail=x: y"),
            "--pytyche-expect-fail is about estimates of the built-in checks; add --pytyche-check=estimate",
        ),
        (
            (MINE, "conftest.py", "--pytyche-expect-fail=x: y"),
            "--pytyche-expect-fail is about estimates of the built-in checks; add --pytyche-suite",
        ),
        (
            (MINE, "--pytyche-expect-fail=x: y", "--pytyche-expect-fail=x/pehe: y"),
            "--pytyche-expect-fail='x/pehe: y' is about a verdict; add --pytyche-baseline=FILE or --pytyche-limit=RULE",
        ),
    ],
)
def test_an_expectation_that_nothing_can_meet_is_refused(
    pytester: pytest.Pytester, arguments: tuple[str, ...], message: str
) -> None:
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {message}" in result.stderr.lines


def test_options_may_stand_in_an_ini_file(pytester: pytest.Pytester, run: Run, kept: Path) -> None:
    pytester.makeini(
        "[pytest]\npytyche_baseline = main.parquet\npytyche_strict = true\n"
        "pytyche_limit =\n    pehe<=99\n    seconds<=99\n"
    )
    result = run(*ESTIMATES)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["against main: 15 PASS", "against (limits): 6 PASS"])


def test_what_an_ini_file_compares_with_waits_for_a_catalog(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeini(
        "[pytest]\npytyche_baseline = main.parquet\npytyche_limit = pehe<=99\npytyche_expect_fail = x/pehe: y\n"
    )
    pytester.makepyfile("def test_own(pytyche_record): pytyche_record(answer=42)")
    run().assert_outcomes(passed=1)
