"""What stops a run of a scenario, as opposed to what an app answers to a wrong call."""


class ScenarioError(Exception):
    """The scenario itself is wrong: a cycle of events, an event that can never happen, two apps of one name."""


class LimitReached(ScenarioError):  # noqa: N818  # reads as what happened
    """A run came to one of its limits: events, turns or time."""


class BudgetReached(LimitReached):
    """A run, or the session that it belongs to, has used up one of its budgets; the text says which.

    `by_chance`: it is one of time, or shared, so that the same run need not meet it again.
    """

    by_chance = False


class InfraError(ScenarioError):
    """What the run stands on broke: a model's endpoint or the network, not the agent."""


class ModelError(ScenarioError):
    """A model gave no answer that could be used; `transient` if asking again may help.

    `retries`: how often it was asked again before.
    """

    transient = False
    retries = 0


class RateLimitError(ModelError, InfraError):
    """The endpoint wants fewer calls (429); `retry_after` is how many seconds it asks to wait, None if it does not."""

    transient = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NetworkError(ModelError, InfraError):
    """The endpoint cannot be reached, or the connection broke before the answer was whole."""

    transient = True


class ModelTimeoutError(ModelError, InfraError):
    """The endpoint did not answer in time."""

    transient = True


class ServerError(ModelError, InfraError):
    """The endpoint failed (5xx), or what it sent is not JSON."""

    transient = True


class EndpointError(ModelError, InfraError):
    """The endpoint does not take the request (key, model, parameters), or does not speak the protocol."""


class AgentFailure(ModelError):  # noqa: N818  # reads as what happened
    """The agent cannot go on, and asking again would not help: it counts against the agent."""


class ContextOverflowError(AgentFailure):
    """The conversation has grown longer than what the model reads."""


class RefusalError(AgentFailure):
    """The model declined to answer, or a content filter took its answer away."""


class ToolError(Exception):
    """A tool was called that is not offered, or with arguments that it does not take."""


class ToolFailure(Exception):  # noqa: N818  # reads as what happened
    """A failure that the noise configuration asked for: nothing ran."""


class NetworkBlockedError(ScenarioError):
    """Something wanted to reach the network in a run that is replayed from recordings."""


class CassetteError(ScenarioError):
    """A file of recordings cannot be used: it is none, or it would grow too large."""


class NotRecordedError(CassetteError):
    """A model was asked what no recording has; `difference`: a unified diff from the nearest recorded request."""

    def __init__(self, message: str, difference: str = "") -> None:
        super().__init__(message)
        self.difference = difference
