"""A changed truth from the failing run to what is stored after the review."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pytest_pytyche.cli import app
from tests.support.plugin_runs import CATALOG, MINE, SPECS, Run, Stored

TRUTH = (MINE, "--pytyche-check=truth")
UPDATE = "--snapshot-update"
OWN_TEST = """
def test_own(pytyche_bundle, pytyche_truth_snapshot):
    assert pytyche_bundle == pytyche_truth_snapshot
"""


@pytest.fixture
def changed(run: Run, pytester: pytest.Pytester, own_catalog: None) -> Path:
    """A catalog one of whose specs draws other data under the same name; the folder of its stored truths."""
    run(*TRUTH, UPDATE)
    pytester.makeconftest(CATALOG + CHANGE)
    return pytester.path / "__snapshots__" / "conftest"


CHANGE = """

def reversal(*, seed, **knobs):
    return TEMPLATES["reversal"](seed=seed + 1, **knobs)


reversal.name, reversal.defaults = "reversal", TEMPLATES["reversal"].defaults
MINE[0] = (reversal, MINE[0][1])
"""
TRUTH_FILE = f"truth[{SPECS[0]}-s0].truth"


def received(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder / "received").as_posix() for path in folder.rglob("received/**/*.truth"))


def test_a_failed_check_keeps_what_it_received_and_stores_nothing(
    run: Run, changed: Path, stored: Callable[[], Stored], every_layout: tuple[str, ...]
) -> None:
    before = (changed / TRUTH_FILE).read_text("utf-8")
    run(*TRUTH, *every_layout).assert_outcomes(passed=2, failed=1)
    folder = stored().folder
    assert received(folder) == [f"__snapshots__/conftest/{TRUTH_FILE}"]
    assert (changed / TRUTH_FILE).read_text("utf-8") == before
    (line,) = (line for line in stored().journal if line["kind"] == "truth")
    assert (line["spec"], line["template"], line["seed"]) == (SPECS[0], "reversal", 0)
    assert "text" not in line


def test_accepting_makes_the_next_run_pass(
    run: Run, changed: Path, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(*TRUTH).assert_outcomes(passed=2, failed=1)
    result = CliRunner().invoke(app, ["accept", "reversal-*", "--run", str(stored().folder)])
    assert result.output == f"accepted {SPECS[0]}-s0: stored in {changed / TRUTH_FILE}\n"
    run(*TRUTH).assert_outcomes(passed=3)
    assert received(stored().folder) == []


def test_what_a_users_test_received_is_kept_too(
    run: Run, changed: Path, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    pytester.makeconftest(CATALOG)
    pytester.makepyfile(test_own=OWN_TEST)
    run(MINE, "test_own.py", UPDATE).assert_outcomes(passed=3)
    pytester.makeconftest(CATALOG + CHANGE)
    run(MINE, "test_own.py", *layout).assert_outcomes(passed=2, failed=1)
    assert received(stored().folder) == [f"__snapshots__/test_own/test_own[{SPECS[0]}-s0].truth"]


def test_a_truth_that_was_never_stored_can_be_reviewed(
    run: Run, own_catalog: None, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(*TRUTH, "--pytyche-templates=reversal").assert_outcomes(failed=1)
    result = CliRunner().invoke(app, ["review", str(stored().folder)])
    assert result.output == f"1 truth to settle: {stored().folder / 'review.html'}\n"
    assert "No truth is stored yet" in (stored().folder / "review.html").read_text("utf-8")


def test_other_failures_and_updates_keep_nothing(
    run: Run, own_catalog: None, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(*TRUTH, UPDATE).assert_outcomes(passed=3)
    assert received(stored().folder) == []
    pytester.makepyfile(test_own=OWN_TEST + "    assert False\n")
    run(MINE, "test_own.py", UPDATE).assert_outcomes(failed=3)
    assert received(stored().folder) == []


def test_a_shipped_truth_is_received_without_its_place_on_this_machine(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.makeconftest("import pytest_pytyche.generators.templates as templates\n\ntemplates.SPARSE_LIFT = 0.41\n")
    run("--pytyche-profile=validate", "--pytyche-check=truth", "--pytyche-templates=sparse_benefit")
    assert received(stored().folder) == [
        "suite/truth[sparse_benefit-cr-es1-n200-s0].truth",
        "suite/truth[sparse_benefit-rpv-es1-mirror-n200-s0].truth",
    ]


def test_the_summary_says_how_to_review(run: Run, changed: Path) -> None:
    run(*TRUTH, "--tb=no").stdout.fnmatch_lines(["*pytyche review*"])
