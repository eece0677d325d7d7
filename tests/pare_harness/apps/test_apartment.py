import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pare_harness.apps.apartment import (
    Apartment,
    ApartmentDetail,
    ApartmentFavorites,
    ApartmentHome,
    ApartmentSearch,
    StatefulApartmentApp,
)
from pare_harness.events import EventType
from tests.pare_harness.driving import phone


@pytest.fixture
def market() -> StatefulApartmentApp:
    return StatefulApartmentApp("Apartment")


@pytest.fixture
def studio(market: StatefulApartmentApp) -> str:
    return market.add_new_apartment("Sunny Studio", "Oslo East", "0190", 900, 0, 1, 30, property_type="Studio")


@pytest.fixture
def house(market: StatefulApartmentApp) -> str:
    return market.add_new_apartment(
        "Garden House",
        "Oslo West",
        "0270",
        2500.0,
        4,
        2,
        180,
        "House",
        "Furnished",
        "Ground floor",
        "Pets allowed",
        "1 year",
        ["Garden", "Sauna"],
    )


class TestListings:
    def test_hold_what_was_given(self, market: StatefulApartmentApp, house: str) -> None:
        assert market.get_apartment_details(house) == Apartment(
            name="Garden House",
            location="Oslo West",
            zip_code="0270",
            price=2500.0,
            bedrooms=4,
            bathrooms=2,
            property_type="House",
            square_footage=180,
            furnished_status="Furnished",
            floor_level="Ground floor",
            pet_policy="Pets allowed",
            lease_term="1 year",
            apartment_id=house,
            amenities=["Garden", "Sauna"],
            saved=False,
        )

    def test_change_their_price_for_later_readers_only(self, market: StatefulApartmentApp, studio: str) -> None:
        before = market.list_all_apartments()
        assert market.update_apartment(studio, 800) == studio
        assert (before[studio].price, market.list_all_apartments()[studio].price) == (900, 800)

    def test_are_not_the_app_s_own_dictionary(self, market: StatefulApartmentApp, studio: str) -> None:
        market.list_all_apartments().clear()
        assert list(market.apartments) == [studio]

    def test_may_be_put_in_directly(self, market: StatefulApartmentApp) -> None:
        flat = Apartment("Flat", "Bergen", "5003", 1000.0, 1, 1, "Flat", 40)
        market.apartments[flat.apartment_id] = flat
        market.saved_apartments.append(flat.apartment_id)
        assert market.list_saved_apartments() == {flat.apartment_id: flat}
        assert market.search_apartments(saved_only=True) == {flat.apartment_id: flat}

    @pytest.mark.parametrize("call", ["get_apartment_details", "save_apartment", "delete_apartment"])
    def test_are_known_by_their_id(self, market: StatefulApartmentApp, call: str) -> None:
        with pytest.raises(ValueError, match="apartment_id='x' is unknown; expected an id from list_all_apartments"):
            getattr(market, call)("x")
        with pytest.raises(ValueError, match="apartment_id='x' is unknown"):
            market.update_apartment("x", 1.0)

    def test_take_arguments_of_the_right_type(self, market: StatefulApartmentApp, studio: str) -> None:
        with pytest.raises(TypeError, match="new_price='cheap'"):
            market.update_apartment(studio, "cheap")  # type: ignore[arg-type]  # what is tested


class TestSaving:
    def test_marks_an_apartment_once(self, market: StatefulApartmentApp, studio: str, house: str) -> None:
        market.save_apartment(house)
        market.save_apartment(studio)
        market.save_apartment(house)
        assert market.saved_apartments == list(market.list_saved_apartments()) == [house, studio]
        assert market.apartments[house].saved

    def test_can_be_taken_back(self, market: StatefulApartmentApp, studio: str) -> None:
        market.save_apartment(studio)
        market.remove_saved_apartment(studio)
        assert (market.saved_apartments, market.apartments[studio].saved) == ([], False)
        with pytest.raises(ValueError, match=r"is not saved; expected one of \[\]"):
            market.remove_saved_apartment(studio)

    def test_ends_when_the_apartment_is_gone(self, market: StatefulApartmentApp, studio: str) -> None:
        market.save_apartment(studio)
        market.delete_apartment(studio)
        assert (market.list_saved_apartments(), market.list_all_apartments()) == ({}, {})


class TestSearch:
    @pytest.mark.parametrize(
        "wanted",
        [
            {"name": "garden"},
            {"location": "WEST"},
            {"zip_code": "0270"},
            {"min_price": 2500},
            {"min_price": 900.5},
            {"number_of_bedrooms": 4},
            {"number_of_bathrooms": 2},
            {"property_type": "house"},
            {"square_footage": 180},
            {"furnished_status": "furnished"},
            {"floor_level": "Ground floor"},
            {"pet_policy": "pets ALLOWED"},
            {"lease_term": "1 Year"},
            {"amenities": ["sauna"]},
            {"amenities": ["Sauna", "Garden"], "location": "Oslo"},
        ],
    )
    def test_finds_the_house_alone(
        self, market: StatefulApartmentApp, studio: str, house: str, wanted: dict[str, Any]
    ) -> None:
        assert list(market.search_apartments(**wanted)) == [house]

    @pytest.mark.parametrize(
        "wanted",
        [
            {"max_price": 900},
            {"number_of_bedrooms": 0},
            {"property_type": "studio"},
            {"furnished_status": ""},
            {"name": "S", "max_price": 2499.99},
        ],
    )
    def test_finds_the_studio_alone(
        self, market: StatefulApartmentApp, studio: str, house: str, wanted: dict[str, Any]
    ) -> None:
        assert list(market.search_apartments(**wanted)) == [studio]

    @pytest.mark.parametrize(
        "wanted",
        [
            {"zip_code": "02"},
            {"max_price": 0},
            {"square_footage": 181},
            {"floor_level": "ground floor"},
            {"pet_policy": "No pets"},
            {"amenities": ["Sauna", "Pool"]},
            {"saved_only": True},
            {"name": "Garden", "location": "East"},
        ],
    )
    def test_finds_nothing(self, market: StatefulApartmentApp, studio: str, house: str, wanted: dict[str, Any]) -> None:
        assert market.search_apartments(**wanted) == {}

    def test_without_a_condition_finds_all(self, market: StatefulApartmentApp, studio: str, house: str) -> None:
        assert list(market.search_apartments(min_price=0, amenities=[])) == [studio, house]

    def test_can_look_among_the_saved_ones(self, market: StatefulApartmentApp, studio: str, house: str) -> None:
        market.save_apartment(house)
        assert list(market.search_apartments(location="Oslo", saved_only=True)) == [house]


class TestUser:
    def test_finds_an_apartment_and_saves_it(self, market: StatefulApartmentApp, studio: str, house: str) -> None:
        env = phone(market)
        assert list(env.user(market, "list_apartments")) == [studio, house]
        env.user(market, "open_search")
        assert isinstance(market.current_state, ApartmentSearch)
        assert list(env.user(market, "search", name="studio", max_price=1000)) == [studio]
        assert env.user(market, "view_apartment", apartment_id=studio).name == "Sunny Studio"
        assert isinstance(market.current_state, ApartmentDetail)
        env.user(market, "save")
        assert market.saved_apartments == [studio]
        env.user(market, "unsave")
        assert market.saved_apartments == []
        assert {event.event_type for event in env.logged()} == {EventType.USER}

    def test_looks_at_what_she_has_saved(self, market: StatefulApartmentApp, studio: str) -> None:
        market.save_apartment(studio)
        env = phone(market)
        assert list(env.user(market, "open_favorites")) == [studio]
        assert isinstance(market.current_state, ApartmentFavorites)
        env.user(market, "view_apartment", apartment_id=studio)
        assert isinstance(market.current_state, ApartmentDetail)

    def test_stays_where_she_is_when_something_fails(self, market: StatefulApartmentApp) -> None:
        with pytest.raises(ValueError, match="apartment_id='x'"):
            phone(market).user(market, "view_apartment", apartment_id="x")
        assert isinstance(market.current_state, ApartmentHome)

    def test_does_not_return_to_an_apartment_that_is_gone(self, market: StatefulApartmentApp, studio: str) -> None:
        phone(market).user(market, "view_apartment", apartment_id=studio)
        market.set_current_state(ApartmentHome())
        market.delete_apartment(studio)
        market.back_or_root()
        assert isinstance(market.current_state, ApartmentHome)

    def test_can_reach_every_screen(self, market: StatefulApartmentApp) -> None:
        assert set(market.get_reachable_states()) == set(market.get_state_graph())
        assert set(market.get_state_graph()) == {state.__name__ for state in StatefulApartmentApp.STATES}


LISTINGS = st.builds(
    Apartment,
    name=st.text(),
    location=st.text(),
    zip_code=st.text(),
    price=st.floats(0, 1e6),
    bedrooms=st.integers(0, 9),
    bathrooms=st.integers(0, 9),
    property_type=st.text(),
    square_footage=st.integers(0, 999),
    pet_policy=st.text(),
    apartment_id=st.text(),
    amenities=st.lists(st.text(), max_size=2),
    saved=st.booleans(),
)


@given(listings=st.dictionaries(st.text(), LISTINGS, max_size=3), saved=st.lists(st.text(), max_size=3))
def test_the_state_survives_json(listings: dict[str, Apartment], saved: list[str]) -> None:
    full = StatefulApartmentApp("Apartment", listings, saved)
    copy = StatefulApartmentApp("Apartment")
    copy.load_state(json.loads(json.dumps(full.get_state())))
    assert (copy.apartments, copy.saved_apartments) == (listings, saved)
