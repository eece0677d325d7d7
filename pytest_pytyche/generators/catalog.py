"""Catalogs: star sweeps over templates, metrics and knobs, and the ids of their specs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pytest_pytyche.generators.core import V2GeneratorConfig
from pytest_pytyche.generators.design import CHANNEL_MODES, REVENUE_MODELS
from pytest_pytyche.generators.knobs import COMMON, HURDLE, choose, require_number
from pytest_pytyche.generators.observed import CONTINUOUS_OUTCOME, CONVERSION_RATE, METRICS, REVENUE_PER_VISITOR
from pytest_pytyche.generators.profiles import PROFILES
from pytest_pytyche.generators.published import DESIGNS
from pytest_pytyche.generators.schema import VISITOR_FEATURES
from pytest_pytyche.generators.templates import ALL_TEMPLATES
from pytest_pytyche.generators.values import canonical, digest
from pytest_pytyche.text import shown

TEMPLATES: dict[str, Callable[..., tuple[V2GeneratorConfig, dict[str, Any]]]] = {
    template.name: template for template in ALL_TEMPLATES
}
"""Registered scenario templates, by name."""

ScenarioSpec = tuple[Callable[..., tuple[V2GeneratorConfig, dict[str, Any]]], dict[str, Any]]
"""(template_fn, kwargs): `template_fn(seed=seed, **kwargs)` gives (V2GeneratorConfig, metadata)."""

PROFILE_NAMES = (*PROFILES, *DESIGNS)
"""The built-in profiles: star sweeps, and published designs."""
DEFAULT_TEMPLATES = tuple(TEMPLATES)[:7]
SWEPT_TEMPLATE = "constant"
CATEGORICAL_TEMPLATE = "reversal"
SHORT_METRICS = {CONVERSION_RATE: "cr", REVENUE_PER_VISITOR: "rpv", CONTINUOUS_OUTCOME: "y"}
SHORT_KNOBS = {
    "severity_sigma": "sigma",
    "n_nuisance": "nuis",
    "n_correlated": "corr",
    "n_visitors": "n",
    "treatment_allocation": "alloc",
    "benefit_prevalence": "prev",
    "baseline_rate": "base",
    "hte_scale": "hte",
    "K": "K",
    "confounding": "conf",
    "overlap": "overlap-",
    "revenue_model": "",
    "driver": "by-",
    "driver_target_level": "at-",
}
DIGEST_CHARACTERS = 8
SHOWN = 80
"""Characters of a value in a message."""


def build_catalog(
    *,
    templates: list[str] | None = None,
    metric_ids: list[str] | None = None,
    effect_scale_grid: list[float],
    severity_sigma_grid: list[float] | None = None,
    n_nuisance_grid: list[int] | None = None,
    n_visitors_grid: list[int] | None = None,
    treatment_allocation_grid: list[float] | None = None,
    benefit_prevalence_grid: list[float] | None = None,
    baseline_rate_grid: list[float] | None = None,
    revenue_model_grid: list[Any] | None = None,
    channel_mode_grid: list[str] | None = None,
    default_effect_scale: float = 1.0,
    default_n_visitors: int = 1000,
    default_severity_sigma: float = 0.5,
    default_n_nuisance: int = 5,
    default_treatment_allocation: float = 0.5,
    default_benefit_prevalence: float = 0.15,
    default_baseline_rate: float = 0.05,
    categorical_driver: str | None = None,
) -> list[ScenarioSpec]:
    """A star-sweep catalog of (template_fn, kwargs) specs for `run_suite_parallel`.

    templates × metric_ids × effect_scale_grid (× channel_mode_grid for revenue) make the core. Each other grid sweeps
    one knob from the defaults: on `constant`, benefit_prevalence on `sparse_benefit`, severity_sigma and revenue_model
    for revenue only; a sweep whose template is not among `templates` adds nothing. Specs that repeat an earlier
    configuration are left out: swept values the core already has, and at effect_scale 0 whatever differs in its effect
    alone. `categorical_driver` adds a `reversal` by that feature for every metric.

    Raises `ValueError` for an unknown name, and unless every metric has a spec with a continuous driver and one with a
    categorical (or binary) driver.
    """
    names = list(DEFAULT_TEMPLATES) if templates is None else templates
    metrics = list(METRICS) if metric_ids is None else metric_ids
    modes = channel_mode_grid or ["mirror"]
    for name in names:
        choose("template", name, TEMPLATES)
    for metric in metrics:
        choose("metric_id", metric, METRICS)
    for mode in modes:
        choose("channel_mode", mode, CHANNEL_MODES)
    for model in revenue_model_grid or ():
        if isinstance(model, str):
            choose("revenue_model", model, REVENUE_MODELS)
    for scale in effect_scale_grid:
        require_number("effect_scale", scale)
    star = _Star(
        {
            "effect_scale": default_effect_scale,
            "n_visitors": default_n_visitors,
            "n_nuisance": default_n_nuisance,
            "treatment_allocation": default_treatment_allocation,
            "baseline_rate": default_baseline_rate,
        },
        {"severity_sigma": default_severity_sigma, "channel_mode": modes[0]},
        {"benefit_prevalence": default_benefit_prevalence},
    )
    sweeps = {
        "severity_sigma": severity_sigma_grid,
        "n_nuisance": n_nuisance_grid,
        "n_visitors": n_visitors_grid,
        "treatment_allocation": treatment_allocation_grid,
        "benefit_prevalence": benefit_prevalence_grid,
        "baseline_rate": baseline_rate_grid,
        "revenue_model": revenue_model_grid,
    }
    catalog = [*star.core(names, metrics, effect_scale_grid, modes), *star.sweeps(names, metrics, sweeps)]
    if categorical_driver is not None:
        choose("categorical_driver", categorical_driver, CATEGORICAL_FEATURES)
        catalog += [star.spec(CATEGORICAL_TEMPLATE, metric, driver=categorical_driver) for metric in metrics]
    catalog = _without_repeats(catalog)
    _require_coverage(catalog, metrics)
    return catalog


CATEGORICAL_FEATURES = tuple(spec.name for spec in VISITOR_FEATURES if spec.kind != "continuous")


class _Star:
    """The default knobs of a catalog, and the specs that differ from them in the knobs named."""

    def __init__(self, common: dict[str, Any], hurdle: dict[str, Any], sparse: dict[str, Any]) -> None:
        self.common, self.hurdle, self.sparse = common, hurdle, sparse

    def spec(self, template: str, metric: str, **knobs: Any) -> ScenarioSpec:
        kwargs = {"metric_id": metric, **self.common}
        if metric == REVENUE_PER_VISITOR:
            kwargs |= self.hurdle
        if template == "sparse_benefit":
            kwargs |= self.sparse
        if knobs.get("revenue_model", "lognormal") != "lognormal":
            kwargs.pop("severity_sigma", None)
        return TEMPLATES[template], kwargs | knobs

    def core(
        self, names: list[str], metrics: list[str], scales: Sequence[float], modes: list[str]
    ) -> Iterator[ScenarioSpec]:
        for name in names:
            for metric in metrics:
                for scale in scales:
                    for knobs in [{"channel_mode": m} for m in modes] if metric == REVENUE_PER_VISITOR else [{}]:
                        yield self.spec(name, metric, effect_scale=scale, **knobs)

    def sweeps(
        self, names: list[str], metrics: list[str], grids: Mapping[str, Sequence[Any] | None]
    ) -> Iterator[ScenarioSpec]:
        for knob, grid in grids.items():
            template = "sparse_benefit" if knob in self.sparse else SWEPT_TEMPLATE
            hurdle_only = knob in HURDLE
            for value in grid or () if template in names else ():
                for metric in metrics:
                    if metric == REVENUE_PER_VISITOR or not hurdle_only:
                        yield self.spec(template, metric, **{knob: value})


def _without_repeats(catalog: list[ScenarioSpec]) -> list[ScenarioSpec]:
    """The specs whose configuration no earlier one has; only without an effect do different knobs give the same."""
    distinct: dict[str, ScenarioSpec] = {}
    for spec in catalog:
        template, kwargs = spec
        key = template(seed=0, **kwargs)[0].digest if kwargs["effect_scale"] == 0 else spec_id(spec)
        distinct.setdefault(key, spec)
    return list(distinct.values())


def _require_coverage(catalog: list[ScenarioSpec], metrics: list[str]) -> None:
    for metric in metrics:
        kinds = {driver_kind(spec) for spec in catalog if spec[1]["metric_id"] == metric}
        if missing := [kind for kind in ("continuous", "categorical") if kind not in kinds]:
            raise ValueError(
                f"the catalog has no {' and no '.join(missing)} driver for {metric}; "
                "add templates with one, or categorical_driver='is_returning'"
            )


def driver_kind(spec: ScenarioSpec) -> str | None:
    """Kind of the feature that drives a built-in spec's effect: continuous or categorical; None without a driver."""
    if template_name(spec) == SWEPT_TEMPLATE:
        return None
    return "categorical" if spec[1].get("driver") in CATEGORICAL_FEATURES else "continuous"


def template_name(spec: ScenarioSpec) -> str:
    """Name of a spec's template (of a user's own: the function's name)."""
    template = spec[0]
    return str(getattr(template, "name", None) or getattr(template, "__name__", None) or type(template).__name__)


def metric_name(spec: ScenarioSpec) -> str:
    """The metric that a spec is about."""
    return str(spec[1].get("metric_id", ""))


def spec_id(spec: ScenarioSpec) -> str:
    """Short stable id: template, metric, effect scale, channel mode, then the knobs that are not at their default.

    `reversal-rpv-es1-mirror`, `constant-cr-es1-nuis10`, `hmc2020-y-n500` of a template without an effect scale. Made
    of letters, digits, `.`, `-` and `_` only. Raises `ValueError`, one line, for a knob whose value has no content.
    """
    template, kwargs = spec
    metric = metric_name(spec)
    defaults: Mapping[str, Any] = getattr(template, "defaults", HURDLE)
    parts = [template_name(spec), SHORT_METRICS.get(metric, metric)]
    if "effect_scale" in kwargs:
        parts.append(f"es{_text('effect_scale', kwargs['effect_scale'])}")
    if metric == REVENUE_PER_VISITOR and "channel_mode" in defaults:
        parts.append(str(kwargs.get("channel_mode", HURDLE["channel_mode"])))
    changed = [k for k in sorted(kwargs.keys() - NAMED_KNOBS) if _differ(kwargs[k], _default(k, kwargs, defaults))]
    parts += [f"{SHORT_KNOBS.get(knob, knob + '-')}{_text(knob, kwargs[knob])}" for knob in changed]
    return re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(parts))


NAMED_KNOBS = frozenset({"metric_id", "effect_scale", "channel_mode"})


def _default(knob: str, kwargs: Mapping[str, Any], defaults: Mapping[str, Any]) -> Any:
    if knob == "treatment_allocation":
        try:
            return 1.0 - 1.0 / int(kwargs.get("K", COMMON["K"]))
        except (TypeError, ValueError, ArithmeticError):  # the template refuses such a number of arms
            return None
    return defaults.get(knob)


def _differ(value: Any, default: Any) -> bool:
    """Whether a knob is not at its default: by content where values do not say in one word, such as arrays."""
    if default is None:
        return value is not None
    try:
        said = value != default
        if isinstance(said, bool | np.bool_):
            return bool(said)
        return bool(canonical(value) != canonical(default))
    except Exception:  # noqa: BLE001  # comparing runs code of the value: what is like nothing is not the default
        return True


def _text(knob: str, value: Any) -> str:
    try:
        if isinstance(value, bool | str):
            return str(value)
        if isinstance(value, int | float):
            return f"{value:g}"
        return digest(value)[:DIGEST_CHARACTERS]
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"knob {knob}={shown(repr(value), SHOWN)} cannot be part of an id: {shown(error)}") from error


def profile_catalog(
    name: str, *, templates: Sequence[str] | None = None, metric_ids: Sequence[str] | None = None
) -> list[ScenarioSpec]:
    """The specs of a built-in profile, optionally those of some templates and metrics only; builds no configuration.

    Raises `ValueError` naming the choices for an unknown profile, template or metric.
    """
    choose("profile", name, PROFILE_NAMES)
    catalog: list[ScenarioSpec] = [*DESIGNS[name].specs()] if name in DESIGNS else build_catalog(**PROFILES[name])
    templates_of = tuple(dict.fromkeys(map(template_name, catalog)))
    metrics_of = tuple(dict.fromkeys(map(metric_name, catalog)))
    for template in templates or ():
        choose("template", template, templates_of)
    for metric in metric_ids or ():
        choose("metric", metric, metrics_of)
    return [
        spec
        for spec in catalog
        if template_name(spec) in (templates or templates_of) and metric_name(spec) in (metric_ids or metrics_of)
    ]
