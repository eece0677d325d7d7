from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pytest_pytyche.checks.invariants import (
    check_alignment,
    check_decomposition,
    check_domain,
    check_invariants,
    check_knobs,
    check_prefix,
)
from pytest_pytyche.generators.core import V2GeneratorConfig, generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES, ScenarioSpec, spec_id
from pytest_pytyche.strategies import catalogs, configs, specs
from pytest_pytyche.suite import run_suite_parallel

SEEDS = st.integers(0, 999)
FIRST = settings(max_examples=2000, phases=[Phase.generate])
SMALLEST = settings(max_examples=2000, phases=[Phase.generate, Phase.shrink])


@settings(max_examples=60)
@given(specs(min_visitors=1), SEEDS)
def test_every_spec_generates_aligned_data_of_any_size(spec: ScenarioSpec, seed: int) -> None:
    config, _ = spec[0](seed=seed, **spec[1])
    bundle = generate_v2_core(config)
    assert bundle.observed.n_visitors == spec[1]["n_visitors"]
    check_alignment(config, bundle)
    check_decomposition(bundle)
    check_domain(bundle)
    check_prefix(config, bundle)
    check_knobs(spec, seed)


@settings(max_examples=30)
@given(specs(min_visitors=2000, max_visitors=2000), SEEDS)
def test_every_spec_keeps_the_invariants(spec: ScenarioSpec, seed: int) -> None:
    config, _ = spec[0](seed=seed, **spec[1])
    check_invariants(spec, seed, config, generate_v2_core(config))


@given(configs(min_visitors=20, max_visitors=30))
def test_configs_generate_the_same_data_twice(config: V2GeneratorConfig) -> None:
    assert 20 <= config.n_visitors <= 30
    first, second = generate_v2_core(config), generate_v2_core(config)
    assert first.observed.visitors.equals(second.observed.visitors)
    assert first.truth.effect == second.truth.effect


@settings(max_examples=30)
@given(catalogs(max_size=4))
def test_catalogs_hold_no_two_specs_alike_and_run(catalog: list[ScenarioSpec]) -> None:
    assert len({spec_id(spec) for spec in catalog}) == len(catalog)
    frame = run_suite_parallel(catalog, effect_and_digest, seeds=1, executor="sequential")
    assert frame["error"].null_count() == len(catalog)
    assert frame["digest"].n_unique() == len(catalog)


def effect_and_digest(config: V2GeneratorConfig, metadata: dict[str, Any]) -> Mapping[str, float | str]:
    return {"effect": generate_v2_core(config).truth.effect, "digest": config.digest}


REACHED: dict[str, Callable[[dict[str, Any]], object]] = {
    "a sampler of its own": lambda knobs: "sampler" in knobs,
    "four arms": lambda knobs: knobs.get("K") == 4,
    "unequal shares": lambda knobs: "treatment_probabilities" in knobs,
    "an allocation": lambda knobs: "treatment_allocation" in knobs,
    "prognostic features": lambda knobs: knobs.get("prognostic_features"),
    "prescriptive features": lambda knobs: knobs.get("prescriptive_features"),
    "an orthogonal channel": lambda knobs: knobs.get("channel_mode") == "orthogonal",
    "an opposing channel": lambda knobs: knobs.get("channel_mode") == "opposing",
    "a cart": lambda knobs: knobs.get("revenue_model") == "cart",
    "profiles of its own": lambda knobs: "profiles" in knobs,
    "a target level": lambda knobs: "driver_target_level" in knobs,
    "a prevalence": lambda knobs: "benefit_prevalence" in knobs,
    "a prevalence above a count": lambda knobs: (
        round(prevalence := knobs.get("benefit_prevalence", 0.0), 2) != prevalence
    ),
}


@pytest.mark.parametrize("what", list(REACHED))
def test_specs_reach(what: str) -> None:
    assert find(specs(), lambda spec: bool(REACHED[what](spec[1])), settings=FIRST)


@pytest.mark.parametrize("template", list(TEMPLATES))
def test_specs_of_every_template_are_drawn(template: str) -> None:
    assert find(specs(), lambda spec: spec[0] is TEMPLATES[template], settings=FIRST)


def test_a_failing_spec_shrinks_to_the_knobs_that_matter() -> None:
    template, kwargs = find(specs(), lambda spec: spec[1].get("K", 2) > 2, settings=SMALLEST)
    assert template is TEMPLATES["constant"]
    assert kwargs == {"metric_id": "conversion_rate", "effect_scale": 0.25, "n_visitors": 50, "K": 3}


@given(specs(templates=["clustered", "reversal"], metric_ids=["revenue_per_visitor"]))
def test_specs_can_be_narrowed(spec: ScenarioSpec) -> None:
    assert spec[0] in (TEMPLATES["clustered"], TEMPLATES["reversal"])
    assert spec[1]["metric_id"] == "revenue_per_visitor"


@pytest.mark.parametrize(
    ("narrowed", "message"),
    [
        ({"templates": ["revesal"]}, r"^template='revesal'; expected one of .*\(did you mean 'reversal'\?\)"),
        ({"metric_ids": ["loyalty"]}, r"^metric_id='loyalty'; expected one of "),
    ],
)
@pytest.mark.parametrize("strategy", [specs, configs, catalogs])
def test_unknown_names_are_refused(strategy: Callable[..., Any], narrowed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find(strategy(**narrowed), lambda drawn: True, settings=FIRST)
