"""Events of noise: what a data set makes happen in an app, one function for each kind of app, and when."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np

from pare_harness.apps.email import StatefulEmailApp
from pare_harness.apps.messaging import StatefulMessagingApp
from pare_harness.apps.messaging_data import ConversationV2
from pare_harness.apps.shopping import StatefulShoppingApp
from pare_harness.capture import EventRegisterer
from pare_harness.context import stable_seed
from pare_harness.disturbances import EVENT_PREFIX
from pare_harness.events import Event
from pare_harness.scenarios.augmentation import (
    ConversationData,
    ItemData,
    MailboxData,
    MessagingData,
    ProductData,
    ShopData,
)
from pare_harness.scenarios.noise import EnvEventsConfig

T = TypeVar("T")


@dataclass(frozen=True)
class Scope:
    """How much noise the data set `name` makes: at most `budget` events."""

    name: str
    config: EnvEventsConfig
    budget: int


class Draws:
    """The random choices for one data set; other data sets have no part in them."""

    def __init__(self, seed: int, name: str) -> None:
        key = stable_seed(seed, name)
        self._times = np.random.default_rng(key)
        self._choices = random.Random(key)

    def shuffled(self, items: Iterable[T]) -> list[T]:
        chosen = list(items)
        self._choices.shuffle(chosen)
        return chosen

    def arrivals(self, n: int, start: float, end: float) -> list[float]:
        """`n` times from `start` to `end`, in order: a Poisson process, given that it has `n` points there.

        Its n + 1 exponential gaps, the one up to `end` included, are scaled to fill the interval.
        """
        gaps = self._times.exponential(size=n + 1)
        shares = np.cumsum(gaps)[:n] / gaps.sum()
        return [start + (end - start) * float(share) for share in shares]


Chain = dict[str, Event]
"""Events by key, each of which happens after the one before it."""


def message_chains(scope: Scope, draws: Draws, app: StatefulMessagingApp, data: MessagingData) -> Iterator[Chain]:
    """The first messages of some conversations, which the app then has, with its owner among the participants."""
    length = scope.config.n_message_events_per_conversation
    for conversation in draws.shuffled(data.conversations.values())[: scope.budget // length]:
        _ensure_conversation(app, conversation, data.id_to_name)
        where = conversation.conversation_id
        yield {
            f"{scope.name}_{where}_{number}": _captured(
                app.create_and_add_message, conversation_id=where, sender_id=message.sender_id, content=message.content
            )
            for number, message in enumerate(conversation.messages[:length])
        }


def email_chains(scope: Scope, draws: Draws, app: StatefulEmailApp, data: MailboxData) -> Iterator[Chain]:
    """Some mails of the inbox; those without recipients are for the app's owner."""
    for mail in draws.shuffled(data.folders.INBOX.emails)[: scope.budget]:
        event = _captured(
            app.create_and_add_email,
            sender=mail.sender,
            recipients=mail.recipients or [app.user_email],
            subject=mail.subject,
            content=mail.content,
        )
        yield {f"email_{mail.email_id}": event}


def shopping_chains(scope: Scope, draws: Draws, app: StatefulShoppingApp, data: ShopData) -> Iterator[Chain]:
    """Some new products, each followed by its first items and then by the discount codes of these."""
    left = scope.budget
    for product in draws.shuffled(data.products.values()):
        items = list(product.variants.values())[: scope.config.n_item_events_per_product]
        codes = {
            item.item_id: data.discount_codes[item.item_id] for item in items if item.item_id in data.discount_codes
        }
        size = 1 + len(items) + len(codes)
        if size <= left:
            left -= size
            yield _offer(scope.name, app, product, items, codes)


def spread(chains: Iterable[Chain], draws: Draws, horizon: float) -> Iterator[Event]:
    """The events of all chains under their ids, at times from 0 to `horizon`, in seconds after the scenario's start."""
    found = list(chains)
    for chain, start in zip(found, draws.arrivals(len(found), 0.0, horizon), strict=True):
        times = [start, *draws.arrivals(len(chain) - 1, start, horizon)]
        previous, before = None, 0.0
        for (key, event), time in zip(chain.items(), times, strict=True):
            yield event.with_id(EVENT_PREFIX + key).depends_on(previous, delay_seconds=time - before)
            previous, before = event, time


def _offer(
    name: str,
    app: StatefulShoppingApp,
    product: ProductData,
    items: Sequence[ItemData],
    codes: Mapping[str, Mapping[str, float]],
) -> Chain:
    """A product, its items and their codes: the shop makes up the ids, so each call names an earlier one."""
    key = f"{name}_product_{product.product_id}"
    chain = {key: _captured(app.add_product, name=product.name)}
    for item in items:
        chain[f"{name}_item_{item.item_id}"] = _captured(
            app.add_item_to_product,
            product_id=_result_of(key),
            price=item.price,
            options=item.options,
            available=item.available,
        )
    for item_id, code in codes.items():
        chain[f"{name}_discount_{item_id}"] = _captured(
            app.add_discount_code, item_id=_result_of(f"{name}_item_{item_id}"), discount_code=code
        )
    return chain


def _ensure_conversation(app: StatefulMessagingApp, data: ConversationData, names: Mapping[str, str]) -> None:
    """Give the app the conversation and its people; one that it has gets the people it lacks."""
    people = list(dict.fromkeys([*data.participant_ids, *(message.sender_id for message in data.messages)]))
    for person in people:
        name = app.id_to_name.setdefault(person, names.get(person, person))
        app.name_to_id.setdefault(name, person)
    conversation = app.conversations.get(data.conversation_id)
    if conversation is None:
        conversation = ConversationV2(
            participant_ids=[*people, app.current_user_id],
            title=data.title or app.get_default_title(people),
            conversation_id=data.conversation_id,
        )
        with EventRegisterer.disable():
            app.add_conversation(conversation)
    conversation.participant_ids = list(dict.fromkeys([*conversation.participant_ids, *people]))


def _captured(method: Callable[..., object], **args: Any) -> Event:
    with EventRegisterer.capture_mode():
        return cast("Event", method(**args))


def _result_of(key: str) -> str:
    return "{{" + EVENT_PREFIX + key + "}}"
