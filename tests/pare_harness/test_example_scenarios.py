import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pare_harness import apps
from pare_harness.apps import (
    App,
    SandboxLocalFileSystem,
    StatefulApartmentApp,
    StatefulCabApp,
    StatefulCalendarApp,
    StatefulContactsApp,
    StatefulEmailApp,
    StatefulMessagingApp,
    StatefulNotesApp,
    StatefulReminderApp,
    StatefulShoppingApp,
)
from pare_harness.capture import EventRegisterer, registered, registration_of
from pare_harness.events import AbstractEvent, ConditionCheckEvent, EventType, OracleEvent
from pare_harness.runner import ScenarioRun, run_oracle, run_replay
from pare_harness.scenarios import PAREScenario, ScenarioRegistry
from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from pare_harness.scenarios.registration import discover
from pare_harness.turns import perform_call

FOLDER = Path(__file__).parents[2] / "fixtures" / "scenarios"
FOUND = discover([FOLDER], registry=ScenarioRegistry())
IDS = sorted(FOUND.scenarios)

COUNTS = {
    "airport_ride_rebooked": (1, 1, 0),
    "allotment_lease_filed": (1, 1, 0),
    "answered_before_breakfast": (0, 0, 0),
    "book_club_evening": (1, 1, 0),
    "boots_with_voucher": (1, 1, 0),
    "choir_rehearsal_moved": (1, 1, 0),
    "concert_cab_delayed": (1, 1, 0),
    "flat_for_three": (1, 1, 0),
    "flat_swap_rejected": (1, 0, 1),
    "frost_called_off": (2, 2, 0),
    "invoice_among_noise": (1, 1, 0),
    "parcel_yes_ride_no": (2, 1, 1),
    "piano_tuner_number": (1, 1, 0),
    "potluck_with_flaky_tools": (1, 1, 0),
    "seeds_already_delivered": (1, 1, 0),
}
"""Proposals, acceptances and rejections of a replay."""

RUNNERS = [run_oracle, run_replay]

Run = Callable[[PAREScenario], ScenarioRun]
Mutation = Callable[[PAREScenario], None]


def made(scenario_id: str, **fields: Any) -> PAREScenario:
    return FOUND.scenarios[scenario_id](**fields)


def digests() -> dict[str, list[str]]:
    """A digest of every log, by scenario: of the oracle run and of the replay."""
    return {
        one: [sha256(run(made(one)).log.to_json().encode()).hexdigest() for run in (run_oracle, run_replay)]
        for one in IDS
    }


def test_every_file_gives_one_scenario_under_its_own_name() -> None:
    assert FOUND.errors == ()
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == IDS == sorted(COUNTS)


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("scenario_id", IDS)
def test_examples_pass(scenario_id: str, run: Run) -> None:
    result = run(made(scenario_id)).result
    assert (result.status, result.rationale) == ("success", None)


@pytest.mark.parametrize("scenario_id", IDS)
def test_a_replay_does_everything_that_is_expected_and_nothing_else(scenario_id: str) -> None:
    scenario = made(scenario_id)
    run = run_replay(scenario)
    expected = sorted(e.event.function_name() for e in scenario.events if isinstance(e, OracleEvent))
    done = [e for e in run.log.list_view() if e.event_type in (EventType.AGENT, EventType.USER)]
    assert sorted(e.function_name() for e in done) == expected
    result = run.result
    assert (result.proposal_count, result.acceptance_count, result.rejection_count) == COUNTS[scenario_id]
    assert result.read_only_actions + result.write_actions == len(done)
    assert result.read_only_actions > 0
    assert result.write_actions > 0
    assert len(done) / 2 < result.number_of_turns < 50


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("scenario_id", IDS)
def test_a_reset_scenario_runs_again_with_the_same_log(scenario_id: str, run: Run) -> None:
    scenario = made(scenario_id)
    first = run(scenario).log.to_json()
    scenario.soft_reset()
    assert run(scenario).log.to_json() == first


@pytest.mark.parametrize("scenario_id", IDS)
@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_does_not_change_the_verdict(scenario_id: str, run: Run, seed: int) -> None:
    day = FOUND.scenarios[scenario_id](
        seed=seed,
        env_events_config=EnvEventsConfig(num_env_events_per_minute=10, env_events_seed=seed),
        tool_augmentation_config=ToolAugmentationConfig(tool_failure_probability=0.1),
    )
    result = run(day).result
    assert (result.status, result.rationale) == ("success", None)


def test_logs_are_the_same_in_another_process() -> None:
    here = digests()
    assert here == digests()
    code = f"import json; from {__name__} import digests; print(json.dumps(digests()))"
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == here


def test_every_app_is_used() -> None:
    used = {event.app_class_name() for one in IDS for event in run_replay(made(one)).log.list_view()}
    assert set(apps.__all__) - {"App", "AppState", "StatefulApp"} <= used


def test_the_flaky_tools_really_fail_and_go_by_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def traced(*args: Any) -> Any:
        outcome = perform_call(*args)
        seen.append((outcome.call.tool, type(outcome.error).__name__))
        return outcome

    monkeypatch.setattr("pare_harness.turns.perform_call", traced)
    assert run_replay(made("potluck_with_flaky_tools")).result.status == "success"
    assert ("Notes__write_note", "ToolFailure") in seen
    assert ("Notes__write_note", "NoneType") in seen


BROKEN = [
    (StatefulApartmentApp, "update_apartment", {"flat_swap_rejected"}),
    (StatefulApartmentApp, "save_apartment", {"flat_for_three", "flat_swap_rejected"}),
    (StatefulCabApp, "user_cancel_ride", {"airport_ride_rebooked"}),
    (StatefulCabApp, "update_ride_status", {"concert_cab_delayed"}),
    (StatefulCalendarApp, "edit_calendar_event", {"airport_ride_rebooked", "choir_rehearsal_moved"}),
    (StatefulContactsApp, "edit_contact", {"piano_tuner_number"}),
    (StatefulEmailApp, "reply_to_email", {"choir_rehearsal_moved", "seeds_already_delivered"}),
    (StatefulEmailApp, "download_attachments", {"allotment_lease_filed"}),
    (
        StatefulMessagingApp,
        "send_message_to_group_conversation",
        {"book_club_evening", "flat_for_three", "potluck_with_flaky_tools"},
    ),
    (StatefulNotesApp, "update_note", {"book_club_evening"}),
    (StatefulReminderApp, "add_reminder", {"frost_called_off", "invoice_among_noise", "parcel_yes_ride_no"}),
    (StatefulReminderApp, "delete_reminder", {"frost_called_off"}),
    (StatefulShoppingApp, "cancel_order", {"seeds_already_delivered"}),
    (StatefulShoppingApp, "checkout", {"boots_with_voucher"}),
    (SandboxLocalFileSystem, "mkdir", {"allotment_lease_filed"}),
]


def idle(app: type[App], method: str) -> Any:
    """The method as declared, but doing nothing."""
    declared = registration_of(getattr(app, method))
    assert declared is not None

    @functools.wraps(declared.function)
    def nothing(*args: Any, **kwargs: Any) -> None:
        return None

    return registered(nothing, operation=declared.operation, by=declared.by, kinds=declared.kinds)


@pytest.mark.parametrize(("app", "method", "affected"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_an_idle_method_fails_exactly_the_scenarios_that_live_by_it(
    app: type[App], method: str, affected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, method, idle(app, method))
    results = {one: run_oracle(made(one)).result for one in IDS}
    assert {one for one, result in results.items() if result.status == "failed"} == affected
    assert all(result.status == "success" for one, result in results.items() if one not in affected)
    assert all(results[one].rationale for one in affected)


def called(scenario: PAREScenario, method: str) -> list[OracleEvent]:
    return [e for e in scenario.events if isinstance(e, OracleEvent) and e.event.function_name() == method]


def reject(scenario: PAREScenario) -> None:
    """The user rejects what she would accept."""
    with EventRegisterer.capture_mode():
        for answer in called(scenario, "accept_proposal"):
            answer.event.action = scenario.get_app("PAREAgentUserInterface").reject_proposal(content="No.").action


def accept(scenario: PAREScenario) -> None:
    """The user accepts what she would reject."""
    with EventRegisterer.capture_mode():
        for answer in called(scenario, "reject_proposal"):
            answer.event.action = scenario.get_app("PAREAgentUserInterface").accept_proposal(content="Yes.").action


def without(method: str) -> Mutation:
    """Nobody calls the method; what depended on that depends on what came before."""

    def mutation(scenario: PAREScenario) -> None:
        for gone in called(scenario, method):
            scenario.events.remove(gone)
            for child in gone.successors:
                child.dependencies[:] = [one for one in child.dependencies if one is not gone]
                child.depends_on(gone.dependencies, child.event_relative_time or 0)
            for parent in gone.dependencies:
                parent.successors.remove(gone)

    return mutation


def at_once(method: str) -> Mutation:
    """The call waits for nothing that happens before it."""

    def mutation(scenario: PAREScenario) -> None:
        for event in called(scenario, method):
            for parent in event.dependencies:
                parent.successors.remove(event)
            event.dependencies.clear()

    return mutation


def instead(method: str, **args: Any) -> Mutation:
    """The call is made with other arguments."""

    def mutation(scenario: PAREScenario) -> None:
        for event in called(scenario, method):
            event.event.action.args |= args

    return mutation


def twice(method: str) -> Mutation:
    """The call is made once more."""

    def mutation(scenario: PAREScenario) -> None:
        first = called(scenario, method)[0]
        again = OracleEvent(event=first.event, event_type=first.event_type, event_id="again")
        scenario.events.append(again.depends_on(first, delay_seconds=1))

    return mutation


CONSENT = "was called without the user's consent"

MUTATIONS: list[tuple[str, Mutation, str]] = [
    ("airport_ride_rebooked", reject, f"Cab.order_ride {CONSENT}"),
    ("airport_ride_rebooked", at_once("order_ride"), "no ride to the airport is booked"),
    ("airport_ride_rebooked", without("user_cancel_ride"), "the van at 5:30 is ['BOOKED'], not cancelled"),
    ("allotment_lease_filed", reject, f"Notes.create_note {CONSENT}"),
    ("allotment_lease_filed", without("mkdir"), "the lease is not in /Contracts/lease.txt"),
    ("allotment_lease_filed", without("add_attachment_to_note"), "the lease is not attached to the note"),
    ("answered_before_breakfast", without("send_composed_email"), "0 answers were sent to the manager"),
    ("answered_before_breakfast", instead("set_body", body="Which meter?"), "does not say what the meter says"),
    ("book_club_evening", reject, f"Calendar.add_calendar_event {CONSENT}"),
    ("book_club_evening", at_once("read_conversation"), "the evening was fixed before both had answered"),
    ("book_club_evening", at_once("add_calendar_event"), "the evening was fixed before both had answered"),
    ("book_club_evening", without("update_note"), "the note does not say when the club meets"),
    ("boots_with_voucher", reject, f"Shopping.checkout {CONSENT}"),
    ("boots_with_voucher", instead("checkout", discount_code=None), "she pays [120.0], not 102 with the voucher"),
    ("boots_with_voucher", without("view_variant"), "not put into the cart by the user herself"),
    ("choir_rehearsal_moved", reject, f"Emails.reply_to_email {CONSENT}"),
    ("choir_rehearsal_moved", without("edit_calendar_event"), "it starts on Thursday, 2025-11-20 18:00:00"),
    ("choir_rehearsal_moved", twice("reply_to_email"), "the one reply to Ines was not sent"),
    ("concert_cab_delayed", reject, f"Cab.order_ride {CONSENT}"),
    ("concert_cab_delayed", instead("order_ride", service_type="Premium"), "the Premium cab is not the cheaper one"),
    ("concert_cab_delayed", without("send_message"), "Leyla was told 0 times that the cab is late"),
    ("concert_cab_delayed", without("order_ride"), "no cab is booked"),
    ("flat_for_three", reject, f"Apartment.save_apartment {CONSENT}"),
    ("flat_for_three", instead("save_apartment", apartment_id="{{chat}}"), "the saved flats are []"),
    ("flat_for_three", without("send_message_to_group_conversation"), "Kofi and Wen were told 0 times"),
    ("flat_swap_rejected", accept, "the user did not reject the swap"),
    ("flat_swap_rejected", without("send_message_to_user"), "names 'quay loft'"),
    ("frost_called_off", reject, f"Reminders.delete_reminder {CONSENT}"),
    ("frost_called_off", at_once("delete_reminder"), "of a frost that does not come is still there"),
    ("frost_called_off", twice("add_reminder"), "of a frost that does not come is still there"),
    ("invoice_among_noise", reject, f"Reminders.add_reminder {CONSENT}"),
    ("invoice_among_noise", twice("add_reminder"), "there are reminders for ['27 March', '27 March']"),
    ("parcel_yes_ride_no", accept, "of the two proposals, 2 was accepted and 0 rejected"),
    ("parcel_yes_ride_no", instead("add_reminder", due_datetime="2025-12-05 23:00:00"), "has not rung"),
    ("piano_tuner_number", reject, f"Contacts.edit_contact {CONSENT}"),
    ("piano_tuner_number", at_once("open_contact"), "about to call, saw ['555 0111']"),
    ("piano_tuner_number", instead("edit_contact", updates={"job": "Pianist"}), "Otto is listed as ['555 0111']"),
    ("potluck_with_flaky_tools", reject, f"Notes.create_note {CONSENT}"),
    ("potluck_with_flaky_tools", twice("create_note"), "there are 2 lists of dishes, not one"),
    ("potluck_with_flaky_tools", instead("create_note", content="Ama dumplings"), "lacks ['salad', 'bread']"),
    ("seeds_already_delivered", reject, f"Emails.reply_to_email {CONSENT}"),
    ("seeds_already_delivered", at_once("cancel_order"), "cancelling was refused 0 times, not once"),
    ("seeds_already_delivered", without("reply_to_email"), "the nursery was not asked for a refund"),
]


@pytest.mark.parametrize(("scenario_id", "mutation", "problem"), MUTATIONS)
def test_a_day_that_goes_wrong_fails_for_what_is_wrong(scenario_id: str, mutation: Mutation, problem: str) -> None:
    scenario = made(scenario_id)
    scenario.initialize()
    mutation(scenario)
    result = run_oracle(scenario).result
    assert result.status == "failed"
    assert problem in result.rationale


def test_every_example_has_a_day_that_goes_wrong() -> None:
    assert {scenario_id for scenario_id, _, _ in MUTATIONS} == set(IDS)


def has_join(scenario: PAREScenario) -> bool:
    return any(len(event.dependencies) > 1 for event in scenario.events)


def has_condition(scenario: PAREScenario) -> bool:
    return any(isinstance(event, ConditionCheckEvent) for event in scenario.events)


def has_placeholder(scenario: PAREScenario) -> bool:
    return any("{{" in str(e.event.action.args) for e in scenario.events if isinstance(e, OracleEvent))


def has_screen(scenario: PAREScenario) -> bool:
    return any(isinstance(e, OracleEvent) and e.event_type is EventType.USER for e in scenario.events)


def has_late_event(scenario: PAREScenario) -> bool:
    def is_late(event: AbstractEvent) -> bool:
        by_world = event.event_type is EventType.ENV
        return by_world and any(isinstance(parent, OracleEvent) for parent in event.dependencies)

    return any(is_late(event) for event in scenario.events)


@pytest.mark.parametrize("feature", [has_join, has_condition, has_placeholder, has_screen, has_late_event])
def test_each_feature_is_shown_at_least_twice(feature: Callable[[PAREScenario], bool]) -> None:
    scenarios = [made(one) for one in IDS]
    for scenario in scenarios:
        scenario.initialize()
    assert sum(map(feature, scenarios)) >= 2
