"""What the OpenAI SDK and its transport raise -> what it means for a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any

import openai

from pare_harness.errors import (
    ContextOverflowError,
    EndpointError,
    ModelError,
    ModelTimeoutError,
    NetworkError,
    RateLimitError,
    RefusalError,
    ServerError,
)

TRANSPORT: ModuleType = import_module(openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0])
"""The HTTP library of this version of the SDK, `httpx` or a successor: it raises what breaks within a stream."""

CODES: Mapping[str, type[ModelError]] = MappingProxyType(
    {
        "context_length_exceeded": ContextOverflowError,
        "string_above_max_length": ContextOverflowError,
        "content_filter": RefusalError,
        "content_policy_violation": RefusalError,
        "insufficient_quota": EndpointError,
    }
)
"""What an error means by the code in its body, whatever its status."""

STATUSES: Mapping[int, type[ModelError]] = MappingProxyType(
    {408: ModelTimeoutError, 413: ContextOverflowError, 429: RateLimitError, 504: ModelTimeoutError}
)

TOO_LONG = re.compile(r"context (length|window|size)|too many tokens|prompt is too long", re.IGNORECASE)
"""How endpoints without that code say that a conversation does not fit."""

Decoded = (json.JSONDecodeError, UnicodeDecodeError)


@contextmanager
def classified(where: str, secrets: tuple[str, ...]) -> Iterator[None]:
    """Raise `ModelError` for whatever goes wrong inside, on one line that starts with `where` and shows no secret."""
    try:
        yield
    except ModelError as error:
        error.args = (_line(where, str(error), secrets),)
        raise
    except Exception as error:
        fault = _fault(error)
        if fault is None:
            raise
        fault.args = (_line(where, str(fault), secrets),)
        raise fault from None


def _fault(error: Exception) -> ModelError | None:
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if isinstance(error, (openai.APITimeoutError, TRANSPORT.TimeoutException)):
        return ModelTimeoutError("no answer within the time limit")
    if isinstance(error, (openai.APIConnectionError, TRANSPORT.HTTPError)):
        return NetworkError(f"connection failed: {error.__cause__ or error}")
    if isinstance(error, Decoded):
        return ServerError(f"the answer is not JSON: {error}")
    if isinstance(error, openai.APIError):
        kind = CODES.get(str(error.code)) or (ContextOverflowError if TOO_LONG.search(str(error)) else ServerError)
        return kind(f"the endpoint broke off: {error}")
    return ServerError(f"the endpoint broke off: {error}") if isinstance(error, openai.OpenAIError) else None


def raise_for_error(body: Any) -> None:
    """Raise what a body means that has an error in place of an answer, whatever its status said."""
    error = body.get("error") if isinstance(body, dict) else None
    if not error or body.get("choices"):
        return
    told = error if isinstance(error, dict) else {"message": error}
    message = str(told.get("message") or told)
    kind = CODES.get(str(told.get("code"))) or (ContextOverflowError if TOO_LONG.search(message) else EndpointError)
    raise kind(f"an error in place of an answer: {message}")


def _of_status(error: openai.APIStatusError) -> ModelError:
    message = f"{error.status_code}: {_said(error)}"
    kind = CODES.get(error.code or "") or STATUSES.get(error.status_code)
    if kind is None and error.status_code == 400 and TOO_LONG.search(message):
        kind = ContextOverflowError
    if kind is RateLimitError:
        return RateLimitError(message, retry_after(error.response.headers))
    return (kind or (ServerError if error.status_code >= 500 else EndpointError))(message)


def _said(error: openai.APIStatusError) -> str:
    body: Any = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return str(said or error.response.text or error.response.reason_phrase)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an endpoint asks to wait; None where it asks for nothing, or gives a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"\d+(\.\d+)?", text := headers.get(name, "").strip()):
            return float(text) * unit
    return None


def _line(where: str, what: str, secrets: tuple[str, ...]) -> str:
    line = " ".join(f"{where}: {what}".split())
    for secret in filter(None, secrets):
        line = line.replace(secret, "***")
    return line if len(line) <= 500 else f"{line[:500]}…"
