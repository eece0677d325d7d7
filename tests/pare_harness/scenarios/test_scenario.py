import numpy as np
import pytest

from pare_harness.apps.agent_user_interface import PAREAgentUserInterface
from pare_harness.clock import DEFAULT_START
from pare_harness.environment import EnvironmentConfig, EnvironmentState, StateAwareEnvironmentWrapper
from pare_harness.errors import ScenarioError
from pare_harness.events import AbstractEvent, ConditionCheckEvent
from pare_harness.runner import run_oracle
from pare_harness.scenarios import PAREScenario, ScenarioStatus
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from tests.pare_harness.counter import Counter, Day


class Declared(Day):
    """Says some things about itself on the class."""

    scenario_id = "declared"
    seed = 4
    start_time = 100
    status = ScenarioStatus.Valid


def test_arguments_go_before_class_attributes_before_defaults() -> None:
    plain, declared = PAREScenario(), Declared()
    assert (plain.seed, plain.start_time, plain.scenario_id) == (0, DEFAULT_START, "")
    assert (declared.seed, declared.start_time, declared.scenario_id) == (4, 100, "declared")
    assert (declared.status, declared.duration, declared.apps) == (ScenarioStatus.Valid, None, [])
    given = Declared(seed=0, start_time=200.5, scenario_id="given")
    assert (given.seed, given.start_time, given.scenario_id) == (0, 200.5, "given")


@pytest.mark.parametrize("seed", [5, np.int64(5), np.uint8(5)], ids=repr)
def test_a_seed_is_a_whole_number_of_whatever_library(seed: int) -> None:
    found = Declared(seed=seed).seed
    assert (found, type(found)) == (5, int)


@pytest.mark.parametrize("seed", ["abc", 1.5, 2**63], ids=repr)
def test_another_seed_is_refused_whenever_it_is_set(seed: int) -> None:
    message = f"^scenario 'declared': seed={seed!r}; expected a whole number of 64 bits$"
    with pytest.raises(ScenarioError, match=message):
        Declared(seed=seed)
    late = Declared()
    late.seed = seed
    with pytest.raises(ScenarioError, match=message):
        late.initialize()


def test_scenarios_share_no_lists() -> None:
    one, two = Declared(), Declared()
    one.events.append(None)
    assert (two.events, PAREScenario.FIELDS["events"]) == ([], [])


def test_an_unknown_field_is_named_with_the_choices() -> None:
    with pytest.raises(TypeError, match=r"Declared: field 'sed'; expected one of \['is_benchmark_ready', "):
        Declared(sed=1)


def test_initializing_twice_does_it_once() -> None:
    day = Day()
    day.initialize()
    apps = day.apps
    day.initialize()
    assert day.apps is apps
    assert day.initialized


def test_apps_are_found_by_name_and_class() -> None:
    day = Day()
    day.initialize()
    assert day.get_app("Count") is day.get_typed_app(Counter, "Count") is day.counter
    assert day.get_typed_app(PAREAgentUserInterface) is day.aui
    with pytest.raises(ValueError, match="no app 'Mail' in scenario 'day'; expected one of"):
        day.get_app("Mail")
    with pytest.raises(ValueError, match=r"no Counter named 'Counter' in scenario 'day'; expected one of \['Count'\]"):
        day.get_typed_app(Counter)


def test_tools_are_listed_by_whom_they_are_for() -> None:
    day = Day()
    day.initialize()
    assert "Count__add" in [tool.name for tool in day.get_tools()]
    assert [tool.name for tool in day.get_user_tools_by_app()["Count"]] == ["Count__open_details", "Count__press"]
    assert "Count__press" in [tool.name for tool in day.get_user_tools()]
    assert [tool.name for tool in day.get_env_tools()] == ["Count__tick"]
    assert day.get_data_tools_by_app()["Count"] == []
    assert "PAREAgentUserInterface__send_message_to_user" in [tool.name for tool in day.get_data_tools()]


def test_a_scenario_without_apps_is_refused() -> None:
    class Empty(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None: ...

    with pytest.raises(ScenarioError, match="scenario 'day' has no apps; expected init_and_populate_apps to"):
        Empty().initialize()


def test_two_apps_of_one_name_are_refused() -> None:
    class Double(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            super().init_and_populate_apps()
            self.apps.append(Counter("Count"))

    with pytest.raises(ScenarioError, match="scenario 'day' has two apps named 'Count'"):
        Double().initialize()


@pytest.mark.parametrize("method", ["init_and_populate_apps", "build_events_flow"])
def test_what_a_scenario_must_say_is_named(method: str) -> None:
    with pytest.raises(NotImplementedError, match=f"PAREScenario does not say .*: {method}"):
        getattr(PAREScenario(), method)()


def test_without_a_validator_a_run_succeeds_unless_it_failed() -> None:
    env = StateAwareEnvironmentWrapper()
    assert PAREScenario().validate(env).success
    env.state = EnvironmentState.FAILED
    assert not PAREScenario().validate(env).success


def test_soft_reset_allows_the_same_day_again() -> None:
    class Long(Day):
        def flow(self) -> list[AbstractEvent]:
            reached = ConditionCheckEvent.from_condition(lambda env: self.counter.total == 5)
            return [*super().flow(), reached, self.counter.tick().depends_on(reached, delay_seconds=1)]

    day = Long()
    day.initialize()
    logs = []
    for _ in range(2):
        env = StateAwareEnvironmentWrapper(EnvironmentConfig(oracle_mode=True))
        env.run(day)
        logs.append(env.event_log.to_json())
        day.soft_reset()
        assert (day.counter.total, day.aui.messages) == (0, [])
    assert logs[0] == logs[1]


def test_ids_of_the_run_never_repeat_those_of_the_set_up() -> None:
    class Populated(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            super().init_and_populate_apps()
            self.early = [self.counter.tick() for _ in range(3)]

        def flow(self) -> list[AbstractEvent]:
            return [self.counter.tick().delayed(second) for second in range(3)]

    day = Populated()
    late = [one.metadata.return_value for one in run_oracle(day).log.list_view()]
    assert len({*day.early, *late}) == 6


def test_augmentation_changes_names_descriptions_and_failures_but_spares_the_phone() -> None:
    day = Day(tool_augmentation_config=ToolAugmentationConfig(tool_failure_probability=0.25))
    day.augmentation_data = {
        "apps": [],
        "tool_names_mapping": {"Count__add": "Count__increase"},
        "tool_descriptions_mapping": {"Count__read": "Look."},
    }
    day.initialize()
    tools = {tool.name: tool for tool in day.get_tools()}
    assert tools["Count__add"].public_name == "Count__increase"
    assert tools["Count__read"].public_description == "Look."
    assert tools["Count__add"].failure_probability == 0.25
    assert tools["System__get_current_time"].failure_probability is None
    assert tools["PAREAgentUserInterface__wait"].failure_probability is None


def test_augmentation_of_names_and_descriptions_can_be_left_out() -> None:
    config = ToolAugmentationConfig(0.0, apply_tool_name_augmentation=False, apply_tool_description_augmentation=False)
    day = Day(tool_augmentation_config=config)
    day.augmentation_data = {"apps": [], "tool_names_mapping": {"Count__add": "x"}, "tool_descriptions_mapping": {}}
    day.initialize()
    assert day.counter.get_tool("add").public_name == "Count__add"


def test_soft_reset_repeats_random_numbers_that_were_drawn_before_the_run() -> None:
    class Drawn(Day):
        def build_events_flow(self) -> None:
            self.early = self.counter.rng.random()
            super().build_events_flow()

    day = Drawn()
    day.initialize()
    first = day.counter.rng.random()
    day.soft_reset()
    assert day.counter.rng.random() == first != day.early


def test_apps_that_are_none_are_no_apps() -> None:
    class Without(Day):
        def init_and_populate_apps(self, *args: object, **kwargs: object) -> None:
            self.apps = None  # type: ignore[assignment]  # what is tested

    result = run_oracle(Without()).result
    assert str(result.exception).startswith("scenario 'day' has no apps; expected init_and_populate_apps")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"tool_names_mapping": ["x"]}, r"augmentation_data of 'day': tool_names_mapping=\['x'\]: "),
        ({"names": {}}, "augmentation_data of 'day': names={}: .*; expected keys "),
        (
            {"tool_names_mapping": {"Count__add": "Count__read"}},
            "tools 'Count__.*' and 'Count__.*' of scenario 'day' both go by 'Count__read'; expected another name",
        ),
    ],
)
def test_augmentation_data_that_make_no_sense_are_refused(data: dict[str, object], message: str) -> None:
    day = Day(tool_augmentation_config=ToolAugmentationConfig(), augmentation_data=data)
    with pytest.raises((ValueError, ScenarioError), match=f"^{message}"):
        day.initialize()


def test_augmentation_data_may_leave_out_apps() -> None:
    events = EnvEventsConfig(num_env_events_per_minute=10)
    Day(env_events_config=events, augmentation_data={"tool_names_mapping": {"Count__add": "x"}}).initialize()
