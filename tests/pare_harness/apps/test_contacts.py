import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.contacts import (
    Contact,
    ContactDetail,
    ContactEdit,
    ContactsList,
    Gender,
    StatefulContactsApp,
    Status,
)
from pare_harness.capture import EventRegisterer
from pare_harness.events import EventType, OperationType
from tests.pare_harness.driving import Phone, phone


@pytest.fixture
def contacts() -> StatefulContactsApp:
    return StatefulContactsApp()


@pytest.fixture
def ada(contacts: StatefulContactsApp) -> str:
    """The id of Ada Lovelace, phone 5550100, ada@engine.org."""
    return contacts.add_new_contact("Ada", "Lovelace", phone="5550100", email="ada@engine.org")


class TestContact:
    def test_is_unknown_in_most_ways_by_default(self) -> None:
        contact = Contact("Ada", "Lovelace")
        assert (contact.gender, contact.status, contact.age) == (Gender.UNKNOWN, Status.UNKNOWN, None)
        assert contact.is_user is False
        assert contact.contact_id != Contact("Ada", "Lovelace").contact_id

    @pytest.mark.parametrize("text", ["Female", "FEMALE", "female", "Gender.FEMALE", Gender.FEMALE])
    def test_gender_is_read_in_any_spelling(self, text: str | Gender) -> None:
        assert Contact("Ada", "Lovelace", gender=text).gender is Gender.FEMALE

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("gender", "Queen", r"gender='Queen'; expected one of \['Female', 'Male', 'Other', 'Unknown'\]"),
            ("status", "Lazy", "status='Lazy'; expected one of"),
            ("age", 0, "age=0; expected a whole number from 1 to 100"),
            ("age", 101, "age=101; expected a whole number from 1 to 100"),
            ("age", "30", "age='30'; expected a whole number from 1 to 100"),
            ("first_name", None, "first_name=None; expected a text"),
            ("last_name", None, "last_name=None; expected a text"),
        ],
    )
    def test_refuses_values_by_name(self, field: str, value: object, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Contact(**{"first_name": "Ada", "last_name": "Lovelace", field: value})

    def test_says_how_to_reach_it(self) -> None:
        assert Contact("Ada", "Lovelace").summary == "Ada Lovelace"
        assert Contact("Ada", "Lovelace", phone="1", email="a@b.c").summary == "Ada Lovelace (1, a@b.c)"


class TestUser:
    def test_is_john_doe_at_first(self, contacts: StatefulContactsApp) -> None:
        user = contacts.get_current_user_details()
        assert (user.first_name, user.last_name, user.email, user.phone) == (
            "John",
            "Doe",
            "john@pare.com",
            "1234567890",
        )
        assert (user.gender, user.age, user.nationality, user.status) == (Gender.MALE, 30, "American", Status.STUDENT)
        assert (user.address, user.city_living, user.country) == ("123 Main St, Anytown, USA", "Anytown", "USA")
        assert list(contacts.contacts) == [user.contact_id]

    def test_is_the_one_that_a_scenario_adds(self, contacts: StatefulContactsApp) -> None:
        contacts.add_contact(Contact("Ada", "Lovelace", is_user=True))
        assert contacts.get_current_user_details().first_name == "Ada"

    def test_can_be_missing(self, contacts: StatefulContactsApp) -> None:
        contacts.delete_contact(contacts.get_current_user_details().contact_id)
        with pytest.raises(KeyError, match="no contact is marked as the user"):
            contacts.get_current_user_details()


class TestAdding:
    def test_a_ready_contact_replaces_the_one_with_its_id(self, contacts: StatefulContactsApp) -> None:
        assert contacts.add_contact(Contact("Ada", "Byron", contact_id="a")) == "a"
        contacts.add_contact(Contact("Ada", "Lovelace", contact_id="a"))
        assert contacts.get_contact("a").last_name == "Lovelace"
        assert len(contacts.contacts) == 2

    def test_many_are_added_at_once_even_while_capturing(self, contacts: StatefulContactsApp) -> None:
        with EventRegisterer.capture_mode():
            contacts.add_contacts([Contact("Ada", "Lovelace", contact_id="a"), Contact("Bob", "Roe", contact_id="b")])
        assert list(contacts.contacts)[1:] == ["a", "b"]

    def test_a_new_person_gets_an_id(self, contacts: StatefulContactsApp) -> None:
        contact_id = contacts.add_new_contact(
            "Ada", "Lovelace", gender="female", age=36, status="Employed", job="Programmer", city_living="London"
        )
        assert contacts.contacts[contact_id] == Contact(
            "Ada",
            "Lovelace",
            contact_id=contact_id,
            gender=Gender.FEMALE,
            age=36,
            status=Status.EMPLOYED,
            job="Programmer",
            city_living="London",
        )

    @pytest.mark.usefixtures("ada")
    def test_a_name_is_taken_once(self, contacts: StatefulContactsApp) -> None:
        with pytest.raises(ValueError, match="'ADA lovelace' is a contact already, with contact_id="):
            contacts.add_new_contact("ADA", "lovelace")
        assert len(contacts.contacts) == 2

    def test_arguments_of_other_types_are_refused(self, contacts: StatefulContactsApp) -> None:
        with pytest.raises(TypeError, match="age='30'"):
            contacts.add_new_contact("Ada", "Lovelace", age="30")

    def test_an_unknown_gender_adds_nobody(self, contacts: StatefulContactsApp) -> None:
        with pytest.raises(ValueError, match="gender='Queen'"):
            contacts.add_new_contact("Ada", "Lovelace", gender="Queen")
        assert len(contacts.contacts) == 1


class TestReading:
    def test_pages_have_the_size_of_the_view(self) -> None:
        people = {f"{n}": Contact(f"{n}", "Roe", contact_id=f"{n}") for n in range(5)}
        contacts = StatefulContactsApp(view_limit=4, contacts=people)
        first, rest = contacts.get_contacts(), contacts.get_contacts(offset=4)
        assert [contact.first_name for contact in first["contacts"]] == ["John", "0", "1", "2"]
        assert first["metadata"] == {"range": (0, 4), "total": 6}
        assert rest["metadata"] == {"range": (4, 6), "total": 6}

    def test_a_page_must_exist(self, contacts: StatefulContactsApp) -> None:
        with pytest.raises(ValueError, match="offset=2; expected a number from 0 to 1"):
            contacts.get_contacts(offset=2)

    @pytest.mark.parametrize("query", ["ada", "LACE", "5550", "engine", "ada love", "lovelace ada"])
    def test_search_looks_at_names_phone_and_email(self, contacts: StatefulContactsApp, ada: str, query: str) -> None:
        assert [contact.contact_id for contact in contacts.search_contacts(query)] == [ada]

    @pytest.mark.usefixtures("ada")
    def test_search_may_find_nobody(self, contacts: StatefulContactsApp) -> None:
        assert contacts.search_contacts("Babbage") == []


class TestEditing:
    def test_changes_what_is_given_and_keeps_the_rest(self, contacts: StatefulContactsApp, ada: str) -> None:
        assert contacts.edit_contact(ada, {"phone": "1", "status": "retired"}) == f"Contact {ada} has been changed."
        contact = contacts.get_contact(ada)
        assert (contact.phone, contact.status, contact.email) == ("1", Status.RETIRED, "ada@engine.org")

    @pytest.mark.parametrize(
        ("updates", "error", "message"),
        [
            ({"phone": "1", "fax": "2"}, AttributeError, "field 'fax' of a contact; expected one of"),
            ({"phone": "1", "age": 0}, ValueError, "age=0"),
            ({"phone": "1", "contact_id": "b"}, ValueError, "contact_id='b'; the id of a contact cannot change"),
        ],
    )
    def test_a_refused_edit_changes_nothing(
        self, contacts: StatefulContactsApp, ada: str, updates: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        before = contacts.get_state()
        with pytest.raises(error, match=message):
            contacts.edit_contact(ada, updates)
        assert contacts.get_state() == before

    def test_deleting_removes_the_contact(self, contacts: StatefulContactsApp, ada: str) -> None:
        assert contacts.delete_contact(ada) == f"Contact {ada} has been deleted."
        assert ada not in contacts.contacts


@pytest.mark.parametrize(
    ("method", "more"), [("get_contact", {}), ("edit_contact", {"updates": {}}), ("delete_contact", {})]
)
def test_an_unknown_contact_is_a_key_error(contacts: StatefulContactsApp, method: str, more: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="contact_id='nope'; the address book has no such contact"):
        getattr(contacts, method)("nope", **more)


class TestScreens:
    @pytest.fixture
    def env(self, contacts: StatefulContactsApp) -> Phone:
        return phone(contacts)

    def test_all_can_be_reached(self, contacts: StatefulContactsApp) -> None:
        assert contacts.get_reachable_states() == ["ContactsList", "ContactDetail", "ContactEdit"]

    def test_the_list_reads_without_moving(self, env: Phone, contacts: StatefulContactsApp, ada: str) -> None:
        assert env.user(contacts, "list_contacts")["metadata"]["total"] == 2
        assert env.user(contacts, "search_contacts", query="ada")[0].contact_id == ada
        assert env.user(contacts, "view_current_user").first_name == "John"
        assert isinstance(contacts.current_state, ContactsList)

    def test_creating_logs_the_user_alone(self, env: Phone, contacts: StatefulContactsApp) -> None:
        contact_id = env.user(contacts, "create_contact", first_name="Bob", last_name="Roe", age=40)
        assert contacts.contacts[contact_id].age == 40
        (logged,) = env.logged()
        assert (logged.event_type, logged.action.operation_type) == (EventType.USER, OperationType.WRITE)

    def test_a_contact_opens_is_edited_and_shown_again(
        self, env: Phone, contacts: StatefulContactsApp, ada: str
    ) -> None:
        assert env.user(contacts, "open_contact", contact_id=ada).contact_id == ada
        assert isinstance(contacts.current_state, ContactDetail)
        assert env.user(contacts, "start_edit_contact").contact_id == ada
        assert isinstance(contacts.current_state, ContactEdit)
        assert env.user(contacts, "view_contact").phone == "5550100"
        env.user(contacts, "update_contact", updates={"phone": "1"})
        assert isinstance(contacts.current_state, ContactDetail)
        assert env.user(contacts, "view_contact").phone == "1"

    def test_deleting_returns_to_the_list(self, env: Phone, contacts: StatefulContactsApp, ada: str) -> None:
        env.user(contacts, "open_contact", contact_id=ada)
        env.user(contacts, "delete_contact")
        assert isinstance(contacts.current_state, ContactsList)
        assert ada not in contacts.contacts

    def test_an_unknown_contact_does_not_open(self, env: Phone, contacts: StatefulContactsApp) -> None:
        with pytest.raises(KeyError, match="contact_id='nope'"):
            env.user(contacts, "open_contact", contact_id="nope")
        assert isinstance(contacts.current_state, ContactsList)

    def test_a_failed_update_stays_on_the_form(self, env: Phone, contacts: StatefulContactsApp, ada: str) -> None:
        env.user(contacts, "open_contact", contact_id=ada)
        env.user(contacts, "start_edit_contact")
        with pytest.raises(AttributeError, match="field 'fax'"):
            env.user(contacts, "update_contact", updates={"fax": "1"})
        assert isinstance(contacts.current_state, ContactEdit)

    def test_a_contact_deleted_meanwhile_is_not_shown_again(
        self, env: Phone, contacts: StatefulContactsApp, ada: str
    ) -> None:
        env.user(contacts, "open_contact", contact_id=ada)
        contacts.delete_contact(ada)
        with pytest.raises(KeyError, match="the address book has no such contact"):
            env.user(contacts, "view_contact")
        with pytest.raises(KeyError, match="the address book has no such contact"):
            env.user(contacts, "start_edit_contact")
        assert isinstance(contacts.current_state, ContactDetail)


texts = st.none() | st.text()


@given(
    people=st.lists(
        st.builds(
            Contact,
            first_name=st.text(),
            last_name=st.text(),
            contact_id=st.text(),
            is_user=st.booleans(),
            gender=st.sampled_from(Gender),
            age=st.none() | st.integers(1, 100),
            status=st.sampled_from(Status),
            job=texts,
            phone=texts,
            email=texts,
        )
    ),
    view_limit=st.integers(1, 100),
)
def test_the_state_survives_json(people: list[Contact], view_limit: int) -> None:
    contacts, other = StatefulContactsApp(view_limit=view_limit), StatefulContactsApp()
    contacts.add_contacts(people)
    other.load_state(json.loads(json.dumps(contacts.get_state())))
    assert list(other.contacts.items()) == list(contacts.contacts.items())
    assert other.view_limit == view_limit
