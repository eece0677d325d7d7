"""Proposals, answers, actions and turns, all counted from the event log."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pare_harness.event_log import EventLog
from pare_harness.events import CompletedEvent, EventType

_OBSERVE = "observe"
_TALK = frozenset({"send_message_to_user", "accept_proposal", "reject_proposal"})


@dataclass(frozen=True)
class Counts:
    """What the two agents did in one run; all 0 for an oracle run, in which nobody decides anything."""

    proposal_count: int = 0
    acceptance_count: int = 0
    rejection_count: int = 0
    read_only_actions: int = 0
    write_actions: int = 0
    number_of_turns: int = 0


def count(log: EventLog) -> Counts:
    """Count the events that happened in a turn.

    A proposal is a message to the user that the agent sent, without an error, while observing; it is answered at most
    once, by the next answer. Actions are the calls of both sides, failed ones too, by what their tools declare.
    """
    events = [event for event in log.list_view() if event.metadata.turn_number is not None]
    calls = [event for event in events if event.event_type in (EventType.AGENT, EventType.USER)]
    talk = [event for event in calls if event.function_name() in _TALK and not event.failed()]
    proposals = [event for event in talk if _is_proposal(event)]
    answers = [after.function_name() for before, after in pairwise(talk) if _is_proposal(before)]
    writes = sum(event.is_write() for event in calls)
    return Counts(
        proposal_count=len(proposals),
        acceptance_count=answers.count("accept_proposal"),
        rejection_count=answers.count("reject_proposal"),
        read_only_actions=len(calls) - writes,
        write_actions=writes,
        number_of_turns=log.turns,
    )


def _is_proposal(event: CompletedEvent) -> bool:
    return event.function_name() == "send_message_to_user" and event.metadata.proactive_mode == _OBSERVE
