"""Apartments on the market, and what is looked for in one."""

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pare_harness.context import fresh_id

Test = Callable[[Any, Any], bool]


@dataclass
class Apartment:
    """A listing. `price` is the rent, `saved` whether the user has marked it.

    The app replaces listings and never changes them, so what a tool has returned stays as it was.
    """

    name: str
    location: str
    zip_code: str
    price: float
    bedrooms: int
    bathrooms: int
    property_type: str
    square_footage: int
    furnished_status: str = ""
    floor_level: str = ""
    pet_policy: str = ""
    lease_term: str = ""
    apartment_id: str = field(default_factory=fresh_id)
    amenities: list[str] = field(default_factory=list)
    saved: bool = False


def matches(apartment: Apartment, wanted: Mapping[str, Any]) -> bool:
    """Whether `apartment` passes every filter of `wanted`; None is no filter, 0 and an empty text are."""
    return all(
        test(getattr(apartment, attribute), wanted[name])
        for name, (attribute, test) in FILTERS.items()
        if wanted[name] is not None
    )


def _contains(value: str, part: str) -> bool:
    return part.casefold() in value.casefold()


def _same_text(value: str, other: str) -> bool:
    return value.casefold() == other.casefold()


def _has_all(values: Collection[str], wanted: Collection[str]) -> bool:
    return {value.casefold() for value in wanted} <= {value.casefold() for value in values}


FILTERS: Mapping[str, tuple[str, Test]] = {
    "name": ("name", _contains),
    "location": ("location", _contains),
    "zip_code": ("zip_code", operator.eq),
    "min_price": ("price", operator.ge),
    "max_price": ("price", operator.le),
    "number_of_bedrooms": ("bedrooms", operator.eq),
    "number_of_bathrooms": ("bathrooms", operator.eq),
    "property_type": ("property_type", _same_text),
    "square_footage": ("square_footage", operator.ge),
    "furnished_status": ("furnished_status", _same_text),
    "floor_level": ("floor_level", operator.eq),
    "pet_policy": ("pet_policy", _same_text),
    "lease_term": ("lease_term", _same_text),
    "amenities": ("amenities", _has_all),
}
"""For each filter, the attribute it looks at and the test of that against the wanted value."""
