"""What the integration tests of PARE share: scenarios of every ending, and readers of what a run leaves behind."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support.plugin_runs import Stored

HEAD = """
import os
import signal
import sys

from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulEmailApp
from pare_harness.capture import EventRegisterer
from pare_harness.errors import InfraError
from pare_harness.scenarios import PAREScenario, ScenarioValidationResult, register_scenario


class Lunch(PAREScenario):
    start_time = 1735689600.0

    def init_and_populate_apps(self, *args, **kwargs):
        self.ui = PAREAgentUserInterface()
        self.mail = StatefulEmailApp(name="Emails")
        self.apps = [self.ui, HomeScreenSystemApp(name="System"), self.mail]

    def build_events_flow(self):
        with EventRegisterer.capture_mode():
            asked = self.mail.send_email_to_user_with_id(
                email_id="lunch", sender="ada@example.org", subject="Lunch", content="At one?"
            ).delayed(5)
            offer = self.ui.send_message_to_user(content="Shall I reply to Ada?").oracle().depends_on(asked, 2)
            yes = self.ui.accept_proposal(content="Yes").oracle().depends_on(offer, 2)
            reply = self.mail.reply_to_email(email_id="lunch", content="Yes").oracle().depends_on(yes, 1)
        self.events = [asked, offer, yes, reply]

    def verdict(self):
        return True

    def validate(self, env):
        return ScenarioValidationResult(success=self.verdict(), rationale=self.rationale())

    def rationale(self):
        return None
"""

ENDINGS = {
    "fine": ("return True", ""),
    "wrong": ("return False", "return 'Ada got no reply'"),
    "unsaid": ("return False", ""),
    "broken": ("return self.nothing", ""),
    "offline": ("raise InfraError('no network')", ""),
    "undecided": ("return None", ""),
    "quits": ("sys.exit(3)", ""),
    "dies": ("os._exit(7)", ""),
    "interrupts": ("os.kill(os.getppid() if 'PYTEST_XDIST_WORKER' in os.environ else os.getpid(), signal.SIGINT)", ""),
}
"""Scenario id -> what its validator does for a verdict, and for a rationale."""


def scenario(scenario_id: str, ending: str | None = None) -> str:
    """A scenario that ends as `ending`, by default as its id says."""
    verdict, rationale = ENDINGS[ending or scenario_id]
    lines = [f'@register_scenario("{scenario_id}")', f"class Day_{scenario_id}(Lunch):"]
    lines += ["    def verdict(self):", f"        {verdict}"]
    if rationale:
        lines += ["", "    def rationale(self):", f"        {rationale}"]
    return "\n".join(lines)


def day(*scenarios: str) -> str:
    """A file of scenarios: texts of `scenario`, or ids of those that end as their ids say."""
    texts = [scenario(one) if one in ENDINGS else one for one in scenarios]
    return "\n\n\n".join((HEAD.strip(), *texts)) + "\n"


def days(pytester: pytest.Pytester, **files: str) -> str:
    """Write files of scenarios into the folder `days`, and give the option that names it."""
    folder = pytester.path / "days"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    return "--pare-scenarios=days"


def frame(stored: Stored) -> pl.DataFrame:
    """`pare.parquet` of a run."""
    return stored.frame("pare")


def summary(stored: Stored) -> dict[str, Any]:
    """`pare.json` of a run."""
    content: dict[str, Any] = json.loads((stored.folder / "pare.json").read_text("utf-8"))
    return content


def no_results(folder: Path) -> bool:
    """Whether no run has stored anything there."""
    return not list(folder.glob("runs/*"))
