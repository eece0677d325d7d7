"""A run as a conversation: who sees, says and does what, in order, short enough to be read."""

from pare_harness.conversation import DETAIL, FIRST, LAST, Entry, conversation
from pare_harness.runner import run_oracle, run_replay
from pare_harness.scenarios.noise import ToolAugmentationConfig
from pare_harness.traces import trace
from pytest_pytyche.pare.runner_configs import replay_config
from tests.pare_harness.counter import Day
from tests.pare_harness.test_example_scenarios import made
from tests.pare_harness.test_traces import frost


def test_notification_proposal_decision_call_and_verdict_follow_each_other() -> None:
    found = [(one.turn, one.who, one.kind) for one in conversation(frost())]
    assert found[:7] == [
        (1, "user", "screen"),
        (1, "user", "notification"),
        (1, "agent", "notification"),
        (2, "agent", "call"),
        (4, "agent", "proposal"),
        (6, "user", "decision"),
        (6, "agent", "call"),
    ]
    assert found[-1] == (None, "validator", "validation")


def test_entries_say_what_was_proposed_decided_and_returned() -> None:
    entries = conversation(frost())
    proposal = next(one for one in entries if one.kind == "proposal")
    assert proposal.text == "Pavel expects frost. Shall I remind you at 20:30 to shut the greenhouse vents?"
    assert next(one for one in entries if one.kind == "decision").text == "accepts: Good idea."
    call = next(one for one in entries if one.text.startswith("Reminders__add_reminder"))
    assert call.text.startswith('Reminders__add_reminder(title="Shut the greenhouse vents"')
    assert (call.detail, call.failed) == ('"839e06"', False)
    assert entries[-1] == Entry(None, "", "validator", "validation", "success")


def test_a_call_that_failed_shows_its_error_and_the_verdict_its_reason() -> None:
    day = Day(tool_augmentation_config=ToolAugmentationConfig(1.0, False, False))
    entries = conversation(trace(run_replay(day), day, replay_config()))
    failed = [one for one in entries if one.failed and one.kind == "call"]
    assert [one.detail for one in failed][:1] == [
        "ToolFailure: Count__add is not available at the moment; try again later"
    ]
    assert (entries[-1].text, entries[-1].failed) == ("failed", True)
    assert "3 attempts did not do it" in entries[-1].detail


def test_a_long_run_keeps_its_beginning_and_its_end_and_says_what_is_missing() -> None:
    short = frost()
    long = short.model_copy(update={"steps": short.steps * 20})
    whole = 20 * (len(conversation(short)) - 1)
    entries = conversation(long)
    assert len(entries) == FIRST + 1 + LAST + 1
    # The screen is named anew only where it changes.
    assert entries[FIRST].text == f"{whole - 19 - FIRST - LAST} entries are left out here; the trace has them"
    assert max(len(one.detail) for one in entries) <= DETAIL


def test_where_nobody_takes_a_turn_there_is_no_conversation() -> None:
    day = made("frost_called_off")
    assert conversation(trace(run_oracle(day), day, replay_config(), "oracle")) == []
