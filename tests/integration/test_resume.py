"""Runs that are cut short: nothing is lost but what was running, and the same run is continued to the same tables."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from pytest_pytyche.report.run import TORN, UNFINISHED, rebuild
from tests.integration.test_catalog_files import SHOP
from tests.integration.test_catalog_run import MEASURED
from tests.support.plugin_runs import MINE, Run, Stored
from tests.support.rights import ordinary_rights

KILLERS = """
import os
import signal
import sys
from pathlib import Path

from pytest_pytyche.estimators.lin import Lin

MARK = Path("killed")


class Kills(Lin):
    name = "kills"

    def fit_effects(self, observed, *, seed):
        if seed == 2 and observed.metric == "revenue_per_visitor" and not MARK.exists():
            MARK.touch()
            os.kill(self.victim(), signal.SIGKILL)
            signal.pause()
        return super().fit_effects(observed, seed=seed)


class KillsWorker(Kills):
    def victim(self):
        return os.getpid()


class KillsController(Kills):
    def victim(self):
        return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
"""
SEEDS = 4
ITEMS = 2 * 3 * SEEDS
OWN_TEST = """
def test_own(pytyche_bundle, pytyche_record):
    pytyche_record(effect=pytyche_bundle.truth.effect)
"""


@pytest.fixture
def command(pytester: pytest.Pytester, own_catalog: None) -> Callable[[str], tuple[str, ...]]:
    pytester.makepyfile(killers=KILLERS)
    (pytester.path / "__snapshots__").mkdir()
    checks = (
        "--pytyche-check=invariants,estimate",
        f"--pytyche-seeds={SEEDS}",
        "--pytyche-isolation=off",
        "--pytyche-no-cache",
    )
    return lambda estimator: (MINE, *checks, f"--pytyche-estimator=killers:{estimator}")


@pytest.mark.parametrize(
    ("victim", "layout"), [("KillsController", "-n0"), ("KillsController", "-n2"), ("KillsWorker", "-n2")]
)
def test_a_run_that_was_killed_is_continued_to_the_tables_of_an_undisturbed_one(  # noqa: PLR0917  # fixtures
    victim: str,
    layout: str,
    run: Run,
    stored: Callable[[], Stored],
    command: Callable[[str], tuple[str, ...]],
    pytester: pytest.Pytester,
) -> None:
    killed = run(*command(victim), layout)
    assert (pytester.path / "killed").exists()
    survivors = {line["nodeid"] for line in stored().journal if line.get("phase") == "call"}
    assert killed.ret != 0
    continued = run(*command(victim), layout, "--pytyche-resume=latest")
    assert continued.ret == 0
    continued.stdout.fnmatch_lines([f"*{ITEMS - len(survivors)} passed*"])
    resumed = stored()
    run(*command(victim), layout)
    undisturbed = stored()
    assert resumed.folder != undisturbed.folder
    assert_frame_equal(resumed.frame("estimates").drop(MEASURED), undisturbed.frame("estimates").drop(MEASURED))
    assert_frame_equal(resumed.frame("specs"), undisturbed.frame("specs"))
    assert resumed.summary["items"] == undisturbed.summary["items"]
    assert (resumed.summary["exit_status"], resumed.summary["notes"]) == (0, [])


def test_what_a_killed_run_found_is_reported(
    run: Run, stored: Callable[[], Stored], command: Callable[[str], tuple[str, ...]]
) -> None:
    run(*command("KillsController"), "-n0")
    folder = stored().folder
    assert [path.name for path in folder.iterdir()] == ["journal.jsonl"]
    found = rebuild(folder)
    assert found.notes == (UNFINISHED,)
    assert stored().frame("estimates").height == found.totals["estimate"]["passed"]


def test_a_torn_last_line_is_cut_off_and_its_item_runs_again(
    run: Run, stored: Callable[[], Stored], command: Callable[[str], tuple[str, ...]], pytester: pytest.Pytester
) -> None:
    (pytester.path / "killed").touch()
    run(*command("Kills"), "-n0")
    path = stored().folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]) + lines[-2][:30])
    assert rebuild(path.parent).notes == (TORN, UNFINISHED)
    run(*command("Kills"), "-n0", "--pytyche-resume=latest").assert_outcomes(passed=1, deselected=23)
    assert stored().summary["notes"] == []


def test_what_failed_before_fails_the_continued_run(run: Run, pytester: pytest.Pytester, own_catalog: None) -> None:
    pytester.makepyfile(
        """
def test_own(pytyche_case):
    assert pytyche_case.seed == 0, "only the first"
"""
    )
    arguments = (MINE, "--pytyche-seeds=2", "-n0")
    assert run(*arguments, "test_what_failed_before_fails_the_continued_run.py").ret == 1
    result = run(*arguments, "test_what_failed_before_fails_the_continued_run.py", "--pytyche-resume=latest")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["failed: constant-cr-es1-nuis1-n120, seed 1: *only the first*", "*6 deselected*"])


def test_tests_of_the_users_own_are_continued_too(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    pytester.makepyfile(test_own=OWN_TEST + "\n\ndef test_plain(pytyche_record):\n    pytyche_record(answer=42)\n")
    run(MINE, "test_own.py", "-n0")
    before = stored().frame("records")
    journal = stored().folder / "journal.jsonl"
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    plain = next(number for number, line in enumerate(lines) if "test_plain" in line)
    journal.write_text("".join(lines[:plain]), "utf-8")
    run(MINE, "test_own.py", "-n0", "--pytyche-resume=latest").assert_outcomes(passed=1, deselected=3)
    assert_frame_equal(stored().frame("records"), before)
    run(MINE, "test_own.py", "-n0", "--pytyche-resume=latest").assert_outcomes(deselected=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--pytyche-resume=nowhere",),
            "*--pytyche-resume: 'nowhere' is no run: expected a folder with journal.jsonl*",
        ),
        (
            ("--pytyche-resume=latest", "--pytyche-seeds=1,"),
            "*--pytyche-resume: seeds was [[]0[]] and is [[]1[]]; give *",
        ),
        (
            ("--pytyche-resume=latest", "--pytyche-estimator-seed=9"),
            "*--pytyche-resume: estimator_seed was 0 and is 9; give *",
        ),
        (
            ("--pytyche-resume=latest", "-o", "pytyche_treatment_cost=0.5"),
            "*--pytyche-resume: treatment_cost was None and is 0.5; give *",
        ),
        (("--pytyche-resume=",), "*--pytyche-resume='' is empty; expected a run, or leave the option out"),
    ],
)
def test_what_cannot_be_continued_is_a_usage_error(
    arguments: tuple[str, ...], message: str, run: Run, own_catalog: None
) -> None:
    run(MINE, "--pytyche-check=invariants")
    result = run(MINE, "--pytyche-check=invariants", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_a_catalog_file_that_changed_is_not_continued(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    shop, other = (pytester.path / f"{name}.pytyche.toml" for name in ("shop", "other"))
    for path in (shop, other):
        path.write_text(SHOP, "utf-8")
    run(*layout, ".", "-k", "shop and not returning").stdout.fnmatch_lines(["*2 passed*"])
    other.write_text(f"seeds = 2\n{SHOP}", "utf-8")
    run(*layout, ".", "--pytyche-resume=latest")
    assert stored().frame("specs")["catalog"].value_counts(sort=True).rows() == [(other.name, 6), (shop.name, 3)]
    before = (stored().folder / "journal.jsonl").read_bytes()
    shop.write_text(f"{SHOP}# more to come\n", "utf-8")
    result = pytester.runpytest_inprocess(*layout, ".", "--pytyche-resume=latest")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    reason = "changed or removed since the run: shop.pytyche.toml (formatting and comments count too)"
    assert f"ERROR: --pytyche-resume: {reason}; put back what was there, or begin a new run" in result.stderr.lines
    assert (stored().folder / "journal.jsonl").read_bytes() == before


def test_what_is_expected_of_a_catalog_file_holds_where_nothing_is_left_to_run(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    limit = "[[gate.limits]]\nmetric = 'pehe'\nmax = 1e-6\n"
    (pytester.path / "shop.pytyche.toml").write_text(SHOP + limit, "utf-8")
    assert run(*layout).ret == pytest.ExitCode.TESTS_FAILED
    result = run(*layout, "--pytyche-resume=latest")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["against (limits): 3 FAIL"])


def test_a_run_that_goes_on_is_not_continued_by_another(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester, own_catalog: None
) -> None:
    pytester.makepyfile(
        test_own="""
import subprocess, sys

def test_own(pytyche_case):
    if pytyche_case.position == 1:
        command = [sys.executable, "-m", "pytest", "--pytyche-profile=mine", "test_own.py", "--pytyche-resume=latest"]
        other = subprocess.run(command, capture_output=True, text=True)
        assert other.returncode == 4
        assert "another process is writing to this run" in other.stderr
"""
    )
    run(MINE, "test_own.py", "-n0").assert_outcomes(passed=3)


def test_two_runs_into_one_folder_do_not_meet(run: Run, pytester: pytest.Pytester, own_catalog: None) -> None:
    pytester.makepyfile(
        test_own="""
import subprocess, sys

def test_own(pytyche_case):
    if pytyche_case.position == 1:
        command = [sys.executable, "-m", "pytest", "--pytyche-profile=mine", "--pytyche-check=estimate", "-q"]
        assert subprocess.run(command).returncode == 0
"""
    )
    run(MINE, "test_own.py", "-n0").assert_outcomes(passed=3)
    folders = list((pytester.path / ".pytyche" / "runs").iterdir())
    assert len(folders) == 2
    for folder in folders:
        assert json.loads((folder / "summary.json").read_text("utf-8"))["exit_status"] == 0
    assert (pytester.path / ".pytyche" / "latest").resolve() in [folder.resolve() for folder in folders]


def test_metrics_are_properties_in_junit_xml(run: Run, pytester: pytest.Pytester, own_catalog: None) -> None:
    run(MINE, "--pytyche-check=estimate", "-n2", "--junitxml=report.xml")
    text = (pytester.path / "report.xml").read_text("utf-8")
    for name in ("pehe", "coverage_cate", "seconds", "digest"):
        assert text.count(f'<property name="{name}" value="') == 3


def test_in_github_actions_the_summary_is_added_to_and_failures_are_annotated(
    run: Run, pytester: pytest.Pytester, own_catalog: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = pytester.path / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    pytester.makepyfile(test_own="def test_own(pytyche_case):\n    assert pytyche_case.position, 'not\\nthis'\n")
    run(MINE, "test_own.py").stdout.fnmatch_lines(["::error title=reversal-cr-es1-nuis1-n120%2C seed 0::failed: *"])
    assert summary.read_text("utf-8").startswith("# ❌ FAIL: 1 of 3 checks failed")


def test_a_folder_without_rights_is_a_usage_error(run: Run, pytester: pytest.Pytester, own_catalog: None) -> None:
    (pytester.path / "out" / "runs").mkdir(parents=True)
    (pytester.path / "out" / "runs").chmod(0o500)
    with ordinary_rights():
        result = run(MINE, "--pytyche-output=out")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--pytyche-output='*out': Permission denied: *"])


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder on a disk of so many kB; skips where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={request.param}k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("small_disk", [4, 16, 32], indirect=True, ids=["at-once", "in-the-journal", "in-the-report"])
def test_a_disk_that_fills_up_stops_no_test_and_is_said(run: Run, small_disk: Path, own_catalog: None) -> None:
    result = run(MINE, "--pytyche-check=estimate", "--pytyche-seeds=3", f"--pytyche-output={small_disk / 'out'}")
    result.assert_outcomes(passed=9)
    result.stdout.fnmatch_lines(["pytyche: results cannot be stored in *: No space left on device*"])
    assert list(small_disk.rglob("*.tmp")) == []


@pytest.mark.parametrize("small_disk", [16], indirect=True)
def test_what_is_stored_in_part_is_not_judged(run: Run, small_disk: Path, own_catalog: None) -> None:
    output = f"--pytyche-output={small_disk / 'out'}"
    result = run(MINE, "--pytyche-check=estimate", "--pytyche-seeds=3", "--pytyche-limit=pehe<=1000", output)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["nothing is compared or written: not all results could be stored"])


SCENARIOS = """
import os
import signal
from pathlib import Path

from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface
from pare_harness.scenarios import PAREScenario, ScenarioValidationResult, register_scenario


class Day(PAREScenario):
    def init_and_populate_apps(self, *args, **kwargs):
        self.apps = [PAREAgentUserInterface(), HomeScreenSystemApp(name="System")]

    def build_events_flow(self):
        self.events = []

    def validate(self, env):
        said = "\\x1b[31mno reply <b>" + "x" * 10_000_000
        return ScenarioValidationResult(success=self.scenario_id != "c", rationale=said)


@register_scenario("a")
class A(Day):
    pass


@register_scenario("b")
class B(Day):
    def validate(self, env):
        if not Path("killed").exists():
            Path("killed").touch()
            os.kill(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid(), signal.SIGKILL)
            signal.pause()
        return super().validate(env)


@register_scenario("c")
class C(Day):
    pass
"""


@pytest.mark.parametrize("layout", ["-n0", "-n2"])
def test_runs_of_scenarios_are_continued_too(
    layout: str, run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(days=SCENARIOS)
    run("--pare-scenarios=days.py", layout)
    assert not (stored().folder / "pare.parquet").exists()
    continued = run("--pare-scenarios=days.py", layout, "--pytyche-resume=latest")
    assert continued.ret == pytest.ExitCode.TESTS_FAILED
    resumed = stored()
    undisturbed = run("--pare-scenarios=days.py", layout)
    assert undisturbed.ret == pytest.ExitCode.TESTS_FAILED
    measured = [name for name in resumed.frame("pare").columns if "duration" in name]
    assert_frame_equal(resumed.frame("pare").drop(measured), stored().frame("pare").drop(measured))
    assert resumed.frame("pare").height == 6


def test_a_failure_of_a_test_that_recorded_stays_one(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_a(pytyche_record):\n    pytyche_record(x=1)\n    assert False, 'no luck'\n")
    assert run("-q").ret == 1
    result = run("-q", "--pytyche-resume=latest")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*failed: test_a_failure_of_a_test_that_recorded_stays_one.py::test_a: *no luck*"])


def test_what_a_model_says_is_cut_and_steers_no_terminal(
    run: Run, stored: Callable[[], Stored], pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(days=SCENARIOS)
    (pytester.path / "killed").touch()
    result = run("--pare-scenarios=days.py", "-n0", "-v")
    assert "\x1b[31m" not in result.stdout.str()
    assert len(result.stdout.str()) < 20_000
    for path in stored().folder.iterdir():
        content = path.read_bytes()
        assert path.suffix == ".parquet" or b"\x1b" not in content
        assert len(content) < 200_000
    page = (stored().folder / "report.html").read_text("utf-8")
    assert "no reply &lt;b&gt;xxx" in page
    assert "<b>xxx" not in page
