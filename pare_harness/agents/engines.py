"""Models behind an endpoint that speaks OpenAI's chat completions, asked through the `openai` SDK."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any

from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine
from pare_harness.agents.completions import read_chunks, read_completion
from pare_harness.agents.retrying import Retrying
from pare_harness.errors import EndpointError, ModelTimeoutError
from pare_harness.redaction import without_login

if TYPE_CHECKING:
    import openai

    from pare_harness.scenarios.config import LLMEngineConfig

OPENAI = "https://api.openai.com/v1"
PATH = "/chat/completions"
BASE_URL = "OPENAI_BASE_URL"
NO_KEY = "none"
"""What endpoints of one's own are sent where no key is set: the SDK insists on one."""

TOKENS_PER_PRICE = 1_000_000

_connections: dict[int, openai.DefaultHttpxClient] = {}
"""By process."""


class OpenAIEngine:
    """One model behind one endpoint; it asks once, and says what kind of fault kept it from an answer."""

    def __init__(self, model: LLMEngineConfig) -> None:
        self.model = model

    def complete(self, request: ChatRequest) -> ChatReply:
        """The model's answer. Raises `ModelError`; `EndpointError` too where the SDK or the key is missing."""
        client, headers, url = self._client()
        from pare_harness.agents.faults import classified  # noqa: PLC0415 - loads the SDK, which exists by now

        with classified(f"{request.model} at {without_login(url)}", (client.api_key, *headers.values())):
            return self._priced(self._ask(client, self._payload(request, url), headers))

    def _ask(self, client: openai.OpenAI, payload: dict[str, Any], headers: Mapping[str, str]) -> ChatReply:
        """Send the payload as it is: the SDK's typed methods would walk through every schema of every tool again."""
        import openai  # noqa: PLC0415 - loaded by now

        from pare_harness.agents.faults import TRANSPORT, raise_for_error  # noqa: PLC0415 - as above

        options: Any = {"headers": dict(headers), "timeout": self.model.timeout}
        if self.model.stream:
            payload |= {"stream": True, "stream_options": {"include_usage": True}}
            pieces = openai.Stream[object]
            with client.post(
                PATH, body=payload, options=options, cast_to=object, stream=True, stream_cls=pieces
            ) as found:
                return read_chunks(_in_time(found, self.model.timeout))
        body = client.post(PATH, body=payload, options=options, cast_to=TRANSPORT.Response).json()
        raise_for_error(body)
        return read_completion(body)

    def _payload(self, request: ChatRequest, url: str) -> dict[str, Any]:
        """The request as the SDK takes it; OpenAI's own models know only the longer name of the limit of tokens."""
        payload = request.canonical()
        if "max_tokens" in payload and url.startswith(OPENAI):
            payload["max_completion_tokens"] = payload.pop("max_tokens")
        return payload

    def _client(self) -> tuple[openai.OpenAI, dict[str, str], str]:
        url = self.model.endpoint or os.environ.get(BASE_URL) or OPENAI
        key = _sendable(os.environ.get(self.model.api_key_env, ""), f"the key in ${self.model.api_key_env}")
        if not key and url.startswith(OPENAI):
            raise EndpointError(
                f"{self.model.model_name} at {without_login(url)}: no key; expected one in ${self.model.api_key_env}"
            )
        headers = {name: _from_environment(value) for name, value in self.model.headers.items()}
        return _shared_client(url, key or NO_KEY, os.getpid()), headers, url

    def _priced(self, reply: ChatReply) -> ChatReply:
        """With the cost that the configured prices make, where the endpoint does not say it."""
        usage, model = reply.usage, self.model
        if usage.cost is not None or usage.prompt_tokens is None or usage.completion_tokens is None:
            return reply
        if model.input_price is None or model.output_price is None:
            return reply
        cost = usage.prompt_tokens * model.input_price + usage.completion_tokens * model.output_price
        return replace(reply, usage=replace(usage, cost=cost / TOKENS_PER_PRICE))


def _in_time(pieces: Iterable[object], seconds: float) -> Iterator[object]:
    """The pieces of a stream, whose transport only limits the time between two of them."""
    end = monotonic() + seconds
    for piece in pieces:
        if monotonic() > end:
            raise ModelTimeoutError("no whole answer within the time limit")
        yield piece


def open_ai_engine(model: LLMEngineConfig, site: CallSite) -> Engine:
    """The model as configured, asked again after a transient fault."""
    return Retrying(OpenAIEngine(model), model.retries)


def _from_environment(value: str) -> str:
    """A header's value; `$NAME` stands for that environment variable."""
    if not value.startswith("$"):
        return _sendable(value, "a header")
    if value[1:] not in os.environ:
        raise EndpointError(f"header {value!r}: environment variable {value[1:]!r} is not set")
    return _sendable(os.environ[value[1:]], f"the header in {value}")


def _sendable(value: str, what: str) -> str:
    """The value without blanks around it, such as the end of a line; EndpointError for other characters."""
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        raise EndpointError(f"{what} has characters that no header can carry; expected printable ASCII")
    return value


@lru_cache(maxsize=8)
def _shared_client(url: str, key: str, process: int) -> openai.OpenAI:
    """One client for all runs of a process."""
    try:
        import openai  # noqa: PLC0415 - an extra, for those who ask a model
    except ImportError as error:
        raise EndpointError("models need the openai SDK: pip install 'pytest-pytyche[llm]'") from error
    return openai.OpenAI(api_key=key, base_url=url, max_retries=0, http_client=_shared_connections(process))


def _shared_connections(process: int) -> openai.DefaultHttpxClient:
    """The connections of a process; a forked child makes its own, and keeps what it inherited unused and open.

    Certificates are read once, which takes a while. Threads that come here at once get the same: a second one's
    connections would be kept alive by nobody, and never closed. A lock would stay shut in a child forked meanwhile.
    """
    import openai  # noqa: PLC0415 - as above

    if process not in _connections:
        made = openai.DefaultHttpxClient()
        if _connections.setdefault(process, made) is made:
            atexit.register(made.close)
    return _connections[process]
