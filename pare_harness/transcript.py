"""What was said and done in a run, step by step, as both agents saw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pare_harness.agents.base import Observation, Outcome


@dataclass(frozen=True)
class Step:
    """What one side saw, and what came of its call; `outcome` is None where it made none.

    The user's observation names her screen, that of the proactive agent its mode.
    """

    observation: Observation
    outcome: Outcome | None = None

    @property
    def by_user(self) -> bool:
        """Whose step it is."""
        return self.observation.mode is None
