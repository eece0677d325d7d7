"""A user's mistake is one line that says what is wrong and what is allowed."""

import pytest

import pytest_pytyche.collection  # noqa: F401  # NumPy must outlive the runs inside this process
from tests.support.plugin_runs import CATALOG, FEW, MINE, Run

VALIDATE = "--pytyche-profile=validate"
SEEDS = "expected a count such as 3 or seeds such as 0,1,2 (one seed: 5,)"


@pytest.fixture
def here(pytester: pytest.Pytester) -> Run:
    """Run pytest in this process: it gets as far as reading its settings."""
    return pytester.runpytest_inprocess


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--pytyche-profile=standart",),
            "--pytyche-profile='standart'; expected one of ['validate', 'standard', *'standard'?",
        ),
        (
            (VALIDATE, "--pytyche-templates=reversl"),
            "--pytyche-templates='reversl'; expected one of ['constant', 'reversal', *]; did you mean 'reversal'?",
        ),
        (
            (VALIDATE, "--pytyche-metric=clicks"),
            "--pytyche-metric='clicks'; expected one of ['conversion_rate', 'revenue_per_visitor']",
        ),
        (
            (VALIDATE, "--pytyche-estimator=linn"),
            "--pytyche-estimator: estimator='linn'; expected one of [*] or 'module:factory'; did you mean 'lin'?",
        ),
        (
            (VALIDATE, "--pytyche-estimator=nowhere:Made"),
            "--pytyche-estimator: estimator 'nowhere:Made' does not import: ModuleNotFoundError: *",
        ),
        (
            (VALIDATE, "--pytyche-check=thruth"),
            "--pytyche-check='thruth'; expected one of ['truth', 'invariants', 'estimate']; did you mean 'truth'?",
        ),
        ((VALIDATE, "--pytyche-seeds=few"), f"--pytyche-seeds='few'; {SEEDS}"),
        ((VALIDATE, "--pytyche-seeds=1,-2"), f"--pytyche-seeds='1,-2'; {SEEDS}"),
        (
            (VALIDATE, "--pytyche-seeds=1000000"),
            "--pytyche-seeds='1000000' is a count of 1000000 seeds; expected at most 10000",
        ),
        ((VALIDATE, "--pytyche-seeds=1,1"), "--pytyche-seeds='1,1' names a seed twice"),
        (
            (VALIDATE, "--pytyche-check=truth", "--pytyche-seeds=7,"),
            "--pytyche-check='truth': truth snapshots of built-in profiles ship for seeds [0] only",
        ),
        (("--pytyche-suite",), "--pytyche-suite runs checks of a catalog; say which with --pytyche-profile=NAME"),
        (
            ("pytyche::truth[x-s0]",),
            "pytyche::truth[x-s0] runs checks of a catalog; say which with --pytyche-profile=NAME",
        ),
        (
            (VALIDATE, "pytyche::truth[constant-cr-es2-n200-s0]"),
            "'pytyche::truth[constant-cr-es2-n200-s0]' is no check of this run; did you mean 'pytyche::truth[*]'?",
        ),
        (
            ("--pytyche-profile=shop.pytyche.toml",),
            "--pytyche-profile='shop.pytyche.toml' is a catalog file; give it as an argument, such as pytest shop.*",
        ),
        *(
            ((VALIDATE, f"{flag}="), f"{flag}='' is empty; expected {what}, or leave the option out")
            for flag, what in (
                ("--pytyche-profile", "NAME"),
                ("--pytyche-check", "NAMES"),
                ("--pytyche-estimator", "NAME"),
                ("--pytyche-baseline", "FILE"),
                ("--pytyche-limit", "RULE"),
                ("--pare-agent", "NAME"),
                ("--pare-noise", "TEXT"),
                ("--pytyche-budget", "TIME"),
            )
        ),
        (
            (VALIDATE, "-p", "no:syrupy"),
            "the check 'truth' needs syrupy; leave out -p no:syrupy, or name other checks",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_it_is_a_usage_error(here: Run, arguments: tuple[str, ...], message: str) -> None:
    expect_usage_error(here(*arguments), message)


@pytest.mark.parametrize("layout", [("-n2",), ("-p", "no:xdist")], ids=["n2", "no-xdist"])
def test_it_is_the_same_line_under_xdist(run: Run, layout: tuple[str, ...]) -> None:
    expect_usage_error(run("--pytyche-profile=x", *layout), "--pytyche-profile='x'; expected one of *")


def test_a_wrong_value_of_the_ini_file_is_named_by_its_key(here: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npytyche_check = thruth\n")
    expect_usage_error(here(), "pytyche_check='thruth'; expected one of ['truth', 'invariants', 'estimate']; *")


def test_an_output_that_is_a_file_is_refused(here: Run, pytester: pytest.Pytester) -> None:
    pytester.makefile(".txt", taken="mine")
    expect_usage_error(here(*FEW, "--pytyche-output=taken.txt"), "--pytyche-output='*taken.txt': Not a directory: *")
    assert (pytester.path / "taken.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("catalog", "message"),
    [
        ("{'validate': MINE}", "catalog 'validate' is defined twice: by *conftest.py and by pytest-pytyche itself"),
        ("{'mine': MINE * 2}", "catalog 'mine' holds two specs with id 'reversal-cr-es1-nuis1-n120': *"),
        ("{'mine': []}", "catalog 'mine' holds no spec"),
        (
            "{'mine': [*MINE, (MINE[0][0], {'n_visitors': {1}})]}",
            "catalog 'mine': spec 3: knob n_visitors={1} cannot be part of an id: {1} has no content to compare; *",
        ),
        (
            "{'mine': [(MINE[0][0], {1: 2})]}",
            "catalog 'mine': spec 0 is (*, {1: 2}); expected (template, knobs)",
        ),
        ("{'mine': list(config)}", "pytest_pytyche_catalogs in *conftest.py raised TypeError: *"),
    ],
)
def test_a_catalog_of_the_users_is_checked(here: Run, pytester: pytest.Pytester, catalog: str, message: str) -> None:
    pytester.makeconftest(CATALOG.replace('{"mine": MINE}', catalog))
    expect_usage_error(here(MINE), message)


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        ("def pytest_pytyche_catalogs(config): return [1]", "*returned [[]1]; expected names with their specs"),
        (
            "def pytest_pytyche_catalogs(config): return {3: []}",
            "*returned {3: [[][]]}; expected names with their specs",
        ),
        ("def pytest_pytyche_catalogs(config): return {'x': 5}", "catalog 'x' is 5; expected a list of specs, each *"),
        (
            "def pytest_pytyche_catalogs(config): raise KeyError('k')",
            "pytest_pytyche_catalogs in * raised KeyError: 'k'",
        ),
        (
            "def pytest_pytyche_estimator(config): return [1]",
            "pytest_pytyche_estimator returned [[]1]; expected names *",
        ),
        ("def pytest_pytyche_estimator(config): raise KeyError('k')", "pytest_pytyche_estimator raised KeyError: 'k'"),
        (
            "def pytest_pytyche_estimator(config): import pytest; pytest.importorskip('nowhere')",
            "pytest_pytyche_estimator raised Skipped: could not import 'nowhere': *",
        ),
        (
            "def pytest_pytyche_catalogs(config): raise SystemExit(2)",
            "pytest_pytyche_catalogs in * raised SystemExit: 2",
        ),
    ],
)
def test_hooks_that_give_something_else_are_one_line(
    run: Run, pytester: pytest.Pytester, hook: str, message: str
) -> None:
    pytester.makeconftest(hook)
    result = run("--pytyche-profile=x" if "'x'" in hook else VALIDATE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


@pytest.mark.parametrize("seeds", ["2", "np.int64(2)", "np.arange(2)"])
def test_seeds_of_a_marker_may_be_a_count_or_an_array(run: Run, pytester: pytest.Pytester, seeds: str) -> None:
    pytester.makepyfile(f"""
        import numpy as np
        import pytest

        @pytest.mark.pytyche(profile="validate", seeds={seeds})
        def test_marked(pytyche_spec): pass
        """)
    assert run("-q").parseoutcomes()["passed"] == 32


def test_two_filters_without_a_common_spec_are_refused(here: Run, own_catalog: None) -> None:
    arguments = (MINE, "--pytyche-templates=reversal", "--pytyche-metric=revenue_per_visitor")
    expect_usage_error(
        here(*arguments), "no spec has both a template of ['reversal'] and a metric of ['revenue_per_visitor']"
    )


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        (
            "profile='standart'",
            "*profile of @pytest.mark.pytyche='standart'; expected one of *did you mean 'standard'?",
        ),
        ("profil='standard'", "*knob of @pytest.mark.pytyche='profil'; expected one of *; did you mean 'profile'?"),
        ("seeds=[1]", "*@pytest.mark.pytyche takes profile='NAME' or catalog=[specs], and seeds=*"),
        ("profile='validate', seeds='x'", "*seeds of @pytest.mark.pytyche='x'; *"),
        ("profile='validate', seeds=0.5", "*seeds of @pytest.mark.pytyche='0.5'; *"),
        ("catalog=[(print, {'x': {1}})]", "*: spec 0: knob x={1} cannot be part of an id: *"),
    ],
)
def test_a_wrong_marker_is_a_collection_error_of_one_line(
    run: Run, pytester: pytest.Pytester, mark: str, message: str
) -> None:
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.pytyche({mark})
        def test_marked(pytyche_spec): pass
        """)
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([escaped(message)])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("layout", [("-n0",), ("-n2",)], ids=["n0", "n2"])
def test_a_wrong_estimator_of_marked_tests_is_a_collection_error_of_one_line(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.pytyche(profile="validate")
        def test_of_specs(pytyche_spec): pass

        @pytest.mark.pytyche(profile="validate")
        def test_of_estimates(pytyche_estimate): pass
        """)
    result = run("--pytyche-estimator=linn", *layout)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["--pytyche-estimator: estimator='linn'; expected one of *; did you mean 'lin'?"])


def expect_usage_error(result: pytest.RunResult, message: str) -> None:
    """One line on stderr, no traceback, exit status 4."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in result.errlines if line]
    assert len(lines) == 1
    pytest.LineMatcher(lines).fnmatch_lines([f"ERROR: {escaped(message)}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def escaped(message: str) -> str:
    """Brackets stand for themselves; `*` still matches anything."""
    return message.replace("[", "[[]")
