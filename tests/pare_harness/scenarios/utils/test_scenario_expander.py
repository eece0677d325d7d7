import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pare_harness.apps import (
    HomeScreenSystemApp,
    PAREAgentUserInterface,
    StatefulCabApp,
    StatefulEmailApp,
    StatefulMessagingApp,
    StatefulShoppingApp,
)
from pare_harness.apps.messaging import ConversationV2
from pare_harness.events import CompletedEvent, EventType
from pare_harness.runner import run_oracle
from pare_harness.scenarios import PAREEnvEventsExpander, PAREScenario, default_weight_per_app_class
from pare_harness.scenarios.augmentation import DEFAULT_FILE, load_augmentation_data
from pare_harness.scenarios.noise import EnvEventsConfig
from pare_harness.scenarios.utils.noise_events import Draws

SMALL = Path(__file__).parents[4] / "fixtures" / "augmentation_data.json"


class Quiet(PAREScenario):
    """A phone on which nothing happens by itself; its apps go by unusual names."""

    scenario_id = "quiet"

    def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
        self.mail = StatefulEmailApp(name="Post")
        self.messages = StatefulMessagingApp(name="Chatter")
        self.shop = StatefulShoppingApp(name="Corner shop")
        phone = [HomeScreenSystemApp(name="System"), PAREAgentUserInterface()]
        self.apps = [*phone, self.mail, self.messages, self.shop]

    def build_events_flow(self) -> None:
        self.events = []


def quiet(config: EnvEventsConfig | None = None, data: dict[str, Any] | None = None, **fields: Any) -> Quiet:
    return Quiet(
        env_events_config=config or EnvEventsConfig(),
        augmentation_data=data or load_augmentation_data(DEFAULT_FILE),
        **fields,
    )


def run(scenario: PAREScenario) -> list[CompletedEvent]:
    return run_oracle(scenario).log.list_view()


def noise_of(scenario: PAREScenario) -> list[tuple[str, float | None, dict[str, Any]]]:
    scenario.initialize()
    return [(e.event_id, e.event_relative_time, e.action.arguments) for e in scenario.events]  # type: ignore[attr-defined]


def parts(events: list[CompletedEvent]) -> dict[str, int]:
    return {name: sum(e.app_name() == name for e in events) for name in ("Post", "Chatter", "Corner shop")}


def test_weights_are_equal_for_the_three_apps_by_default() -> None:
    weights = {"StatefulEmailApp": 1.0, "StatefulMessagingApp": 1.0, "StatefulShoppingApp": 1.0}
    assert default_weight_per_app_class() == weights


def test_events_are_shared_out_by_weight_and_rounded_down() -> None:
    expander = PAREEnvEventsExpander(
        EnvEventsConfig(weight_per_app_class={"StatefulEmailApp": 3, "StatefulShoppingApp": 1})
    )
    assert expander.get_num_env_events_per_app(10) == {"StatefulEmailApp": 7, "StatefulShoppingApp": 2}
    sets = {"Emails": "StatefulEmailApp", "Mail": "StatefulEmailApp", "Chats": "StatefulMessagingApp"}
    assert expander.get_num_env_events_per_app(9, sets) == {"Emails": 4, "Mail": 4, "Chats": 0}
    assert expander.get_num_env_events_per_app(9, {"Chats": "StatefulMessagingApp"}) == {"Chats": 0}


def test_six_minutes_at_ten_a_minute_are_twenty_events_an_app_and_all_of_them_succeed() -> None:
    log = run(quiet())
    # a product comes with its items and codes, 3 or 4 events, or not at all
    assert parts(log) == {"Post": 20, "Chatter": 20, "Corner shop": 19}
    assert len(log) == 59
    assert [e.metadata.exception for e in log if e.failed()] == []
    assert {e.event_type for e in log} == {EventType.ENV}
    assert all(e.event_id.startswith("env_expansion_") for e in log)


CONFIGS = st.builds(
    EnvEventsConfig,
    num_env_events_per_minute=st.integers(0, 60),
    env_events_seed=st.integers(0, 2**32),
    n_message_events_per_conversation=st.integers(1, 7),
    n_item_events_per_product=st.integers(1, 4),
    weight_per_app_class=st.fixed_dictionaries(dict.fromkeys(default_weight_per_app_class(), st.floats(0.1, 10))),
)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(config=CONFIGS, duration=st.none() | st.floats(1, 1000))
def test_noise_keeps_to_its_rate_and_to_the_horizon_and_never_fails(
    config: EnvEventsConfig, duration: float | None
) -> None:
    scenario = quiet(config, duration=duration)
    scenario.initialize()
    scheduled = len(scenario.events)
    horizon = duration or 360.0
    log = run(scenario)
    times = [(e.event_time or 0.0) - scenario.start_time for e in log]
    assert len(log) == scheduled <= config.num_env_events_per_minute * horizon / 60
    assert not [e.metadata.exception for e in log if e.failed()]
    assert all(0 <= time <= horizon for time in times)


@pytest.mark.parametrize(("rate", "expected"), [(0, 0), (1, 2), (2, 4), (5, 10)])
def test_the_rate_bounds_the_events_of_each_app(rate: int, expected: int) -> None:
    counts = parts(run(quiet(EnvEventsConfig(num_env_events_per_minute=rate))))
    assert counts["Post"] == expected  # rate · 6 minutes / 3 apps
    assert expected - 3 <= counts["Chatter"] <= expected
    assert counts["Corner shop"] <= expected


def test_a_large_rate_is_bounded_by_the_data() -> None:
    counts = parts(run(quiet(EnvEventsConfig(num_env_events_per_minute=1000))))
    items, codes = 40 * 2, 10
    assert counts == {"Post": 40, "Chatter": 20 * 4, "Corner shop": 40 + items + codes}


def test_equal_seeds_give_equal_noise_and_others_do_not() -> None:
    first, again, other = (noise_of(quiet(EnvEventsConfig(env_events_seed=seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_another_data_set_changes_nothing_in_this_one() -> None:
    data = load_augmentation_data(SMALL)
    alone = {**data, "apps": [one for one in data["apps"] if one["name"] == "Emails"]}
    mail_only = EnvEventsConfig(weight_per_app_class={"StatefulEmailApp": 1.0})
    assert noise_of(quiet(mail_only, data)) == noise_of(quiet(mail_only, alone))


def test_messages_come_in_order_into_conversations_that_the_owner_takes_part_in() -> None:
    scenario = quiet(EnvEventsConfig(n_message_events_per_conversation=5))
    run(scenario)
    data = load_augmentation_data(DEFAULT_FILE)["apps"][0]["app_state"]["conversations"].values()
    texts = {one["conversation_id"]: [m["content"] for m in one["messages"]] for one in data}
    assert len(scenario.messages.conversations) == 4  # 20 messages, 5 each
    for conversation in scenario.messages.conversations.values():
        received = [message.content for message in conversation.messages]
        assert received == texts[conversation.conversation_id][:5]
        assert scenario.messages.current_user_id in conversation.participant_ids
        assert conversation.title


def test_people_of_the_data_can_be_found_by_name() -> None:
    scenario = quiet(data=load_augmentation_data(SMALL))
    scenario.initialize()
    user_id = scenario.messages.name_to_id["Petra Lindqvist"]
    assert scenario.messages.id_to_name[user_id] == "Petra Lindqvist"


def test_a_conversation_that_the_app_has_is_used_and_gets_the_people_it_lacks() -> None:
    data = load_augmentation_data(SMALL)
    known = next(iter(data["apps"][0]["app_state"]["conversations"].values()))["conversation_id"]

    class Known(Quiet):
        def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
            super().init_and_populate_apps()
            people = [self.messages.current_user_id, "a neighbour"]
            self.messages.add_conversation(ConversationV2(people, title="Ours", conversation_id=known))

    scenario = Known(env_events_config=EnvEventsConfig(num_env_events_per_minute=60), augmentation_data=data)
    assert not any(e.failed() for e in run(scenario))
    conversation = scenario.messages.conversations[known]
    assert conversation.title == "Ours"
    assert "a neighbour" in conversation.participant_ids
    assert len(conversation.messages) == 4


def test_mail_goes_to_the_owner_unless_it_names_somebody_else() -> None:
    data = load_augmentation_data(SMALL)
    mails = data["apps"][1]["app_state"]["folders"]["INBOX"]["emails"]
    mails[0]["recipients"] = ["all@example.org"]
    recipients = {args["subject"]: args["recipients"] for _, _, args in noise_of(quiet(data=data)) if "subject" in args}
    assert recipients[mails[0]["subject"]] == ["all@example.org"]
    assert recipients[mails[1]["subject"]] == ["john@pare.com"]


def test_products_get_their_items_and_discount_codes() -> None:
    scenario = quiet(EnvEventsConfig(num_env_events_per_minute=60), load_augmentation_data(SMALL))
    assert not any(e.failed() for e in run(scenario))
    products = {product.name: product for product in scenario.shop.products.values()}
    prices = [item.price for item in products["Enamel Kettle"].variants.values()]
    assert (set(products), prices) == ({"Enamel Kettle", "Wool Blanket", "Desk Lamp Arc"}, [29.9, 33.49])
    (item_id,) = scenario.shop.discount_codes
    assert products["Enamel Kettle"].variants[item_id].price == 29.9


def test_an_app_that_the_scenario_does_not_have_gets_nothing_and_the_others_more() -> None:
    class MailOnly(Quiet):
        def init_and_populate_apps(self, *args: Any, **kwargs: Any) -> None:
            super().init_and_populate_apps()
            self.apps = [*self.apps[:2], StatefulCabApp(name="Cab"), self.mail]

    scenario = MailOnly(
        env_events_config=EnvEventsConfig(num_env_events_per_minute=3),
        augmentation_data=load_augmentation_data(DEFAULT_FILE),
    )
    assert parts(run(scenario)) == {"Post": 18, "Chatter": 0, "Corner shop": 0}


def test_noise_survives_a_soft_reset() -> None:
    scenario = quiet()
    first = [(e.event_id, e.event_time, e.metadata.exception) for e in run(scenario)]
    scenario.soft_reset()
    assert [(e.event_id, e.event_time, e.metadata.exception) for e in run(scenario)] == first


def test_noise_is_added_once() -> None:
    scenario = quiet()
    scenario.initialize()
    with pytest.raises(
        ValueError, match=r"scenario 'quiet' has two events 'env_expansion_Messages_.*; expected noise once"
    ):
        PAREEnvEventsExpander(EnvEventsConfig()).add_env_events_to_scenario(
            scenario, scenario.augmentation_data["apps"]
        )


def test_weights_of_unknown_classes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"names 'EmailClientApp'; expected one of \['StatefulEmailApp', "):
        PAREEnvEventsExpander(EnvEventsConfig(weight_per_app_class={"EmailClientApp": 1.0}))


def test_malformed_data_is_refused_before_anything_is_added() -> None:
    scenario = quiet()
    scenario.initialize()
    before = len(scenario.events)
    with pytest.raises(ValueError, match=r"augmentation data: apps\.0\.app_state of 'Emails': folders: Field required"):
        PAREEnvEventsExpander(EnvEventsConfig()).add_env_events_to_scenario(scenario, [{"name": "Emails"}])
    assert len(scenario.events) == before


def test_arrivals_are_spread_evenly_and_in_order() -> None:
    draws = Draws(0, "Emails")
    samples = np.array([draws.arrivals(3, 10.0, 20.0) for _ in range(4000)])
    assert np.all(np.diff(samples, axis=1) > 0)
    # order statistics of three uniform draws: 1/4, 2/4, 3/4 of the way
    assert samples.mean(axis=0) == pytest.approx([12.5, 15.0, 17.5], abs=0.1)
    assert [draws.arrivals(n, 0.0, 1.0) for n in (0,)] == [[]]


def test_draws_depend_on_seed_and_name() -> None:
    pairs = itertools.product((0, 1), ("Emails", "Messages"))
    assert len({tuple(Draws(seed, name).shuffled(range(8))) for seed, name in pairs}) == 4
