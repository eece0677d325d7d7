"""Runs beside each other, each with a time limit that ends it."""

from pare_harness.crews.base import Crew, Numbered, Run, ScenarioTimeoutError, broken, run_all
from pare_harness.crews.processes import Processes
from pare_harness.crews.submitted import Submitted
from pare_harness.crews.threads import Inline, Threads

__all__ = [
    "Crew",
    "Inline",
    "Numbered",
    "Processes",
    "Run",
    "ScenarioTimeoutError",
    "Submitted",
    "Threads",
    "broken",
    "run_all",
]
