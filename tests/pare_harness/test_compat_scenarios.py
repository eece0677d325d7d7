"""Scenario files in the published style, unmodified, in oracle mode."""

import ast
from pathlib import Path

import pytest

from pare_harness import compat
from pare_harness.runner import run_oracle
from pare_harness.scenarios.registration import discover
from pare_harness.scenarios.utils.registry import ScenarioRegistry

FOLDER = Path(__file__).parent / "compat_scenarios"

# What each scenario means to fail: the call, and the error that is recorded. The run goes on.
FAILING = {
    "compat_boat_share": {
        ("create_and_add_message", "Exception"),
        ("send_message_to_group_conversation", "ValueError"),
    },
    "compat_choir_trip": {("get_email_by_id", "ValueError"), ("send_email_to_user_with_id", "ValueError")},
    "compat_flat_viewing": {
        ("end_ride", "ValueError"),
        ("get_apartment_details", "ValueError"),
        ("order_ride", "ValueError"),
    },
    "compat_tent": {
        ("cancel_order", "ValueError"),
        ("checkout", "EmptyCartError"),
        ("checkout", "ValueError"),
        ("update_order_status", "ValueError"),
    },
    "compat_thesis": {("delete_reminder", "ValueError"), ("duplicate_note", "KeyError")},
    "compat_workshop": {
        ("delete_calendar_event", "ValueError"),
        ("delete_calendar_event_by_attendee", "ValueError"),
    },
}

# Every method that the published scenarios call, by the variable that holds the app here.
CALLED = {
    "aui": "send_message_to_user accept_proposal",
    "apartment_app": (
        "add_new_apartment save_apartment list_saved_apartments get_apartment_details remove_saved_apartment "
        "search_apartments update_apartment delete_apartment list_all_apartments"
    ),
    "cab_app": (
        "add_new_ride order_ride get_quotation get_ride_history get_current_ride_status user_cancel_ride list_rides "
        "update_ride_status end_ride cancel_ride get_ride"
    ),
    "calendar_app": (
        "add_calendar_event get_calendar_events_from_to edit_calendar_event set_calendar_event search_events "
        "add_calendar_event_by_attendee delete_calendar_event_by_attendee add_event delete_calendar_event "
        "get_calendar_event read_today_calendar_events"
    ),
    "contacts_app": (
        "add_contact search_contacts add_new_contact edit_contact get_current_user_details get_contact get_contacts"
    ),
    "email_app": (
        "send_email_to_user_with_id get_email_by_id reply_to_email add_email list_emails send_email "
        "reply_to_email_from_user download_attachments send_email_to_user_only add_attachment "
        "create_and_add_email_with_time search_emails create_and_add_email forward_email get_email_by_index"
    ),
    "files_app": "open makedirs read_document mkdir",
    "folders": "get_email_by_id add_email",
    "messaging_app": (
        "create_and_add_message add_conversation read_conversation send_message add_users get_user_id "
        "send_message_to_group_conversation add_contacts get_existing_conversation_ids create_group_conversation "
        "add_message list_recent_conversations search list_conversations_by_participant lookup_user_id"
    ),
    "note_app": (
        "create_note_with_time add_attachment_to_note search_notes create_note get_note_by_id remove_attachment "
        "update_note new_folder list_attachments delete_note list_notes list_folders move_note duplicate_note "
        "rename_folder search_notes_in_folder"
    ),
    "reminder_app": ("add_reminder delete_reminder get_all_reminders update_reminder get_due_reminders"),
    "shopping_app": (
        "add_item_to_product add_product add_to_cart add_discount_code search_product checkout add_order list_orders "
        "get_discount_code_info list_cart get_order_details get_product_details cancel_order update_order_status "
        "list_all_products remove_from_cart update_item add_order_multiple_items load_products_from_dict"
    ),
}


def receiver(node: ast.expr) -> str:
    """`x` of `x.f()` and `self.x.f()`, and `folders` of `x.folders[key].f()`."""
    if isinstance(node, ast.Subscript):
        return receiver(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def calls() -> set[tuple[str, str]]:
    nodes = (node for file in FOLDER.glob("[!_]*.py") for node in ast.walk(ast.parse(file.read_text())))
    functions = (node.func for node in nodes if isinstance(node, ast.Call))
    return {(receiver(f.value), f.attr) for f in functions if isinstance(f, ast.Attribute)}


def test_the_files_call_every_method_that_published_scenarios_call() -> None:
    wanted = {(app, method) for app, methods in CALLED.items() for method in methods.split()}
    assert wanted - calls() == set()


def test_the_files_are_found_without_a_change() -> None:
    found = discover([FOLDER], ScenarioRegistry())
    assert found.errors == ()
    assert sorted(found.scenarios) == sorted(FAILING)
    assert compat.install()


@pytest.mark.parametrize("scenario_id", FAILING)
def test_every_file_passes_and_fails_only_where_it_means_to(scenario_id: str) -> None:
    scenario = discover([FOLDER], ScenarioRegistry()).scenarios[scenario_id]()
    run = run_oracle(scenario)
    assert run.result.success is True, run.result
    log = run.log.list_view()
    assert {(e.function_name(), e.metadata.exception_type) for e in log if e.failed()} == FAILING[scenario_id]
    assert {e.event_id for e in scenario.events} <= {e.event_id.partition("-CHECK_")[0] for e in log}


@pytest.mark.parametrize("scenario_id", FAILING)
def test_no_file_passes_when_nothing_happens(scenario_id: str) -> None:
    scenario = discover([FOLDER], ScenarioRegistry()).scenarios[scenario_id]()
    scenario.initialize()
    scenario.events = []
    assert run_oracle(scenario).result.status == "failed"


@pytest.mark.parametrize("scenario_id", FAILING)
def test_two_runs_give_equal_logs(scenario_id: str) -> None:
    cls = discover([FOLDER], ScenarioRegistry()).scenarios[scenario_id]
    assert run_oracle(cls()).log.to_json() == run_oracle(cls()).log.to_json()
