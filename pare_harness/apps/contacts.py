"""The address book: contacts, the phone's user among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from pare_harness.apps.contacts_data import Contact, Gender, Status
from pare_harness.apps.contacts_screens import ContactDetail, ContactEdit, ContactsList
from pare_harness.apps.core import StatefulApp, page
from pare_harness.tools import Kind, tool

__all__ = ["Contact", "ContactDetail", "ContactEdit", "ContactsList", "Gender", "StatefulContactsApp", "Status"]


class StatefulContactsApp(StatefulApp):
    """The user's contacts. Stored contacts are replaced, never altered: an edit that fails leaves nothing behind.

    A new app holds one contact: John Doe, the user.
    """

    STATE = ("contacts", "view_limit")
    STATES = (ContactsList, ContactDetail, ContactEdit)
    contacts: dict[str, Contact]
    view_limit: int

    def __init__(
        self, name: str | None = None, view_limit: int = 10, contacts: Mapping[str, Contact] | None = None
    ) -> None:
        super().__init__(name)
        self.view_limit = view_limit
        user = _built_in_user(self.new_id())
        self.contacts = {user.contact_id: user, **(contacts or {})}

    @tool(writes=True)
    def add_contact(self, contact: Contact) -> str:
        """Put a contact into the address book, in place of the one with its id if there is one, and return the id."""
        self.contacts[contact.contact_id] = contact
        return contact.contact_id

    def add_contacts(self, contacts: Iterable[Contact]) -> None:
        """Put contacts into the address book at once, also while calls are captured as events."""
        self.contacts |= {contact.contact_id: contact for contact in contacts}

    @tool(Kind.APP, Kind.DATA, writes=True)
    def add_new_contact(
        self,
        first_name: str,
        last_name: str,
        gender: str | None = None,
        age: int | None = None,
        nationality: str | None = None,
        city_living: str | None = None,
        country: str | None = None,
        status: str | None = None,
        job: str | None = None,
        description: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        address: str | None = None,
    ) -> str:
        """Add a person to the contacts and return the contact's id.

        Args:
            gender: Female, Male, Other or Unknown.
            age: From 1 to 100.
            status: Student, Employed, Unemployed, Retired or Unknown.

        Raises:
            ValueError: Someone of this name is a contact already, or an argument is none of its choices.
        """
        contact = Contact(
            first_name=first_name,
            last_name=last_name,
            contact_id=self.new_id(),
            gender=Gender.UNKNOWN if gender is None else Gender.parse(gender),
            age=age,
            nationality=nationality,
            city_living=city_living,
            country=country,
            status=Status.UNKNOWN if status is None else Status.parse(status),
            job=job,
            description=description,
            phone=phone,
            email=email,
            address=address,
        )
        namesake = next((c for c in self.contacts.values() if c.full_name.lower() == contact.full_name.lower()), None)
        if namesake is not None:
            raise ValueError(f"{contact.full_name!r} is a contact already, with contact_id={namesake.contact_id!r}")
        self.contacts[contact.contact_id] = contact
        return contact.contact_id

    @tool(Kind.APP, Kind.DATA)
    def get_contacts(self, offset: int = 0) -> dict[str, Any]:
        """List one page of contacts, from the one at `offset` on.

        Raises:
            ValueError: There is no such offset.
        """
        shown = page(list(self.contacts.values()), offset, self.view_limit)
        return {"contacts": shown, "metadata": {"range": (offset, offset + len(shown)), "total": len(self.contacts)}}

    @tool(Kind.APP, Kind.DATA)
    def get_contact(self, contact_id: str) -> Contact:
        """Show the contact with this id.

        Raises:
            KeyError: No contact has this id.
        """
        return self.find(contact_id)

    @tool(Kind.APP, Kind.DATA)
    def get_current_user_details(self) -> Contact:
        """Show the contact that is the phone's user: the one added last, if several are.

        Raises:
            KeyError: No contact is the user.
        """
        user = next((contact for contact in reversed(self.contacts.values()) if contact.is_user), None)
        if user is None:
            raise KeyError("no contact is marked as the user")
        return user

    @tool(Kind.APP, Kind.DATA, writes=True)
    def edit_contact(self, contact_id: str, updates: dict[str, Any]) -> str:
        """Change fields of a contact: all of them, or none if one cannot be changed.

        Args:
            updates: New values by field name, such as {"phone": "5550100"}.

        Raises:
            KeyError: No contact has this id.
            AttributeError: A contact has no such field.
            ValueError: A value is not allowed, or the id would change.
        """
        contact = self.find(contact_id)
        names = [field.name for field in fields(Contact)]
        for name in updates:
            if name not in names:
                raise AttributeError(f"field {name!r} of a contact; expected one of {names}")
        if updates.get("contact_id", contact_id) != contact_id:
            raise ValueError(f"contact_id={updates['contact_id']!r}; the id of a contact cannot change")
        self.contacts[contact_id] = replace(contact, **updates)
        return f"Contact {contact_id} has been changed."

    @tool(Kind.APP, Kind.DATA, writes=True)
    def delete_contact(self, contact_id: str) -> str:
        """Delete a contact.

        Raises:
            KeyError: No contact has this id.
        """
        del self.contacts[self.find(contact_id).contact_id]
        return f"Contact {contact_id} has been deleted."

    @tool(Kind.APP)
    def search_contacts(self, query: str) -> list[Contact]:
        """Find the contacts whose name, phone or email contains `query`, in any case; either name may come first."""
        return [contact for contact in self.contacts.values() if contact.mentions(query)]

    def find(self, contact_id: str) -> Contact:
        """The contact with this id. Raises `KeyError` if there is none."""
        if contact_id not in self.contacts:
            raise KeyError(f"contact_id={contact_id!r}; the address book has no such contact")
        return self.contacts[contact_id]


def _built_in_user(contact_id: str) -> Contact:
    return Contact(
        first_name="John",
        last_name="Doe",
        contact_id=contact_id,
        is_user=True,
        gender=Gender.MALE,
        age=30,
        nationality="American",
        city_living="Anytown",
        country="USA",
        status=Status.STUDENT,
        phone="1234567890",
        email="john@pare.com",
        address="123 Main St, Anytown, USA",
    )
