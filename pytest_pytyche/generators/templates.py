"""The nine scenario templates, and what makes a template of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Any

from pytest_pytyche.generators.clusters import (
    FOUR_PROFILES,
    SIX_PROFILES,
    TWO_PROFILES,
    Profiles,
    by_cluster,
    conversion_effect,
    conversion_prognosis,
    for_arm,
    severity_effect,
    severity_prognosis,
)
from pytest_pytyche.generators.design import HIGHEST_RATE, SEVERITY_SLOPE, Effect, Effects, build, linear_or_contrast
from pytest_pytyche.generators.features import Sampler
from pytest_pytyche.generators.knobs import COMMON, HURDLE, Knobs, choose, resolve
from pytest_pytyche.generators.marginals import Marginal
from pytest_pytyche.generators.observed import METRICS
from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.schema import (
    FOUR_CLUSTERS,
    SIX_CLUSTERS,
    TWO_CLUSTERS,
    clustered_sampler,
    visitor_sampler,
)
from pytest_pytyche.generators.signals import (
    DriverInfo,
    at_level,
    contrast,
    interaction,
    quadratic,
    rank,
    require_levels,
    resolve_driver,
    top_share,
)
from pytest_pytyche.generators.surfaces import ZERO, Const, Scaled, Surface, add
from pytest_pytyche.generators.values import FrozenDict

SPARSE_LIFT = 0.40
POSITIONAL = ("metric_id", "effect_scale")
ONE_DRIVER: Mapping[str, Any] = FrozenDict({"driver": "session_recency", "driver_target_level": None})
TWO_DRIVERS: Mapping[str, Any] = FrozenDict({"driver": "session_recency", "driver_secondary": "browse_depth"})


@dataclass(frozen=True)
class Template:
    """A named template: `template(metric_id, effect_scale, **knobs)` gives (V2GeneratorConfig, metadata).

    `own` holds the knobs that only this template takes, with their defaults. Raises `ValueError`, naming the knob, the
    value and the choices, for a knob that it does not take or would not use.
    """

    name: str
    effects: Effects
    own: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "own", FrozenDict(self.own))

    def __call__(self, metric_id: str, effect_scale: float, **knobs: Any) -> tuple[Any, dict[str, Any]]:
        return build(self.effects, resolve(self.name, self.own, metric_id, effect_scale, knobs))

    def specs(
        self, cells: Sequence[Mapping[str, Any]] | None = None, metric_ids: Sequence[str] | None = None
    ) -> list[tuple[Template, dict[str, Any]]]:
        """Specs (template, knobs) of the given cells and metrics, else of the defaults and of all metrics.

        The effect_scale of a cell defaults to 1. Raises `ValueError` for a knob or a metric that it does not take.
        """
        wanted = [{"effect_scale": 1.0, **cell} for cell in ([{}] if cells is None else cells)]
        specs = [{"metric_id": metric_id, **cell} for cell in wanted for metric_id in metric_ids or self.metric_ids]
        for spec in specs:
            given = {knob: value for knob, value in spec.items() if knob not in POSITIONAL}
            resolve(self.name, self.own, spec["metric_id"], spec["effect_scale"], given)
        return [(self, spec) for spec in specs]

    def __repr__(self) -> str:
        return f"<template {self.name}>"

    @property
    def metric_ids(self) -> tuple[str, ...]:
        """The metrics that it can be about."""
        return METRICS

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Every knob the template takes on some metric, with its default."""
        return FrozenDict({**COMMON, **HURDLE, **self.own})

    @property
    def __signature__(self) -> Signature:
        positional = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in POSITIONAL]
        named = [Parameter(name, Parameter.KEYWORD_ONLY, default=value) for name, value in self.defaults.items()]
        return Signature(positional + named)


@dataclass(frozen=True)
class Plain:
    """Effects that are one signal of the population: on the logit, and a tenth of it on the log mean revenue."""

    signal: Callable[[Knobs, Sampler], Surface]

    def sampler(self, knobs: Knobs) -> Sampler:
        """The default visitor schema."""
        return visitor_sampler(knobs["n_nuisance"])

    def check(self, knobs: Knobs, sampler: Sampler) -> tuple[str, ...]:
        """The drivers, each of which the sampler must have."""
        names = [knobs.values[name] for name in ("driver", "driver_secondary") if name in knobs.values]
        infos = [resolve_driver(name, sampler) for name in names]
        if "driver_secondary" in knobs.values:
            for info in infos:
                _require_continuous(knobs, info)
        elif infos:
            _require_target(knobs, infos[0])
        return tuple(names)

    def prognosis(self, knobs: Knobs, population: Population) -> tuple[Surface, Surface]:
        """None: every visitor has the baseline rate and mean."""
        return ZERO, ZERO

    def effect(self, knobs: Knobs, sampler: Sampler, arm: int, scale: float) -> Effect:
        """The signal, times the treatment's scale."""
        signal = self.signal(knobs, sampler)
        return Effect(Scaled(signal, scale), Scaled(signal, SEVERITY_SLOPE * scale))

    def centred(self, population: Population, build: Callable[[Population], Surface]) -> Surface:
        """Centred for the whole population."""
        return build(population)


class Sparse(Plain):
    """A benefit of 40 points of conversion rate per unit of effect_scale for a few visitors, nothing for the rest."""

    def effect(self, knobs: Knobs, sampler: Sampler, arm: int, scale: float) -> Effect:
        """The benefit of those whom the signal marks with 1."""
        chosen = self.signal(knobs, sampler)
        return Effect(ZERO, Scaled(chosen, SEVERITY_SLOPE * scale), Scaled(chosen, SPARSE_LIFT * scale))


@dataclass(frozen=True)
class Clustered:
    """Effects that differ by latent cluster, with signals centred within each."""

    weights: tuple[float, ...]
    clusters: tuple[dict[str, Marginal], ...] = field(repr=False)

    def sampler(self, knobs: Knobs) -> Sampler:
        """The template's mixture, with the nuisance features asked for."""
        return clustered_sampler(self.weights, self.clusters, knobs["n_nuisance"], knobs["n_correlated"])

    def check(self, knobs: Knobs, sampler: Sampler) -> tuple[str, ...]:
        """The drivers of all profiles, of which there must be one per cluster."""
        profiles: Profiles = knobs["profiles"]
        if len(profiles) != len(sampler.population.weights):
            raise ValueError(
                f"{len(profiles)} profiles for {len(sampler.population.weights)} clusters; expected one per cluster"
            )
        for profile in profiles:
            for term in (*profile.conversion_signals, *profile.severity_signals):
                require_levels(sampler, term)
        return tuple(dict.fromkeys(d for p in profiles for term in p.conversion_signals for d in term.drivers))

    def prognosis(self, knobs: Knobs, population: Population) -> tuple[Surface, Surface]:
        """Each cluster's own baseline, centred over clusters."""
        return conversion_prognosis(population, knobs["profiles"]), severity_prognosis(population, knobs["profiles"])

    def effect(self, knobs: Knobs, sampler: Sampler, arm: int, scale: float) -> Effect:
        """The profiles of that treatment."""
        profiles, population = for_arm(knobs["profiles"], arm, scale), sampler.population
        return Effect(
            conversion_effect(population, profiles, knobs["hte_scale"], knobs["baseline_rate"]),
            severity_effect(population, profiles, knobs["hte_scale"]),
        )

    def centred(self, population: Population, build: Callable[[Population], Surface]) -> Surface:
        """Centred within each cluster."""
        return by_cluster(population, build)


def _require_continuous(knobs: Knobs, info: DriverInfo) -> None:
    if info.kind != "continuous":
        raise ValueError(f"{knobs.template}: driver {info.name!r} is categorical; expected a continuous feature")


def _require_target(knobs: Knobs, info: DriverInfo) -> None:
    target = knobs["driver_target_level"]
    if info.levels is None:
        knobs.refuse("driver_target_level", f"driver {info.name!r} is continuous and has no levels")
        return
    knobs.refuse("benefit_prevalence", f"driver {info.name!r} is categorical: its target level benefits")
    if target is not None:
        choose("driver_target_level", target, info.levels)


def _driver(knobs: Knobs, sampler: Sampler) -> tuple[DriverInfo, Any]:
    """The driver and its target level: the one asked for, else the most frequent (None for a continuous driver)."""
    info = resolve_driver(knobs["driver"], sampler)
    target = knobs["driver_target_level"]
    return info, info.levels[0] if info.levels is not None and target is None else target


def _constant(knobs: Knobs, sampler: Sampler) -> Surface:
    return Const(1.0)


def _reversal(knobs: Knobs, sampler: Sampler) -> Surface:
    info, target = _driver(knobs, sampler)
    return linear_or_contrast(sampler.population, info.name, None if info.levels is None else (target,))


def _monotone_gradient(knobs: Knobs, sampler: Sampler) -> Surface:
    info, target = _driver(knobs, sampler)
    population = sampler.population
    signal = rank(population, info.name) if info.levels is None else contrast(population, info.name, target, 1.0, 0.0)
    return Scaled(signal, 2.0)


def _nonlinear(knobs: Knobs, sampler: Sampler) -> Surface:
    first, second = knobs["driver"], knobs["driver_secondary"]
    curve = quadratic(sampler.population, first)
    return add(Scaled(curve, 0.5), Scaled(interaction(sampler.population, first, second), 0.5))


def _interaction_only(knobs: Knobs, sampler: Sampler) -> Surface:
    return interaction(sampler.population, knobs["driver"], knobs["driver_secondary"])


def _sparse_benefit(knobs: Knobs, sampler: Sampler) -> Surface:
    if knobs["baseline_rate"] >= HIGHEST_RATE:
        raise ValueError(
            f"{knobs.template}: baseline_rate={knobs['baseline_rate']} leaves no room for a benefit; "
            f"expected a number below {HIGHEST_RATE}"
        )
    info, target = _driver(knobs, sampler)
    if info.levels is not None:
        return at_level(info, target)
    share = knobs["benefit_prevalence"]
    if not 0.0 < share < 1.0:
        raise ValueError(f"benefit_prevalence={share}; expected a number between 0 and 1")
    return top_share(sampler.population, info, share)


def _clustered_knobs(profiles: Profiles) -> dict[str, Any]:
    return {"n_correlated": 0, "hte_scale": 1.0, "profiles": profiles}


ALL_TEMPLATES = (
    Template("constant", Plain(_constant)),
    Template("reversal", Plain(_reversal), ONE_DRIVER),
    Template("sparse_benefit", Sparse(_sparse_benefit), {**ONE_DRIVER, "benefit_prevalence": 0.15}),
    Template("nonlinear", Plain(_nonlinear), TWO_DRIVERS),
    Template("monotone_gradient", Plain(_monotone_gradient), ONE_DRIVER),
    Template("interaction_only", Plain(_interaction_only), TWO_DRIVERS),
    Template("clustered", Clustered((0.60, 0.40), TWO_CLUSTERS), _clustered_knobs(TWO_PROFILES)),
    Template(
        "clustered_realistic",
        Clustered((0.30, 0.25, 0.25, 0.20), FOUR_CLUSTERS),
        _clustered_knobs(FOUR_PROFILES),
    ),
    Template(
        "clustered_complex",
        Clustered((0.25, 0.20, 0.20, 0.15, 0.12, 0.08), SIX_CLUSTERS),
        _clustered_knobs(SIX_PROFILES),
    ),
)
