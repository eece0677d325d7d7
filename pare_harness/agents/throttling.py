"""Engines that wait their turn: so many calls at once, in all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine, EngineBuilder
from pare_harness.locks import one_of

if TYPE_CHECKING:
    from pare_harness.scenarios.config import LLMEngineConfig


@dataclass(frozen=True)
class Throttled:
    """Asks `engine` while it holds one of `limit` slots in `folder`; a process that dies gives its slot back."""

    engine: Engine
    folder: Path
    limit: int

    def complete(self, request: ChatRequest) -> ChatReply:
        """The engine's answer, once a slot is free."""
        with one_of(self.folder, self.limit, "call"):
            return self.engine.complete(request)


@dataclass(frozen=True)
class ThrottledBuilder:
    """Makes what `build` makes, throttled."""

    build: EngineBuilder
    folder: Path
    limit: int

    def __call__(self, model: LLMEngineConfig, site: CallSite) -> Engine:
        return Throttled(self.build(model, site), self.folder, self.limit)
