from collections.abc import Callable, Iterable

import pytest

from pare_harness.agents.base import Mode, Observation, ToolCall
from pare_harness.environment import StateAwareEnvironmentWrapper
from pare_harness.errors import AgentFailure, LimitReached, ToolError
from pare_harness.events import AbstractEvent, ConditionCheckEvent, StopEvent
from pare_harness.turns import PROPOSE, WAIT, Limits, TurnLoop
from tests.pare_harness.counter import Counter, Day

Step = Callable[[Observation], ToolCall | None]
ACCEPT, REJECT = "PAREAgentUserInterface__accept_proposal", "PAREAgentUserInterface__reject_proposal"
ADD, READ = ToolCall("Count__add", {"amount": 5}), ToolCall("Count__read")


class Scripted:
    """Does one call after the other, None ending a turn, and remembers what it was shown."""

    def __init__(self, *calls: ToolCall | None) -> None:
        self.calls = list(calls)
        self.seen: list[Observation] = []

    def step(self, observation: Observation) -> ToolCall | None:
        self.seen.append(observation)
        return self.calls.pop(0) if self.calls else None


class Quiet(Day):
    """Nothing happens by itself."""

    def flow(self) -> list[AbstractEvent]:
        return []


def loop(user: Scripted, agent: Scripted, day: Day | None = None, limits: Limits | None = None) -> TurnLoop:
    day = day or Quiet()
    day.initialize()
    env = StateAwareEnvironmentWrapper()
    env.prepare(day)
    turns = TurnLoop(env, user, agent, limits or Limits(turns=20))
    with day.simulation.running():
        turns.run()
    return turns


def events(turns: TurnLoop) -> list[tuple[str, int | None, str | None, str]]:
    return [
        (one.event_type.value, one.metadata.turn_number, one.metadata.proactive_mode, one.function_name())
        for one in turns.env.event_log.list_view()
    ]


def propose(content: str = "Add five?") -> ToolCall:
    return ToolCall(PROPOSE, {"content": content})


def names(tools: Iterable[object]) -> set[str]:
    return {tool.name for tool in tools}  # type: ignore[attr-defined]


def test_an_accepted_proposal_is_executed_in_the_turn_of_the_answer() -> None:
    user, agent = Scripted(None, ToolCall(ACCEPT, {"content": "yes"})), Scripted(propose(), ADD)
    turns = loop(user, agent)
    assert events(turns) == [
        ("AGENT", 0, "observe", "send_message_to_user"),
        ("USER", 1, None, "accept_proposal"),
        ("AGENT", 1, "execute", "add"),
    ]
    assert agent.seen[1].goal == "Add five?\n[ACCEPT]: yes"
    assert (turns.mode, turns.env.get_state()["Count"]["total"]) == (Mode.OBSERVE, 5)


def test_a_rejected_proposal_leads_back_to_observing() -> None:
    turns = loop(Scripted(None, ToolCall(REJECT)), Scripted(propose(), READ))
    assert events(turns)[1:] == [("USER", 1, None, "reject_proposal"), ("AGENT", 2, "observe", "read")]


def test_an_agent_waits_for_an_answer_as_long_as_it_takes() -> None:
    user, agent = Scripted(None, ToolCall("System__go_home"), None, ToolCall(ACCEPT)), Scripted(propose(), ADD)
    turns = loop(user, agent, limits=Limits(turns=20))
    assert [(turn, name) for _, turn, _, name in events(turns)] == [
        (0, "send_message_to_user"),
        (1, "go_home"),
    ]
    assert turns.mode is Mode.AWAITING_CONFIRMATION


def test_writes_are_offered_only_to_execute() -> None:
    user, agent = Scripted(None, ToolCall(ACCEPT)), Scripted(propose(), ADD)
    loop(user, agent)
    observing, executing = names(agent.seen[0].tools), names(agent.seen[1].tools)
    assert {"Count__read", PROPOSE, WAIT} <= observing
    assert "Count__add" not in observing
    assert "Count__add" in executing
    assert WAIT not in executing
    assert not any("get_all_messages" in name for name in observing | executing)
    assert "PAREAgentUserInterface__send_message_to_agent" not in names(user.seen[0].tools)


def test_a_tool_that_is_not_offered_is_an_error_to_the_agent_and_no_event() -> None:
    agent = Scripted(ADD, None)
    turns = loop(Scripted(), agent, limits=Limits(observe=2, turns=20))
    [outcome] = agent.seen[1].outcomes
    assert isinstance(outcome.error, ToolError)
    assert "tool 'Count__add' is not offered here; expected one of ['Count__read'" in str(outcome.error)
    assert events(turns) == []


def test_an_error_of_an_app_is_what_the_agent_reads() -> None:
    user = Scripted(ToolCall("System__open_app", {"app_name": "Mail"}), None)
    turns = loop(user, Scripted(), limits=Limits(user=2, turns=20))
    assert str(user.seen[1].outcomes[0].error).startswith("\"no app 'Mail'; expected one of")
    assert turns.env.event_log.list_view()[0].failed()


def test_a_failed_proposal_is_none() -> None:
    turns = loop(Scripted(), Scripted(ToolCall(PROPOSE, {"content": 3})))
    assert turns.mode is Mode.OBSERVE


def test_waiting_ends_the_turn_of_the_agent() -> None:
    agent = Scripted(READ, ToolCall(WAIT), READ)
    turns = loop(Scripted(), agent, limits=Limits(observe=5, turns=20))
    assert [(turn, name) for _, turn, _, name in events(turns)] == [(0, "read"), (0, "wait"), (1, "read")]


def test_steps_in_a_turn_are_limited() -> None:
    user = Scripted(*[ToolCall("System__go_home")] * 3)
    turns = loop(user, Scripted(), limits=Limits(user=2, turns=20))
    assert [turn for _, turn, _, _ in events(turns)] == [0, 0, 1]


def test_a_run_that_needs_more_turns_is_a_limit() -> None:
    with pytest.raises(LimitReached, match="3 turns were not enough; max_turns=3"):
        loop(Scripted(*[ToolCall("System__go_home")] * 9), Scripted(), limits=Limits(turns=3))


def test_a_limit_says_why_the_last_call_failed() -> None:
    lost = ToolCall("Emails__nope")
    with pytest.raises(
        LimitReached, match=r"max_turns=2; the agent's last call failed: tool 'Emails__nope' is not off"
    ):
        loop(Scripted(), Scripted(lost, lost, lost), limits=Limits(turns=2))


def test_a_step_that_is_no_call_is_named() -> None:
    with pytest.raises(AgentFailure, match=r"^Scripted\.step returned 'wait'; expected a ToolCall or None$"):
        loop(Scripted(), Scripted("wait"))  # type: ignore[arg-type]  # what is tested


def test_a_quiet_run_ends_by_itself() -> None:
    turns = loop(Scripted(), Scripted())
    assert turns.env.event_log.turns == 1


def test_time_passes_with_turns_and_leaps_when_both_rest() -> None:
    class Later(Day):
        def flow(self) -> list[AbstractEvent]:
            return [self.counter.tick().delayed(3600)]

    user, agent = Scripted(), Scripted()
    turns = loop(user, agent, Later())
    assert [one.time - turns.env.start_time for one in user.seen] == [0, 3600]
    assert turns.env.event_log.turns == 2


def test_each_side_hears_of_the_other_once() -> None:
    user = Scripted(ToolCall("System__open_app", {"app_name": "Count"}), ToolCall("Count__press", {"times": 2}))
    agent = Scripted(None, propose("Stop?"))
    loop(user, agent)
    assert [one.message for one in agent.seen[0].messages] == ["HomeScreenSystemApp__open_app(app_name='Count')"]
    assert [one.message for one in agent.seen[1].messages] == ["Counter__press(times=2)"]
    assert [[one.message for one in seen.messages] for seen in user.seen] == [[], [], ["Stop?"]]
    assert [one.screen for one in user.seen] == ["System", "Count: Display", "Count: Display"]


def test_the_counter_is_the_same_app_for_both() -> None:
    user = Scripted(ToolCall("System__open_app", {"app_name": "Count"}), ToolCall("Count__press", {"times": 2}))
    assert loop(user, Scripted()).env.get_app_with_class(Counter).total == 2


class Followed(Day):
    """Whoever adds after the proposal was accepted lets the counter tick, whose delay nobody has to wait for."""

    def flow(self) -> list[AbstractEvent]:
        proposal, accepted, added = super().flow()
        return [proposal, accepted, added, self.counter.tick().depends_on(added, delay_seconds=7)]


@pytest.mark.parametrize("pauses", [0, 1])
def test_an_expected_action_that_comes_early_has_happened(pauses: int) -> None:
    user = Scripted(None, *([None] * pauses), ToolCall(ACCEPT))
    turns = loop(user, Scripted(propose(), ADD), Followed())
    added, ticked = turns.env.event_log.list_view()[-2:]
    assert (added.function_name(), ticked.function_name()) == ("add", "tick")
    assert (ticked.event_time or 0) - (added.event_time or 0) == 7


def test_what_comes_before_its_turn_is_another_matter() -> None:
    turns = loop(Scripted(None, ToolCall(REJECT)), Scripted(propose(), propose(), None, ADD), Followed())
    assert "tick" not in [one.function_name() for one in turns.env.event_log.list_view()]


@pytest.mark.parametrize(("why", "counts"), [("no", True), ("never", False)])
def test_a_call_that_fails_counts_if_it_is_the_expected_one_to_the_letter(why: str, counts: bool) -> None:
    class Refused(Day):
        def flow(self) -> list[AbstractEvent]:
            refused = self.counter.refuse("no").oracle()
            return [refused, self.counter.tick().depends_on(refused, delay_seconds=1)]

    refuse = ToolCall("Count__refuse", {"why": why})
    turns = loop(Scripted(None, ToolCall(ACCEPT)), Scripted(propose(), refuse), Refused())
    log = turns.env.event_log.list_view()
    assert [one.function_name() for one in log if one.failed()] == ["refuse"]
    assert (log[-1].function_name() == "tick") is counts


def test_of_several_calls_of_a_method_the_one_with_those_arguments_has_happened() -> None:
    class Both(Day):
        def flow(self) -> list[AbstractEvent]:
            one, two = (self.counter.add(amount).oracle() for amount in (1, 2))
            first = self.counter.tick().depends_on(one, delay_seconds=1).with_id("after one")
            return [one, two, first, self.counter.tick().depends_on(two, delay_seconds=1).with_id("after two")]

    add_two = ToolCall("Count__add", {"amount": 2})
    turns = loop(Scripted(None, ToolCall(ACCEPT)), Scripted(propose(), add_two), Both())
    assert turns.env.event_log.list_view()[-1].event_id == "after two"
    assert turns.env.find("after one") is None


def test_a_stop_ends_a_run_of_agents() -> None:
    class Stopped(Day):
        def flow(self) -> list[AbstractEvent]:
            return [StopEvent(event_relative_time=3)]

    turns = loop(Scripted(), Scripted(*[READ] * 20), Stopped())
    assert max(one.event_time or 0 for one in turns.env.event_log.list_view()) < turns.env.start_time + 3


@pytest.mark.parametrize("call", [ToolCall(["x"]), ToolCall("Count__read", None)])  # type: ignore[arg-type]  # odd
def test_a_call_that_is_none_is_named(call: ToolCall) -> None:
    with pytest.raises(AgentFailure, match=r"; expected a ToolCall or None$"):
        loop(Scripted(), Scripted(call))


def test_conditions_that_are_asked_in_vain_cost_no_turns() -> None:
    class Waiting(Day):
        def flow(self) -> list[AbstractEvent]:
            often = ConditionCheckEvent.from_condition(lambda env: self.counter.total > 0)
            return [self.counter.tick().delayed(60), often]

    user = Scripted()
    turns = loop(user, Scripted(), Waiting(), Limits(turns=4))
    assert [one.time - turns.env.start_time for one in user.seen][:2] == [0, 60]


def test_a_run_of_agents_ends_with_its_duration() -> None:
    class Short(Day):
        duration = 5

        def flow(self) -> list[AbstractEvent]:
            return [self.counter.tick().delayed(4), self.counter.tick().delayed(8)]

    turns = loop(Scripted(), Scripted(*[READ] * 20), Short())
    times = [one.event_time - turns.env.start_time for one in turns.env.event_log.list_view() if one.event_time]
    assert max(times) <= 5
    assert [one.function_name() for one in turns.env.event_log.list_view()].count("tick") == 1
