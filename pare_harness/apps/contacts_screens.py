"""The address book's screens: the list, one contact, and the form that edits one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pare_harness.apps.contacts_data import Contact
from pare_harness.apps.core import AppState
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.contacts import StatefulContactsApp  # noqa: F401 - named in the bases below


class ContactsList(AppState["StatefulContactsApp"]):
    """All contacts, page by page."""

    @user_tool()
    def list_contacts(self, offset: int = 0) -> dict[str, Any]:
        """List one page of contacts, from the one at `offset` on."""
        return self.app.get_contacts(offset)

    @user_tool()
    def search_contacts(self, query: str) -> list[Contact]:
        """Find the contacts whose name, phone or email contains `query`, in any case."""
        return self.app.search_contacts(query)

    @user_tool(leads_to=("ContactDetail",))
    def open_contact(self, contact_id: str) -> Contact:
        """Open the contact with this id."""
        contact = self.app.get_contact(contact_id)
        self.go(ContactDetail(contact_id))
        return contact

    @user_tool()
    def view_current_user(self) -> Contact:
        """Show your own contact."""
        return self.app.get_current_user_details()

    @user_tool(writes=True)
    def create_contact(
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
        """
        return self.app.add_new_contact(
            first_name,
            last_name,
            gender=gender,
            age=age,
            nationality=nationality,
            city_living=city_living,
            country=country,
            status=status,
            job=job,
            description=description,
            phone=phone,
            email=email,
            address=address,
        )


class ContactScreen(AppState["StatefulContactsApp"]):
    """A screen about one contact, always as the address book has it now."""

    def __init__(self, contact_id: str) -> None:
        super().__init__()
        self.contact_id = contact_id

    def on_enter(self) -> None:
        """Refuse to show a contact that is gone."""
        self.app.find(self.contact_id)

    @user_tool()
    def view_contact(self) -> Contact:
        """Show the contact as it is now."""
        return self.app.get_contact(self.contact_id)


class ContactDetail(ContactScreen):
    """One contact."""

    @user_tool(leads_to=("ContactEdit",))
    def start_edit_contact(self) -> Contact:
        """Open the form that edits the contact."""
        contact = self.app.get_contact(self.contact_id)
        self.go(ContactEdit(self.contact_id))
        return contact

    @user_tool(writes=True)
    def delete_contact(self) -> str:
        """Delete the contact."""
        deleted = self.app.delete_contact(self.contact_id)
        self.back()
        return deleted


class ContactEdit(ContactScreen):
    """The form that edits one contact."""

    @user_tool(writes=True)
    def update_contact(self, updates: dict[str, Any]) -> str:
        """Change fields of the contact.

        Args:
            updates: New values by field name, such as {"phone": "5550100"}.
        """
        changed = self.app.edit_contact(self.contact_id, updates)
        self.back()
        return changed
