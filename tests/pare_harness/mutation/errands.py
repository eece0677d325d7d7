"""A day with a bit of everything, whose validator is given by each test."""

from collections.abc import Callable
from typing import Any

from pare_harness.apps import HomeScreenSystemApp, PAREAgentUserInterface, StatefulEmailApp, StatefulReminderApp
from pare_harness.apps.email import EmailFolderName
from pare_harness.capture import EventRegisterer
from pare_harness.mutation.days import Day, day_of
from pare_harness.mutation.operators import mutants
from pare_harness.runner import ScenarioRun, run_oracle
from pare_harness.scenarios import Checks, PAREScenario, ScenarioValidationResult

DUE = "2025-01-01 18:00:00"


class Errand(PAREScenario):
    """Ada asks; the agent reads, asks the user, replies and sets a reminder; Ada thanks; the user looks at her mail."""

    scenario_id = "errand"

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.ui, self.system = PAREAgentUserInterface(), HomeScreenSystemApp(name="System")
        self.emails, self.reminders = StatefulEmailApp(name="Emails"), StatefulReminderApp(name="Reminders")
        self.apps = [self.ui, self.system, self.emails, self.reminders]

    def build_events_flow(self) -> None:
        with EventRegisterer.capture_mode():
            mail = self.emails.send_email_to_user_with_id("seven", "ada@example.org", "Tonight", "At seven?")
            read = self.emails.get_email_by_id(email_id="seven").oracle().depends_on(mail.delayed(10), 5)
            ask = self.ui.send_message_to_user(content="Shall I tell Ada yes?").oracle().depends_on(read, 5)
            yes = self.ui.accept_proposal(content="Yes.").oracle().depends_on(ask, 10)
            reply = self.emails.reply_to_email(email_id="seven", content="At seven.").oracle().depends_on(yes, 10)
            thanks = self.emails.send_email_to_user_only("ada@example.org", "Re", "Fine!").depends_on(reply, 20)
            remind = self.reminders.add_reminder("Ada", DUE, "Bring cake").oracle().depends_on(reply, 10)
            look = self.system.open_app(app_name="Emails").oracle().depends_on(thanks, 10)
        self.events = [mail, read, ask, yes, reply, thanks, remind, look]

    def judge(self, check: Checks) -> None:
        """What must hold; nothing."""

    def validate(self, env: Any) -> ScenarioValidationResult:
        check = Checks(env)
        self.judge(check)
        return check.verdict()

    @property
    def replies(self) -> list[str]:
        return [mail.content for mail in self.emails.folders[EmailFolderName.SENT].emails]


Judge = Callable[[Any, Checks], None]


def replied(day: Errand, check: Checks) -> None:
    check(bool(day.replies), "no reply")


def replied_once(day: Errand, check: Checks) -> None:
    check(len(day.replies) == 1, f"{len(day.replies)} replies")


def replied_at_seven(day: Errand, check: Checks) -> None:
    check(all("seven" in text for text in day.replies), "not at seven")


def reminded(day: Errand, check: Checks) -> None:
    check(len(day.reminders.reminders) == 1, "no reminder")


def asked_first(day: Errand, check: Checks) -> None:
    check.asked_first()


def errand(*judges: Judge, base: type[PAREScenario] = Errand, **attributes: Any) -> type[PAREScenario]:
    """The day with a validator that looks at all of `judges`."""

    def judge(day: Any, check: Checks) -> None:
        for one in judges:
            one(day, check)

    return type("Judged", (base,), {"judge": judge, **attributes})


def prepared(kind: type[PAREScenario] = Errand) -> Day:
    """A fresh day, with the times at which it goes as expected."""
    times = {event.event_id: event.event_time or 0.0 for event in run_oracle(kind()).log.list_view()}
    scenario = kind()
    scenario.initialize()
    return day_of(scenario, times)


def played(name: str, kind: type[PAREScenario] = Errand) -> ScenarioRun:
    """The run of the mutant of that name."""
    day = prepared(kind)
    next(one for one in mutants(day) if one.name == name).apply(day)
    return run_oracle(day.scenario)


def told(run: ScenarioRun) -> list[tuple[int, str, bool]]:
    """When what was called, in seconds since the start, and whether it failed."""
    start = run.env.start_time
    return [(int(e.event_time or 0) - int(start), e.function_name(), e.failed()) for e in run.log.list_view()]
