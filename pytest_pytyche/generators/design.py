"""From a template's effects and a scenario's knobs to a configuration: link scales, channels, arms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from pytest_pytyche.generators.assignment import AssignmentConfig, equal_shares
from pytest_pytyche.generators.confounding import confounded
from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.features import Sampler
from pytest_pytyche.generators.knobs import Knobs, choose, require_number, require_whole
from pytest_pytyche.generators.modes import MetricMode
from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.revenue import CartRevenueConfig, LognormalRevenueConfig, RevenueModel
from pytest_pytyche.generators.signals import contrast, linear, resolve_driver, standardised
from pytest_pytyche.generators.surfaces import (
    ZERO,
    Bounded,
    Const,
    Lifted,
    Scaled,
    Sigmoid,
    Surface,
    SurfaceConfig,
    add,
    is_zero,
    logit,
)

SEVERITY_SLOPE = 0.1
"""Log shift of mean revenue per unit of conversion signal."""
FEATURE_SLOPE = 0.5
"""Link shift per standard deviation of the prognostic (or prescriptive) features taken together."""
HIGHEST_RATE = 0.99
"""What a benefit on the probability scale lifts a conversion rate to at most; a rate that is higher already stays."""
LARGEST_REVENUE_RATIO = 200.0
"""No treatment moves a visitor's mean revenue by more than this factor; the published generator has the same bound."""
WEAKEST, STRONGEST = 0.7, 1.3
TWO_ARMS = 2
REVENUE_MODELS = ("lognormal", "cart")


@dataclass(frozen=True)
class Effect:
    """One treatment's effect per unit of effect_scale.

    conversion: shift of the logit. severity: shift of the log mean revenue. benefit: shift of the conversion rate
    itself, for effects that are defined on the probability scale.
    """

    conversion: Surface
    severity: Surface
    benefit: Surface = ZERO


class Effects(Protocol):
    """What tells one template from another."""

    def sampler(self, knobs: Knobs) -> Sampler:
        """The template's own sampler, used where none is given."""

    def check(self, knobs: Knobs, sampler: Sampler) -> tuple[str, ...]:
        """The drivers of conversion; raises `ValueError` for knobs that do not fit the sampler."""

    def prognosis(self, knobs: Knobs, population: Population) -> tuple[Surface, Surface]:
        """Baseline shifts: of the logit of the conversion rate, and of the log mean revenue."""

    def effect(self, knobs: Knobs, sampler: Sampler, arm: int, scale: float) -> Effect:
        """The effect of treatment `arm`, which acts with the given relative scale."""

    def centred(self, population: Population, build: Callable[[Population], Surface]) -> Surface:
        """What `build` makes of the distribution that this template's signals are centred for."""


CHANNEL_MODES: Mapping[str, Callable[[Effect, Surface], Effect]] = {
    "mirror": lambda effect, other: effect,
    "opposing": lambda effect, other: replace(effect, severity=Scaled(effect.severity, -1.0)),
    "conversion_only": lambda effect, other: replace(effect, severity=ZERO),
    "severity_only": lambda effect, other: Effect(ZERO, effect.severity),
    "orthogonal": lambda effect, other: replace(effect, severity=other),
}
"""How the severity channel relates to the conversion channel; `other` is the signal of `severity_driver`."""


def build(effects: Effects, knobs: Knobs) -> tuple[V2GeneratorConfig, dict[str, Any]]:
    """The configuration and metadata of a scenario."""
    _require_ranges(knobs)
    sampler = _sampler(effects, knobs)
    drivers = effects.check(knobs, sampler)
    _require_channels(knobs, drivers)
    randomised = _randomised(knobs)
    config = V2GeneratorConfig(
        n_visitors=knobs["n_visitors"],
        feature_sampler=sampler,
        metric_mode=_metric_mode(effects, knobs, sampler),
        assignment=confounded(knobs, randomised, _confounder(effects, knobs, sampler)),
        seed=knobs["seed"],
        experiment_id=f"{knobs.template}-{knobs.metric_id}-es{knobs.effect_scale:g}-seed{knobs['seed']}",
        revenue_model=_revenue_model(knobs) if knobs.hurdle else None,
    )
    return config, _metadata(knobs, randomised.probabilities, len(sampler.population.weights), drivers)


def _metadata(knobs: Knobs, shares: tuple[float, ...], n_clusters: int, drivers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "scenario_class": knobs.template,
        "template": knobs.template,
        "metric_id": knobs.metric_id,
        "effect_scale": knobs.effect_scale,
        **knobs.values,
        "treatment_allocation": 1.0 - shares[0],
        "treatment_probabilities": shares,
        "drivers": drivers,
        "n_clusters": n_clusters,
    }


def _require_ranges(knobs: Knobs) -> None:
    require_number("baseline_rate", knobs["baseline_rate"])
    if not 0.0 < knobs["baseline_rate"] < 1.0:
        raise ValueError(f"baseline_rate={knobs['baseline_rate']}; expected a number between 0 and 1")
    for name, smallest in (("n_visitors", 1), ("n_nuisance", 0), ("n_correlated", 0), ("K", TWO_ARMS)):
        require_whole(name, knobs.values.get(name, smallest), smallest)


def _sampler(effects: Effects, knobs: Knobs) -> Sampler:
    if knobs["sampler"] is None:
        return effects.sampler(knobs)
    for name in ("n_nuisance", "n_correlated"):
        knobs.refuse(name, "the given sampler states the features")
    sampler: Sampler = knobs["sampler"]
    if not hasattr(sampler, "population"):
        raise ValueError(f"sampler={sampler!r:.80}; expected a CopulaConfig or a MixtureConfig")
    return sampler


def _require_channels(knobs: Knobs, drivers: tuple[str, ...]) -> None:
    if not knobs.hurdle:
        return
    choose("channel_mode", knobs["channel_mode"], CHANNEL_MODES)
    if knobs["channel_mode"] != "orthogonal":
        knobs.refuse("severity_driver", "only channel_mode='orthogonal' uses it")
    elif drivers == (knobs["severity_driver"],):
        raise ValueError(f"severity_driver={drivers[0]!r} already drives conversion; orthogonal needs another feature")


def _confounder(effects: Effects, knobs: Knobs, sampler: Sampler) -> Surface:
    return _feature_signal(effects, sampler, knobs["prognostic_features"], slope=1.0)


def _randomised(knobs: Knobs) -> AssignmentConfig:
    if knobs["treatment_probabilities"] is None:
        return equal_shares(knobs["K"], knobs["treatment_allocation"])
    knobs.refuse("treatment_allocation", "treatment_probabilities states the share of every arm")
    return AssignmentConfig(treatment_probabilities=tuple(knobs["treatment_probabilities"]))


def _revenue_model(knobs: Knobs) -> RevenueModel:
    model = knobs["revenue_model"]
    if model == "lognormal":
        return LognormalRevenueConfig(sigma=float(knobs["severity_sigma"]))
    knobs.refuse("severity_sigma", "only revenue_model='lognormal' uses it")
    if isinstance(model, CartRevenueConfig | LognormalRevenueConfig):
        return model
    choose("revenue_model", model, REVENUE_MODELS)
    return CartRevenueConfig()


def arm_scales(n_arms: int) -> tuple[float, ...]:
    """How strongly each treatment acts: 1 for a single one, evenly from 0.7 to 1.3 for several."""
    return (1.0,) if n_arms == TWO_ARMS else tuple(float(s) for s in np.linspace(WEAKEST, STRONGEST, n_arms - 1))


def _metric_mode(effects: Effects, knobs: Knobs, sampler: Sampler) -> MetricMode:
    prognosis = effects.prognosis(knobs, sampler.population)
    shift = _feature_signal(effects, sampler, knobs["prognostic_features"])
    link = add(Const(logit(knobs["baseline_rate"])), prognosis[0], shift)
    severity = add(prognosis[1], Scaled(shift, SEVERITY_SLOPE))
    treatments = [_effect(effects, knobs, sampler, t, s) for t, s in enumerate(arm_scales(knobs["K"]), start=1)]
    p = [_probability(link, effect, knobs.effect_scale) for effect in (Effect(ZERO, ZERO), *treatments)]
    if not knobs.hurdle:
        return MetricMode(knobs.metric_id, tuple(map(SurfaceConfig, p)))
    shifts = [severity, *(add(severity, _severity(effect, knobs.effect_scale)) for effect in treatments)]
    return MetricMode(knobs.metric_id, tuple(map(SurfaceConfig, p)), tuple(map(SurfaceConfig, shifts)))


def _probability(link: Surface, effect: Effect, effect_scale: float) -> Surface:
    rate = Sigmoid(add(link, Scaled(effect.conversion, effect_scale)))
    benefit = Scaled(effect.benefit, effect_scale)
    return rate if is_zero(benefit) else Lifted(rate, benefit, HIGHEST_RATE)


def _severity(effect: Effect, effect_scale: float) -> Surface:
    shift = Scaled(effect.severity, effect_scale)
    return ZERO if is_zero(shift) else Bounded(shift, math.log(LARGEST_REVENUE_RATIO))


def _effect(effects: Effects, knobs: Knobs, sampler: Sampler, arm: int, scale: float) -> Effect:
    """The effect of one treatment, its prescriptive features and channel mode included."""
    effect = effects.effect(knobs, sampler, arm, scale)
    modifier = Scaled(_feature_signal(effects, sampler, knobs["prescriptive_features"]), scale)
    conversion = add(effect.conversion, modifier)
    effect = replace(effect, conversion=conversion, severity=add(effect.severity, Scaled(modifier, SEVERITY_SLOPE)))
    if not knobs.hurdle:
        return effect
    other: Surface = ZERO
    if knobs["channel_mode"] == "orthogonal":
        driver = resolve_driver(knobs["severity_driver"], sampler)
        signal = effects.centred(
            sampler.population, lambda population: linear_or_contrast(population, driver.name, driver.levels)
        )
        other = Scaled(signal, SEVERITY_SLOPE * scale)
    return CHANNEL_MODES[knobs["channel_mode"]](effect, other)


def linear_or_contrast(population: Population, driver: str, levels: tuple[Any, ...] | None) -> Surface:
    """The driver's deviation from its mean, or +½ at its first level against -½, centred."""
    if levels is None:
        return linear(population, driver)
    return contrast(population, driver, levels[0], 0.5, -0.5)


def _feature_signal(effects: Effects, sampler: Sampler, names: Sequence[str], slope: float = FEATURE_SLOPE) -> Surface:
    """`slope` times the standardised features, divided by √k so that k features weigh as much as one."""
    if isinstance(names, str):
        raise ValueError(f"features={names!r}; expected a list of feature names")
    infos = [resolve_driver(name, sampler) for name in names]
    signals = [effects.centred(sampler.population, partial(standardised, info=info)) for info in infos]
    return add(*(Scaled(signal, slope / math.sqrt(len(infos))) for signal in signals))
