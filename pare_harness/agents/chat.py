"""A call of a chat model as plain values: what is asked, what comes back, and who answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from pare_harness.scenarios.config import LLMEngineConfig

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ChatRequest:
    """One question to a model. `messages` and `tools` are JSON values in the schema of OpenAI's chat completions."""

    model: str
    messages: tuple[Json, ...]
    tools: tuple[Json, ...] = ()
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None

    def canonical(self) -> dict[str, Any]:
        """What decides the answer, as JSON values: no keys, headers or timeouts, and nothing that is not set."""
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        content |= {name: [dict(one) for one in content[name]] for name in ("messages", "tools")}
        return {name: value for name, value in content.items() if value not in (None, [])}


@dataclass(frozen=True)
class RequestedCall:
    """A tool call that a model asks for; `arguments` is the text it wrote, which need not be JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Usage:
    """Tokens of one call, and its cost in money; None where the endpoint and the configuration do not tell."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True)
class ChatReply:
    """What a model answered. `retries` came before it, with `waited` seconds of simulated time between them."""

    text: str
    calls: tuple[RequestedCall, ...] = ()
    finish_reason: str = "stop"
    usage: Usage = Usage()
    model: str = ""
    retries: int = 0
    waited: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `from_dict` gives back an equal reply."""
        return asdict(self) | {"calls": [asdict(call) for call in self.calls]}

    @classmethod
    def from_dict(cls, content: Json) -> Self:
        """The reply that `to_dict` wrote. Raises `TypeError` or `KeyError` for anything else."""
        calls = tuple(RequestedCall(**call) for call in content["calls"])
        return cls(**{**content, "calls": calls, "usage": Usage(**content["usage"])})


class Engine(Protocol):
    """Answers questions: a model behind an endpoint, a recording, or another engine with something added."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """The answer. Raises `ModelError` for a model that gives none, `BudgetReached` where it may not be asked."""
        ...


@dataclass(frozen=True)
class CallSite:
    """Who asks: a part (`user`, `observe` or `execute`) in one run of a scenario."""

    scenario_id: str
    run_number: int | None
    part: str


class EngineBuilder(Protocol):
    """Makes the engine of one part in one run. Builders compose by wrapping, as engines do."""

    def __call__(self, model: LLMEngineConfig, site: CallSite) -> Engine: ...
