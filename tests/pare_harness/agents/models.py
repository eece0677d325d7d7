"""Models that play a day of the counter as they should, and configurations that ask a test's server."""

from typing import Any

from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig
from tests.pare_harness.agents.chat_server import Answer, Body, ChatServer, Says

UI = "PAREAgentUserInterface"
PROPOSE = Says(calls=((f"{UI}__send_message_to_user", {"content": "Add five?"}),))
WAIT = Says(calls=((f"{UI}__wait", {}),))
ACCEPT = Says(calls=((f"{UI}__accept_proposal", {"content": "yes"}),))
ADD = Says(calls=(("Count__add", {"amount": 5}),))
NOTHING = Says("Nothing to do.")


def part(request: Body) -> str:
    """Whose model is asked."""
    system = request["messages"][0]["content"]
    if system.startswith("You play the owner"):
        return "user"
    return "execute" if "now do it" in system else "observe"


def said(request: Body) -> str:
    """All that the model was told after its instructions, in one text."""
    return "\n".join(str(message.get("content")) for message in request["messages"][1:])


def good(request: Body) -> Answer:
    """Proposes once, accepts, adds five, and rests."""
    asked = {call["function"]["name"] for one in request["messages"] for call in one.get("tool_calls", ())}
    if part(request) == "user":
        return ACCEPT if "The assistant proposes:" in request["messages"][-1]["content"] else NOTHING
    if part(request) == "execute":
        return NOTHING if "Count__add" in asked else ADD
    return WAIT if f"{UI}__send_message_to_user" in asked else PROPOSE


def config_for(server: ChatServer, engine: dict[str, Any] | None = None, **settings: Any) -> ScenarioRunnerConfig:
    """All three models behind `server`, with as many steps as they like."""
    model = LLMEngineConfig(model_name="m-1", endpoint=server.url, **(engine or {}))
    engines = dict.fromkeys(("user_engine_config", "observe_engine_config", "execute_engine_config"), model)
    steps = {"observe_max_iterations": None, "execute_max_iterations": None}
    return ScenarioRunnerConfig(**{**engines, **steps, **settings})
