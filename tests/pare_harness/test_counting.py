from pare_harness.capture import disable_events
from pare_harness.counting import Counts, count
from pare_harness.event_log import EventLog
from pare_harness.events import Action, CompletedEvent, EventMetadata, EventType, OperationType
from tests.pare_harness.counter import PAREAgentUserInterface


def event(
    function: str, turn: int | None = 0, mode: str | None = None, error: str | None = None, read: bool = False
) -> CompletedEvent:
    """An event of the conversation, by the agent where a mode is given, else by the user."""
    method = getattr(PAREAgentUserInterface, function)
    operation = OperationType.READ if read else OperationType.WRITE
    with disable_events():
        action = Action(method, app=PAREAgentUserInterface(), operation_type=operation)
    metadata = EventMetadata(proactive_mode=mode, turn_number=turn, exception=error)
    by = EventType.USER if mode is None else EventType.AGENT
    return CompletedEvent(by, 0.0, action=action, metadata=metadata)


def counted(*events: CompletedEvent, turns: int = 1) -> Counts:
    log = EventLog()
    log.put(events)
    log.turns = turns
    return count(log)


def propose(mode: str = "observe", error: str | None = None) -> CompletedEvent:
    return event("send_message_to_user", mode=mode, error=error)


ACCEPT, REJECT = event("accept_proposal"), event("reject_proposal")


def test_a_proposal_is_answered_once() -> None:
    counts = counted(propose(), ACCEPT, ACCEPT, propose(), REJECT, propose())
    assert (counts.proposal_count, counts.acceptance_count, counts.rejection_count) == (3, 1, 1)


def test_what_the_agent_says_while_executing_is_no_proposal() -> None:
    counts = counted(propose("execute"), ACCEPT)
    assert (counts.proposal_count, counts.acceptance_count) == (0, 0)


def test_a_failed_proposal_or_answer_does_not_count() -> None:
    counts = counted(propose(error="too long"), ACCEPT, propose(), event("accept_proposal", error="late"), REJECT)
    assert (counts.proposal_count, counts.acceptance_count, counts.rejection_count) == (1, 0, 1)


def test_actions_of_both_sides_are_told_apart_by_what_they_may_change() -> None:
    counts = counted(event("wait", mode="observe", read=True), propose(), ACCEPT, turns=7)
    assert (counts.read_only_actions, counts.write_actions, counts.number_of_turns) == (1, 2, 7)


def test_events_outside_of_turns_do_not_count() -> None:
    assert counted(event("accept_proposal", turn=None), turns=0) == Counts()
