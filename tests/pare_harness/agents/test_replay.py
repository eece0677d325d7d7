import pytest

from pare_harness.events import AbstractEvent
from pare_harness.runner import ScenarioRun, run_replay
from pare_harness.scenarios.noise import ToolAugmentationConfig
from pare_harness.turns import Limits
from tests.pare_harness.counter import Day, Details, Display


def done(run: ScenarioRun) -> list[tuple[str, str]]:
    return [(one.event_type.value, one.function_name()) for one in run.log.list_view()]


def test_expected_actions_are_acted_out_by_both_sides() -> None:
    run = run_replay(Day())
    assert run.result.status == "success"
    assert done(run) == [("AGENT", "send_message_to_user"), ("USER", "accept_proposal"), ("AGENT", "add")]
    assert (run.result.proposal_count, run.result.acceptance_count, run.result.rejection_count) == (1, 1, 0)
    assert (run.result.write_actions, run.result.read_only_actions) == (3, 0)
    assert run.result.number_of_turns == run.log.turns > 2


def test_reads_come_before_the_proposal_and_many_writes_after_it() -> None:
    class Busy(Day):
        def flow(self) -> list[AbstractEvent]:
            noticed = self.counter.tick().delayed(1)
            read = self.counter.read().oracle().depends_on(noticed, delay_seconds=1)
            proposal = self.aui.send_message_to_user(content="Reset?").oracle().depends_on(read, delay_seconds=1)
            accepted = self.aui.accept_proposal().oracle().depends_on(proposal, delay_seconds=60)
            first = self.counter.add(3).oracle().depends_on(accepted, delay_seconds=1)
            second = self.counter.add(1).oracle().depends_on(first, delay_seconds=3600)
            told = self.aui.send_message_to_user(content="Done").oracle().depends_on(second, delay_seconds=1)
            return [noticed, read, proposal, accepted, first, second, told]

    run = run_replay(Busy())
    assert run.result.status == "success"
    assert [name for _, name in done(run)] == [
        "tick",
        "read",
        "send_message_to_user",
        "accept_proposal",
        "add",
        "add",
        "send_message_to_user",
    ]
    assert (run.result.proposal_count, run.result.acceptance_count) == (1, 1)


def test_a_rejection_and_a_second_proposal_are_two_proposals() -> None:
    class Twice(Day):
        def flow(self) -> list[AbstractEvent]:
            first = self.aui.send_message_to_user(content="Add six?").oracle()
            no = self.aui.reject_proposal(content="too many").oracle().depends_on(first, delay_seconds=1)
            second = self.aui.send_message_to_user(content="Five?").oracle().depends_on(no, delay_seconds=1)
            yes = self.aui.accept_proposal().oracle().depends_on(second, delay_seconds=1)
            return [first, no, second, yes, self.counter.add(5).oracle().depends_on(yes, delay_seconds=1)]

    result = run_replay(Twice()).result
    assert result.status == "success"
    assert (result.proposal_count, result.acceptance_count, result.rejection_count) == (2, 1, 1)


def test_a_second_proposal_waits_until_the_first_is_executed() -> None:
    class Two(Day):
        def flow(self) -> list[AbstractEvent]:
            flow: list[AbstractEvent] = []
            for amount in (2, 3):
                proposal = self.aui.send_message_to_user(content=f"{amount}?").oracle().depends_on(flow[-1:], 1)
                yes = self.aui.accept_proposal().oracle().depends_on(proposal, 1)
                flow += [proposal, yes, self.counter.add(amount).oracle().depends_on(yes, 1)]
            return flow

    result = run_replay(Two()).result
    assert (result.status, result.proposal_count, result.acceptance_count) == ("success", 2, 2)


def test_the_agent_executes_until_all_is_done_that_was_agreed_to() -> None:
    class Long(Day):
        def flow(self) -> list[AbstractEvent]:
            *before, added = super().flow()
            answered = self.counter.tick().depends_on(added, delay_seconds=60)
            seen = self.counter.read().oracle().depends_on(answered, delay_seconds=1)
            thanked = self.counter.add(0).oracle().depends_on(seen, delay_seconds=1)
            return [*before, added, answered, seen, thanked, self.counter.tick().depends_on(thanked, delay_seconds=60)]

    turns = [one.metadata.turn_number or 0 for one in run_replay(Long()).log.list_view()]
    assert len(set(turns[1:-1])) == 1
    assert turns[-1] > turns[-2]


def test_what_needs_another_proposal_is_not_waited_for() -> None:
    class Later(Day):
        def flow(self) -> list[AbstractEvent]:
            *before, added = super().flow()
            seen = self.counter.read().oracle().depends_on(added, delay_seconds=60)
            more = self.aui.send_message_to_user(content="More?").oracle().depends_on(seen, delay_seconds=1)
            yes = self.aui.accept_proposal().oracle().depends_on(more, delay_seconds=1)
            return [*before, added, seen, more, yes, self.counter.add(0).oracle().depends_on(yes, delay_seconds=1)]

    run = run_replay(Later())
    modes = [one.metadata.proactive_mode for one in run.log.list_view()]
    assert modes == ["observe", None, "execute", "observe", "observe", None, "execute"]
    assert (run.result.status, run.result.proposal_count) == ("success", 2)


def test_the_user_opens_what_her_actions_need() -> None:
    class Screens(Day):
        def flow(self) -> list[AbstractEvent]:
            noticed = self.counter.tick()
            pressed = self.counter.screen(Display).press(4).oracle().depends_on(noticed, 1)
            return [noticed, pressed]

    run = run_replay(Screens())
    assert run.result.status == "success"
    assert done(run) == [("ENV", "tick"), ("USER", "open_app"), ("USER", "press")]


def test_the_user_goes_back_and_switches_between_apps() -> None:
    class Screens(Day):
        def flow(self) -> list[AbstractEvent]:
            other = self.other.screen(Display)
            opened = self.counter.screen(Display).open_details("a").oracle()
            aside = other.press(1).oracle().depends_on(opened, 1)
            deeper = self.counter.screen(Details).open_other("b").oracle().depends_on(aside, 1)
            home = self.counter.screen(Display).press(4).oracle().depends_on(deeper, 1)
            return [opened, aside, deeper, home]

        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            super().init_and_populate_apps()
            self.other = type(self.counter)("Other")
            self.apps.append(self.other)
            self.counter.total = 1
            self.counter.labels = {"a": 1, "b": 1}

    run = run_replay(Screens())
    assert [name for _, name in done(run)] == [
        *("open_app", "open_details", "go_home", "open_app", "press"),
        *("switch_app", "open_other", "go_back", "go_back", "press"),
    ]
    assert run.result.status == "success"


def test_a_write_that_nobody_accepted_stops_the_replay() -> None:
    class Hasty(Day):
        def flow(self) -> list[AbstractEvent]:
            return [self.counter.add(5).oracle().with_id("hasty")]

    result = run_replay(Hasty()).result
    assert result.status == "failed"
    assert result.rationale.startswith("replay stopped at 'hasty' (Counter.add): no tool that is offered there does it")


def test_an_action_that_keeps_failing_stops_the_replay() -> None:
    day = Day(tool_augmentation_config=ToolAugmentationConfig(tool_failure_probability=1.0))
    day.augmentation_data = {"apps": []}
    result = run_replay(day).result
    assert result.status == "failed"
    assert "(Counter.add): 3 attempts did not do it (ToolFailure: Count__add is not available" in result.rationale
    assert result.rationale.endswith("; total is 0, not 5")


def test_renamed_tools_are_found() -> None:
    day = Day(tool_augmentation_config=ToolAugmentationConfig(tool_failure_probability=0.0))
    day.augmentation_data = {"apps": [], "tool_names_mapping": {"Count__add": "Count__increase"}}
    assert run_replay(day).result.status == "success"


def test_a_placeholder_is_a_text_and_stands_where_a_text_may() -> None:
    class Late(Day):
        def flow(self) -> list[AbstractEvent]:
            read = self.counter.read().oracle().with_id("read")
            return [read, self.system.wait(time="{{read.total}}").oracle().depends_on(read, 1)]

    with pytest.raises(TypeError, match="expected int"):
        Late().initialize()


def test_placeholders_take_what_the_agents_really_got() -> None:
    class Late(Day):
        def flow(self) -> list[AbstractEvent]:
            proposal, accepted, _ = super().flow()
            accepted.with_id("answer")
            return [proposal, accepted, self.counter.add(5, label="{{answer}}").oracle().depends_on(accepted, 1)]

    day = Late()
    run = run_replay(day)
    assert day.counter.labels == {run.log.list_view()[1].metadata.return_value: 5}


def test_what_an_action_fails_with_is_said() -> None:
    class Wrong(Day):
        def flow(self) -> list[AbstractEvent]:
            read = self.counter.read().oracle().with_id("read")
            return [read, self.aui.send_message_to_user("{{read.total}}").oracle().depends_on(read, 1)]

    rationale = run_replay(Wrong()).result.rationale
    assert "(PAREAgentUserInterface.send_message_to_user): 3 attempts did not do it" in rationale
    assert "content=0; expected str" in rationale


def test_too_few_turns_are_a_limit() -> None:
    result = run_replay(Day(), Limits(None, None, None, 2)).result
    assert (result.status, result.success) == ("limit", None)
    assert result.rationale == "2 turns were not enough; max_turns=2; total is 0, not 5"


@pytest.mark.parametrize("seed", [0, 7])
def test_replays_repeat_byte_by_byte(seed: int) -> None:
    assert run_replay(Day(seed=seed)).log.to_json() == run_replay(Day(seed=seed)).log.to_json()


def test_a_write_that_comes_before_the_answer_stops_the_replay() -> None:
    class Impatient(Day):
        def flow(self) -> list[AbstractEvent]:
            proposal = self.aui.send_message_to_user(content="Add five?").oracle()
            added = self.counter.add(5).oracle().with_id("early").depends_on(proposal, 1)
            return [proposal, added, self.aui.accept_proposal().oracle().depends_on(added, 1)]

    result = run_replay(Impatient()).result
    assert result.status == "failed"
    assert result.rationale.startswith(
        "replay stopped at 'early' (Counter.add): neither side may do it as things stand"
    )
