import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pare_harness import apps
from pare_harness.apps.core import declared
from pare_harness.scenarios.augmentation import (
    DEFAULT_FILE,
    VARIABLE,
    AppData,
    MailboxData,
    MessagingData,
    ShopData,
    data_sets,
    load_augmentation_data,
)
from pare_harness.tools import Kind

SMALL = Path(__file__).parents[3] / "fixtures" / "augmentation_data.json"
APPS = {
    "Apartment": apps.StatefulApartmentApp,
    "Cab": apps.StatefulCabApp,
    "Calendar": apps.StatefulCalendarApp,
    "Contacts": apps.StatefulContactsApp,
    "Emails": apps.StatefulEmailApp,
    "Files": apps.SandboxLocalFileSystem,
    "Messages": apps.StatefulMessagingApp,
    "Notes": apps.StatefulNotesApp,
    "Reminders": apps.StatefulReminderApp,
    "Shopping": apps.StatefulShoppingApp,
}


@pytest.fixture
def data() -> dict[str, Any]:
    return load_augmentation_data(SMALL)


def saved(folder: Path, data: object) -> Path:
    file = folder / "data.json"
    file.write_text(json.dumps(data))
    return file


def test_the_file_that_ships_with_the_package_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert load_augmentation_data() == json.loads(DEFAULT_FILE.read_text())


def test_the_variable_names_another_file_and_an_argument_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(saved(tmp_path, {"apps": []})))
    assert load_augmentation_data() == {"apps": []}
    assert load_augmentation_data(SMALL)["apps"]


def test_the_default_file_is_rich_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    found = {
        one.name: one.state for one in data_sets([AppData(**one) for one in load_augmentation_data()["apps"]], "x")
    }
    messages, mails, shop = found["Messages"], found["Emails"], found["Shopping"]
    assert isinstance(messages, MessagingData)
    assert isinstance(mails, MailboxData)
    assert isinstance(shop, ShopData)
    assert len(messages.conversations) == 20
    assert {len(one.messages) for one in messages.conversations.values()} == {4, 5, 6}
    assert {m.sender_id for one in messages.conversations.values() for m in one.messages} == set(messages.id_to_name)
    assert len(mails.folders.INBOX.emails) == len(shop.products) == 40
    assert {len(product.variants) for product in shop.products.values()} == {2, 3}
    assert len(shop.discount_codes) == 10


@pytest.mark.parametrize("mapping", ["tool_names_mapping", "tool_descriptions_mapping"])
def test_mappings_are_for_tools_that_exist(mapping: str) -> None:
    texts = load_augmentation_data(DEFAULT_FILE)[mapping]
    tools = {f"{name}__{one.label}" for name, cls in APPS.items() for one in declared(cls, Kind.APP)}
    assert set(texts) <= tools
    assert len(texts) > len(tools) / 2


def test_other_names_are_distinct_name_the_app_and_hide_no_tool() -> None:
    names = load_augmentation_data(DEFAULT_FILE)["tool_names_mapping"]
    tools = {f"{name}__{one.label}" for name, cls in APPS.items() for one in declared(cls, Kind.APP)}
    assert len(set(names.values())) == len(names)
    assert all(old.split("__")[0] == new.split("__")[0] for old, new in names.items())
    assert not set(names.values()) & tools


Edit = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.update(tool_name_mapping={}), "tool_name_mapping={}: .*; expected keys .*'tool_names_mapping'"),
        (lambda d: d.pop("apps"), "apps: Field required"),
        (lambda d: d["apps"][0].update(name="Mesages"), r"apps\.0\.name='Mesages'; expected one of .*'Messages'"),
        (lambda d: d["apps"].append(copy.deepcopy(d["apps"][0])), r"apps\.3\.name='Messages' is there twice"),
        (
            lambda d: d["apps"][0]["app_state"]["conversations"]["conversation_01"].pop("messages"),
            r"apps\.0\.app_state of 'Messages': conversations\.conversation_01\.messages: Field required",
        ),
        (
            lambda d: d["apps"][1]["app_state"]["folders"]["INBOX"]["emails"][2].update(sender="nobody"),
            r"folders\.INBOX\.emails\.2\.sender='nobody'",
        ),
        (
            lambda d: d["apps"][2]["app_state"]["products"]["product_01"]["variants"]["item01a"].update(price=-1),
            r"products\.product_01\.variants\.item01a\.price=-1",
        ),
        (
            lambda d: d["apps"][2]["app_state"]["products"]["product_01"].update(product_id="a.b"),
            r"products\.product_01\.product_id='a\.b'",
        ),
        (
            lambda d: d["apps"][2]["app_state"]["discount_codes"].update(gone={"TEN": 10.0}),
            "discount_codes for 'gone', which is no item of a product",
        ),
    ],
)
def test_malformed_data_is_one_line_with_file_key_and_value(
    tmp_path: Path, data: dict[str, Any], edit: Edit, message: str
) -> None:
    edit(data)
    file = saved(tmp_path, data)
    with pytest.raises(ValueError, match=message) as caught:
        load_augmentation_data(file)
    assert str(caught.value).startswith(f"augmentation data {file}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "message"), [("{", "Expecting property name"), ("[]", "the whole=.*dictionary")])
def test_a_file_that_is_no_json_object_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "data.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_augmentation_data(tmp_path / "data.json")


def test_a_missing_file_is_an_error_that_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"gone.json.*No such file.*; expected a JSON file, see {VARIABLE}"):
        load_augmentation_data(tmp_path / "gone.json")
