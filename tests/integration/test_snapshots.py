"""Truth snapshots of built-in profiles and of users' own catalogs and tests."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pytest_pytyche.checks.truth import describe_truth
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import spec_id
from tests.support.plugin_runs import CATALOG, FEW, MINE, SPECS, Run

TRUTH = (MINE, "--pytyche-check=truth")
UPDATE = "--snapshot-update"


@pytest.fixture
def folder(pytester: pytest.Pytester, own_catalog: None) -> Path:
    """Where the truths of the user's catalog are stored: next to the conftest.py that defines it."""
    return pytester.path / "__snapshots__" / "conftest"


@pytest.fixture
def full_folder(folder: Path) -> Path:
    """The same with the truths of seed 0 in it."""
    folder.mkdir(parents=True)
    for name, text in truths().items():
        (folder / name).write_text(text, "utf-8")
    return folder


@cache
def truths() -> dict[str, str]:
    """File name and content of each truth of the user's catalog at seed 0."""
    defined: dict[str, Any] = {}
    exec(CATALOG, defined)
    bundles = {spec_id(spec): generate_v2_core(spec[0](seed=0, **spec[1])[0]) for spec in defined["MINE"]}
    return {f"truth[{name}-s0].truth": describe_truth(bundle, f"{name}, seed 0") for name, bundle in bundles.items()}


def stored_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_truths_of_a_users_catalog_are_stored_next_to_it(run: Run, folder: Path, layout: tuple[str, ...]) -> None:
    run(*TRUTH, "--pytyche-seeds=2", UPDATE, *layout).assert_outcomes(passed=6)
    assert stored_in(folder) == sorted(f"truth[{spec}-s{seed}].truth" for spec in SPECS for seed in (0, 1))
    for name, text in truths().items():
        assert (folder / name).read_text("utf-8") == text


def test_stored_truths_are_verified(run: Run, full_folder: Path, every_layout: tuple[str, ...]) -> None:
    result = run(*TRUTH, *every_layout)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["3 snapshots passed."])


def test_a_missing_snapshot_is_one_line(run: Run, folder: Path, layout: tuple[str, ...]) -> None:
    result = run(*TRUTH, "--pytyche-templates=reversal", *layout)
    result.assert_outcomes(failed=1)
    location = str(folder / f"truth[{SPECS[0]}-s0].truth").replace("[", "[[]")
    result.stdout.fnmatch_lines(["*_ truth[[]reversal-*", f"no truth snapshot {location}; --snapshot-update stores it"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1 is ''; expected 'pytyche truth, format 1'"),
        (b"\xff\xfe\x00", "line 1 is '*'; expected 'pytyche truth, format 1'"),
    ],
    ids=["empty", "binary"],
)
def test_a_corrupted_snapshot_is_one_line_and_can_be_replaced(
    run: Run, folder: Path, content: bytes, reason: str
) -> None:
    folder.mkdir(parents=True)
    (folder / f"truth[{SPECS[0]}-s0].truth").write_bytes(content)
    result = run(*TRUTH, "--pytyche-templates=reversal")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"truth snapshot *.truth is corrupted: {reason}; --snapshot-update replaces it"])
    result.stdout.no_fnmatch_line("*Traceback*")
    run(*TRUTH, "--pytyche-templates=reversal", UPDATE).assert_outcomes(passed=1)
    run(*TRUTH, "--pytyche-templates=reversal").assert_outcomes(passed=1)


def test_a_snapshot_that_cannot_be_written_is_one_line(run: Run, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file in the way", "utf-8")
    result = run(*TRUTH, "--pytyche-templates=reversal", UPDATE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["truth snapshot *.truth cannot be used: *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_change_of_one_amplitude_fails_just_the_specs_it_touches(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    pytester.makeconftest("""
        import pytest_pytyche.generators.templates as templates

        templates.SPARSE_LIFT = 0.41
        """)
    result = run("--pytyche-profile=validate", "--pytyche-check=truth", *layout)
    result.assert_outcomes(passed=14, failed=2)
    result.stdout.fnmatch_lines(
        [
            "* numbers differ from the truth snapshot; if that is meant, --snapshot-update stores the new truth",
            "changed * stored * received * relative",
            "[[]effects[]] all effect * 0.0* 0.0* +0.025",
            "stored in *truth[[]sparse_benefit-cr-es1-n200-s0[]].truth",
        ]
    )


def test_rounding_is_no_change(run: Run, full_folder: Path) -> None:
    file = full_folder / f"truth[{SPECS[0]}-s0].truth"
    text = file.read_text("utf-8")
    effect = next(line for line in text.splitlines() if line.startswith("all ")).split()[1]
    file.write_text(text.replace(effect, str(float(effect) + 1e-13)), "utf-8")
    run(*TRUTH).assert_outcomes(passed=3)
    file.write_text(text.replace(effect, str(float(effect) + 1e-9)), "utf-8")
    result = run(*TRUTH)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["* numbers differ from the truth snapshot; *"])


@pytest.mark.parametrize(
    "part",
    [
        ("--pytyche-templates=reversal",),
        ("-k", "reversal"),
        ("-k", "n120"),
        ("-m", "pytyche_invariants"),
        ("--pytyche-seeds=1,2",),
        ("--pytyche-metric=revenue_per_visitor",),
        ("--deselect=pytyche:mine::truth",),
        (f"pytyche:mine::truth[{SPECS[0]}-s0]",),
        ("-n2", "--pytyche-templates=reversal"),
    ],
    ids=" ".join,
)
def test_a_part_of_a_catalog_leaves_the_other_snapshots_alone(
    run: Run, full_folder: Path, part: tuple[str, ...]
) -> None:
    assert_nothing_unused(run(MINE, *part, "--pytyche-check=truth,invariants", UPDATE))
    assert truths().keys() <= set(stored_in(full_folder))


def test_a_catalog_that_is_not_run_may_be_wrong(run: Run, full_folder: Path, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CATALOG.replace("return {", "return {'others': [*MINE, (print, {'x': {1}}), 5], 'none': 5, "))
    assert_nothing_unused(run(*TRUTH, "--pytyche-templates=reversal", UPDATE))


def test_a_part_of_a_profile_leaves_the_shipped_snapshots_alone(run: Run, layout: tuple[str, ...]) -> None:
    assert_nothing_unused(run(*FEW, "--pytyche-check=truth", "--pytyche-metric=conversion_rate", *layout))


@pytest.mark.parametrize("layout", [("-n0",), ("-n2",)], ids=["n0", "n2"])
def test_snapshots_of_a_spec_that_is_gone_are_unused(
    run: Run, full_folder: Path, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    pytester.makeconftest(CATALOG.replace('{"mine": MINE}', '{"mine": MINE[:2]}'))
    result = run(*TRUTH, "--snapshot-details", *layout)
    result.stdout.fnmatch_lines(
        ["2 snapshots passed. 1 snapshot unused.", f"Unused truth[[]{SPECS[2]}-s0[]] (__snapshots__/conftest/*)"]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(stored_in(full_folder)) == 3
    run(*TRUTH, UPDATE, *layout).stdout.fnmatch_lines(["*1 unused snapshot deleted."])
    assert stored_in(full_folder) == sorted(f"truth[{spec}-s0].truth" for spec in SPECS[:2])


def test_users_tests_of_other_snapshots_do_not_see_truths(
    run: Run, full_folder: Path, pytester: pytest.Pytester, layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_other="def test_other(snapshot): assert [1, 2] == snapshot")
    run(UPDATE, *layout).assert_outcomes(passed=1)
    assert_nothing_unused(run(*TRUTH, "--pytyche-suite", ".", "--pytyche-templates=reversal", UPDATE, *layout))
    assert stored_in(full_folder) == sorted(truths())


def test_a_users_test_may_compare_truths(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]) -> None:
    pytester.makeconftest(CATALOG)
    pytester.makepyfile(
        test_own="""
        from pytest_pytyche.snapshots import TruthSnapshot

        def test_fixture(pytyche_bundle, pytyche_truth_snapshot):
            assert pytyche_bundle == pytyche_truth_snapshot

        def test_extension(pytyche_bundle, snapshot):
            assert pytyche_bundle == snapshot.use_extension(TruthSnapshot)
        """
    )
    run(MINE, "test_own.py", UPDATE, *layout).assert_outcomes(passed=6)
    assert_nothing_unused(run(MINE, "test_own.py", "--pytyche-templates=reversal", *layout))
    file = pytester.path / "__snapshots__" / "test_own" / f"test_fixture[{SPECS[0]}-s0].truth"
    text = file.read_text("utf-8")
    count = next(line for line in text.splitlines() if line.startswith("control")).split()[1]
    file.write_text(text.replace(f" {count} ", f" {int(count) + 1} ", 1), "utf-8")
    result = run(MINE, "test_own.py", *layout)
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*changed *stored *received *relative*", f"*[[]arms[]] control visitors *{count}*"])


def test_no_half_written_file_stays_behind(run: Run, folder: Path) -> None:
    run(*TRUTH, UPDATE, "-n2")
    assert all(path.suffix == ".truth" for path in folder.iterdir())


def assert_nothing_unused(result: pytest.RunResult) -> None:
    result.stdout.no_fnmatch_line("*unused*")
    assert result.ret == pytest.ExitCode.OK
