"""The rules that every scenario keeps: alignment, generation, no swallowed knob, centred signals, keyed draws."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_pytyche.checks.invariants import (
    check_alignment,
    check_centring,
    check_decomposition,
    check_domain,
    check_knobs,
)
from pytest_pytyche.generators.core import CalibrationBundle, V2GeneratorConfig, generate_v2_core
from pytest_pytyche.generators.design import CHANNEL_MODES
from pytest_pytyche.generators.scenarios import TEMPLATES, ScenarioSpec, profile_catalog, spec_id

METRICS = ("conversion_rate", "revenue_per_visitor")


@st.composite
def specs(draw: st.DrawFn, **fixed: Any) -> ScenarioSpec:
    name = draw(st.sampled_from(sorted(TEMPLATES)))
    kwargs: dict[str, Any] = {
        "metric_id": draw(st.sampled_from(METRICS)),
        "effect_scale": draw(st.floats(0.0, 2.0)),
        "n_visitors": draw(st.integers(1, 400)),
        "n_nuisance": draw(st.integers(0, 4)),
        "K": draw(st.integers(2, 4)),
        "baseline_rate": draw(st.floats(0.01, 0.3)),
        "prognostic_features": draw(st.sampled_from([(), ("browse_depth",), ("channel", "is_returning")])),
        "prescriptive_features": draw(st.sampled_from([(), ("session_recency",), ("device_type",)])),
    }
    if kwargs["metric_id"] == "revenue_per_visitor":
        kwargs["channel_mode"] = draw(st.sampled_from(sorted(CHANNEL_MODES)))
        kwargs["revenue_model"] = draw(st.sampled_from(["lognormal", "cart"]))
    if name.startswith("clustered"):
        kwargs |= {"n_correlated": draw(st.integers(0, 3)), "hte_scale": draw(st.floats(0.0, 2.0))}
    return TEMPLATES[name], kwargs | fixed


def generate(spec: ScenarioSpec, seed: int = 0, **changes: Any) -> tuple[V2GeneratorConfig, CalibrationBundle]:
    config, _ = spec[0](seed=seed, **(spec[1] | changes))
    return config, generate_v2_core(config)


@given(specs(), st.integers(0, 2**32))
def test_truth_is_aligned_to_the_rows_and_within_its_domain(spec: ScenarioSpec, seed: int) -> None:
    config, bundle = generate(spec, seed)
    check_alignment(config, bundle)
    check_decomposition(bundle)
    check_domain(bundle)
    assert bundle.observed.n_visitors == len(bundle.truth.p_per_visitor) == config.n_visitors


@pytest.mark.parametrize("profile", ["validate", "standard", "thorough"])
def test_every_spec_generates_and_no_two_are_alike(profile: str) -> None:
    seen: dict[str, str] = {}
    contents: defaultdict[bytes, list[str]] = defaultdict(list)
    for spec in profile_catalog(profile):
        config, bundle = generate(spec)
        other = seen.setdefault(config.digest, spec_id(spec))
        assert other == spec_id(spec), f"{spec_id(spec)} repeats {other}"
        truth = bundle.truth.mean_per_visitor.tobytes() + bundle.observed.outcome.tobytes()
        contents[truth + bundle.observed.arm_codes.tobytes() + str(bundle.observed.feature_names).encode()].append(
            other
        )
    assert [names for names in contents.values() if len(names) > 1] == []


@given(specs())
@example((TEMPLATES["clustered"], {"metric_id": "conversion_rate", "effect_scale": 0.0, "hte_scale": 0.0}))
def test_no_knob_is_swallowed(spec: ScenarioSpec) -> None:
    check_knobs(spec, 0)


@settings(max_examples=30)
@given(specs(n_visitors=20_000, n_nuisance=0))
def test_signals_have_mean_zero_where_they_are_centred(spec: ScenarioSpec) -> None:
    check_centring(*generate(spec))


@given(specs(), st.integers(1, 400))
def test_the_first_rows_of_a_larger_data_set_are_the_smaller_one(spec: ScenarioSpec, n: int) -> None:
    config, bundle = generate(spec)
    larger = generate_v2_core(replace(config, n_visitors=config.n_visitors + n))
    head = larger.observed.visitors.head(config.n_visitors)
    assert head.equals(bundle.observed.visitors)
    assert np.array_equal(larger.truth.p_per_visitor[: config.n_visitors], bundle.truth.p_per_visitor)


@given(specs(n_nuisance=1), st.integers(2, 6))
def test_more_nuisance_changes_no_other_column(spec: ScenarioSpec, n_nuisance: int) -> None:
    few, many = (generate(spec, n_nuisance=n)[1] for n in (1, n_nuisance))
    assert many.observed.visitors.select(few.observed.visitors.columns).equals(few.observed.visitors)
    assert np.array_equal(few.truth.contrast_cate_per_visitor, many.truth.contrast_cate_per_visitor)


@given(specs(effect_scale=0.0), st.floats(0.1, 2.0))
def test_the_effect_scale_changes_no_draw(spec: ScenarioSpec, effect_scale: float) -> None:
    without, with_effect = (generate(spec, effect_scale=es)[1] for es in (0.0, effect_scale))
    names = ["variant", *without.observed.feature_names]
    assert without.observed.visitors.select(names).equals(with_effect.observed.visitors.select(names))
    control = without.observed.arm_codes == 0
    assert np.array_equal(without.observed.outcome[control], with_effect.observed.outcome[control])


@given(st.floats(0.1, 1.0), st.floats(1.1, 3.0))
def test_more_effect_never_takes_a_conversion_away(weak: float, strong: float) -> None:
    spec = (TEMPLATES["constant"], {"metric_id": "conversion_rate", "n_visitors": 500, "baseline_rate": 0.2})
    low, high = (generate(spec, effect_scale=es)[1].observed.outcome for es in (weak, strong))
    assert np.all(high >= low)


def test_replicates_are_independent() -> None:
    spec = (TEMPLATES["reversal"], {"metric_id": "conversion_rate", "effect_scale": 1.0, "n_visitors": 5000})
    first, second = (generate(spec, seed)[1].observed.visitors["z0"].to_numpy() for seed in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(5000)
