"""What the user sees of the apartment market."""

from typing import TYPE_CHECKING

from pare_harness.apps.apartment_data import Apartment
from pare_harness.apps.core import AppState
from pare_harness.tools import user_tool

if TYPE_CHECKING:
    from pare_harness.apps.apartment import StatefulApartmentApp  # noqa: F401 - named in the bases below


class ApartmentScreen(AppState["StatefulApartmentApp"]):
    """What the screens that show several apartments have in common."""

    @user_tool(leads_to=("ApartmentDetail",))
    def view_apartment(self, apartment_id: str) -> Apartment:
        """Open an apartment."""
        apartment = self.app.get_apartment_details(apartment_id)
        self.go(ApartmentDetail(apartment_id))
        return apartment


class ApartmentHome(ApartmentScreen):
    """The start."""

    @user_tool()
    def list_apartments(self) -> dict[str, Apartment]:
        """All apartments by id."""
        return self.app.list_all_apartments()

    @user_tool(leads_to=("ApartmentSearch",))
    def open_search(self) -> None:
        """Open the search."""
        self.go(ApartmentSearch())

    @user_tool(leads_to=("ApartmentFavorites",))
    def open_favorites(self) -> dict[str, Apartment]:
        """Open the saved apartments, by id."""
        self.go(ApartmentFavorites())
        return self.app.list_saved_apartments()


class ApartmentSearch(ApartmentScreen):
    """The search."""

    @user_tool()
    def search(
        self,
        name: str | None = None,
        location: str | None = None,
        zip_code: str | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
        number_of_bedrooms: int | None = None,
        number_of_bathrooms: int | None = None,
        property_type: str | None = None,
        square_footage: int | None = None,
        furnished_status: str | None = None,
        floor_level: str | None = None,
        pet_policy: str | None = None,
        lease_term: str | None = None,
        amenities: list[str] | None = None,
    ) -> dict[str, Apartment]:
        """Find apartments, by id, that meet every given condition.

        Args:
            name: part of the name, upper or lower case.
            location: part of the location, upper or lower case.
            square_footage: the least acceptable.
            amenities: all of these must be there.
        """
        return self.app.search_apartments(
            name=name,
            location=location,
            zip_code=zip_code,
            min_price=min_price,
            max_price=max_price,
            number_of_bedrooms=number_of_bedrooms,
            number_of_bathrooms=number_of_bathrooms,
            property_type=property_type,
            square_footage=square_footage,
            furnished_status=furnished_status,
            floor_level=floor_level,
            pet_policy=pet_policy,
            lease_term=lease_term,
            amenities=amenities,
        )


class ApartmentFavorites(ApartmentScreen):
    """The saved apartments."""


class ApartmentDetail(AppState["StatefulApartmentApp"]):
    """One apartment."""

    def __init__(self, apartment_id: str) -> None:
        super().__init__()
        self.apartment_id = apartment_id

    def on_enter(self) -> None:
        """Raise `ValueError` when the apartment is gone, so that nobody returns to it."""
        self.app.listing(self.apartment_id)

    @user_tool(writes=True)
    def save(self) -> None:
        """Add this apartment to the saved ones."""
        self.app.save_apartment(self.apartment_id)

    @user_tool(writes=True)
    def unsave(self) -> None:
        """Remove this apartment from the saved ones."""
        self.app.remove_saved_apartment(self.apartment_id)
