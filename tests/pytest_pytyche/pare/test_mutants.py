"""The check of validators: when it succeeds, what it keeps, and what reports say of it."""

import json
from typing import Any

import pytest

from pare_harness.scenarios import Checks
from pytest_pytyche.pare.mutants import Examined, examine, mutants_record, survivor_text
from pytest_pytyche.pare.mutants_report import markdown_parts, section, terminal_lines
from pytest_pytyche.pare.records import to_record
from pytest_pytyche.pare.results import PareResults, gather, summary
from pytest_pytyche.pare.runner_configs import replay_config
from tests.pare_harness.mutation.errands import Errand, Judge, asked_first, errand, reminded, replied_once
from tests.support.quiet_day import QuietDay

WEAK, STRONG = (replied_once,), (replied_once, reminded, asked_first)


def examined(*judges: Judge, least: float = 1.0, **attributes: Any) -> Examined:
    return examine(errand(*judges, **attributes), least)


def results(*found: Examined) -> PareResults:
    lines = []
    for number, one in enumerate(found):
        assert one.analysis is not None
        name = f"day{number}"
        identity = {"scenario": name, "run": None, "position": number, "seed": 0, "tags": [], "apps": []}
        line = to_record(one.result, None, nodeid=f"pare::mutants[{name}]", check="mutants", **identity)
        lines.append({**line, "mutants": mutants_record(one.analysis)})
    return gather(json.loads(json.dumps(lines)), replay_config())


def test_the_least_kill_rate_is_enough() -> None:
    analysis = examined(*WEAK).analysis
    assert analysis is not None
    assert analysis.kill_rate is not None
    rate = analysis.kill_rate
    assert 0 < rate < 1
    assert examined(*WEAK, least=rate).result.status == "success"
    assert examined(*WEAK, least=rate + 1e-9).result.status == "failed"


def test_a_failure_counts_and_names_the_survivors() -> None:
    found = examined(*STRONG)
    assert found.result.rationale == (
        "its validator rejects 13 of 18 mutants, 72.2%; expected at least 100.0%; not "
        "perturb:PAREAgentUserInterface.send_message_to_user.content, perturb:Emails.reply_to_email.content, "
        "perturb:Reminders.add_reminder.title and 2 more"
    )


def test_a_day_that_is_no_success_says_so_first() -> None:
    def never(day: Errand, check: Checks) -> None:
        check(False, "it rains")

    found = examined(never)
    assert found.result.status == "failed"
    assert found.result.rationale == "the expected day itself is no success: it rains"


def test_nothing_to_change_is_no_verdict() -> None:
    found = examine(QuietDay, 1.0)
    assert found.result.status == "no_validation"
    assert found.result.rationale == "no mutant counts, so its validator cannot be judged"


def test_what_breaks_is_the_exception_of_the_result() -> None:
    def broken() -> Errand:
        raise RuntimeError("no phone")

    found = examine(broken, 1.0)
    assert (found.result.status, found.analysis) == ("exception", None)
    assert examined(*WEAK, equivalent_mutants={"drop:*": ""}).result.status == "exception"


def test_the_journal_keeps_numbers_survivors_and_what_was_set_aside() -> None:
    (found,) = results(examined(*STRONG, equivalent_mutants={"*.description": "cake is optional", "x": "y"})).mutants
    assert found.counts == {"killed": 13, "survived": 4, "broke": 0, "equivalent": 6, "same": 0}
    assert found.kill_rate == 13 / 17
    assert found.record["set_aside"][-1]["name"] == "fail:Emails.get_email_by_id"
    assert {"perturb:Reminders.add_reminder.description"} == {
        one["name"] for one in found.record["set_aside"] if one["reason"] == "cake is optional"
    }
    assert found.stale == {"x": "no mutant has such a name"}
    assert all(one["timeline"] for one in found.survivors)


def test_lines_of_the_terminal_are_cut_where_nothing_differs() -> None:
    analysis = examined(*STRONG).analysis
    assert analysis is not None
    lines = list(survivor_text(mutants_record(analysis)["survivors"], 60))
    assert lines[1].endswith("…")
    assert {len(line) <= 60 for line in lines[1:] if line.startswith("  ")} == {True}
    (new,) = (line for line in lines[1:9] if line.startswith("+"))
    assert new.endswith('send_message_to_user(content="something else")')


def test_the_weakest_validators_come_first() -> None:
    lines = list(terminal_lines(results(examined(*STRONG), examined(*WEAK))))
    assert lines == [
        "mutants of  killed  survived  broke  equivalent  same  kill rate",
        "day1             5        13      0           5     0     27.8 %",
        "day0            13         5      0           5     0     72.2 %",
        "all             18        18      0          10     0     50.0 %",
        "",
    ]


def test_runs_without_mutants_have_no_section() -> None:
    assert section(gather([], replay_config())) is None
    assert list(markdown_parts(gather([], replay_config()))) == []


def test_declarations_of_no_use_are_reported() -> None:
    found = section(results(examined(*STRONG, equivalent_mutants={"x": "y"})))
    assert found is not None
    assert found.stale == ["day0: equivalent_mutants['x'] is of no use: no mutant has such a name"]


def test_markdown_shows_survivors_with_their_timelines() -> None:
    text = "\n\n".join(markdown_parts(results(examined(*STRONG))))
    assert "| day0 | 13 | 5 | 0 | 5 | 0 | 72.2 % |" in text
    assert "**day0** perturb:Emails.reply\\_to\\_email.content: survived" in text
    assert '\n    + 2025-01-01 00:00:40  AGENT     Emails.reply_to_email(email_id="seven"' in text


def test_pare_json_has_every_survivor() -> None:
    (found,) = summary(results(examined(*STRONG)))["mutants"]
    assert (found["nodeid"], found["kill_rate"], len(found["survivors"])) == ("pare::mutants[day0]", 13 / 18, 5)


@pytest.mark.parametrize("rate", [None, 0.5])
def test_a_rate_that_is_undefined_is_a_dash_at_the_end(rate: float | None) -> None:
    found = results(examined(*STRONG), examined(*WEAK))
    found.records[0]["mutants"]["kill_rate"] = rate
    rows = section(found).rows  # type: ignore[union-attr]  # there are mutants
    assert [row[-1] for row in rows] == ["27.8 %", "50.0 %" if rate else "–", "50.0 %"]
