"""Each way in which days go wrong: what happens then, a validator that notices, and one that does not."""

from typing import Any

import pytest

from pare_harness.capture import EventRegisterer
from pare_harness.events import ConditionCheckEvent
from pare_harness.mutation import OPERATORS, Fate, analyse, mutants
from pare_harness.mutation.mutant import Operator
from pare_harness.runner import run_oracle
from tests.pare_harness.mutation.errands import (
    Errand,
    Judge,
    asked_first,
    errand,
    played,
    prepared,
    reminded,
    replied,
    replied_at_seven,
    replied_once,
    told,
)

BY_NAME = {operator.name: operator for operator in OPERATORS}
UI = "PAREAgentUserInterface"

CASES: list[tuple[str, Judge, Judge]] = [
    ("no-agent", asked_first, replied),
    ("drop:Emails.reply_to_email", reminded, replied),
    (f"answer:{UI}.accept_proposal", replied, asked_first),
    ("perturb:Emails.reply_to_email.content", replied, replied_at_seven),
    ("repeat:Emails.reply_to_email", replied, replied_once),
    ("early:Emails.reply_to_email", replied, asked_first),
    ("fail:Reminders.add_reminder", replied, reminded),
]
"""A mutant, a validator that accepts it, and one that rejects it."""


def operator_of(name: str) -> Operator:
    return BY_NAME[name.partition(":")[0]]


def test_there_is_a_case_of_every_operator() -> None:
    assert [operator_of(name) for name, _, _ in CASES] == list(OPERATORS)


@pytest.mark.parametrize(("name", "careless", "careful"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_a_careful_validator_kills_what_a_careless_one_lets_live(name: str, careless: Judge, careful: Judge) -> None:
    fates = []
    for judge in (careless, careful):
        found = {one.mutant.name: one for one in analyse(errand(judge), [operator_of(name)]).trials}
        fates.append((found[name].fate, found[name].reason is None, found[name].timeline is None))
    assert fates == [(Fate.SURVIVED, True, False), (Fate.KILLED, False, True)]


def test_the_mutants_of_a_day_by_name() -> None:
    assert [one.name for one in mutants(prepared())] == [
        "no-agent",
        "drop:Emails.get_email_by_id",
        f"drop:{UI}.send_message_to_user",
        f"drop:{UI}.accept_proposal",
        "drop:Emails.reply_to_email",
        "drop:Reminders.add_reminder",
        "drop:System.open_app",
        f"answer:{UI}.accept_proposal",
        "perturb:Emails.get_email_by_id.email_id",
        f"perturb:{UI}.send_message_to_user.content",
        "perturb:Emails.reply_to_email.email_id",
        "perturb:Emails.reply_to_email.content",
        "perturb:Reminders.add_reminder.title",
        "perturb:Reminders.add_reminder.due_datetime",
        "perturb:Reminders.add_reminder.description",
        "perturb:System.open_app.app_name",
        "repeat:Emails.reply_to_email",
        "repeat:Reminders.add_reminder",
        "early:Emails.reply_to_email",
        "early:Reminders.add_reminder",
        "fail:Emails.get_email_by_id",
        "fail:Emails.reply_to_email",
        "fail:Reminders.add_reminder",
    ]


def test_the_day_as_expected() -> None:
    assert told(run_oracle(Errand())) == [
        (10, "send_email_to_user_with_id", False),
        (15, "get_email_by_id", False),
        (20, "send_message_to_user", False),
        (30, "accept_proposal", False),
        (40, "reply_to_email", False),
        (50, "add_reminder", False),
        (60, "send_email_to_user_only", False),
        (70, "open_app", False),
    ]


def test_what_waited_for_a_dropped_action_happens_when_it_would_have() -> None:
    assert (
        told(played("drop:Emails.get_email_by_id")) == told(run_oracle(Errand()))[:1] + told(run_oracle(Errand()))[2:]
    )


def test_the_world_does_not_answer_to_what_nobody_did() -> None:
    assert [call for _, call, _ in told(played("drop:Emails.reply_to_email"))] == [
        "send_email_to_user_with_id",
        "get_email_by_id",
        "send_message_to_user",
        "accept_proposal",
        "add_reminder",
    ]


def test_nobody_answers_a_proposal_that_was_not_made() -> None:
    assert told(played(f"drop:{UI}.send_message_to_user"))[1:4] == [
        (15, "get_email_by_id", False),
        (40, "reply_to_email", False),
        (50, "add_reminder", False),
    ]


def test_without_an_agent_only_the_world_and_the_user_act() -> None:
    class Waiting(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            with EventRegisterer.capture_mode():
                home = self.system.open_app(app_name="Emails").oracle().delayed(5)
            self.events = [*self.events, home]

    assert told(played("no-agent", Waiting)) == [(5, "open_app", False), (10, "send_email_to_user_with_id", False)]


def test_a_condition_on_a_dropped_action_is_never_asked() -> None:
    class Conditional(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            reply = self.events[4]
            asked = ConditionCheckEvent.from_condition(lambda env: False, timeout=3).depends_on(reply, 1)
            self.events = [*self.events, asked]

    kinds = [event.event_type.value for event in played("drop:Emails.reply_to_email", Conditional).log.list_view()]
    assert "CONDITION" not in kinds
    assert "CONDITION" in [event.event_type.value for event in run_oracle(Conditional()).log.list_view()]


def test_after_a_turned_answer_everything_goes_on() -> None:
    expected = [(time, call.replace("accept", "reject"), failed) for time, call, failed in told(run_oracle(Errand()))]
    assert told(played(f"answer:{UI}.accept_proposal")) == expected


def test_a_rejection_becomes_an_acceptance() -> None:
    class Rejected(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            with EventRegisterer.capture_mode():
                answer: Any = self.events[3]
                answer.event.action = self.ui.reject_proposal(content="No!").action

    assert (30, "accept_proposal", False) in told(played(f"answer:{UI}.reject_proposal", Rejected))


def test_a_perturbed_argument_is_the_only_one_that_differs() -> None:
    call = next(
        event
        for event in played("perturb:Reminders.add_reminder.due_datetime").log.list_view()
        if event.is_write() and event.function_name() == "add_reminder"
    )
    assert (call.get_args()["title"], call.get_args()["due_datetime"]) == ("Ada", "2025-01-02 18:00:00")


def test_a_repeated_change_happens_in_the_same_moment_before_anything_else() -> None:
    assert told(played("repeat:Emails.reply_to_email"))[4:7] == [
        (40, "reply_to_email", False),
        (40, "reply_to_email", False),
        (50, "add_reminder", False),
    ]


def test_an_early_change_happens_just_before_the_proposal_and_the_rest_when_it_would_have() -> None:
    assert told(played("early:Emails.reply_to_email")) == [
        (10, "send_email_to_user_with_id", False),
        (15, "get_email_by_id", False),
        (20, "reply_to_email", False),
        (20, "send_message_to_user", False),
        (30, "accept_proposal", False),
        (40, "send_email_to_user_only", False),
        (50, "add_reminder", False),
        (50, "open_app", False),
    ]


def test_a_failing_call_does_nothing_and_the_day_goes_on() -> None:
    run = played("fail:Emails.reply_to_email")
    assert [(call, failed) for _, call, failed in told(run)] == [
        (call, call == "reply_to_email") for _, call, _ in told(run_oracle(Errand()))
    ]
    failed = next(event for event in run.log.list_view() if event.failed())
    assert failed.metadata.exception_type == "ToolFailure"


def test_a_join_waits_for_all_that_the_dropped_action_waited_for() -> None:
    class Joined(Errand):
        def build_events_flow(self) -> None:
            super().build_events_flow()
            with EventRegisterer.capture_mode():
                late = self.emails.send_email_to_user_only("ada@example.org", "PS", "Cake?").delayed(100)
                both = self.reminders.get_all_reminders().oracle().depends_on([late, self.events[6]], 7)
            self.events = [*self.events, late, both]

    assert (107, "get_all_reminders", False) in told(run_oracle(Joined()))
    assert (107, "get_all_reminders", False) in told(played("drop:Reminders.add_reminder", Joined))


def test_generating_mutants_changes_nothing() -> None:
    day = prepared()
    list(mutants(day))
    assert told(run_oracle(day.scenario)) == told(run_oracle(Errand()))
