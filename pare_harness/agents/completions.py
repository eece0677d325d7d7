"""What endpoints send back, checked: the part of OpenAI's chat completions that a harness reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from pare_harness.agents.chat import ChatReply, RequestedCall, Usage
from pare_harness.errors import EndpointError, NetworkError, RefusalError
from pare_harness.event_log import whole_text


class Function(BaseModel):
    """A call's function; in a stream its arguments come in pieces, the name in the first."""

    name: str | None = None
    arguments: str | None = None


class Call(BaseModel):
    """A tool call, or in a stream a piece of that with this `index`."""

    index: int = 0
    id: str | None = None
    function: Function


class Message(BaseModel):
    """What the model says, or in a stream a piece of it."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None


class Choice(BaseModel):
    """An answer."""

    message: Message
    finish_reason: str | None = None


class ChunkChoice(BaseModel):
    """A piece of an answer."""

    delta: Message
    finish_reason: str | None = None


class Tokens(BaseModel):
    """What the call used; some endpoints say what it cost."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


class Completion(BaseModel):
    """A whole answer."""

    choices: Annotated[list[Choice], Field(min_length=1)]
    usage: Tokens | None = None
    model: str = ""


class Chunk(BaseModel):
    """A piece of a stream; the one with the usage has no choices."""

    choices: list[ChunkChoice]
    usage: Tokens | None = None
    model: str = ""


def read_completion(content: Any) -> ChatReply:
    """The reply in a decoded body. Raises `EndpointError` for another schema, `RefusalError` for a refusal."""
    try:
        return _reply(Completion.model_validate(content))
    except ValidationError as error:
        raise _wrong_schema(error) from None


def read_chunks(chunks: Iterable[Any]) -> ChatReply:
    """The reply that decoded pieces make up; `NetworkError` if they stop before its end, else as `read_completion`."""
    whole, last = Message(content="", refusal=""), Completion.model_construct(choices=[], usage=None, model="")
    calls: dict[int, Call] = {}
    finished: str | None = None
    try:
        for chunk in map(Chunk.model_validate, chunks):
            last.usage, last.model = chunk.usage or last.usage, chunk.model or last.model
            for choice in chunk.choices:
                finished = choice.finish_reason or finished
                _add(whole, calls, choice.delta)
    except ValidationError as error:
        raise _wrong_schema(error) from None
    if finished is None:
        raise NetworkError("the stream was cut off before the end of the answer")
    whole.tool_calls = [calls[index] for index in sorted(calls)]
    return _reply(
        Completion(choices=[Choice(message=whole, finish_reason=finished)], **last.model_dump(exclude={"choices"}))
    )


def _add(whole: Message, calls: dict[int, Call], delta: Message) -> None:
    whole.content = (whole.content or "") + (delta.content or "")
    whole.refusal = (whole.refusal or "") + (delta.refusal or "")
    for piece in delta.tool_calls or ():
        call = calls.setdefault(piece.index, Call(index=piece.index, function=Function()))
        call.id = call.id or piece.id
        call.function.name = call.function.name or piece.function.name
        call.function.arguments = (call.function.arguments or "") + (piece.function.arguments or "")


def _reply(completion: Completion) -> ChatReply:
    choice = completion.choices[0]
    if choice.message.refusal:
        raise RefusalError(f"the model refused: {choice.message.refusal}")
    if choice.finish_reason == "content_filter":
        raise RefusalError("a content filter took the answer away")
    return ChatReply(
        text=whole_text(choice.message.content or ""),
        calls=tuple(
            RequestedCall(
                call.id or f"call_{number}",
                whole_text(call.function.name or ""),
                whole_text(call.function.arguments or ""),
            )
            for number, call in enumerate(choice.message.tool_calls or ())
        ),
        finish_reason=choice.finish_reason or "stop",
        usage=Usage(**completion.usage.model_dump()) if completion.usage else Usage(),
        model=completion.model,
    )


def _wrong_schema(error: ValidationError) -> EndpointError:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the body"
    return EndpointError(f"not a chat completion: {where}: {first['msg']}")
