"""The commands of `pytyche` but those of the review."""

import json
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from pytest_pytyche.baselines import SCENARIOS, Baseline, write_baseline
from pytest_pytyche.cli import app
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.generators.truth_frame import truth_frame
from pytest_pytyche.run_folders import point_latest
from tests.support.metric_tables import table
from tests.support.rights import ordinary_rights
from tests.support.runs import HEADER, NAME, failed_item, fits, scenario_run, whole_run, write_run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytyche(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def mistake(*arguments: str) -> str:
    result = pytyche(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def test_the_version_is_that_of_the_package() -> None:
    assert pytyche("--version").output == f"pytest-pytyche {version('pytest-pytyche')}\n"


def test_a_catalog_is_listed_as_a_table() -> None:
    lines = pytyche("catalog", "validate", "--templates=reversal", "--metric=conversion_rate").output.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["spec", "template", "metric"],
        ["reversal-cr-es1-n200", "reversal", "conversion_rate"],
        ["reversal-cr-es1-by-is_returning-n200", "reversal", "conversion_rate"],
    ]
    assert "effect_scale=1.0" in lines[1]


def test_a_catalog_is_listed_as_json() -> None:
    rows = json.loads(pytyche("catalog", "--json").output)
    assert len(rows) == 58
    assert rows[0]["spec"] == "constant-cr-es0.5"
    assert rows[0]["knobs"]["effect_scale"] == 0.5


def test_a_catalog_file_is_listed_too(here: Path) -> None:
    (here / "mine.pytyche.toml").write_text('profile = "validate"\ntemplates = ["constant"]\n', "utf-8")
    assert len(pytyche("catalog", "mine.pytyche.toml").output.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("catalog", "standart"),
            "pytyche: profile='standart'; expected one of ['validate', 'standard', ",
        ),
        (("catalog", "--templates=x"), "pytyche: --templates='x'; expected one of ['constant', "),
        (("catalog", "no.pytyche.toml"), "pytyche: no.pytyche.toml cannot be read: No such file or directory"),
        (
            ("generate", "reversal-cr-es3"),
            "pytyche: 'reversal-cr-es3' is no spec of 'standard', which has 58, such as ",
        ),
        (("report",), "pytyche: there is no run in '.pytyche' yet"),
        (("report", "x"), "pytyche: 'x' is no run: expected "),
        (("baseline", "show", "no.parquet"), "pytyche: no.parquet: no such file"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_is_allowed(arguments: tuple[str, ...], message: str) -> None:
    assert mistake(*arguments).startswith(message)


@pytest.mark.parametrize("format_", ["parquet", "csv"])
def test_data_are_written_and_the_truth_apart_from_them(format_: str, here: Path) -> None:
    result = pytyche("generate", "reversal-rpv-es1-mirror", "--seed=3", "--visitors=50", f"--format={format_}")
    assert result.output == (
        f"reversal-rpv-es1-mirror-s3.observed.{format_}: 50 rows, 13 columns\n"
        f"reversal-rpv-es1-mirror-s3.truth.{format_}: 50 rows, 7 columns\n"
    )
    read = pl.read_parquet if format_ == "parquet" else pl.read_csv
    observed, truth = (read(here / f"reversal-rpv-es1-mirror-s3.{part}.{format_}") for part in ("observed", "truth"))
    assert truth.columns == ["p_control", "p_treatment", "m_control", "m_treatment", "cate", "conv", "aov"]
    assert not {"cate", "cluster"} & set(observed.columns)
    bundle = generate_v2_core(TEMPLATES["reversal"]("revenue_per_visitor", 1.0, seed=3, n_visitors=50)[0])
    assert truth["cate"].to_list() == pytest.approx(list(bundle.truth.contrast_cate_per_visitor.values[:, 0]))
    assert observed["revenue"].to_list() == pytest.approx(bundle.observed.visitors["revenue"].to_list())


def test_the_truth_of_several_arms_and_of_clusters_names_them() -> None:
    several = generate_v2_core(TEMPLATES["constant"]("conversion_rate", 1.0, seed=0, n_visitors=20, K=3)[0])
    arms = several.observed.arms
    assert truth_frame(several).columns == [
        *(f"p_{arm}" for arm in arms),
        *(f"cate_{arm}" for arm in arms[1:]),
        *(f"conv_{arm}" for arm in arms[1:]),
    ]
    clustered = generate_v2_core(TEMPLATES["clustered"]("conversion_rate", 1.0, seed=0, n_visitors=20)[0])
    assert truth_frame(clustered).columns[-1] == "cluster"


def test_a_run_is_reported_again(here: Path) -> None:
    folder = write_run(here / ".pytyche", [HEADER, *fits()], tail='{"kind"')
    point_latest(here / ".pytyche", NAME)
    result = pytyche("report")
    assert result.output == (
        "INCOMPLETE: 0 of 24 checks failed\n"
        "the last line of the journal was cut off, and is left out\n"
        "the run did not end: it was killed, or goes on\n"
        f"written: {folder / 'report.html'}\n"
    )
    assert (folder / "estimates.parquet").exists()


def test_two_runs_are_shown_side_by_side(here: Path) -> None:
    write_run(here / ".pytyche", whole_run(), "a")
    write_run(here / ".pytyche", whole_run(failed_item(), *scenario_run("cab"), exit_status=1), "b")
    lines = pytyche("report", "a", "b").output.splitlines()
    assert lines[:2] == [
        "A  a: PASS: 0 of 24 checks failed",
        "B  b: FAIL: 1 of 25 checks failed; 1 of 1 run of scenarios succeeded",
    ]


def test_runs_of_one_estimator_each_compare_the_two(here: Path) -> None:
    for name in ("old", "new"):
        write_run(here / ".pytyche", [HEADER, *fits(estimators=(name,))], name)
    lines = pytyche("report", "old", "new").output.splitlines()
    reversal = next(line for line in lines if line.startswith("reversal"))
    assert " ".join(reversal.split()) == "reversal conversion_rate old → new PEHE 1.28 ± 0.1 1.28 ± 0.1 1.000"


def test_a_journal_of_something_else_is_refused(here: Path) -> None:
    folder = write_run(here / ".pytyche", [{"kind": "item"}])
    assert mistake("report", NAME) == f"pytyche: {folder}/journal.jsonl does not begin as the journal of a run does"


def test_a_run_without_rights_ends_with_status_1(here: Path) -> None:
    folder = write_run(here / ".pytyche", whole_run())
    folder.chmod(0o500)
    with ordinary_rights():
        result = pytyche("report", NAME)
    assert result.exit_code == 1
    assert "Permission denied" in result.stderr


def test_what_the_system_refuses_ends_with_status_1(here: Path) -> None:
    (here / "file").write_text("in the way", "utf-8")
    result = pytyche("generate", "constant-cr-es1", "--output=file/below")
    assert result.exit_code == 1
    assert result.stderr.startswith("pytyche: file/below: ")


def test_a_baseline_is_shown(here: Path) -> None:
    write_baseline(here / "main.parquet", Baseline(table(range(3)), "mine", {"python": "3.11"}))
    lines = pytyche("baseline", "show", "main.parquet").output.splitlines()
    assert lines[0] == "pytyche-baseline of mine: 2 specs × 3 seeds; lin"
    assert lines[1] == "python 3.11"
    assert lines[3].split()[:4] == ["template", "metric", "estimator", "pehe"]
    assert [line.split()[0] for line in lines[4:]] == ["constant", "reversal"]


def test_a_baseline_of_agents_is_shown(here: Path) -> None:
    statuses = ["success", "failed", "infra"]
    runs = {"scenario": ["a", "b", "c"], "run": 0, "check": "agent", "digest": "", "status": statuses}
    counts = {"proposal_count": [1, 2, 9], "acceptance_count": 1, "number_of_turns": [3, 5, 9]}
    frame = pl.DataFrame({**runs, **counts}, schema=SCENARIOS.schema)
    write_baseline(here / "main.parquet", Baseline(frame, "pare", {}, SCENARIOS))
    lines = pytyche("baseline", "show", "main.parquet").output.splitlines()
    assert [line.split() for line in lines[-2:]] == [
        ["check", "runs", "infra", "success", "proposal_count", "turns"],
        ["agent", "2", "1", "0.5", "1.5", "4"],
    ]


def test_two_baselines_are_judged_as_a_session_would(here: Path) -> None:
    write_baseline(here / "old.parquet", Baseline(table(range(10)), "mine"))
    write_baseline(here / "new.parquet", Baseline(table(range(10), pehe=1.5), "mine"))
    output = pytyche("baseline", "diff", "old.parquet", "new.parquet").output
    assert "FAIL" in output
    assert "+49.5 %" in output
    assert "against old: 2 FAIL, " in output


def test_baselines_of_two_kinds_are_not_compared(here: Path) -> None:
    write_baseline(here / "old.parquet", Baseline(table(range(2)), "mine"))
    agents = pl.DataFrame(schema=SCENARIOS.schema)
    write_baseline(here / "new.parquet", Baseline(agents, "pare", {}, SCENARIOS))
    message = "pytyche: one is a pytyche-baseline, the other a pare-baseline; expected two of a kind"
    assert mistake("baseline", "diff", "old.parquet", "new.parquet") == message
    write_baseline(here / "new.parquet", Baseline(table(range(2)), "other"))
    message = "pytyche: one is of catalog 'mine', the other of 'other'; expected two of one catalog"
    assert mistake("baseline", "diff", "old.parquet", "new.parquet") == message
