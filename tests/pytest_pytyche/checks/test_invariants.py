"""Each invariant holds for real data and fails for the defect it is there for."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.checks.invariants import (
    FALSE_ALARM,
    check_alignment,
    check_centring,
    check_decomposition,
    check_domain,
    check_invariants,
    check_knobs,
    check_outcomes,
    check_prefix,
    largest_mean,
)
from pytest_pytyche.generators.core import (
    AlignedVisitorArray,
    AssignmentConfig,
    CalibrationBundle,
    ContinuousMode,
    MetricMode,
    SurfaceConfig,
    V2GeneratorConfig,
    generate_v2_core,
)
from pytest_pytyche.generators.features import Columns, Features, FeatureSpec, MixtureConfig
from pytest_pytyche.generators.marginals import Bernoulli, LogNormal, Normal, ScipyMarginal
from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.scenarios import TEMPLATES, ScenarioSpec, profile_catalog, spec_id
from pytest_pytyche.generators.streams import Draws
from pytest_pytyche.generators.surfaces import (
    Const,
    Interaction,
    Linear,
    Quadratic,
    Rank,
    Sigmoid,
    Signal,
    Step,
    Sum,
)

SPEC: ScenarioSpec = (TEMPLATES["clustered"], {"metric_id": "revenue_per_visitor", "effect_scale": 1.0})
CONFIG = SPEC[0](seed=0, **SPEC[1])[0]
BUNDLE = generate_v2_core(CONFIG)


def with_truth(**arrays: Any) -> CalibrationBundle:
    changed = {name: AlignedVisitorArray(values) for name, values in arrays.items()}
    return BUNDLE._replace(truth=replace(BUNDLE.truth, **changed))


def with_visitors(**columns: Any) -> CalibrationBundle:
    visitors = BUNDLE.observed.visitors.with_columns(**columns)
    return BUNDLE._replace(observed=replace(BUNDLE.observed, visitors=visitors))


@pytest.mark.parametrize("spec", profile_catalog("validate"), ids=spec_id)
def test_the_built_in_catalog_keeps_every_invariant(spec: ScenarioSpec) -> None:
    config, _ = spec[0](seed=1, **spec[1])
    check_invariants(spec, 1, config, generate_v2_core(config))


@pytest.mark.parametrize(
    "name", ["p_per_visitor", "m_per_visitor", "contrast_cate_per_visitor", "aov_contrast_per_visitor"]
)
def test_misaligned_truth_is_caught(name: str) -> None:
    values = getattr(BUNDLE.truth, name).values.copy()
    values[[3, 4]] = values[[4, 3]]
    with pytest.raises(CheckFailed, match=f"{name} is not aligned to the observed rows: 2 of 1000 differ, first row 3"):
        check_alignment(CONFIG, with_truth(**{name: values}))


def test_truth_split_by_arm_is_caught() -> None:
    by_arm = np.argsort(BUNDLE.observed.arm_codes, kind="stable")
    arrays = {
        name: value.values[by_arm]
        for name, value in vars(BUNDLE.truth).items()
        if isinstance(value, AlignedVisitorArray)
    }
    with pytest.raises(CheckFailed, match="is not aligned to the observed rows"):
        check_alignment(CONFIG, with_truth(**arrays))


def test_truth_of_the_wrong_length_is_caught() -> None:
    with pytest.raises(CheckFailed, match=r"p_per_visitor has shape \(999, 2\); the observed rows need \(1000, 2\)"):
        check_alignment(CONFIG, with_truth(p_per_visitor=BUNDLE.truth.p_per_visitor.values[1:]))


def test_a_broken_decomposition_is_caught() -> None:
    cate = BUNDLE.truth.contrast_cate_per_visitor.values
    with pytest.raises(CheckFailed, match=r"cate differs from conv \+ aov by up to 0.01"):
        check_decomposition(with_truth(contrast_cate_per_visitor=cate + 0.01))


def test_values_out_of_their_domain_are_caught() -> None:
    with pytest.raises(CheckFailed, match=r"p_per_visitor spans .*; expected \[0, 1\]"):
        check_domain(with_truth(p_per_visitor=BUNDLE.truth.p_per_visitor.values + 1))
    with pytest.raises(CheckFailed, match="expected positive finite means"):
        check_domain(with_truth(m_per_visitor=-BUNDLE.truth.mean_per_visitor))
    with pytest.raises(CheckFailed, match="rows have revenue without converting"):
        check_domain(with_visitors(converted=pl.lit(True)))


def test_outcomes_that_do_not_follow_the_truth_are_caught() -> None:
    with pytest.raises(CheckFailed, match=r"conversions of control minus their probability has mean 0\.9"):
        check_outcomes(CONFIG, with_visitors(converted=pl.lit(True)))
    lopsided = pl.lit("treatment").cast(BUNDLE.observed.visitors.schema["variant"])
    with pytest.raises(CheckFailed, match=r"share of control has mean -0\.5 over 1000 visitors"):
        check_outcomes(CONFIG, with_visitors(variant=lopsided))


def uncentred(config: V2GeneratorConfig) -> V2GeneratorConfig:
    p0, _ = config.metric_mode.p_surfaces
    raw = SurfaceConfig(Sigmoid(Sum((p0.fn.inner, Linear("browse_depth", 0.0)))))  # type: ignore[attr-defined]  # a Sigmoid
    return replace(config, metric_mode=replace(config.metric_mode, p_surfaces=(p0, raw)))


def test_an_uncentred_signal_is_caught() -> None:
    config = uncentred(TEMPLATES["reversal"]("conversion_rate", 1.0)[0])
    with pytest.raises(
        CheckFailed, match=r"Linear\(driver='browse_depth', mean=0.0, scale=1.0\) has mean 3.* expected 0"
    ):
        check_centring(config, generate_v2_core(config))


def test_a_signal_centred_for_the_population_but_used_within_a_cluster_is_caught() -> None:
    population_mean = CONFIG.feature_sampler.population.mean("session_recency")
    by_cluster = CONFIG.metric_mode.p_surfaces[1].fn.inner.terms[1].inner  # type: ignore[attr-defined]  # logit b + es·effect
    wrong = replace(by_cluster, inners=(Linear("session_recency", population_mean), *by_cluster.inners[1:]))
    surfaces = (CONFIG.metric_mode.p_surfaces[0], SurfaceConfig(Sigmoid(wrong)))
    config = replace(CONFIG, metric_mode=replace(CONFIG.metric_mode, p_surfaces=surfaces))
    with pytest.raises(CheckFailed, match=r"in cluster 0 has mean 1\.[12]"):
        check_centring(config, generate_v2_core(config))


SPENDING = MixtureConfig(
    (
        FeatureSpec("spend", "continuous", LogNormal(1.0, 1.0)),
        FeatureSpec("age", "continuous"),
        FeatureSpec("member", "binary", Bernoulli(0.3)),
    ),
    (1.0,),
    ({},),
)
X = MixtureConfig((FeatureSpec("x", "continuous"),), (1.0,), ({},))


def outcomes_of(mode: Any, n: int, seed: int, sampler: Any = X) -> V2GeneratorConfig:
    return V2GeneratorConfig(n, sampler, mode, AssignmentConfig(treatment_allocation=0.5), seed)


@pytest.mark.parametrize(
    ("n", "seed", "knobs"),
    [
        (200, 88173, {}),
        (200, 29, {"driver": "spend", "driver_secondary": "age", "sampler": SPENDING}),
        (1000, 47, {"driver": "spend", "driver_secondary": "age", "sampler": SPENDING}),
    ],
)
def test_a_skewed_signal_is_not_called_uncentred(n: int, seed: int, knobs: dict[str, Any]) -> None:
    # In these samples the few large values that hold up the mean are missing, and with them most of the spread.
    config, _ = TEMPLATES["nonlinear"]("conversion_rate", 0.1, n_visitors=n, seed=seed, **knobs)
    check_centring(config, generate_v2_core(config))


def test_heavy_tailed_noise_and_rare_conversions_are_not_called_wrong() -> None:
    heavy = ContinuousMode((SurfaceConfig(Const(0.0)),) * 2, ScipyMarginal("t", {"df": 2.1}))
    rare = MetricMode("conversion_rate", (SurfaceConfig(Const(0.001)),) * 2)
    for config in (outcomes_of(heavy, 400, 178), outcomes_of(rare, 250, 1468)):
        check_outcomes(config, generate_v2_core(config))


def chance_of_being_called_wrong(n: int, p: float) -> float:
    """Exact, of n conversions with probability p."""
    samples = (np.repeat([1 - p, -p], [k, n - k]) for k in range(n + 1))
    wrong = [abs(sample.mean()) > largest_mean(sample, p * (1 - p)) for sample in samples]
    return float(binom.pmf(np.arange(n + 1), n, p)[wrong].sum())


@pytest.mark.parametrize("p", [1e-5, 0.001, 0.005, 0.05, 0.5, 0.98])
@pytest.mark.parametrize("n", [1, 30, 125, 1000])
def test_a_mean_that_is_right_is_called_wrong_as_rarely_as_said(n: int, p: float) -> None:
    assert chance_of_being_called_wrong(n, p) <= FALSE_ALARM


def test_the_limit_is_no_wider_than_it_need_be() -> None:
    assert chance_of_being_called_wrong(1000, 0.5) > 1e-10
    assert chance_of_being_called_wrong(1000, 0.05) > 1e-11


def test_the_limit_by_hand() -> None:
    # Of 100 values ±1 with variance 1: B = 100, R = 2.5, √(102.5·(ln 41 + 14·ln 10))/100 = .607
    assert largest_mean(np.repeat([-1.0, 1.0], 50), 1.0) == pytest.approx(0.607, abs=5e-4)
    assert largest_mean(np.repeat([-1.0, 1.0], 50), np.inf) == np.inf


@pytest.mark.parametrize(
    "signal",
    [
        Linear("age", 0.3),
        Linear("member", 0.5),
        Linear("age", -1000.0),
        Quadratic("age", 0.0, 0.0),
        Quadratic("age", 0.0, 100.0),
        Interaction("age", 0.0, "spend", 0.0, 1.0),
        Rank("age", (1.0,), (Normal(1.0, 1.0),)),
        Step("member", {True: 1.0}, 0.5),
    ],
    ids=str,
)
def test_every_kind_of_signal_with_wrong_constants_is_caught(signal: Signal) -> None:
    mode = ContinuousMode((SurfaceConfig(Const(0.0)), SurfaceConfig(signal)))
    config = outcomes_of(mode, 1000, 0, SPENDING)
    with pytest.raises(CheckFailed, match=r"has mean .* over 1000 visitors; expected 0 ± "):
        check_centring(config, generate_v2_core(config))


@dataclass(frozen=True)
class Wave(Signal):
    """A signal that tells its variance only where it is asked to."""

    variance: float

    def __call__(self, x: Features) -> Any:
        return np.sin(x["x"]) + 1.0

    def variance_over(self, population: Population) -> float:
        return self.variance


def test_a_signal_is_judged_where_its_variance_is_known() -> None:
    known, unknown = (outcomes_of(ContinuousMode((SurfaceConfig(Wave(v)),) * 2), 500, 0) for v in (0.5, np.inf))
    check_centring(unknown, generate_v2_core(unknown))
    with pytest.raises(CheckFailed, match=r"Wave\(variance=0\.5\) has mean"):
        check_centring(known, generate_v2_core(known))


def test_conversions_of_those_who_never_convert_are_caught() -> None:
    rare = outcomes_of(MetricMode("conversion_rate", (SurfaceConfig(Const(0.001)),) * 2), 100, 0)
    observed, truth = generate_v2_core(rare)
    everyone = replace(observed, visitors=observed.visitors.with_columns(converted=pl.lit(True)))
    with pytest.raises(CheckFailed, match=r"conversions of control minus their probability has mean 0\.999"):
        check_outcomes(rare, CalibrationBundle(everyone, truth))


@dataclass(frozen=True)
class Sequential(MixtureConfig):
    """Draws whose values depend on how many rows are drawn."""

    def fill(self, draws: Draws, columns: Columns) -> Features:
        return super().fill(Draws(draws.seed + draws.hi, draws.block, draws.lo, draws.hi), columns)


def test_draws_that_are_not_keyed_are_caught() -> None:
    sampler = CONFIG.feature_sampler
    assert isinstance(sampler, MixtureConfig)
    config = replace(CONFIG, feature_sampler=Sequential(sampler.features, sampler.weights, sampler.cluster_params))
    with pytest.raises(CheckFailed, match="the first 100 rows are not those of a data set of 100 visitors"):
        check_prefix(config, generate_v2_core(config))


def swallowing(
    metric_id: str, effect_scale: float, *, seed: int = 0, **knobs: Any
) -> tuple[V2GeneratorConfig, dict[str, Any]]:
    config, metadata = TEMPLATES["reversal"](metric_id, effect_scale, seed=seed)
    return config, metadata | knobs


class Deaf:
    """A template that rejects unknown knobs but ignores one that it takes."""

    name = "deaf"
    defaults: ClassVar = {"benefit_prevalence": 0.15}

    def __call__(self, metric_id: str, effect_scale: float, *, seed: int = 0, benefit_prevalence: float = 0.15) -> Any:
        config, metadata = TEMPLATES["reversal"](metric_id, effect_scale, seed=seed)
        return config, metadata | {"benefit_prevalence": benefit_prevalence}


def test_a_swallowed_knob_is_caught() -> None:
    kwargs = {"metric_id": "conversion_rate", "effect_scale": 1.0}
    with pytest.raises(CheckFailed, match="the template accepts the unknown knob 'no_such_knob' and swallows it"):
        check_knobs((swallowing, kwargs), 0)
    with pytest.raises(CheckFailed, match=r"knob benefit_prevalence=0\.3 is swallowed: the configuration ignores it"):
        check_knobs((Deaf(), kwargs | {"benefit_prevalence": 0.3}), 0)


def forgetful(
    metric_id: str, effect_scale: float, *, seed: int = 0, n_visitors: int = 10
) -> tuple[V2GeneratorConfig, dict[str, Any]]:
    return TEMPLATES["reversal"](metric_id, effect_scale, seed=seed, n_visitors=n_visitors)[0], {"seed": seed}


def test_metadata_that_leaves_a_knob_out_is_caught() -> None:
    kwargs = {"metric_id": "conversion_rate", "effect_scale": 1.0}
    with pytest.raises(CheckFailed, match="metadata does not name knob 'metric_id'"):
        check_knobs((forgetful, kwargs), 0)
