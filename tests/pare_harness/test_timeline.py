import pytest

from pare_harness.apps import StatefulContactsApp
from pare_harness.timeline import render
from tests.pare_harness.driving import Phone, phone

UNKNOWN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def driven() -> Phone:
    """Adds a contact, and asks for one that is not there."""
    contacts = StatefulContactsApp(name="Contacts")
    env = phone(contacts)
    env.agent(contacts, "add_new_contact", first_name="Ada", last_name="Okafor")
    with pytest.raises(KeyError):
        env.agent(contacts, "get_contact", contact_id=UNKNOWN)
    return env


def test_an_event_is_a_line_with_its_time_who_what_and_outcome(driven: Phone) -> None:
    added, asked = render(driven.event_log).splitlines()
    assert added.startswith(
        '2025-01-01 00:00:00  AGENT     Contacts.add_new_contact(first_name="Ada", last_name="Okafor"'
    )
    assert " -> " in added
    assert asked.startswith('2025-01-01 00:00:00  AGENT     Contacts.get_contact(contact_id="012345") !! KeyError: ')


def test_the_tail_says_how_many_came_before(driven: Phone) -> None:
    lines = render(driven.event_log, tail=1).splitlines()
    assert lines[0] == "… 1 earlier events"
    assert "get_contact" in lines[1]
    assert len(lines) == 2


def test_long_lines_are_cut_but_show_their_error(driven: Phone) -> None:
    added, asked = render(driven.event_log, width=60).splitlines()
    assert added == "2025-01-01 00:00:00  AGENT     Contacts.add_new_contact(fir…"
    assert asked.startswith("2025-01-01 00:00:00  AGENT   … !! KeyError: ")
    assert (len(added), len(asked)) == (60, 60)


def test_wide_enough_lines_are_left_alone(driven: Phone) -> None:
    assert render(driven.event_log, width=1000) == render(driven.event_log)
