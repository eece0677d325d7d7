import sys
from importlib.metadata import EntryPoint

import pytest

from pare_harness.agents import registry
from pare_harness.agents.base import Observation
from pare_harness.agents.registry import AgentNotFound, Named, find_agent
from pare_harness.agents.roles import Role, Side
from pare_harness.runner import TwoAgentScenarioRunner
from pare_harness.scenarios.config import ScenarioRunnerConfig
from tests.pare_harness.counter import Day

HERE = "tests.pare_harness.agents.test_registry"
ROLES: list[Role] = []


class Silent:
    """An agent of a user's own."""

    def __init__(self, role: Role) -> None:
        ROLES.append(role)

    def step(self, observation: Observation) -> None:
        return None


def no_agent(role: Role) -> int:
    return 3


def broken(role: Role) -> Silent:
    raise RuntimeError("no licence")


def quits(role: Role) -> Silent:
    sys.exit(3)


@pytest.mark.parametrize("side", Side)
def test_every_built_in_name_loads(side: Side) -> None:
    for name in registry.BUILT_IN[side]:
        assert callable(find_agent(side, name))


def test_the_published_defaults_are_the_agents_with_a_model() -> None:
    config = ScenarioRunnerConfig()
    assert registry.BUILT_IN[Side.AGENT][config.agent_type] == registry.BUILT_IN[Side.AGENT]["llm"]
    assert registry.BUILT_IN[Side.USER][config.user_type] == registry.BUILT_IN[Side.USER]["llm"]


def test_a_factory_is_told_its_side_and_the_run() -> None:
    ROLES.clear()
    config = ScenarioRunnerConfig(agent_type=f"{HERE}:Silent", user_type=f"{HERE}:Silent")
    day = Day()
    TwoAgentScenarioRunner().run(config, day)
    assert [role.side for role in ROLES] == [Side.USER, Side.AGENT]
    assert all((role.config, role.scenario) == (config, day) for role in ROLES)


class Simple:
    """An agent that needs to know nothing."""

    def step(self, observation: Observation) -> None:
        return None


class Tuned:
    """An agent with a setting of its own."""

    def __init__(self, threshold: int = 3, *, seen: tuple[str, ...] = ()) -> None:
        self.threshold = threshold + len(seen)

    def step(self, observation: Observation) -> None:
        return None


def role_or_none(role: Role | None = None) -> Silent:
    assert role is not None
    return Silent(role)


@pytest.mark.parametrize("name", ["Tuned", "role_or_none"])
def test_a_role_is_for_who_asks_for_one(name: str) -> None:
    config = ScenarioRunnerConfig(agent_type=f"{HERE}:{name}", user_type=f"{HERE}:{name}")
    assert TwoAgentScenarioRunner().run(config, Day()).status == "failed"


def test_a_factory_may_take_nothing() -> None:
    config = ScenarioRunnerConfig(agent_type=f"{HERE}:Simple", user_type=f"{HERE}:Simple")
    assert TwoAgentScenarioRunner().run(config, Day()).status == "failed"


def installed(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, registry.GROUP) for name, value in points]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == "pare.agents" else [])


def test_installed_agents_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, ("silent", f"{HERE}:Silent"))
    assert find_agent(Side.AGENT, "silent") == find_agent(Side.USER, "silent") == Named("silent", Silent)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((("llm", "a:b"),), r"^agent 'llm' is registered twice: .*llm:observe_execute_agent, and installed as a:b$"),
        ((("x", "a:b"), ("x", "c:d")), r"^agent 'x' is registered twice: installed as a:b, and installed as c:d$"),
        ((("mine", "a:b"),), r"^agent 'mine' is registered twice: given as <class '.*Silent'>, and installed as a:b$"),
    ],
)
def test_a_name_that_is_taken_twice_names_both(
    monkeypatch: pytest.MonkeyPatch, points: tuple[tuple[str, str], ...], message: str
) -> None:
    installed(monkeypatch, *points)
    with pytest.raises(AgentNotFound, match=message):
        find_agent(Side.AGENT, "other", {"mine": Silent})


def test_a_given_name_must_not_be_built_in() -> None:
    with pytest.raises(AgentNotFound, match=r"^agent 'replay' is registered twice: .*, and given as <class"):
        find_agent(Side.AGENT, "replay", {"replay": Silent})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "acceptss",
            r"^user='acceptss'; expected one of \['default', .*\] or 'module:factory'; did you mean 'accepts'\?$",
        ),
        ("no.such:thing", r"^agent 'no\.such:thing' does not import: ModuleNotFoundError: No module named 'no'$"),
        (f"{HERE}:nothing", r"does not import: AttributeError: module .* has no attribute 'nothing'$"),
        (f"{HERE}:HERE", r"is 'tests\..*'; expected a callable that takes a Role, or nothing, and returns an agent$"),
    ],
)
def test_what_cannot_be_found_is_one_line(name: str, message: str) -> None:
    with pytest.raises(AgentNotFound, match=message):
        find_agent(Side.USER, name)


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("no_agent", "its factory returned int; expected an object with a method `step(observation)`"),
        ("broken", "its factory raised RuntimeError: no licence"),
        ("quits", "its factory raised SystemExit: 3"),
    ],
)
def test_a_factory_that_makes_no_agent_is_the_runs_exception(factory: str, message: str) -> None:
    result = TwoAgentScenarioRunner().run(
        ScenarioRunnerConfig(agent_type=f"{HERE}:{factory}", user_type="ignores"), Day()
    )
    assert (result.status, str(result.exception)) == ("exception", f"agent '{HERE}:{factory}': {message}")
