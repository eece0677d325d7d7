"""Whatever waits for whatever: mutants can be performed, and leave the rest of the day where it was."""

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from pare_harness.capture import EventRegisterer
from pare_harness.events import AbstractEvent, ConditionCheckEvent, Event
from pare_harness.mutation import mutants
from pare_harness.runner import ScenarioRun, run_oracle
from pare_harness.scenarios import PAREScenario
from tests.pare_harness.mutation.errands import DUE, Errand, prepared

KINDS = ("mail", "condition", "read", "write", "propose", "accept", "open")


class Node(NamedTuple):
    """An event of a random day: what it is, which earlier ones it waits for, and how long."""

    kind: str
    parents: frozenset[int]
    delay: int


def nodes() -> st.SearchStrategy[list[Node]]:
    node = st.builds(Node, st.sampled_from(KINDS), st.frozensets(st.integers(0, 6), max_size=3), st.integers(0, 5))
    return st.lists(node, min_size=1, max_size=7)


def day_of_nodes(found: list[Node]) -> type[PAREScenario]:
    class RandomDay(Errand):
        def build_events_flow(self) -> None:
            events: list[AbstractEvent] = []
            for number, node in enumerate(found):
                event = self.event(node.kind)
                event.depends_on([events[parent] for parent in sorted(node.parents) if parent < number], node.delay)
                events.append(event)
            self.events = events

        def event(self, kind: str) -> AbstractEvent:
            if kind == "condition":
                return ConditionCheckEvent.from_condition(lambda env: True)
            with EventRegisterer.capture_mode():
                made: dict[str, Any] = {
                    "mail": self.emails.send_email_to_user_only("ada@example.org", "Re", "Fine!"),
                    "read": self.reminders.get_all_reminders(),
                    "write": self.reminders.add_reminder("Ada", DUE, ""),
                    "propose": self.ui.send_message_to_user(content="Shall I?"),
                    "accept": self.ui.accept_proposal(content="Yes."),
                    "open": self.system.open_app(app_name="Emails"),
                }
            event: Event = made[kind]
            return event if kind == "mail" else event.oracle()

    return RandomDay


def times(run: ScenarioRun) -> dict[str, float | None]:
    return {event.event_id: event.event_time for event in run.log.list_view()}


@settings(max_examples=25, deadline=None)
@given(nodes())
def test_every_mutant_of_a_random_day_can_be_performed(found: list[Node]) -> None:
    kind = day_of_nodes(found)
    original = times(run_oracle(kind()))
    for mutant in list(mutants(prepared(kind))):
        day = prepared(kind)
        mutant.apply(day)
        run = run_oracle(day.scenario)
        assert run.result.status == "success", (mutant.name, run.result.rationale)
        happened = times(run)
        if mutant.name.startswith("drop:"):
            assert happened.keys() < original.keys()
            assert {one: original[one] for one in happened} == happened
        elif mutant.name.startswith(("answer:", "perturb:", "fail:")):
            assert list(happened.values()) == list(original.values())
        elif mutant.name.startswith("repeat:"):
            assert len(happened) == len(original) + 1
