"""What becomes of mutants, and what is said of it."""

from typing import Any

import pytest

from pare_harness.capture import EventRegisterer
from pare_harness.errors import ScenarioError
from pare_harness.events import ConditionCheckEvent
from pare_harness.mutation import Fate, MutationAnalysis, analyse
from pare_harness.mutation.equivalents import ONLY_AGAIN, ONLY_READS
from pare_harness.mutation.leaving_out import Drop, NoAgent
from pare_harness.mutation.repeating import Repeat
from pare_harness.scenarios import Checks, PAREScenario
from tests.pare_harness.mutation.errands import Errand, asked_first, errand, reminded, replied, replied_once
from tests.support.quiet_day import QuietDay

REPLY, READ = "drop:Emails.reply_to_email", "drop:Emails.get_email_by_id"


def fates(analysis: MutationAnalysis) -> dict[str, Fate]:
    return {one.mutant.name: one.fate for one in analysis.trials}


def reasons(analysis: MutationAnalysis) -> dict[str, str | None]:
    return {one.mutant.name: one.reason for one in analysis.trials}


def test_the_kill_rate_is_killed_of_those_that_count() -> None:
    found = analyse(errand(replied_once), [Drop()])
    assert {fate.value: count for fate, count in found.counts.items()} == {
        "killed": 1,
        "survived": 3,
        "broke": 0,
        "equivalent": 2,
        "same": 0,
    }
    assert (found.counted, found.kill_rate) == (4, 0.25)
    assert [one.mutant.name for one in found.survivors] == [
        "drop:PAREAgentUserInterface.send_message_to_user",
        "drop:PAREAgentUserInterface.accept_proposal",
        "drop:Reminders.add_reminder",
    ]


def test_a_validator_that_accepts_everything_kills_nothing() -> None:
    assert analyse(Errand).kill_rate == 0.0


def test_without_expected_actions_the_rate_is_undefined() -> None:
    found = analyse(QuietDay)
    assert (found.trials, found.counted, found.kill_rate) == ((), 0, None)


def test_a_dropped_read_may_be_accepted() -> None:
    found = analyse(errand(replied), [Drop()])
    assert fates(found)[READ] is Fate.EQUIVALENT
    assert reasons(found)[READ] == ONLY_READS


def test_a_dropped_read_that_the_validator_rejects_is_killed() -> None:
    def read(day: Errand, check: Checks) -> None:
        check(len(check.calls(day.emails, "get_email_by_id")) == 1, "unread")

    assert fates(analyse(errand(read), [Drop()]))[READ] is Fate.KILLED


class Idempotent(Errand):
    def build_events_flow(self) -> None:
        super().build_events_flow()
        with EventRegisterer.capture_mode():
            move = self.emails.move_email("seven", "INBOX", "TRASH").oracle().depends_on(self.events[4], 30)
        self.events = [*self.events, move]


def test_what_is_refused_the_second_time_may_be_accepted() -> None:
    found = analyse(errand(replied, base=Idempotent), [Repeat()])
    assert fates(found)["repeat:Emails.move_email"] is Fate.EQUIVALENT
    assert reasons(found)["repeat:Emails.move_email"] == ONLY_AGAIN
    assert fates(found)["repeat:Emails.reply_to_email"] is Fate.SURVIVED


def test_runs_that_cannot_be_told_apart_count_once() -> None:
    class OneAction(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            with EventRegisterer.capture_mode():
                self.events = [self.reminders.add_reminder("Cake", "2025-01-01 12:00:00", "").oracle().delayed(5)]

    found = analyse(errand(reminded, base=OneAction), [NoAgent(), Drop()])
    assert fates(found) == {"no-agent": Fate.KILLED, "drop:Reminders.add_reminder": Fate.SAME}
    assert reasons(found)["drop:Reminders.add_reminder"] == "its run cannot be told from that of no-agent"


def test_an_action_that_never_happens_gives_no_mutant_that_counts() -> None:
    class Never(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            never = ConditionCheckEvent.from_condition(lambda env: False, timeout=2)
            with EventRegisterer.capture_mode():
                late = self.reminders.add_reminder("Never", "2025-01-01 12:00:00", "").oracle().depends_on(never, 1)
            self.events = [*self.events, never, late]

    found = analyse(errand(base=Never), [Drop()])
    assert reasons(found)["drop:Reminders.add_reminder#2"] == "its run cannot be told from the original"


def test_a_validator_that_breaks_does_not_reject() -> None:
    def fragile(day: Errand, check: Checks) -> None:
        check(day.replies[0] != "", "empty")

    trial = next(one for one in analyse(errand(fragile), [Drop()]).trials if one.mutant.name == REPLY)
    assert (trial.fate, trial.reason) == (Fate.BROKE, "IndexError: list index out of range")
    assert trial.timeline is not None


def test_a_validator_without_a_verdict_does_not_reject() -> None:
    class Unsure(Errand):
        def validate(self, env: Any) -> Any:
            verdict = super().validate(env)
            verdict.success = True if self.replies else None
            return verdict

    trial = next(one for one in analyse(Unsure, [Drop()]).trials if one.mutant.name == REPLY)
    assert (trial.fate, trial.reason) == (Fate.BROKE, "it gives no verdict")


def test_a_day_that_does_not_end_is_killed() -> None:
    class Endless(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            self.events = [*self.events, ConditionCheckEvent.from_condition(lambda env: bool(self.replies), 600)]

        def judge(self, check: Checks) -> None:
            check(bool(self.replies), "no reply")

    assert fates(analyse(Endless, [Drop()]))[REPLY] is Fate.KILLED


def test_an_expected_day_without_success_has_no_mutants() -> None:
    def never(day: Errand, check: Checks) -> None:
        check(False, "never")

    found = analyse(errand(never))
    assert (found.original.result.status, found.trials, found.kill_rate) == ("failed", (), None)


def test_the_analysis_is_the_same_every_time() -> None:
    first, second = (analyse(errand(replied, asked_first)).trials for _ in range(2))
    assert first == second


def test_a_timeline_shows_what_is_missing_and_what_is_new() -> None:
    found = {one.mutant.name: one.timeline for one in analyse(errand(replied)).trials}
    text = found["perturb:Reminders.add_reminder.title"]
    assert text is not None
    assert [line[0] for line in text.splitlines()] == [" ", " ", " ", " ", " ", "-", "+", " ", " "]
    assert [line.partition("title=")[2][:12] for line in text.splitlines()[5:7]] == ['"Ada", due_d', '"something e']


def declaring(equivalents: Any) -> type[PAREScenario]:
    return errand(replied, equivalent_mutants=equivalents)


def test_declared_equivalents_do_not_count() -> None:
    found = analyse(declaring({"perturb:Reminders.*": "any reminder will do"}))
    assert [one.mutant.name for one in found.trials if one.reason == "any reminder will do"] == [
        "perturb:Reminders.add_reminder.title",
        "perturb:Reminders.add_reminder.due_datetime",
        "perturb:Reminders.add_reminder.description",
    ]
    assert {fates(found)[f"perturb:Reminders.add_reminder.{one}"] for one in ("title", "description")} == {
        Fate.EQUIVALENT
    }
    assert found.stale == {}


def test_a_declaration_about_a_rejected_mutant_is_of_no_use() -> None:
    found = analyse(declaring({REPLY: "who cares"}), [Drop()])
    assert found.stale == {REPLY: "the validator rejects every mutant of that name"}
    assert fates(found)[REPLY] is Fate.KILLED


def test_a_declaration_about_no_mutant_is_of_no_use() -> None:
    found = analyse(declaring({"drop:Emails.reply_to_mail": "typo"}), [Drop()])
    assert found.stale == {
        "drop:Emails.reply_to_mail": "no mutant has such a name; did you mean 'drop:Emails.reply_to_email'?"
    }


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        (["drop:*"], r"is \['drop:\*'\]; expected patterns of mutants, each with its reason"),
        ({"drop:*": " "}, r"'drop:\*': ' '; expected a pattern of mutants and a reason"),
        ({7: "seven"}, r"7: 'seven'; expected a pattern of mutants and a reason"),
    ],
)
def test_a_declaration_needs_a_pattern_and_a_reason(declared: Any, problem: str) -> None:
    with pytest.raises(ScenarioError, match=f"equivalent_mutants of scenario 'errand'.*{problem}"):
        analyse(declaring(declared))
