import pytest

from pare_harness.events import AbstractEvent
from pare_harness.runner import run_oracle
from pare_harness.scenarios.checks import Checks
from tests.pare_harness.counter import Day


class Refusals(Day):
    """A read that works, and two refusals: one that the agent gets, one that the world gets."""

    def flow(self) -> list[AbstractEvent]:
        read = self.counter.read().oracle()
        refused = self.counter.refuse("busy").oracle().depends_on(read, 1)
        return [read, refused, self.counter.refuse("gone").depends_on(refused, 1)]


class NoReply(Day):
    """The agent does not wait for an answer to its proposal."""

    def flow(self) -> list[AbstractEvent]:
        proposal = self.aui.send_message_to_user(content="Add five?").oracle()
        return [proposal, self.counter.add(5).oracle().depends_on(proposal, 1)]


class ChangeOfMind(Day):
    """The user accepts, then rejects; the agent acts after each."""

    def flow(self) -> list[AbstractEvent]:
        *before, added = super().flow()
        rejected = self.aui.reject_proposal(content="no more").oracle().depends_on(added, 1)
        return [*before, added, rejected, self.counter.add_twice(1).oracle().depends_on(rejected, 1)]


def checks_of(day: Day) -> Checks:
    return Checks(run_oracle(day).env)


def test_nothing_wrong_is_success() -> None:
    check = checks_of(Day())
    check(True, "never said")
    check.asked_first()
    verdict = check.verdict()
    assert (verdict.success, verdict.rationale) == (True, None)


def test_all_problems_make_the_rationale() -> None:
    check = checks_of(Day())
    check(False, "the reply was not sent")
    check(False, "there are 2 reminders, not one")
    verdict = check.verdict()
    assert (verdict.success, verdict.rationale) == (False, "the reply was not sent; there are 2 reminders, not one")


def test_a_failed_call_of_the_environment_is_a_problem_and_one_of_the_agent_is_not() -> None:
    assert checks_of(Refusals()).problems == ["the environment's Count.refuse failed with KeyError: 'gone'"]


def test_calls_are_told_apart_by_app_and_outcome() -> None:
    day = Refusals()
    check = checks_of(day)
    assert [call.function_name() for call in check.calls(day.counter, "read")] == ["read"]
    assert check.calls(day.counter, "refuse") == []
    assert [call.get_args()["why"] for call in check.calls(day.counter, "refuse", failed=True)] == ["busy", "gone"]
    assert check.calls(day.aui, "read") == []


@pytest.mark.parametrize(("day", "expected"), [(Day(), ["add"]), (Refusals(), [])])
def test_changes_by_the_agent_are_its_successful_writes_of_apps(day: Day, expected: list[str]) -> None:
    assert [call.function_name() for call in checks_of(day).agent_writes()] == expected


@pytest.mark.parametrize(
    ("day", "problems"),
    [
        (Day(), []),
        (NoReply(), ["Count.add was called without the user's consent"]),
        (ChangeOfMind(), ["Count.add_twice was called without the user's consent"]),
    ],
)
def test_changes_need_the_consent_that_was_given_last(day: Day, problems: list[str]) -> None:
    check = checks_of(day)
    check.asked_first()
    assert check.problems == problems


def test_a_proposal_must_name_every_word_in_one_message() -> None:
    check = checks_of(NoReply())
    check.proposed("add", "FIVE")
    assert check.problems == []
    check.proposed("add", "six")
    assert check.problems == ["no message to the user names 'add' and 'six'"]
