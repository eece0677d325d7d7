"""Knobs of scenario templates: each is honoured or rejected by name, none is swallowed."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_pytyche.generators.observed import METRICS, REVENUE_PER_VISITOR
from pytest_pytyche.generators.values import FrozenDict

COMMON: Mapping[str, Any] = FrozenDict(
    {
        "n_visitors": 1000,
        "n_nuisance": 5,
        "K": 2,
        "treatment_allocation": None,
        "treatment_probabilities": None,
        "seed": 42,
        "baseline_rate": 0.05,
        "sampler": None,
        "prognostic_features": (),
        "prescriptive_features": (),
        "confounding": 0.0,
        "overlap": 0.1,
    }
)
"""Knobs that every template takes on every metric, with their defaults (treatment_allocation: equal shares)."""

HURDLE: Mapping[str, Any] = FrozenDict(
    {"severity_sigma": 0.5, "revenue_model": "lognormal", "channel_mode": "mirror", "severity_driver": "browse_depth"}
)
"""Knobs of revenue, taken by every template on `revenue_per_visitor` only."""


def choose(name: str, value: object, choices: Mapping[str, Any] | tuple[str, ...]) -> None:
    """Raise `ValueError` naming the thing, the value and the choices unless the value is one of them."""
    if value not in choices:
        close = difflib.get_close_matches(str(value), choices, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"{name}={value!r}; expected one of {list(choices)}{hint}")


def require_number(name: str, value: object) -> None:
    """Raise `ValueError`, naming knob and value, for what is no finite number."""
    if not isinstance(value, int | float | np.number) or not math.isfinite(value):
        raise ValueError(f"{name}={value!r}; expected a finite number")


def require_whole(name: str, value: object, least: int) -> None:
    """Raise `ValueError`, naming knob and value, for what is no whole number from `least` on."""
    if not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}={value!r}; expected a whole number >= {least}")


@dataclass(frozen=True)
class Knobs:
    """The knobs of one scenario: given values over defaults, with what was given remembered."""

    template: str
    metric_id: str
    effect_scale: float
    values: Mapping[str, Any]
    given: frozenset[str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def hurdle(self) -> bool:
        """Whether the metric has revenue."""
        return self.metric_id == REVENUE_PER_VISITOR

    def refuse(self, name: str, why: str) -> None:
        """Raise `ValueError` when a knob was given that this scenario would not use."""
        if name in self.given:
            raise ValueError(f"{self.template}: {name}={self.values[name]!r} would have no effect: {why}")


def resolve(
    template: str, own: Mapping[str, Any], metric_id: str, effect_scale: float, given: Mapping[str, Any]
) -> Knobs:
    """Given knobs over the defaults of template and metric; raises `ValueError` for one that it does not take."""
    choose("metric_id", metric_id, METRICS)
    takes = {**COMMON, **own, **(HURDLE if metric_id == REVENUE_PER_VISITOR else {})}
    for name in given:
        if name not in takes:
            close = difflib.get_close_matches(name, takes, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise ValueError(f"{template} on {metric_id} takes no knob {name!r}{hint}; it takes {sorted(takes)}")
    require_number("effect_scale", effect_scale)
    return Knobs(template, metric_id, float(effect_scale), FrozenDict({**takes, **given}), frozenset(given))
