import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.core import page
from pare_harness.context import Simulation
from tests.pare_harness.counter import Counter, Details, Display
from tests.pare_harness.driving import phone


@given(total=st.integers(-(2**40), 2**40), labels=st.dictionaries(st.text(), st.integers(-(2**40), 2**40)))
def test_state_survives_json(total: int, labels: dict[str, int]) -> None:
    counter, other = Counter(total=total), Counter()
    counter.labels = labels
    other.load_state(json.loads(json.dumps(counter.get_state())))
    assert (other.total, other.labels) == (total, labels)
    assert other.get_state() == counter.get_state()


def test_ids_depend_on_seed_and_name_and_never_repeat() -> None:
    one, same, other = Counter("Count"), Counter("Count"), Counter("Other")
    assert one.new_id() == same.new_id() != other.new_id()
    first = {one.new_id() for _ in range(3)}
    one.set_seed(0)
    assert first.isdisjoint({one.new_id() for _ in range(3)})
    same.set_seed(1)
    same.issued = one.issued
    assert same.new_id() != one.new_id()


def test_random_numbers_depend_on_seed_and_name() -> None:
    def draw(name: str, seed: int) -> float:
        counter = Counter(name)
        counter.set_seed(seed)
        return counter.rng.random()

    assert draw("a", 1) == draw("a", 1)
    assert len({draw("a", 1), draw("a", 2), draw("b", 1)}) == 3


def test_an_app_shares_the_clock_of_its_simulation() -> None:
    simulation = Simulation(start=50)
    with simulation.running():
        counter = Counter()
    simulation.clock.add_offset(1)
    assert counter.now() == 51


def test_events_go_nowhere_until_somebody_listens() -> None:
    Counter().add_event("anything")


def test_an_action_shows_the_screen_it_asks_for() -> None:
    counter = Counter("Count")
    env = phone(counter)
    counter.add(1, "a")
    assert type(counter.current_state) is Display
    env.user(counter, "open_details", label="a")
    assert type(counter.current_state) is Details
    assert [type(one) for one in counter.navigation_stack] == [Display]
    assert [one.function_name() for one in env.logged()] == ["add", "open_details"]


def test_a_screen_that_cannot_be_shown_leaves_the_user_where_she_was() -> None:
    counter = Counter("Count")
    env = phone(counter)
    env.phone.open_app("Count")
    shown = counter.current_state
    with pytest.raises(KeyError):
        env.user(counter, "open_details", label="nothing")
    assert (counter.current_state, counter.navigation_stack) == (shown, [])


def test_a_failed_action_leads_nowhere() -> None:
    counter = Counter("Count")
    env = phone(counter)
    counter.add(1, "a")
    env.user(counter, "open_details", label="a")
    del counter.labels["a"]
    with pytest.raises(KeyError):
        env.user(counter, "forget")
    assert type(counter.current_state) is Details


def test_back_passes_over_screens_whose_content_is_gone() -> None:
    counter = Counter("Count")
    env = phone(counter)
    for label in "ab":
        counter.add(1, label)
    env.user(counter, "open_details", label="a")
    env.user(counter, "open_other", label="b")
    del counter.labels["a"]
    env.user(counter, "forget")
    assert type(counter.current_state) is Display


def test_going_back_is_one_event_and_ends_at_the_first_screen() -> None:
    counter = Counter("Count")
    env = phone(counter)
    counter.add(1, "a")
    env.user(counter, "open_details", label="a")
    assert env.user(counter, "go_back") == "Count shows Display"
    assert counter.go_back() == "Count already shows its first screen"
    assert [one.function_name() for one in env.logged()][-2:] == ["go_back", "go_back"]


def test_the_graph_of_screens_comes_from_the_tools() -> None:
    counter = Counter()
    assert counter.get_state_graph() == {"Display": ["Details"], "Details": ["Details"]}
    assert counter.get_reachable_states() == ["Display", "Details"]
    assert counter.get_reachable_states("Details") == ["Details"]
    with pytest.raises(ValueError, match=r"screen 'Home' of Counter; expected one of \['Display', 'Details'\]"):
        counter.get_reachable_states("Home")


def test_reset_shows_the_first_screen() -> None:
    counter = Counter()
    counter.add(1, "a")
    counter.set_current_state(Details("a"))
    counter.reset_to_root()
    assert type(counter.current_state) is Display
    assert counter.navigation_stack == []


def test_pages_are_cut_within_the_items() -> None:
    assert page("abcd", 1, 2) == ["b", "c"]
    assert page("abcd", 4, 2) == []
    assert page("abcd", 0, 99) == list("abcd")


@pytest.mark.parametrize(
    ("offset", "limit", "message"),
    [
        (-1, 2, "offset=-1; expected a number from 0 to 4"),
        (5, 2, "offset=5"),
        (0, -1, "limit=-1"),
    ],
)
def test_pages_outside_are_refused(offset: int, limit: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        page("abcd", offset, limit)
