"""Apartment hunting: listings, a search, and the ones that the user has saved."""

from dataclasses import replace

from pare_harness.apps.apartment_data import Apartment, matches
from pare_harness.apps.apartment_screens import ApartmentDetail, ApartmentFavorites, ApartmentHome, ApartmentSearch
from pare_harness.apps.core import StatefulApp
from pare_harness.events import EventType
from pare_harness.tools import Kind, tool

__all__ = [
    "Apartment",
    "ApartmentDetail",
    "ApartmentFavorites",
    "ApartmentHome",
    "ApartmentSearch",
    "StatefulApartmentApp",
]


class StatefulApartmentApp(StatefulApp):
    """A market of apartments. `saved_apartments` holds the ids of the saved ones, in the order of saving."""

    STATE = ("apartments", "saved_apartments")
    STATES = (ApartmentHome, ApartmentSearch, ApartmentFavorites, ApartmentDetail)

    apartments: dict[str, Apartment]
    saved_apartments: list[str]

    def __init__(
        self,
        name: str | None = None,
        apartments: dict[str, Apartment] | None = None,
        saved_apartments: list[str] | None = None,
    ) -> None:
        super().__init__(name)
        self.apartments = dict(apartments or {})
        self.saved_apartments = list(saved_apartments or ())

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def add_new_apartment(
        self,
        name: str,
        location: str,
        zip_code: str,
        price: float,
        number_of_bedrooms: int,
        number_of_bathrooms: int,
        square_footage: int,
        property_type: str = "",
        furnished_status: str = "",
        floor_level: str = "",
        pet_policy: str = "",
        lease_term: str = "",
        amenities: list[str] | None = None,
    ) -> str:
        """List a new apartment; returns its id."""
        apartment = Apartment(
            name,
            location,
            zip_code,
            price,
            bedrooms=number_of_bedrooms,
            bathrooms=number_of_bathrooms,
            property_type=property_type,
            square_footage=square_footage,
            furnished_status=furnished_status,
            floor_level=floor_level,
            pet_policy=pet_policy,
            lease_term=lease_term,
            apartment_id=self.new_id(),
            amenities=list(amenities or ()),
        )
        self.apartments[apartment.apartment_id] = apartment
        return apartment.apartment_id

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def update_apartment(self, apartment_id: str, new_price: float) -> str:
        """Change the price of an apartment; returns its id.

        Raises `ValueError` for an unknown apartment.
        """
        self.apartments[apartment_id] = replace(self.listing(apartment_id), price=new_price)
        return apartment_id

    @tool(Kind.ENV, Kind.DATA, writes=True, by=EventType.ENV)
    def delete_apartment(self, apartment_id: str) -> None:
        """Take an apartment off the market; it is no longer saved either.

        Raises `ValueError` for an unknown apartment.
        """
        self.listing(apartment_id)
        del self.apartments[apartment_id]
        if apartment_id in self.saved_apartments:
            self.saved_apartments.remove(apartment_id)

    @tool(Kind.APP, Kind.DATA, strict=False)
    def list_all_apartments(self) -> dict[str, Apartment]:
        """All apartments by id."""
        return dict(self.apartments)

    @tool(Kind.APP, Kind.DATA)
    def get_apartment_details(self, apartment_id: str) -> Apartment:
        """An apartment.

        Raises `ValueError` for an unknown one.
        """
        return self.listing(apartment_id)

    @tool(Kind.APP, Kind.DATA, writes=True)
    def save_apartment(self, apartment_id: str) -> None:
        """Add an apartment to the saved ones; saving it again changes nothing.

        Raises `ValueError` for an unknown apartment.
        """
        self.apartments[apartment_id] = replace(self.listing(apartment_id), saved=True)
        if apartment_id not in self.saved_apartments:
            self.saved_apartments.append(apartment_id)

    @tool(Kind.APP, Kind.DATA, writes=True)
    def remove_saved_apartment(self, apartment_id: str) -> None:
        """Remove an apartment from the saved ones.

        Raises `ValueError` for an apartment that is not saved.
        """
        if apartment_id not in self.saved_apartments:
            raise ValueError(f"apartment_id={apartment_id!r} is not saved; expected one of {self.saved_apartments}")
        self.saved_apartments.remove(apartment_id)
        self.apartments[apartment_id] = replace(self.listing(apartment_id), saved=False)

    @tool(Kind.APP, Kind.DATA, strict=False)
    def list_saved_apartments(self) -> dict[str, Apartment]:
        """The saved apartments by id."""
        return {apartment_id: self.listing(apartment_id) for apartment_id in self.saved_apartments}

    @tool(Kind.APP, Kind.DATA)
    def search_apartments(
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
        saved_only: bool = False,
    ) -> dict[str, Apartment]:
        """Find apartments, by id, that meet every given condition.

        Args:
            name: part of the name, upper or lower case.
            location: part of the location, upper or lower case.
            square_footage: the least acceptable.
            amenities: all of these must be there.
            saved_only: look among the saved apartments only.
        """
        wanted = {
            "name": name,
            "location": location,
            "zip_code": zip_code,
            "min_price": min_price,
            "max_price": max_price,
            "number_of_bedrooms": number_of_bedrooms,
            "number_of_bathrooms": number_of_bathrooms,
            "property_type": property_type,
            "square_footage": square_footage,
            "furnished_status": furnished_status,
            "floor_level": floor_level,
            "pet_policy": pet_policy,
            "lease_term": lease_term,
            "amenities": amenities,
        }
        pool = self.list_saved_apartments() if saved_only else self.apartments
        return {apartment_id: listing for apartment_id, listing in pool.items() if matches(listing, wanted)}

    def listing(self, apartment_id: str) -> Apartment:
        """An apartment, without a trace in the event log.

        Raises `ValueError` for an unknown one.
        """
        if apartment_id not in self.apartments:
            raise ValueError(f"apartment_id={apartment_id!r} is unknown; expected an id from list_all_apartments")
        return self.apartments[apartment_id]
