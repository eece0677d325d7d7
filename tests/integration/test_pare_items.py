"""Scenarios as items, in every process layout: what is collected, how each ending shows, and what is selected."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from tests.support.pare_runs import day, days, frame, scenario, summary
from tests.support.plugin_runs import FEW, LAYOUTS, Run, Stored, node_ids

TWO = day("fine", scenario("later", "fine"))
ENDED = {
    "wrong": ("failed", "Ada got no reply"),
    "unsaid": ("failed", "the validator gave no rationale"),
    "broken": ("exception", "AttributeError: 'Day_broken' object has no attribute 'nothing'"),
    "offline": ("infra", "InfraError: no network"),
    "undecided": ("no_validation", "the validator gave no verdict"),
    "quits": ("exception", "ScenarioError: scenario 'quits' ended Python: SystemExit: 3"),
}


def test_scenarios_alone_are_the_run(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], every_layout: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_own="def test_own(): assert False")
    pytester.makeini("[pytest]\ntestpaths = .")
    result = run(days(pytester, lunch=TWO), *every_layout)
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "pare: 2 scenarios, split all, checks oracle, replay",
            "check   scenarios  runs  success  failed  exception  infra  limit  no validation",
            "oracle          2     2        2       0          0      0      0              0",
            "replay          2     2        2       0          0      0      0              0",
            "check   proposals  acceptances  read-only  write  turns  seconds",
            "replay          2            2          0      6     12    *",
            "results: .pytyche/runs/*",
        ]
    )
    assert {path.name for path in stored().folder.iterdir()} == {
        "journal.jsonl",
        "pare.json",
        "pare.md",
        "pare.parquet",
        "report.html",
        "report.md",
        "summary.json",
    }


def test_ids_name_the_check_and_the_scenario(run: Run, pytester: pytest.Pytester) -> None:
    assert node_ids(run(days(pytester, lunch=TWO), "--co", "-q")) == [
        "pare::oracle[fine]",
        "pare::oracle[later]",
        "pare::replay[fine]",
        "pare::replay[later]",
    ]


def test_every_ending_keeps_its_status(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    result = run(days(pytester, lunch=day("fine", *ENDED)), "--pare-check=oracle", *layout)
    result.assert_outcomes(passed=1, failed=len(ENDED))
    for scenario_id, (status, reason) in ENDED.items():
        result.stdout.fnmatch_lines([f"{scenario_id}: {status}: {reason}"])
        result.stdout.fnmatch_lines([f"oracle[[]{scenario_id}[]]: {status}: {reason}"])
    statuses = dict(frame(stored()).select("base_scenario_id", "status").rows())
    assert statuses == {"fine": "success"} | {scenario_id: status for scenario_id, (status, _) in ENDED.items()}


def test_a_failure_shows_the_end_of_the_event_log(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]) -> None:
    result = run(days(pytester, lunch=day("wrong")), "--pare-check=replay", *layout)
    result.stdout.fnmatch_lines(
        [
            "*_ replay[[]wrong[]] _*",
            "wrong: failed: Ada got no reply",
            "*Captured timeline call*",
            "2025-01-01 00:00:05  ENV [[]0[]]   Emails.send_email_to_user_with_id(email_id=*",
            "2025-01-01 00:00:10  AGENT [[]4[]] Emails.reply_to_email(*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_exception_shows_where_it_came_from(run: Run, pytester: pytest.Pytester) -> None:
    result = run(days(pytester, lunch=day("broken")), "--pare-check=oracle")
    result.stdout.fnmatch_lines(["*Captured traceback call*", '  File "*lunch.py", line *, in verdict'])


def test_a_scenario_that_cannot_be_made_is_an_exception(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    made = scenario("fine") + "\n\n    def __init__(self, **fields):\n        raise RuntimeError('no phone')\n"
    run(days(pytester, lunch=day(made))).assert_outcomes(failed=2)
    rows = frame(stored()).select("check", "status", "exception_type", "exception_message", "seed").rows()
    assert rows == [(check, "exception", "RuntimeError", "no phone", None) for check in ("oracle", "replay")]


SEEDS = """
import numpy


class Numpys(Lunch):
    seed = numpy.int64(5)


class Text(Lunch):
    seed = "abc"


class Late(Lunch):
    def __init__(self, **fields):
        super().__init__(**fields)
        self.seed = 1.5


for one in (Numpys, Text, Late):
    register_scenario(one.__name__)(one)
"""


@pytest.mark.parametrize(("runs", "seed"), [((), 5), (("--pare-runs=2", "-k", "run2"), 6)], ids=["one", "two"])
def test_a_seed_that_is_no_whole_number_fails_its_scenario_only(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], runs: tuple[str, ...], seed: int
) -> None:
    result = run(days(pytester, lunch=day(SEEDS)), "--pare-check=oracle", *runs)
    result.assert_outcomes(passed=1, failed=2, deselected=3 if runs else 0)
    reason = "*: exception: ScenarioError: scenario '{}': seed={}; expected a whole number of 64 bits"
    result.stdout.fnmatch_lines([reason.format("Text", "'abc'"), reason.format("Late", 1.5)])
    assert frame(stored())["seed"].to_list() == [seed, None, None]


def test_the_turns_may_be_limited(run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]) -> None:
    result = run(days(pytester, lunch=day("wrong")), "--pare-check=replay", "--pare-max-turns=2")
    result.stdout.fnmatch_lines(["wrong: limit: LimitReached: 2 turns were not enough; max_turns=2"])
    assert frame(stored()).select("status", "number_of_turns").rows() == [("limit", 2)]


def test_items_are_selected_as_any_others(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]) -> None:
    option = days(pytester, lunch=TWO)
    selection = ("-k", "fine or later", "-m", "pare and not pare_replay", "--deselect=pare::oracle[later]")
    run(option, *layout, *selection, "--junitxml=report.xml").assert_outcomes(passed=1)
    (case,) = ET.parse(pytester.path / "report.xml").iter("testcase")
    assert (case.get("classname"), case.get("name")) == ("pare", "oracle[fine]")


@pytest.mark.parametrize(
    "nodeid", ["pare::replay[later]", "../elsewhere/pare::replay[later]"], ids=["as-printed", "from-another-folder"]
)
def test_a_node_id_can_be_pasted(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...], nodeid: str) -> None:
    pytester.makeini("[pytest]\ntestpaths = .")
    pytester.makepyfile(test_own="def test_own(): assert False")
    result = run(days(pytester, lunch=TWO), nodeid, "-v", *layout)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*pare::replay[[]later[]]*"])


def test_a_check_can_be_named_without_its_scenarios(run: Run, pytester: pytest.Pytester) -> None:
    run(days(pytester, lunch=TWO), "pare::oracle").assert_outcomes(passed=2)


def test_the_command_that_is_printed_runs_just_that_item(run: Run, pytester: pytest.Pytester) -> None:
    option = days(pytester, lunch=day("fine", "wrong"))
    result = run(option, "--pare-check=oracle", "--pare-runs=2")
    result.stdout.fnmatch_lines(["  pytest --pare-scenarios=days --pare-runs=2 'pare::oracle[[]wrong-run2[]]'"])
    run(option, "--pare-runs=2", "pare::oracle[wrong-run2]").assert_outcomes(failed=1)


def test_last_failed_runs_what_failed(run: Run, pytester: pytest.Pytester, layout: tuple[str, ...]) -> None:
    pytester.makepyfile(test_own="def test_good(): pass\ndef test_bad(): assert False")
    pytester.makepyfile(test_other="def test_fine(): pass")
    everything = (days(pytester, lunch=day("fine", "wrong")), "--pytyche-suite", ".", *layout)
    run(*everything).assert_outcomes(passed=4, failed=3)
    run(*everything, "--lf").assert_outcomes(failed=3)


def test_exit_first_stops_and_keeps_what_is_known(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    run(days(pytester, lunch=day("fine", "wrong", "broken")), "-x", "-n0").assert_outcomes(passed=1, failed=1)
    assert frame(stored())["status"].to_list() == ["success", "failed"]


@pytest.mark.parametrize("distribution", ["loadfile", "loadscope", "worksteal"])
def test_xdist_may_distribute_as_it_likes(run: Run, pytester: pytest.Pytester, distribution: str) -> None:
    run(days(pytester, lunch=TWO), "-n2", f"--dist={distribution}").assert_outcomes(passed=4)


def test_a_worker_that_dies_loses_only_its_item(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    result = run(days(pytester, lunch=day("fine", "dies", "wrong")), "--pare-check=oracle", "-n2")
    result.assert_outcomes(passed=1, failed=2)
    rows = frame(stored()).select("base_scenario_id", "status", "exception_type").rows()
    assert rows == [("fine", "success", None), ("dies", "exception", "RunLost"), ("wrong", "failed", None)]
    result.stdout.fnmatch_lines(["oracle[[]dies[]]: exception: RunLost: worker 'gw?' crashed while running *"])


@pytest.mark.parametrize("layout", [(), ("-n1",)], ids=["plain", "n1"])
def test_an_interrupted_run_keeps_what_is_known(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    option = days(pytester, lunch=day("fine", "wrong", "interrupts", scenario("later", "fine")))
    result = run(option, "--pare-check=oracle", *layout)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert frame(stored())["status"].to_list()[:2] == ["success", "failed"]
    assert summary(stored())["statuses"]["failed"] == 1


def test_a_profile_and_scenarios_run_together(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    catalog = (*FEW, "--pytyche-templates=constant", "--pytyche-metric=conversion_rate")
    result = run(*catalog, days(pytester, lunch=TWO), *layout)
    result.assert_outcomes(passed=3 + 4)
    assert stored().frame("estimates").height == 1
    assert frame(stored()).height == 4
    run(*catalog, days(pytester), "pare::oracle[fine]", *layout).assert_outcomes(passed=1)


def test_every_layout_stores_the_same_results(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored]
) -> None:
    option = days(pytester, lunch=day("fine", *ENDED))
    found = []
    for arguments in LAYOUTS.values():
        run(option, "--pare-runs=2", "--pare-noise=events=5,events-seed=1", *arguments)
        found.append(frame(stored()).drop("run_duration", "job_duration"))
    assert found[0].height == 2 * 2 * (1 + len(ENDED))
    assert all(other.equals(found[0]) for other in found[1:])


def test_collecting_makes_no_scenario_and_stores_nothing(run: Run, pytester: pytest.Pytester) -> None:
    made = scenario("fine") + "\n\n    def __init__(self, **fields):\n        raise SystemExit('made')\n"
    result = run(days(pytester, lunch=day(made)), "--co", "-q")
    assert node_ids(result) == ["pare::oracle[fine]", "pare::replay[fine]"]
    assert not (pytester.path / ".pytyche").exists()
