"""Rates per check, model, app, tag and scenario, from the lines of a journal."""

from typing import Any

from pytest_pytyche.pare.rate_tables import HEAD, is_repeated, markdown_table, rate_rows, terminal_rows, to_json
from tests.support.runs import scenario_run

CAB = {"apps": ["StatefulCabApp", "StatefulEmailApp"], "tags": ["travel"]}
MAIL = {"apps": ["StatefulEmailApp"], "tags": []}


def lines(**more: Any) -> list[dict[str, Any]]:
    """Two runs of `cab`, one of which fails, and two successes of `mail`."""
    runs = [
        scenario_run("cab", 1, **CAB, **more),
        scenario_run("cab", 2, success=False, **CAB, **more),
        scenario_run("mail", 1, **MAIL, **more),
        scenario_run("mail", 2, **MAIL, **more),
    ]
    return [line for line, _ in runs]


def test_a_run_counts_for_each_app_and_tag_of_its_scenario() -> None:
    found = {(row.by, row.name): (row.rates.successes, row.rates.runs) for row in rate_rows(lines())}
    assert found == {
        ("all", ""): (3, 4),
        ("app", "StatefulCabApp"): (1, 2),
        ("app", "StatefulEmailApp"): (3, 4),
        ("tag", "travel"): (1, 2),
        ("scenario", "cab"): (1, 2),
        ("scenario", "mail"): (2, 2),
    }


def test_the_terminal_leaves_out_what_all_share_and_scenarios_that_always_succeed() -> None:
    head, *rows = terminal_rows(rate_rows(lines()))
    assert head == HEAD
    assert [row[1:3] for row in rows] == [
        ("all", ""),
        ("app", "StatefulCabApp"),
        ("tag", "travel"),
        ("scenario", "cab"),
    ]
    assert rows[0][3:7] == ("2", "4", "0", "75.0 %")
    assert rows[3][8:] == ("9.5 to 90.5 %", "100.0 % (k=2)", "0.0 % (k=2)")


def test_levels_of_noise_and_models_are_told_apart() -> None:
    rows = rate_rows([*lines(level="tools=0", model="a"), *lines(level="tools=0.3", model="b")])
    assert [(row.check, row.name) for row in rows if row.by == "model"] == [
        ("replay tools=0", "a"),
        ("replay tools=0.3", "b"),
    ]


def test_single_runs_are_not_repeated_but_one_lost_to_infra_still_counts_as_a_run() -> None:
    assert not is_repeated(rate_rows(lines()[:1]))
    assert is_repeated(rate_rows(lines()))
    lost = {**lines()[1], "status": "infra"}
    (row, *_) = rate_rows([lines()[0], lost])
    assert (row.rates.runs, row.rates.infra) == (1, 1)
    assert is_repeated([row])


def test_the_markdown_table_has_the_worst_scenario_first() -> None:
    text = markdown_table(rate_rows(lines()))
    assert text.startswith("### Rates\n\n| by |")
    assert text.index("| scenario | cab | 1 | 2 | 0 | 50.0 %") < text.index("| scenario | mail |")


def test_json_has_every_dimension_by_name() -> None:
    found = to_json(rate_rows(lines()))
    assert list(found) == ["all", "app", "tag", "scenario"]
    assert found["app"]["StatefulCabApp"]["rate"] == 0.5
    assert found["all"]["all"]["passes"]["2"]["pass^k"] == 0.5
