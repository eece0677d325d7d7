"""What an address book holds: contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from pare_harness.context import fresh_id


class Choice(Enum):
    """An attribute of a contact with a fixed set of values."""

    @classmethod
    def parse(cls, text: str | Self) -> Self:
        """The member with this value or name, in any case, or written like `Gender.FEMALE`; else `ValueError`."""
        if isinstance(text, cls):
            return text
        wanted = str(text).lower().removeprefix(f"{cls.__name__.lower()}.")
        for member in cls:
            if wanted in (member.value.lower(), member.name.lower()):
                return member
        raise ValueError(f"{cls.__name__.lower()}={text!r}; expected one of {[member.value for member in cls]}")


class Gender(Choice):
    """A contact's gender."""

    FEMALE = "Female"
    MALE = "Male"
    OTHER = "Other"
    UNKNOWN = "Unknown"


class Status(Choice):
    """What a contact does for a living."""

    STUDENT = "Student"
    EMPLOYED = "Employed"
    UNEMPLOYED = "Unemployed"
    RETIRED = "Retired"
    UNKNOWN = "Unknown"


@dataclass
class Contact:
    """A person in the address book; `is_user` marks the owner of the phone.

    Raises `ValueError` without a first or last name, for an age outside 1 to 100, and for an unknown gender or status.
    """

    first_name: str
    last_name: str
    contact_id: str = field(default_factory=fresh_id)
    is_user: bool = False
    gender: Gender = Gender.UNKNOWN
    age: int | None = None
    nationality: str | None = None
    city_living: str | None = None
    country: str | None = None
    status: Status = Status.UNKNOWN
    job: str | None = None
    description: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        for name in ("first_name", "last_name"):
            if getattr(self, name) is None:
                raise ValueError(f"{name}=None; expected a text")
        if self.age is not None and self.age not in range(1, 101):
            raise ValueError(f"age={self.age!r}; expected a whole number from 1 to 100")
        self.gender = Gender.parse(self.gender)
        self.status = Status.parse(self.status)

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def summary(self) -> str:
        """The contact in one line."""
        ways = [text for text in (self.phone, self.email) if text]
        return f"{self.full_name} ({', '.join(ways)})" if ways else self.full_name

    def mentions(self, query: str) -> bool:
        """Whether `query`, in any case, is part of the phone, the email, or the name with either part first."""
        texts = (self.full_name, f"{self.last_name} {self.first_name}", self.phone or "", self.email or "")
        return any(query.lower() in text.lower() for text in texts)
