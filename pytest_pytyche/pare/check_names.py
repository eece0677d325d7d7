"""The built-in checks of scenarios by name, in the order in which they are collected and reported."""

DEFAULT_CHECKS = ("oracle", "replay")
CHECKS = (*DEFAULT_CHECKS, "agent", "mutants")
OF_THE_AGENT = ("failed", "limit")
"""Statuses that say something of the agent rather than of the scenario or the infrastructure."""


def judged_by_gate(check: str, status: str) -> bool:
    """Whether a run without success is for a gate to judge, where there is one: by how often that happens."""
    return check == "agent" and status in OF_THE_AGENT
