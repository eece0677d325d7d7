import inspect
import re
from collections import Counter
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import polars as pl
import pytest

from pytest_pytyche.generators.core import CartRevenueConfig
from pytest_pytyche.generators.scenarios import (
    PROFILES,
    TEMPLATES,
    build_catalog,
    profile_catalog,
    spec_id,
    template_name,
)

SEVEN = ["constant", "reversal", "sparse_benefit", "nonlinear", "monotone_gradient", "interaction_only", "clustered"]


def ids(**grids: object) -> list[str]:
    return [spec_id(spec) for spec in build_catalog(**grids)]  # type: ignore[arg-type]  # grids of every kind


def test_build_catalog_has_the_published_signature() -> None:
    parameters = inspect.signature(build_catalog).parameters
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters.values())
    assert list(parameters)[:3] == ["templates", "metric_ids", "effect_scale_grid"]
    assert {name: p.default for name, p in parameters.items() if name.startswith("default_")} == {
        "default_effect_scale": 1.0,
        "default_n_visitors": 1000,
        "default_severity_sigma": 0.5,
        "default_n_nuisance": 5,
        "default_treatment_allocation": 0.5,
        "default_benefit_prevalence": 0.15,
        "default_baseline_rate": 0.05,
    }


def test_the_default_templates_are_the_seven_and_thorough_has_all_nine() -> None:
    catalog = build_catalog(effect_scale_grid=[1.0], categorical_driver="is_returning")
    assert list(dict.fromkeys(template_name(spec) for spec in catalog)) == SEVEN
    assert {template_name(spec) for spec in profile_catalog("thorough")} == set(TEMPLATES)


def test_the_core_crosses_templates_metrics_scales_and_channel_modes() -> None:
    assert ids(
        templates=["reversal", "constant"],
        metric_ids=["revenue_per_visitor"],
        effect_scale_grid=[0.5, 1],
        channel_mode_grid=["mirror", "opposing"],
        categorical_driver="channel",
    ) == [
        "reversal-rpv-es0.5-mirror",
        "reversal-rpv-es0.5-opposing",
        "reversal-rpv-es1-mirror",
        "reversal-rpv-es1-opposing",
        "constant-rpv-es0.5-mirror",
        "constant-rpv-es0.5-opposing",
        "constant-rpv-es1-mirror",
        "constant-rpv-es1-opposing",
        "reversal-rpv-es1-mirror-by-channel",
    ]


def test_sweeps_run_from_the_defaults_and_skip_what_the_core_has() -> None:
    found = ids(
        effect_scale_grid=[1.0],
        n_visitors_grid=[500, 1000],
        severity_sigma_grid=[0.5, 1.0],
        benefit_prevalence_grid=[0.3],
        revenue_model_grid=["lognormal", "cart"],
        categorical_driver="is_returning",
    )
    assert found[14:-2] == [
        "constant-rpv-es1-mirror-sigma1",
        "constant-cr-es1-n500",
        "constant-rpv-es1-mirror-n500",
        "sparse_benefit-cr-es1-prev0.3",
        "sparse_benefit-rpv-es1-mirror-prev0.3",
        "constant-rpv-es1-mirror-cart",
    ]


def test_without_an_effect_only_different_baselines_remain() -> None:
    found = ids(
        effect_scale_grid=[0.0],
        channel_mode_grid=["mirror", "opposing"],
        categorical_driver="is_returning",
        default_effect_scale=1,
    )
    assert found == [
        "constant-cr-es0",
        "constant-rpv-es0-mirror",
        "clustered-cr-es0",
        "clustered-rpv-es0-mirror",
        "reversal-cr-es1-by-is_returning",
        "reversal-rpv-es1-mirror-by-is_returning",
    ]


def test_a_sweep_of_a_template_left_out_adds_nothing() -> None:
    grids = {"templates": ["reversal"], "effect_scale_grid": [1.0], "categorical_driver": "is_returning"}
    assert ids(**grids, n_visitors_grid=[500]) == ids(**grids)


def test_kwargs_never_hold_the_seed_and_give_config_and_metadata() -> None:
    template, kwargs = profile_catalog("validate")[0]
    assert "seed" not in kwargs
    config, metadata = template(seed=5, **kwargs)
    assert (config.seed, metadata["seed"]) == (5, 5)


@pytest.mark.parametrize(("profile", "size"), [("validate", 16), ("standard", 58), ("thorough", 257)])
def test_ids_are_unique_stable_and_safe_in_shells_and_file_names(profile: str, size: int) -> None:
    found = [spec_id(spec) for spec in profile_catalog(profile)]
    assert len(found) == len(set(found)) == size
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in found)


def test_an_id_does_not_depend_on_how_its_defaults_are_spelled() -> None:
    reversal = TEMPLATES["reversal"]
    plain = (reversal, {"metric_id": "conversion_rate", "effect_scale": 1})
    spelled = (
        reversal,
        {"effect_scale": 1.0, "n_visitors": 1000, "treatment_allocation": 0.5, "metric_id": "conversion_rate"},
    )
    assert spec_id(plain) == spec_id(spelled) == "reversal-cr-es1"


def test_knobs_that_are_no_scalars_enter_the_id_by_content() -> None:
    def named(sensitivity: float) -> str:
        model = CartRevenueConfig(sensitivity=sensitivity)
        kwargs = {"metric_id": "revenue_per_visitor", "effect_scale": 1.0, "revenue_model": model}
        return spec_id((TEMPLATES["reversal"], kwargs))

    assert named(5.0) == named(5.0) != named(6.0)
    assert re.fullmatch(r"reversal-rpv-es1-mirror-[0-9a-f]{8}", named(5.0))


def levelled(*, seed: int, level: object = (1.0, 2.0)) -> Any:
    """A template with an array among its knobs."""


levelled.defaults = {"level": (1.0, 2.0)}  # type: ignore[attr-defined]  # as templates have


def test_arrays_compare_with_defaults_by_content() -> None:
    def named(level: object) -> str:
        return spec_id((levelled, {"level": level}))

    assert named(np.array([1.0, 2.0])) == named((1.0, 2.0)) == "levelled-"
    assert named(np.array([1.0, 3.0])) == named([1.0, 3.0]) != named(np.array([3.0, 1.0]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (PurePosixPath("a"), r"PurePosixPath\('a'\)"),
        (date(2024, 1, 1), r"datetime\.date\(2024, 1, 1\)"),
        ({1}, r"\{1\}"),
        (lambda x: x, "<function <lambda> at .*>"),
        (pl.Series([1, 2]), r"shape: \(2,\) Series: .*"),
        (10**400, "1000.*"),
    ],
)
@pytest.mark.parametrize("knob", ["level", "effect_scale"])
def test_a_knob_without_content_is_named_on_one_line(knob: str, value: object, shown: str) -> None:
    with pytest.raises(ValueError, match=rf"^knob {knob}={shown} cannot be part of an id: .*$") as caught:
        spec_id((levelled, {knob: value}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("arms", ["three", 0, None])
def test_a_number_of_arms_that_is_none_still_has_an_id(arms: object) -> None:
    assert spec_id((levelled, {"K": arms, "treatment_allocation": 0.5})).endswith("alloc0.5")


def test_profiles_can_be_narrowed() -> None:
    narrow = profile_catalog("standard", templates=["reversal"], metric_ids=["conversion_rate"])
    assert Counter(template_name(spec) for spec in narrow) == {"reversal": 4}
    assert set(PROFILES) == {"validate", "standard", "thorough"}


@pytest.mark.parametrize(
    ("grids", "message"),
    [
        ({"templates": ["reversel"]}, "template='reversel'; expected one of .*did you mean 'reversal'"),
        ({"metric_ids": ["rpv"]}, "metric_id='rpv'; expected one of"),
        ({"categorical_driver": "session_recency"}, r"categorical_driver='session_recency'; expected one of \['device"),
        ({"channel_mode_grid": ["mirrr"]}, r"channel_mode='mirrr'; expected one of .*did you mean 'mirror'"),
        ({"revenue_model_grid": ["carts"]}, "revenue_model='carts'; expected one of .*did you mean 'cart'"),
        ({"effect_scale_grid": [float("nan")]}, "effect_scale=nan; expected a finite number"),
        ({}, "no categorical driver for conversion_rate"),
        ({"templates": ["constant"], "categorical_driver": "is_returning"}, "no continuous driver for conversion_rate"),
    ],
)
def test_unfit_catalogs_are_refused(grids: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_catalog(**{"effect_scale_grid": [1.0], **grids})  # type: ignore[arg-type]  # wrong on purpose


def test_an_unknown_profile_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"profile='standrad'; expected one of .* \(did you mean 'standard'\?\)"):
        profile_catalog("standrad")
