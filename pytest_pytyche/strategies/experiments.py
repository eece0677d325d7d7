"""Strategies for specs, configurations and catalogs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.knobs import choose
from pytest_pytyche.generators.observed import METRICS, REVENUE_PER_VISITOR
from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.revenue import CartRevenueConfig
from pytest_pytyche.generators.scenarios import ScenarioSpec, spec_id
from pytest_pytyche.generators.schema import visitor_sampler
from pytest_pytyche.generators.templates import ALL_TEMPLATES, Template
from pytest_pytyche.strategies.effects import cluster_profiles
from pytest_pytyche.strategies.features import hundredths, samplers

Knobs = dict[str, Any]

BY_NAME = {template.name: template for template in ALL_TEMPLATES}
CHANNEL_MODES = ("mirror", "opposing", "conversion_only", "severity_only")


def catalogs(
    *,
    templates: Sequence[str] | None = None,
    metric_ids: Sequence[str] | None = None,
    min_visitors: int = 50,
    max_visitors: int = 200,
    max_size: int = 5,
) -> st.SearchStrategy[list[ScenarioSpec]]:
    """Lists of 1 to `max_size` specs, no two with the same id or the same configuration."""
    drawn = specs(templates=templates, metric_ids=metric_ids, min_visitors=min_visitors, max_visitors=max_visitors)
    return st.lists(drawn, min_size=1, max_size=max_size, unique_by=(spec_id, lambda spec: _config(spec, 0).digest))


def configs(
    *,
    templates: Sequence[str] | None = None,
    metric_ids: Sequence[str] | None = None,
    min_visitors: int = 50,
    max_visitors: int = 200,
) -> st.SearchStrategy[V2GeneratorConfig]:
    """Configurations, ready for `generate_v2_core`, of specs at seeds up to 999."""
    drawn = specs(templates=templates, metric_ids=metric_ids, min_visitors=min_visitors, max_visitors=max_visitors)
    return st.builds(_config, drawn, st.integers(0, 999))


@st.composite
def specs(
    draw: st.DrawFn,
    *,
    templates: Sequence[str] | None = None,
    metric_ids: Sequence[str] | None = None,
    min_visitors: int = 50,
    max_visitors: int = 200,
) -> ScenarioSpec:
    """Specs `(template_fn, kwargs)` of the built-in templates, with knobs that fit together and samplers of any kind.

    `templates` and `metric_ids` narrow the choice; unknown ones are a ValueError.
    """
    template = draw(_chosen("template", templates, BY_NAME).map(BY_NAME.__getitem__))
    kwargs: Knobs = {
        "metric_id": draw(_chosen("metric_id", metric_ids, METRICS)),
        "effect_scale": draw(hundredths(0.25, 2)),
        "n_visitors": draw(st.integers(min_visitors, max_visitors)),
    }
    kwargs |= draw(_clusters(template) if "profiles" in template.own else _drivers(template))
    names = [spec.name for spec in (kwargs.get("sampler") or visitor_sampler(0)).features]
    kwargs |= draw(_arms()) | draw(_baseline(names))
    if kwargs["metric_id"] == REVENUE_PER_VISITOR:
        kwargs |= draw(_revenue()) | draw(_channels(names, _conversion_drivers(template, kwargs)))
    return template, kwargs


def _config(spec: ScenarioSpec, seed: int) -> V2GeneratorConfig:
    template, kwargs = spec
    return template(seed=seed, **kwargs)[0]


def _chosen(name: str, asked: Sequence[str] | None, known: Iterable[str]) -> st.SearchStrategy[str]:
    for one in asked or ():
        choose(name, one, tuple(known))
    return st.sampled_from(list(asked or known))


@st.composite
def _drivers(draw: st.DrawFn, template: Template) -> Knobs:
    """Knobs of a plain template: a sampler of one's own or some nuisance, and drivers that the sampler has."""
    n_drivers = sum(name in template.own for name in ("driver", "driver_secondary"))
    knobs = draw(_nuisance() | _own_sampler(min_continuous=max(1, n_drivers)))
    sampler = knobs.get("sampler") or visitor_sampler(0)
    kinds = {spec.name: spec.kind for spec in sampler.features}
    continuous = [name for name, kind in kinds.items() if kind == "continuous"]
    if n_drivers == 2:
        pair = draw(st.lists(st.sampled_from(continuous), min_size=2, max_size=2, unique=True))
        return knobs | dict(zip(("driver", "driver_secondary"), pair, strict=True))
    if n_drivers == 0:
        return knobs
    driver = draw(st.sampled_from(list(kinds)))
    if driver in continuous:
        prevalence = _prevalence(sampler.population, driver) if "benefit_prevalence" in template.own else st.just({})
        return knobs | {"driver": driver} | draw(prevalence)
    levels = list(sampler.population.probabilities(driver))
    return knobs | {"driver": driver} | draw(_optional({"driver_target_level": st.sampled_from(levels)}))


def _prevalence(population: Population, driver: str) -> st.SearchStrategy[Knobs]:
    """Shares of visitors who benefit: any, or those above a count, of which the default is hardly ever one."""
    shares = hundredths(0.05, 0.5)
    if not population.has_ties(driver):
        return _optional({"benefit_prevalence": shares})
    above = shares.map(lambda share: population.share_above(driver, population.quantile(driver, 1.0 - share)))
    return st.fixed_dictionaries({"benefit_prevalence": above})


@st.composite
def _clusters(draw: st.DrawFn, template: Template) -> Knobs:
    """Knobs of a clustered template: its own clusters, or a mixture with a profile for each of its clusters."""
    strength = draw(_optional({"hte_scale": hundredths(0, 2)}))
    if draw(st.booleans()):
        sampler = draw(samplers(min_clusters=2))
        n_clusters = len(sampler.population.weights)
        profiles = draw(st.lists(cluster_profiles(sampler), min_size=n_clusters, max_size=n_clusters))
        return {"sampler": sampler, "profiles": tuple(profiles), **strength}
    return draw(_nuisance()) | draw(_optional({"n_correlated": st.integers(0, 3)})) | strength


def _conversion_drivers(template: Template, knobs: Knobs) -> set[str]:
    if "profiles" in template.own:
        profiles = knobs.get("profiles", template.own["profiles"])
        return {name for profile in profiles for term in profile.conversion_signals for name in term.drivers}
    return {knobs[name] for name in ("driver", "driver_secondary") if name in knobs}


def _own_sampler(min_continuous: int) -> st.SearchStrategy[Knobs]:
    return st.fixed_dictionaries({"sampler": samplers(min_continuous=min_continuous)})


def _nuisance() -> st.SearchStrategy[Knobs]:
    return _optional({"n_nuisance": st.integers(0, 3)})


@st.composite
def _arms(draw: st.DrawFn) -> Knobs:
    """The number of arms, and the share treated or the shares of all arms."""
    knobs = draw(_optional({"K": st.integers(2, 4)}))
    n_arms = knobs.get("K", 2)
    weights = st.lists(st.integers(1, 4), min_size=n_arms, max_size=n_arms)
    shares = weights.map(lambda w: {"treatment_probabilities": tuple(weight / sum(w) for weight in w)})
    return knobs | draw(_optional({"treatment_allocation": hundredths(0.2, 0.8)}) | shares)


def _baseline(names: Sequence[str]) -> st.SearchStrategy[Knobs]:
    some = st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)
    baseline = _optional(
        {"baseline_rate": hundredths(0.02, 0.3), "prognostic_features": some, "prescriptive_features": some}
    )
    return baseline.flatmap(lambda knobs: _confounding(knobs) if knobs.get("prognostic_features") else st.just(knobs))


def _confounding(knobs: Knobs) -> st.SearchStrategy[Knobs]:
    """The knobs, perhaps with assignment through the prognostic features among them."""
    observational = st.fixed_dictionaries(
        {"confounding": hundredths(0.1, 2)}, optional={"overlap": hundredths(0.05, 0.5)}
    )
    return st.one_of(st.just(knobs), observational.map(lambda drawn: {**knobs, **drawn}))


def _revenue() -> st.SearchStrategy[Knobs]:
    cart = st.sampled_from(["cart", CartRevenueConfig(sensitivity=5.0)])
    return _optional({"severity_sigma": hundredths(0.1, 1.5)}) | st.fixed_dictionaries({"revenue_model": cart})


def _channels(names: Sequence[str], drivers: set[str]) -> st.SearchStrategy[Knobs]:
    """How severity relates to conversion; an orthogonal one needs a feature that does not drive conversion alone."""
    modes = st.fixed_dictionaries({"channel_mode": st.sampled_from(CHANNEL_MODES)})
    others = [name for name in names if drivers != {name}]
    if not others:
        return modes
    driver = st.sampled_from(others)
    return modes | st.fixed_dictionaries({"channel_mode": st.just("orthogonal"), "severity_driver": driver})


def _optional(knobs: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Knobs]:
    """Any of the given knobs; shrinks to none."""
    return st.fixed_dictionaries({}, optional=knobs)
