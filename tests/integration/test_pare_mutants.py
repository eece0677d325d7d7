"""Validators before days that go wrong, as items."""

from collections.abc import Callable

import pytest

from tests.support.pare_runs import HEAD, days, summary
from tests.support.plugin_runs import LAYOUTS, Run, Stored, node_ids

DAYS = f"""{HEAD}

from pare_harness.scenarios import Checks


@register_scenario("careful")
class Careful(Lunch):
    def validate(self, env):
        check = Checks(env)
        sent = next(folder for name, folder in self.mail.folders.items() if name.value == "SENT").emails
        check([mail.content for mail in sent] == ["Yes"], "no reply")
        check.proposed("Ada")
        check.asked_first()
        return check.verdict()


@register_scenario("careless")
class Careless(Lunch):
    equivalent_mutants = {{"drop:Emails.answer": "a declaration of no use"}}

    def validate(self, env):
        check = Checks(env)
        check.asked_first()
        return check.verdict()
""".replace("Shall I reply to Ada?", "Shall I reply to Ada <script>alert(1)</script>?")
MUTANTS = "--pare-check=mutants"


@pytest.mark.parametrize("layout", [LAYOUTS["plain"], LAYOUTS["n2"]], ids=["plain", "n2"])
def test_a_careless_validator_fails(
    run: Run, pytester: pytest.Pytester, stored: Callable[[], Stored], layout: tuple[str, ...]
) -> None:
    result = run(days(pytester, lunch=DAYS), MUTANTS, *layout)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*surviving mutants*",
            "no-agent survived (the agent does nothing)",
            "- *PAREAgentUserInterface.send_message_to_user(*",
            "mutants of  killed  survived  broke  equivalent  same  kill rate",
            "careless         4         7      0           0     0     36.4 %",
            "careful         11         0      0           0     0    100.0 %",
            "all             15         7      0           0     0     68.2 %",
            "careless: equivalent_mutants[[]'drop:Emails.answer'] is of no use: no mutant has such a name*",
            "mutants[[]careless]: failed: its validator rejects 4 of 11 mutants, 36.4%; expected at least 100.0%*",
            "  pytest --pare-scenarios=days 'pare::mutants[[]careless]'",
        ]
    )
    assert [found["kill_rate"] for found in summary(stored())["mutants"]] == [1.0, 4 / 11]
    page = (stored().folder / "report.html").read_text("utf-8")
    assert '<section id="mutants"' in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "## Mutants" in (stored().folder / "report.md").read_text("utf-8")


def test_the_least_kill_rate_is_the_users(run: Run, pytester: pytest.Pytester) -> None:
    option = days(pytester, lunch=DAYS)
    pytester.makeini("[pytest]\npare_min_kill_rate = 0.36")
    run(option, MUTANTS).assert_outcomes(passed=2)
    run(option, "--pare-min-kill-rate=0.5", "pare::mutants[careless]").assert_outcomes(failed=1)


@pytest.mark.parametrize("value", ["1.1", "most", "nan"])
def test_a_kill_rate_is_a_share(run: Run, pytester: pytest.Pytester, value: str) -> None:
    result = run(days(pytester, lunch=DAYS), MUTANTS, f"--pare-min-kill-rate={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --pare-min-kill-rate='{value}'; expected a number from 0 to 1"])


def test_mutants_run_only_when_asked_for(run: Run, pytester: pytest.Pytester) -> None:
    option = days(pytester, lunch=DAYS)
    assert [name for name in node_ids(run(option, "--co", "-q")) if "mutants" in name] == []
    assert node_ids(run(option, "--pare-check=mutants,oracle", "--co", "-q", "-m", "pare_mutants")) == [
        "pare::mutants[careful]",
        "pare::mutants[careless]",
    ]


def test_a_catalog_file_says_how_many(run: Run, pytester: pytest.Pytester) -> None:
    days(pytester, lunch=DAYS)
    text = '[pare]\nscenarios = ["days"]\nchecks = ["mutants"]\nmin_kill_rate = 0.36\n'
    (pytester.path / "days.pytyche.toml").write_text(text, "utf-8")
    run("days.pytyche.toml").assert_outcomes(passed=2)
