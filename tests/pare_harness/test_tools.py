import pytest

from pare_harness.apps.core import App
from pare_harness.errors import ToolError, ToolFailure
from pare_harness.events import CompletedEvent, EventType
from pare_harness.tools import Kind, declared, declared_tool, json_schema, parse_docstring, tool
from tests.pare_harness.counter import Counter, Display


def test_a_declaration_gives_the_whole_tool() -> None:
    add = Counter("Count").get_tool("add")
    assert (add.name, add.class_name, add.app_name, add.write_operation) == ("Count__add", "Counter", "Count", True)
    assert add.description == "Add an amount to the total."
    assert add.return_type == "int"
    assert [(arg.name, arg.arg_type, arg.description, arg.has_default, arg.default) for arg in add.args] == [
        ("amount", "int", "how much; negative takes away", True, 1),
        ("label", "str | None", "", True, None),
    ]


def test_a_model_is_told_which_arguments_it_must_give() -> None:
    schema = Counter("Count").get_tool("add_twice").to_open_ai()
    assert schema == {
        "type": "function",
        "function": {
            "name": "Count__add_twice",
            "description": "Add an amount two times.",
            "parameters": {
                "type": "object",
                "properties": {"amount": {"type": "integer", "description": ""}},
                "required": ["amount"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str | None, {"type": "string"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (object, {}),
        (bool, {"type": "boolean"}),
    ],
)
def test_annotations_become_json_schema(hint: object, schema: dict[str, object]) -> None:
    assert json_schema(hint) == schema


def test_docstrings_give_a_description_and_arguments() -> None:
    text = "Add\nan amount.\n\nFor readers.\n\nArgs:\n    amount: how much\n    label: what for\n\nRaises:\n    x: y\n"
    assert parse_docstring(text) == ("Add an amount.", {"amount": "how much", "label": "what for"})


def test_a_tool_without_a_docstring_is_refused() -> None:
    class Mute(App):
        @tool(Kind.APP)
        def act(self) -> None: ...

    with pytest.raises(ToolError, match=r"Mute\.act has no docstring; a tool needs one"):
        Mute().get_tool("act").to_open_ai()


def test_each_side_is_offered_its_own_tools() -> None:
    counter = Counter()
    assert [one.registration.label for one in counter.get_tools()] == ["add", "read", "add_twice", "refuse"]
    assert [one.registration.label for one in counter.get_user_tools()] == ["open_details", "press"]
    assert [one.registration.label for one in counter.get_env_tools()] == ["tick"]
    assert counter.get_data_tools() == []


def test_an_overriding_method_stands_for_the_overridden_one() -> None:
    class Loud(Counter):
        @tool(Kind.APP)
        def read(self) -> dict[str, int]:
            """Read the total aloud."""
            return {"TOTAL": self.total}

    assert [one.function.__qualname__ for one in declared(Loud, Kind.APP)].count("Counter.read") == 0
    assert Loud().get_tool("read")() == {"TOTAL": 0}


def test_an_unknown_tool_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"tool 'ad' of app 'Count'; expected one of \['add', .*'press'"):
        Counter("Count").get_tool("ad")


@pytest.mark.parametrize(
    ("args", "message"),
    [({"amnt": 1}, r"unknown argument 'amnt'; expected \['amount'\]"), ({}, "missing argument 'amount'")],
)
def test_wrong_arguments_of_a_call_are_named(args: dict[str, int], message: str) -> None:
    with pytest.raises(ToolError, match=message):
        Counter("Count").get_tool("add_twice")(**args)


def test_calls_fail_as_often_as_wanted_and_do_nothing_then() -> None:
    counter = Counter("Count")
    events: list[CompletedEvent] = []
    counter.register_to_env("test", events.append)
    counter.set_failure_probability(1.0)
    with pytest.raises(ToolFailure, match="Count__add is not available at the moment; try again later"):
        counter.get_tool("add")(amount=1)
    assert counter.total == 0
    assert [event.function_name() for event in events] == ["tool_failure"]
    counter.set_failure_probability(0.0)
    assert counter.get_tool("add")(amount=1) == 1


def test_failures_repeat_with_the_seed() -> None:
    def failures(seed: int) -> list[bool]:
        counter = Counter("Count")
        counter.set_seed(seed)
        counter.set_failure_probability(0.5)
        add = counter.get_tool("add")
        return [_fails(add) for _ in range(40)]

    assert failures(1) == failures(1)
    assert failures(1) != failures(2)
    assert 5 < sum(failures(1)) < 35


def _fails(one: object) -> bool:
    try:
        one()  # type: ignore[operator]
    except ToolFailure:
        return True
    return False


def test_a_failure_probability_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"failure_probability=1\.5; expected a number from 0 to 1"):
        Counter().set_failure_probability(1.5)


def test_tools_can_be_offered_under_other_names() -> None:
    counter = Counter("Count")
    counter.set_public_texts({"Count__add": "Count__increase"}, {"Count__read": "Look."})
    add, read = counter.get_tool("add"), counter.get_tool("read")
    assert (add.public_name, add.public_description) == ("Count__increase", "Add an amount to the total.")
    assert (read.public_name, read.public_description) == ("Count__read", "Look.")
    assert add.to_open_ai()["function"]["name"] == "Count__increase"


def test_only_registered_methods_become_tools() -> None:
    with pytest.raises(ToolError, match=r"Counter\.seed_total is not registered"):
        declared_tool(Counter(), "seed_total")


def test_a_screens_tool_is_the_users_event() -> None:
    [press] = [one for one in declared(Display, Kind.USER) if one.label == "press"]
    assert (press.by, press.navigates) == (EventType.USER, True)
