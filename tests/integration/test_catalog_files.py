"""Catalog files as pytest collects and runs them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.plugin_runs import Run, Stored, node_ids

SHOP = """
metrics = ["conversion_rate"]
templates = ["constant", "reversal"]
categorical_driver = "is_returning"
checks = ["estimate"]
[grids]
effect_scale = [1]
[defaults]
n_visitors = 120
n_nuisance = 1
"""
CONSTANT = "constant-cr-es1-nuis1-n120-s0"
SPECS = (CONSTANT, "reversal-cr-es1-nuis1-n120-s0", "reversal-cr-es1-by-is_returning-nuis1-n120-s0")
FILE = "shop.pytyche.toml"
ALL_CHECKS = SHOP.replace('checks = ["estimate"]\n', "")
ESTIMATOR = """
from pytest_pytyche.estimators import load_estimator


class Shifted:
    name = "shifted"

    def __init__(self, by=0.0):
        if by < 0:
            raise ValueError(f"by={by}; expected 0 or more")
        self.by = by

    def fit_effects(self, observed, *, seed):
        if self.by > 5:
            raise RuntimeError("too far")
        return load_estimator("difference_in_means").fit_effects(observed, seed=seed)
"""


@pytest.fixture
def shop(pytester: pytest.Pytester) -> Callable[[str], Path]:
    """Writes the catalog file."""

    def write(more: str = "", text: str = SHOP) -> Path:
        path = pytester.path / FILE
        path.write_text(text + more, "utf-8")
        return path

    return write


def test_a_file_in_the_folder_is_collected_like_tests(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester, every_layout: tuple[str, ...]
) -> None:
    shop()
    pytester.makepyfile(test_other="def test_other(): pass")
    run(*every_layout).assert_outcomes(passed=4)


def test_node_ids_name_the_file_and_select(run: Run, shop: Callable[..., Path]) -> None:
    shop()
    assert node_ids(run("--co", "-q")) == [f"{FILE}::estimate[{spec}-lin]" for spec in SPECS]
    run(f"{FILE}::estimate[{CONSTANT}-lin]").assert_outcomes(passed=1)
    run(FILE, "-k", "returning").assert_outcomes(passed=1)


def test_truths_are_stored_next_to_the_file_and_reviewed_like_any(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    shop(text=ALL_CHECKS)
    run("--snapshot-update").assert_outcomes(passed=9)
    folder = pytester.path / "__snapshots__" / "shop.pytyche"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"truth[{spec}].truth" for spec in SPECS)
    result = run("-k", "reversal", "--snapshot-update")
    result.assert_outcomes(passed=6)
    result.stdout.no_fnmatch_line("*unused*")
    truth = folder / f"truth[{CONSTANT}].truth"
    truth.write_text(truth.read_text("utf-8").replace("control ", "contrul ", 1), "utf-8")
    run(FILE).assert_outcomes(passed=8, failed=1)
    assert (stored().folder / "received" / "__snapshots__" / "shop.pytyche" / truth.name).is_file()


def test_truths_of_a_file_that_is_gone_are_unused(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    path = shop(text=ALL_CHECKS)
    run("--snapshot-update").assert_outcomes(passed=9)
    path.rename(path.with_name("store.pytyche.toml"))
    run("--snapshot-update").stdout.fnmatch_lines(["*3 snapshots generated. 3 unused snapshots deleted.*"])


def test_results_carry_the_file_as_their_catalog(
    run: Run, shop: Callable[..., Path], stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    shop()
    run(*layout)
    assert stored().frame("estimates")["catalog"].unique().to_list() == [FILE]
    assert stored().frame("specs")["estimate"].to_list() == ["passed"] * 3


@pytest.mark.parametrize(
    ("options", "passed"),
    [
        (("--pytyche-seeds=2",), 6),
        (("--pytyche-templates=reversal",), 2),
        (("--pytyche-check=invariants,estimate",), 6),
        (("--pytyche-estimator=lin", "--pytyche-estimator=difference_in_means"), 6),
    ],
    ids=str,
)
def test_the_command_line_overrides_the_file(
    run: Run, shop: Callable[..., Path], options: tuple[str, ...], passed: int
) -> None:
    shop()
    run(FILE, *options).assert_outcomes(passed=passed)


def test_what_the_ini_file_says_does_not(run: Run, shop: Callable[..., Path], pytester: pytest.Pytester) -> None:
    shop()
    pytester.makeini("[pytest]\npytyche_seeds = 3\npytyche_templates = reversal\n")
    run(FILE).assert_outcomes(passed=3)


def test_estimators_take_parameters_from_the_file(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makepyfile(mine=ESTIMATOR)
    entry = "[[estimators]]\nname = '{}'\nfactory = 'mine:Shifted'\nparameters = {{ by = {} }}\n"
    shop(entry.format("near", 0.5) + entry.format("far", 9))
    run().assert_outcomes(passed=3, failed=3)
    frame = stored().frame("estimates")
    assert set(frame.filter(frame["error"].is_null())["estimator"]) == {"near"}
    assert "RuntimeError: too far" in frame.filter(frame["estimator"] == "far")["error"][0]


def test_an_estimator_that_refuses_its_parameters_is_one_line(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(mine=ESTIMATOR)
    shop("[[estimators]]\nname = 'x'\nfactory = 'mine:Shifted'\nparameters = { by = -1 }\n")
    result = run()
    result.assert_outcomes(errors=1)
    expected = "estimators[[]0]: estimator 'mine:Shifted': its factory raised *by=-1; expected 0 or more"
    result.stdout.fnmatch_lines([f"{FILE}:11: {expected}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_expected_failure_of_a_fit_is_an_xfail(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(mine=ESTIMATOR)
    shop(
        "[[estimators]]\nname = 'far'\nfactory = 'mine:Shifted'\nparameters = { by = 9 }\n"
        "[[gate.expected_failures]]\nwhere = 'reversal*'\nreason = 'known to go too far'\n"
    )
    run().assert_outcomes(failed=1, xfailed=2)


def test_a_failure_may_be_expected_on_the_command_line_too(
    run: Run, shop: Callable[..., Path], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(mine=ESTIMATOR)
    shop("[[estimators]]\nname = 'far'\nfactory = 'mine:Shifted'\nparameters = { by = 9 }\n")
    run("--pytyche-expect-fail=reversal*: too far").assert_outcomes(failed=1, xfailed=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[designs]]\ntemplate = "constant"\nknobs = { seed = 3 }\n',
            "*spec 0 has seed=3; expected knobs only, the run has the seeds*",
        ),
        (
            '[[designs]]\ntemplate = "hmc2020"\nknobs = { effect = "homogeneous", prognosis = "linear", seed = 3 }\n',
            "*hmc2020 takes no knob 'seed'*",
        ),
        ('profile = "validate"\nestimators = ["lin", "lin"]\n', "*estimators*lin*twice*"),
    ],
)
def test_what_cannot_be_meant_is_one_line(run: Run, shop: Callable[..., Path], text: str, message: str) -> None:
    shop(text=text)
    result = run(FILE)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("visitors", "message"), [("0", "n_visitors=0; expected at least 1"), ("2.5", "n_visitors=2.5; ")]
)
def test_data_without_rows_are_one_line(run: Run, shop: Callable[..., Path], visitors: str, message: str) -> None:
    knobs = f'{{ effect = "homogeneous", prognosis = "linear", n_visitors = {visitors} }}'
    shop(text=f'[[designs]]\ntemplate = "hmc2020"\nknobs = {knobs}\n')
    result = run(FILE, "-rf")
    result.assert_outcomes(failed=3)
    assert result.stdout.str().count(f"generating the data raised ValueError: {message}") >= 3


def test_limits_of_the_file_fail_the_run(run: Run, shop: Callable[..., Path], layout: tuple[str, ...]) -> None:
    shop("[[gate.limits]]\nmetric = 'pehe'\nmax = 1e-6\nwhere = 'constant*'\n")
    result = run(*layout)
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAIL  constant-cr-es1-nuis1-n120 *pehe*", "against (limits): 1 FAIL"])


def test_a_limit_on_the_command_line_takes_the_place_of_those_of_the_file(run: Run, shop: Callable[..., Path]) -> None:
    shop("[[gate.limits]]\nmetric = 'pehe'\nmax = 1e-6\n")
    assert run(FILE, "--pytyche-limit=pehe<=100").ret == pytest.ExitCode.OK


def test_a_baseline_of_the_file_is_beside_it(run: Run, shop: Callable[..., Path], layout: tuple[str, ...]) -> None:
    shop()
    run(FILE, "--pytyche-baseline=main.parquet", "--pytyche-baseline-update", "--pytyche-seeds=2")
    shop("seeds = 2\n[gate]\nbaselines = ['main.parquet']\n".replace("seeds = 2\n", ""), "seeds = 2\n" + SHOP)
    result = run(*layout)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["against main: *PASS*"])


def test_a_baseline_that_is_missing_ends_the_run_before_it_starts(
    run: Run, shop: Callable[..., Path], layout: tuple[str, ...]
) -> None:
    shop("[gate]\nbaselines = ['gone.parquet']\n")
    result = run(*layout)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {FILE}: *gone.parquet*"])


def test_baselines_that_verdicts_could_not_tell_apart_are_refused(run: Run, shop: Callable[..., Path]) -> None:
    shop("[gate]\nbaselines = ['a/main.parquet', 'b/main.parquet']\n")
    result = run(FILE)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*{FILE} names two files 'main': *; verdicts could not tell them apart"])


def test_the_summary_tells_what_the_file_is_about(
    run: Run, shop: Callable[..., Path], stored: Callable[[], Stored]
) -> None:
    shop(text="seeds = [3]\nestimators = ['difference_in_means']\n" + SHOP)
    run(FILE)
    summary = stored().summary
    assert [summary[key] for key in ("catalog", "seeds", "checks")] == [FILE, [3], ["estimate"]]
    assert summary["estimators"] == ["difference_in_means"]


def test_a_mistake_is_an_error_of_that_file_in_one_line(run: Run, shop: Callable[..., Path]) -> None:
    shop("colour = 'red'\n")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"{FILE}:11: unknown key defaults.colour='red'; expected one of *"])
    result.stdout.no_fnmatch_line("*Traceback*")


SCENARIO = Path(__file__).parents[2] / "fixtures" / "scenarios" / "book_club_evening.py"


def test_scenarios_of_the_file_run_with_it(
    run: Run,
    shop: Callable[..., Path],
    pytester: pytest.Pytester,
    stored: Callable[[], Stored],
    layout: tuple[str, ...],
) -> None:
    (pytester.path / "days").mkdir()
    (pytester.path / "days" / SCENARIO.name).write_text(SCENARIO.read_text("utf-8"), "utf-8")
    shop('[pare]\nscenarios = ["days"]\nchecks = ["oracle"]\n')
    run(*layout).assert_outcomes(passed=4)
    assert [line["check"] for line in stored().journal if line["kind"] == "pare"] == ["oracle"]
    run(FILE, *layout, "--pare-runs=2").assert_outcomes(passed=5)


def test_an_agent_of_the_file_is_put_to_the_test(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    (pytester.path / "days").mkdir()
    (pytester.path / "days" / SCENARIO.name).write_text(SCENARIO.read_text("utf-8"), "utf-8")
    pytester.makepyfile(quiet="class Quiet:\n    def step(self, observation):\n        return None\n")
    text = '[pare]\nscenarios = ["days"]\nagent = "quiet:Quiet"\nuser = "accepts"\ncassettes = "tapes"\n'
    (pytester.path / "days.pytyche.toml").write_text(text, "utf-8")
    run(*layout).assert_outcomes(failed=1)
    assert [line["check"] for line in stored().journal if line["kind"] == "pare"] == ["agent"]
    run("days.pytyche.toml", *layout, "--pare-agent=replay", "--pare-user=replay").assert_outcomes(passed=1)
    answered = run("days.pytyche.toml", *layout, "--pare-user=llm", "-rf")
    answered.stdout.fnmatch_lines(["*tapes*"])


def test_scenarios_of_a_file_are_run_whatever_was_collected_before(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "days").mkdir()
    (pytester.path / "days" / SCENARIO.name).write_text(SCENARIO.read_text("utf-8"), "utf-8")
    pytester.makepyfile(test_a="def test_u(pare_scenario): pass\n")
    (pytester.path / "z.pytyche.toml").write_text('[pare]\nscenarios = ["days"]\n', "utf-8")
    run("test_a.py", "z.pytyche.toml").assert_outcomes(skipped=1, passed=2)
    run("z.pytyche.toml", "test_a.py").assert_outcomes(passed=3)
    other = run("test_a.py", "z.pytyche.toml", "--pare-scenarios=days", "--pytyche-suite")
    other.stdout.fnmatch_lines(["*z.pytyche.toml: [[]pare] comes after tests that use other scenarios*"])


def test_an_update_of_a_file_that_has_only_limits_is_refused(
    pytester: pytest.Pytester, shop: Callable[..., Path]
) -> None:
    shop("[[gate.limits]]\nmetric = 'pehe'\nmax = 1\n")
    result = pytester.runpytest_inprocess("--pytyche-baseline-update", "-o", "pytyche_baseline=main.parquet")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {FILE}: --pytyche-baseline-update writes one file; the file names 0: [[][]]"])


def test_two_files_do_not_write_one_baseline(run: Run, shop: Callable[..., Path], layout: tuple[str, ...]) -> None:
    shop()
    (shop().parent / "other.pytyche.toml").write_text(SHOP, "utf-8")
    result = run(*layout, "--pytyche-baseline=main.parquet", "--pytyche-baseline-update", FILE, "other.pytyche.toml")
    assert result.ret != 0
    result.stderr.fnmatch_lines(["*two catalogs would write main.parquet; update the baseline of one at a time*"])


def test_a_folder_of_the_file_that_is_a_file_is_refused(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "days").mkdir()
    text = '[pare]\nscenarios = ["days"]\ntraces = "days.pytyche.toml"\n'
    (pytester.path / "days.pytyche.toml").write_text(text, "utf-8")
    run().stdout.fnmatch_lines(["*days.pytyche.toml: pare.traces='days.pytyche.toml' is no folder*"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), ":3: pare.traces: no traces can go to '*below': Not a directory"),
        (("-o", "pare_traces=elsewhere"), ":3: pare.traces: no traces can go to '*below': Not a directory"),
        (("--pare-traces=days/book_club_evening.py/typed",), ": --pare-traces: no traces can go to '*typed': *"),
    ],
    ids=["file", "over-ini", "typed"],
)
def test_a_folder_for_traces_that_cannot_be_made_is_refused_before_anything_runs(
    pytester: pytest.Pytester, options: tuple[str, ...], message: str
) -> None:
    (pytester.path / "days").mkdir()
    (pytester.path / "days" / SCENARIO.name).write_text(SCENARIO.read_text("utf-8"), "utf-8")
    text = f'[pare]\nscenarios = ["days"]\ntraces = "days/{SCENARIO.name}/below"\n'
    (pytester.path / "days.pytyche.toml").write_text(text, "utf-8")
    result = pytester.runpytest_inprocess("days.pytyche.toml", *options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"days.pytyche.toml{message}"])


def test_runs_of_a_file_share_the_budget_of_the_session(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    (pytester.path / "days").mkdir()
    (pytester.path / "days" / SCENARIO.name).write_text(SCENARIO.read_text("utf-8"), "utf-8")
    text = '[pare]\nscenarios = ["days"]\nagent = "replay"\nuser = "replay"\nruns = 2\n'
    (pytester.path / "days.pytyche.toml").write_text(text, "utf-8")
    run(*layout, "-o", "pare_session_budget=turns=1000", "-o", "pare_max_concurrency=1").assert_outcomes(passed=2)
    assert not list(pytester.path.glob("ledger*"))
    spent = run(*layout, "-o", "pare_session_budget=turns=2")
    spent.stdout.fnmatch_lines(["*budget of the session: turns=2 is used up*"])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('noise = "tool=0.1"', ":3: pare.noise: *'tool*; expected one of *"),
        ('noise_sweep = "tools"', ":3: pare.noise_sweep: *'tools*"),
        ('agent = "lmm"', ":3: pare.agent: agent='lmm'; expected one of *; did you mean 'llm'[?]"),
        ('split = "gone.txt"', ":3: pare.split: *gone.txt*"),
    ],
)
def test_mistakes_about_scenarios_name_the_key_and_its_line(
    run: Run, pytester: pytest.Pytester, value: str, message: str
) -> None:
    (pytester.path / "days").mkdir()
    (pytester.path / "days" / SCENARIO.name).write_text(SCENARIO.read_text("utf-8"), "utf-8")
    (pytester.path / "days.pytyche.toml").write_text(f'[pare]\nscenarios = ["days"]\n{value}\n', "utf-8")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"days.pytyche.toml{message}"])
    result.stdout.no_fnmatch_line("*--pare-*")


def test_a_file_of_scenarios_alone_needs_no_catalog(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "days.pytyche.toml").write_text('[pare]\nscenarios = ["gone"]\n', "utf-8")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*days.pytyche.toml: [[]pare] names '*gone': no such file or folder"])
