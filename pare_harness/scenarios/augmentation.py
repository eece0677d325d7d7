"""The data that noise is made of: messages, mails, offers, and other names for tools."""

from __future__ import annotations

import json
import os
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

VARIABLE = "ENV_AUGMENTATION_DATA_PATH"
DEFAULT_FILE = Path(__file__).parents[1] / "data" / "augmentation_data.json"

M = TypeVar("M", bound=BaseModel)

Key = Annotated[str, Field(pattern=r"^[^.{}\s]+$")]
"""An id that can stand in a placeholder `{{id}}`, so without dots, braces and blanks."""


class MessageData(BaseModel):
    """A message of a conversation."""

    sender_id: str
    content: str


class ConversationData(BaseModel):
    """A conversation; the phone's owner takes part in it without being named."""

    conversation_id: str = Field(min_length=1)
    participant_ids: list[str] = Field(min_length=1)
    messages: list[MessageData] = Field(min_length=1)
    title: str | None = None


class MessagingData(BaseModel):
    """State of a messaging app; `id_to_name` gives the names of participants, whose ids are shown otherwise."""

    conversations: dict[str, ConversationData]
    id_to_name: dict[str, str] = {}


class EmailData(BaseModel):
    """A mail; without recipients it goes to the phone's owner."""

    email_id: str = Field(min_length=1)
    sender: str = Field(pattern="@")
    recipients: list[Annotated[str, Field(pattern="@")]] = []
    subject: str = ""
    content: str = ""


class EmailFolderData(BaseModel):
    """The mails of a folder."""

    emails: list[EmailData]


class InboxData(BaseModel):
    """The folders of a mail app, of which the inbox is used."""

    INBOX: EmailFolderData


class MailboxData(BaseModel):
    """State of a mail app."""

    folders: InboxData


class ItemData(BaseModel):
    """A variant of a product."""

    item_id: Key
    price: float = Field(ge=0)
    options: dict[str, Any] = {}
    available: bool = True


class ProductData(BaseModel):
    """A product with its variants by item id."""

    product_id: Key
    name: str = Field(min_length=1)
    variants: dict[str, ItemData]


class ShopData(BaseModel):
    """State of a shop; `discount_codes` maps item ids to codes and their percentages."""

    products: dict[str, ProductData]
    discount_codes: dict[str, dict[str, float]] = {}

    @model_validator(mode="after")
    def _codes_are_for_items(self) -> Self:
        items = {item.item_id for product in self.products.values() for item in product.variants.values()}
        unknown = sorted(set(self.discount_codes) - items)
        if unknown:
            raise ValueError(f"discount_codes for {unknown[0]!r}, which is no item of a product")
        return self


class AppData(BaseModel):
    """A data set: the state of an app of that name; what the state holds is checked when it is used."""

    name: str
    app_state: dict[str, Any] = {}


class AugmentationData(BaseModel):
    """A data file."""

    model_config = ConfigDict(extra="forbid")

    apps: list[AppData]
    tool_names_mapping: dict[str, str] = {}
    tool_descriptions_mapping: dict[str, str] = {}


CLASS_OF = {
    **dict.fromkeys(
        ("StatefulEmailApp", "EmailClientApp", "EmailClientV2", "Mail", "Emails", "Email"), "StatefulEmailApp"
    ),
    **dict.fromkeys(
        ("StatefulMessagingApp", "MessagingApp", "MessagingAppV2", "Messages", "Chats"), "StatefulMessagingApp"
    ),
    **dict.fromkeys(("StatefulShoppingApp", "ShoppingApp", "Shopping"), "StatefulShoppingApp"),
    **dict.fromkeys(("StatefulApartmentApp", "ApartmentListingApp", "RentAFlat"), "StatefulApartmentApp"),
    **dict.fromkeys(("StatefulContactsApp", "Contacts"), "StatefulContactsApp"),
    **dict.fromkeys(("StatefulCalendarApp", "Calendar"), "StatefulCalendarApp"),
    **dict.fromkeys(("StatefulCabApp", "Cabs"), "StatefulCabApp"),
    **dict.fromkeys(("SandboxLocalFileSystem", "Files"), "SandboxLocalFileSystem"),
}
"""The app class that a data set is for, by the data set's name."""

STATE_OF: dict[str, type[MessagingData | MailboxData | ShopData]] = {
    "StatefulEmailApp": MailboxData,
    "StatefulMessagingApp": MessagingData,
    "StatefulShoppingApp": ShopData,
}
"""What a data set for an app class holds; data for other classes makes no events."""


class DataSet(NamedTuple):
    """A data set's name, the app class that it is for, and what it holds."""

    name: str
    app_class: str
    state: MessagingData | MailboxData | ShopData


def checked(model: type[M], data: object, where: str) -> M:
    """`data` as `model`. Raises `ValueError`, one line: `where`, the place within, the value and what is expected."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first, *others = error.errors()
        place = ".".join(map(str, first["loc"])) or "the whole"
        value = "" if first["type"] == "missing" else f"={first['input']!r:.80}"
        expected = f"; expected keys {list(model.model_fields)}" if first["type"] == "extra_forbidden" else ""
        more = f" (and {len(others)} more)" if others else ""
        raise ValueError(f"{where}: {place}{value}: {first['msg']}{expected}{more}") from None


def load_augmentation_data(path: str | Path | None = None) -> dict[str, Any]:
    """The data file at `path`, else where the variable `ENV_AUGMENTATION_DATA_PATH` says, else the one that we ship.

    Raises `ValueError`, one line that names file, key, value and choices, when it is absent or malformed.
    """
    file = Path(path or os.environ.get(VARIABLE) or DEFAULT_FILE)
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"augmentation data {file}: {error}; expected a JSON file, see {VARIABLE}") from None
    data_sets(checked(AugmentationData, data, f"augmentation data {file}").apps, f"augmentation data {file}")
    return data


def completed(data: object, where: str) -> dict[str, Any]:
    """A scenario's own data, which may leave out `apps`. Raises `ValueError` as `checked` does."""
    whole = {"apps": [], **data} if isinstance(data, dict) else data
    data_sets(checked(AugmentationData, whole, where).apps, where)
    return typing.cast("dict[str, Any]", whole)


def data_sets(apps: Sequence[AppData], where: str) -> list[DataSet]:
    """The data sets that noise can be made of. Raises `ValueError` as `checked` does, also for an unknown name."""
    found: list[DataSet] = []
    for number, app in enumerate(apps):
        if app.name not in CLASS_OF:
            raise ValueError(f"{where}: apps.{number}.name={app.name!r}; expected one of {sorted(CLASS_OF)}")
        if app.name in (one.name for one in found):
            raise ValueError(f"{where}: apps.{number}.name={app.name!r} is there twice; expected each data set once")
        app_class = CLASS_OF[app.name]
        if app_class in STATE_OF:
            state = checked(STATE_OF[app_class], app.app_state, f"{where}: apps.{number}.app_state of {app.name!r}")
            found.append(DataSet(app.name, app_class, state))
    return found
