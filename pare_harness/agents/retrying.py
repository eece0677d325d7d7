"""An engine that asks again after faults of the moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pare_harness.agents.chat import ChatReply, ChatRequest, Engine
from pare_harness.errors import ModelError, RateLimitError

FIRST_PAUSE = 1.0
LONGEST_WAIT = 30.0
"""Seconds of real time: an endpoint that asks to wait longer is not waited for."""


@dataclass(frozen=True)
class Retrying:
    """Asks `engine`, and after each transient fault again, at most `retries` times, pausing 1, 2, 4 … seconds.

    The pauses pass on the simulated clock: `ChatReply.waited` says how long they were. Real time passes only where an
    endpoint asks for it with Retry-After, by `sleep`, and never more than `longest` seconds.
    """

    engine: Engine
    retries: int = 3
    longest: float = LONGEST_WAIT
    sleep: Callable[[float], None] = time.sleep

    def complete(self, request: ChatRequest) -> ChatReply:
        """The answer. Raises the fault that is not transient, or the last one; `fault.retries` came before it."""
        attempt, waited = 0, 0.0
        while True:
            try:
                return replace(self.engine.complete(request), retries=attempt, waited=waited)
            except ModelError as fault:
                fault.retries = attempt
                if attempt == self.retries or not self._may_pass(fault):
                    raise
                waited += self._pause(fault, attempt)
            attempt += 1

    def _may_pass(self, fault: ModelError) -> bool:
        asked = fault.retry_after if isinstance(fault, RateLimitError) else None
        return fault.transient and (asked is None or asked <= self.longest)

    def _pause(self, fault: ModelError, attempt: int) -> float:
        if isinstance(fault, RateLimitError) and fault.retry_after is not None:
            self.sleep(fault.retry_after)
            return fault.retry_after
        return FIRST_PAUSE * 2.0**attempt
