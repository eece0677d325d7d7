"""A conversation with a model that acts by calling tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pare_harness.agents.base import Outcome, ToolCall, offered
from pare_harness.agents.chat import ChatReply, ChatRequest, RequestedCall
from pare_harness.agents.prompts import Prompts
from pare_harness.agents.roles import Role
from pare_harness.errors import ToolError
from pare_harness.event_log import plain, whole_text

if TYPE_CHECKING:
    from pare_harness.tools import AppTool

ATTEMPTS = 3
"""Questions in one step: a model that has written so many calls wrongly ends its turn."""

ONE_AT_A_TIME = "not made: one call at a time"
NO_OUTCOME = "the turn was over"


class Dialogue:
    """Keeps what was said to the model for `part`, from `system` on, and makes its answers tool calls."""

    def __init__(self, role: Role, part: str, prompts: Prompts, system: str) -> None:
        self.role, self.prompts = role, prompts
        self.model, self.engine = role.model(part), role.engine(part)
        self.messages: list[dict[str, Any]] = [{"role": "system", "content": system}]
        self._open: str | None = None

    def hear(self, text: str) -> None:
        """Something to react to."""
        self._close(NO_OUTCOME)
        self.messages.append({"role": "user", "content": text})

    def learn(self, outcome: Outcome | None) -> None:
        """What came of the last call that the model asked for, if there is one it has not heard of."""
        if outcome is not None:
            error = outcome.error
            said = json.dumps(plain(outcome.value), ensure_ascii=False)
            self._close(said if error is None else f"{type(error).__name__}: {error}")

    def next_call(self, tools: Sequence[AppTool]) -> ToolCall | None:
        """The call that the model wants, None for words alone. Raises what the engine raises.

        A call that is not JSON, or does not fit the tools on offer, is answered with the error, and counted.
        """
        for _ in range(ATTEMPTS):
            reply = self.engine.complete(self._request(tools))
            self.messages.append(_message(reply))
            if not reply.calls:
                return None
            asked, *others = reply.calls
            for other in others:
                self._answer(other.id, ONE_AT_A_TIME)
            try:
                call = read_call(asked, tools)
            except ToolError as error:
                self.role.meter.malformed()
                self._answer(asked.id, self.prompts.render("malformed", error=str(error)))
            else:
                self._open = asked.id
                return call
        return None

    def _request(self, tools: Sequence[AppTool]) -> ChatRequest:
        model = self.model
        return ChatRequest(
            model=model.model_name,
            messages=tuple(self.messages),
            tools=tuple(tool.to_open_ai() for tool in tools),
            temperature=model.temperature,
            seed=self.role.scenario.seed if model.seed is None else model.seed,
            max_tokens=model.max_tokens,
        )

    def _close(self, said: str) -> None:
        if self._open is not None:
            self._answer(self._open, said)
            self._open = None

    def _answer(self, call_id: str, said: str) -> None:
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": said})


def read_call(asked: RequestedCall, tools: Sequence[AppTool]) -> ToolCall:
    """The call that a model wrote. Raises `ToolError` for one that names no tool on offer or has other arguments."""
    tool = offered(tools, asked.name)
    if tool is None:
        raise ToolError(f"tool {asked.name!r} is not offered; expected one of {[one.public_name for one in tools]}")
    try:
        args = whole_text(json.loads(asked.arguments or "{}"))
    except (ValueError, RecursionError) as error:
        raise ToolError(f"{asked.name}: arguments {asked.arguments!r:.500} are not JSON: {error}") from None
    if not isinstance(args, dict):
        raise ToolError(f"{asked.name}: arguments {asked.arguments!r}; expected a JSON object")
    known = [arg.name for arg in tool.args]
    wrong = [name for name in args if name not in known]
    missing = [arg.name for arg in tool.args if not arg.has_default and arg.name not in args]
    if wrong or missing:
        what = f"unknown argument {wrong[0]!r}" if wrong else f"missing argument {missing[0]!r}"
        raise ToolError(f"{asked.name}: {what}; expected {known}")
    return ToolCall(tool.public_name, args)


def _message(reply: ChatReply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.calls
        ]
    return message
