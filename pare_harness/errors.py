"""What stops a run of a scenario, as opposed to what an app answers to a wrong call."""


class ScenarioError(Exception):
    """The scenario itself is wrong: a cycle of events, an event that can never happen, two apps of one name."""


class LimitReached(ScenarioError):  # noqa: N818  # reads as what happened
    """A run came to one of its limits: events, turns or time."""


class InfraError(ScenarioError):
    """What the run stands on broke: a model's endpoint or the network, not the agent."""


class ToolError(Exception):
    """A tool was called that is not offered, or with arguments that it does not take."""


class ToolFailure(Exception):  # noqa: N818  # reads as what happened
    """A failure that the noise configuration asked for: nothing ran."""
