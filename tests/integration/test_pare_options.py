"""Which scenarios run, how often and under what conditions."""

from collections.abc import Callable

import polars as pl
import pytest

from tests.support.pare_runs import HEAD, day, days, frame, scenario, summary
from tests.support.plugin_runs import Run, Stored, node_ids

TWO = day("fine", scenario("later", "fine"))
SEEDED = f"""{HEAD}

@register_scenario("seeded")
class Seeded(Lunch):
    seed = 40

    def validate(self, env):
        noise = [event for event in env.event_log.list_view() if event.event_type.value == "ENV"]
        tools = self.tool_augmentation_config
        failing = None if tools is None else tools.tool_failure_probability
        text = f"seed {{self.seed}}, run {{self.run_number}}, {{len(noise)}} events, failing {{failing}}"
        return ScenarioValidationResult(success=True, rationale=text)
"""


def rationales(stored: Callable[[], Stored]) -> list[str]:
    return frame(stored())["rationale"].to_list()


def test_runs_have_seeds_and_ids_of_their_own(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], every_layout: tuple[str, ...]
) -> None:
    option = days(pytester, lunch=SEEDED)
    run(option, "--pare-check=oracle", "--pare-runs=3", *every_layout).assert_outcomes(passed=3)
    assert frame(stored()).select("nodeid", "run_number", "seed").rows() == [
        (f"pare::oracle[seeded-run{number}]", number, 39 + number) for number in (1, 2, 3)
    ]
    assert rationales(stored)[2] == "seed 42, run 3, 1 events, failing None"


def test_one_run_has_the_scenarios_own_seed(run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]) -> None:
    run(days(pytester, lunch=SEEDED), "--pare-check=oracle")
    assert frame(stored()).select("nodeid", "run_number", "seed").rows() == [("pare::oracle[seeded]", None, 40)]
    assert rationales(stored) == ["seed 40, run None, 1 events, failing None"]


def test_the_same_run_twice_gives_the_same_results(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    found = []
    for _ in range(2):
        run(days(pytester, lunch=SEEDED), "--pare-runs=2", "--pare-noise=tools=0.5,events=20,events-seed=3")
        found.append(frame(stored()).drop("run_duration", "job_duration"))
    assert found[0].equals(found[1])


def test_noise_reaches_the_scenario_and_the_report(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(days(pytester, lunch=SEEDED), "--pare-check=oracle", "--pare-noise=tools=0,events=10,events-seed=3")
    (text,) = rationales(stored)
    assert text.endswith("failing 0.0")
    assert int(text.split(",")[2].split()[0]) > 1
    assert frame(stored()).select("tool_failure_probability", "num_env_events_per_minute").rows() == [(0.0, 10)]
    assert "event noise: 10 a minute" in (stored().folder / "pare.md").read_text("utf-8")


def test_the_report_shows_the_noise_that_was_asked_for_and_what_it_really_did(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(days(pytester, lunch=day("fine")), "--pare-check=replay", "--pare-noise=tools=1,descriptions=off")
    columns = ("tool_failure_probability", "agent_calls", "failed_calls", "renamed_tools", "redescribed_tools")
    (row,) = frame(stored()).select(columns).rows()
    assert row[:3] == (1.0, 3, 3)
    assert (row[3] > 0, row[4]) == (True, 0)
    assert "noise in 1 run: 3 of 3 calls failed, " in (stored().folder / "pare.md").read_text("utf-8")
    assert summary(stored())["checks"]["replay"]["noise"]["failed_calls"] == 3


def test_a_sweep_runs_every_scenario_at_every_level_on_the_same_seeds(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    option = days(pytester, lunch=day("fine"))
    result = run(option, "--pare-check=replay", "--pare-runs=2", "--pare-noise-sweep=tools=1,0", *layout)
    result.assert_outcomes(passed=2, failed=2)
    found = frame(stored()).select("nodeid", "seed", "status", "tool_failure_probability", "renamed_tools").rows()
    assert found == [
        ("pare::replay[fine-tools=0-run1]", 0, "success", 0.0, 0),
        ("pare::replay[fine-tools=0-run2]", 1, "success", 0.0, 0),
        ("pare::replay[fine-tools=1-run1]", 0, "failed", 1.0, 0),
        ("pare::replay[fine-tools=1-run2]", 1, "failed", 1.0, 0),
    ]
    assert list(summary(stored())["checks"]) == ["replay tools=0", "replay tools=1"]
    run(option, "--pare-noise-sweep=tools=0,1", "pare::replay[fine-tools=0]").assert_outcomes(passed=1)


def test_a_sweep_that_makes_no_sense_is_refused(run: Run, pytester: pytest.Pytester) -> None:
    result = run(days(pytester, lunch=day("fine")), "--pare-noise-sweep=tools=0,2")
    result.stderr.fnmatch_lines("ERROR: --pare-noise-sweep='tools=0,2': tools='2'; expected a probability, 0 to 1")


def test_every_run_leaves_a_trace_where_wanted(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(days(pytester, lunch=day("fine", "wrong")), "--pare-runs=2", "--pare-traces=kept")
    paths = sorted(path.relative_to(pytester.path).as_posix() for path in pytester.path.glob("kept/**/*.json"))
    assert paths == [
        f"kept/{check}/{name}_run_{k}.json"
        for check in ("oracle", "replay")
        for name in ("fine", "wrong")
        for k in (1, 2)
    ]
    assert sorted(frame(stored())["export_path"].to_list()) == [str(pytester.path / path) for path in paths]
    page = (stored().folder / "report.html").read_text("utf-8")
    assert 'aria-label="Conversation: replay[fine-run1]"' in page
    assert 'aria-label="Conversation: replay[wrong-run2]"' in page


def test_traces_go_into_a_folder(run: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("kept").write_text("")
    result = run(days(pytester, lunch=day("fine")), "--pare-traces=kept")
    result.stderr.fnmatch_lines("ERROR: --pare-traces='kept' is no folder")


TRACES = {"option": ("--pare-traces=kept/below",), "file": ("--pare-config=runs.toml",)}


@pytest.mark.parametrize("named", TRACES)
def test_a_folder_that_cannot_be_made_for_traces_is_a_usage_error(
    run: Run, pytester: pytest.Pytester, layout: tuple[str, ...], named: str
) -> None:
    pytester.path.joinpath("kept").write_text("")
    pytester.path.joinpath("runs.toml").write_text('export = true\noutput_dir = "kept/below"\n')
    result = run(days(pytester, lunch=day("fine")), *TRACES[named], *layout)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    option = TRACES[named][0].partition("=")[0]
    result.stderr.fnmatch_lines(f"ERROR: {option}: no traces can go to '*below': Not a directory")
    assert len(result.errlines) <= 2


def test_collecting_makes_no_folder_for_traces(run: Run, pytester: pytest.Pytester) -> None:
    run(days(pytester, lunch=day("fine")), "--pare-traces=kept", "--collect-only")
    assert not (pytester.path / "kept").exists()


def test_a_split_selects_by_id(run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]) -> None:
    pytester.path.joinpath("few.txt").write_text("# only one\n\nlater\n")
    option = days(pytester, lunch=TWO)
    run(option, "--pare-split=few.txt", "--pare-check=oracle").assert_outcomes(passed=1)
    assert frame(stored())["base_scenario_id"].to_list() == ["later"]
    assert summary(stored())["split"] == "few"


def test_a_configuration_file_says_how_to_run(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    pytester.path.joinpath("run.toml").write_text("""
max_turns = 2

[observe_engine_config]
model_name = "careful-1"

[env_events_config]
num_env_events_per_minute = 5
""")
    option = days(pytester, lunch=day("wrong"))
    run(option, "--pare-config=run.toml", "--pare-check=replay")
    found = frame(stored()).select("status", "observe_model", "num_env_events_per_minute").rows()
    assert found == [("limit", "careful-1", 5)]
    run(option, "--pare-config=run.toml", "--pare-check=replay", "--pare-max-turns=1000", "--pare-noise=events=0")
    assert frame(stored()).select("status", "num_env_events_per_minute").rows() == [("failed", 0)]


def test_files_and_folders_may_be_given_together(run: Run, pytester: pytest.Pytester) -> None:
    days(pytester, lunch=day("fine"))
    pytester.path.joinpath("one.py").write_text(day(scenario("later", "fine")))
    result = run("--pare-scenarios=one.py", "--pare-scenarios=days", "--co", "-q", "--pare-check=oracle")
    assert node_ids(result) == ["pare::oracle[later]", "pare::oracle[fine]"]


def test_the_environment_may_name_the_folders(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, layout: tuple[str, ...]
) -> None:
    days(pytester, lunch=day("fine"))
    more = pytester.mkdir("more")
    more.joinpath("supper.py").write_text(day(scenario("later", "fine")))
    monkeypatch.setenv("PARE_SCENARIOS_DIR", "days, more")
    run("--pare-check=oracle", *layout).assert_outcomes(passed=2)
    run("pare::replay[later]", *layout).assert_outcomes(passed=1)


def test_an_ini_file_may_say_it_all(run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]) -> None:
    days(pytester, lunch=SEEDED)
    pytester.makeini("""
        [pytest]
        pare_scenarios = days
        pare_check = oracle
        pare_runs = 2
        pare_noise = events=10
        """)
    pytester.makepyfile("def test_own(pare_scenario): assert pare_scenario.env_events_config")
    run().assert_outcomes(passed=2)
    run("--pytyche-suite").assert_outcomes(passed=4)
    assert frame(stored()).select(pl.col("num_env_events_per_minute").unique()).item() == 10


def test_help_names_the_options(run: Run) -> None:
    text = run("--help").stdout.str()
    names = ("scenarios=PATH", "check=NAMES", "runs=N", "split=FILE", "config=FILE", "max-turns=N", "noise=TEXT")
    assert all(f"--pare-{name}" in text for name in names)
    assert "pare_max_turns (string)" in text
