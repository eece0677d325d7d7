"""Noise for a scenario: what arrives on the phone and has nothing to do with the scenario's story."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pare_harness.apps.core import App
from pare_harness.disturbances import DEFAULT_HORIZON
from pare_harness.events import Event
from pare_harness.scenarios.augmentation import AppData, DataSet, checked, data_sets
from pare_harness.scenarios.noise import EnvEventsConfig, default_weight_per_app_class
from pare_harness.scenarios.scenario import Scenario
from pare_harness.scenarios.utils.noise_events import (
    Chain,
    Draws,
    Scope,
    email_chains,
    message_chains,
    shopping_chains,
    spread,
)

__all__ = ["PAREEnvEventsExpander", "default_weight_per_app_class"]

_CHAINS: dict[str, Callable[[Scope, Draws, Any, Any], Iterator[Chain]]] = {
    "StatefulEmailApp": email_chains,
    "StatefulMessagingApp": message_chains,
    "StatefulShoppingApp": shopping_chains,
}
_WHERE = "augmentation data"


class PAREEnvEventsExpander:
    """Adds noise to scenarios as `env_events_config` says: so many events a minute, shared out by weight.

    Raises `ValueError` for a weight of an app class that noise cannot be made for.
    """

    def __init__(self, env_events_config: EnvEventsConfig) -> None:
        self.env_events_config = env_events_config
        for app_class in env_events_config.weight_per_app_class:
            if app_class not in _CHAINS:
                raise ValueError(f"weight_per_app_class names {app_class!r}; expected one of {sorted(_CHAINS)}")

    def get_num_env_events_per_app(
        self, num_env_events: int, app_classes: Mapping[str, str] | None = None
    ) -> dict[str, int]:
        """Each data set's part of `num_env_events`: ⌊weight of its app class / sum of weights · `num_env_events`⌋.

        `app_classes` maps data sets to app classes; by default each weighted class has one data set of its own name.
        """
        weights = self.env_events_config.weight_per_app_class
        classes = {cls: cls for cls in weights} if app_classes is None else app_classes
        weight_of = {name: weights.get(cls, 0.0) for name, cls in classes.items()}
        total = sum(weight_of.values())
        return {name: int(weight * num_env_events / total) if weight else 0 for name, weight in weight_of.items()}

    def add_env_events_to_scenario(self, scenario: Scenario, apps_augmentation_data: list[dict[str, Any]]) -> None:
        """Append the noise to `scenario.events`: events of the environment, which depend on none of the scenario's own.

        A data set goes to the scenario's first app of its class, whatever that app is called; without such an app it is
        left out. Times lie between the start and the scenario's duration, or 360 s. Raises `ValueError` for malformed
        data, and for an event id that the scenario has already.
        """
        apps = [checked(AppData, one, _WHERE) for one in apps_augmentation_data]
        targets = [(found, app) for found in data_sets(apps, _WHERE) if (app := _app_for(scenario, found)) is not None]
        horizon = scenario.duration or DEFAULT_HORIZON
        number = int(self.env_events_config.num_env_events_per_minute * horizon / 60)
        budgets = self.get_num_env_events_per_app(number, {found.name: found.app_class for found, _ in targets})
        for found, app in targets:
            draws = Draws(self.env_events_config.env_events_seed, found.name)
            scope = Scope(found.name, self.env_events_config, budgets[found.name])
            chains = _CHAINS[found.app_class](scope, draws, app, found.state)
            _append(scenario, spread(chains, draws, horizon))


def _app_for(scenario: Scenario, data: DataSet) -> App | None:
    found = (app for app in scenario.apps if data.app_class in (cls.__name__ for cls in type(app).__mro__))
    return next(found, None)


def _append(scenario: Scenario, events: Iterator[Event]) -> None:
    taken = {event.event_id for event in scenario.events}
    for event in events:
        if event.event_id in taken:
            raise ValueError(
                f"scenario {scenario.scenario_id!r} has two events {event.event_id!r}; expected noise once"
            )
        taken.add(event.event_id)
        scenario.events.append(event)
