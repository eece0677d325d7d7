import pytest

from pare_harness.apps.agent_user_interface import PAREAgentUserInterface
from pare_harness.apps.system import HomeScreenSystemApp
from tests.pare_harness.counter import Counter, Details
from tests.pare_harness.driving import Phone, phone


def two_apps() -> tuple[Phone, Counter, Counter]:
    one, two = Counter("One"), Counter("Two")
    return phone(one, two, PAREAgentUserInterface()), one, two


def offered(env: Phone) -> list[str]:
    return [tool.name for tool in env.get_user_tools()]


def test_the_user_sees_the_tools_of_the_screen_that_is_shown() -> None:
    env, one, _ = two_apps()
    conversation = [
        f"PAREAgentUserInterface__{name}" for name in ("accept_proposal", "reject_proposal", "send_message_to_agent")
    ]
    assert offered(env) == [*conversation, "System__go_home", "System__open_app", "System__switch_app"]
    env.phone.open_app("One")
    there = [*conversation, "System__go_home", "System__switch_app", "One__open_details", "One__press"]
    assert offered(env) == there
    one.add(1, "a")
    env.user(one, "open_details", label="a")
    assert offered(env)[-3:] == ["One__forget", "One__open_other", "One__go_back"]
    env.user(one, "go_back")
    assert offered(env) == there


def test_an_app_in_the_background_is_shown_as_it_was_left() -> None:
    env, one, two = two_apps()
    one.add(1, "a")
    env.user(one, "open_details", label="a")
    env.phone.go_home()
    assert (env.active_app, env.background_apps) == (env.phone.home, [one])
    assert env.phone.open_app("One") == "One is open"
    assert isinstance(one.current_state, Details)
    env.phone.open_app("Two")
    assert env.background_apps == [one]
    assert env.phone.switch_app("One") == "One is shown"
    assert (env.active_app, env.background_apps) == (one, [two])


def test_what_is_shown_already_stays() -> None:
    env, one, _ = two_apps()
    assert env.phone.go_home() == "the home screen is already shown"
    env.phone.open_app("One")
    assert env.phone.open_app("One") == "One is already open"
    assert (env.active_app, env.background_apps) == (one, [])


@pytest.mark.parametrize(
    ("call", "name", "error", "message"),
    [
        ("open_app", "Tree", KeyError, r"no app 'Tree'; expected one of \['One', 'Two'\]"),
        ("open_app", "PAREAgentUserInterface", TypeError, r"cannot be opened; expected one of \['One', 'Two'\]"),
        ("switch_app", "Two", ValueError, r"app 'Two' is not open; expected one of \['One'\]"),
    ],
)
def test_wrong_apps_are_named_with_the_choices(call: str, name: str, error: type[Exception], message: str) -> None:
    env, one, _ = two_apps()
    env.user(one, "press")
    env.phone.go_home()
    with pytest.raises(error, match=message):
        getattr(env.phone, call)(name)


def test_a_home_screen_without_a_phone_says_so() -> None:
    with pytest.raises(RuntimeError, match="System is not part of a phone yet"):
        HomeScreenSystemApp("System").go_home()
