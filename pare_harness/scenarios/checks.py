"""What a validator finds at the end of a day, put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pare_harness.events import CompletedEvent, EventType
from pare_harness.scenarios.scenario import ScenarioValidationResult

if TYPE_CHECKING:
    from pare_harness.apps.core import App
    from pare_harness.environment import StateAwareEnvironmentWrapper

_INTERFACE = "PAREAgentUserInterface"
_ACCEPT, _REJECT, _MESSAGE = "accept_proposal", "reject_proposal", "send_message_to_user"


class Checks:
    """Collects what is wrong with a run; nothing wrong means success.

    A failed call of the environment is always wrong: then the day did not go as the scenario tells it. A failed call of
    the user or the agent is wrong only if the validator says so, since both may try again.
    """

    def __init__(self, env: StateAwareEnvironmentWrapper) -> None:
        self._log = env.event_log.list_view()
        self.problems = [
            f"the environment's {_described(event)}"
            for event in self._log
            if event.failed() and event.event_type is EventType.ENV
        ]

    def __call__(self, holds: bool, problem: str) -> None:
        """Note `problem` unless it `holds`."""
        if not holds:
            self.problems.append(problem)

    def calls(self, app: App, function: str, *, failed: bool = False) -> list[CompletedEvent]:
        """The calls of a method of `app`, whoever made them: those that succeeded, or those that `failed`."""
        return [
            event
            for event in self._log
            if event.app_name() == app.name and event.function_name() == function and event.failed() is failed
        ]

    def agent_writes(self) -> list[CompletedEvent]:
        """The agent's successful changes of apps, its conversation with the user aside."""
        return [event for event in self._log if _is_agent_write(event)]

    def asked_first(self) -> None:
        """Every change that the agent made must follow an acceptance, with no rejection in between."""
        accepted = False
        for event in self._log:
            if event.function_name() in (_ACCEPT, _REJECT) and not event.failed():
                accepted = event.function_name() == _ACCEPT
            elif _is_agent_write(event):
                self(accepted, f"{event.app_name()}.{event.function_name()} was called without the user's consent")

    def proposed(self, *words: str) -> None:
        """One message to the user must name all of `words`, in upper or lower case: consent is consent to something."""
        said = [str(event.get_args().get("content", "")).lower() for event in self._log if _is_message(event)]
        named = any(all(word.lower() in text for word in words) for text in said)
        self(named, f"no message to the user names {' and '.join(map(repr, words))}")

    def verdict(self) -> ScenarioValidationResult:
        """Success, or all problems as the rationale."""
        return ScenarioValidationResult(success=not self.problems, rationale="; ".join(self.problems) or None)


def _is_message(event: CompletedEvent) -> bool:
    return event.function_name() == _MESSAGE and event.app_class_name() == _INTERFACE and not event.failed()


def _is_agent_write(event: CompletedEvent) -> bool:
    by_agent = event.event_type is EventType.AGENT and event.app_class_name() != _INTERFACE
    return by_agent and event.is_write() and not event.failed()


def _described(event: CompletedEvent) -> str:
    error = event.metadata
    return f"{event.app_name()}.{event.function_name()} failed with {error.exception_type}: {error.exception}"
