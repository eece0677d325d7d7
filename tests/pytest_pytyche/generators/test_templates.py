import inspect
import math

import numpy as np
import pytest
from scipy import special, stats

from pytest_pytyche.generators.clusters import FOUR_PROFILES, ClusterEffectProfile
from pytest_pytyche.generators.core import (
    Bernoulli,
    CalibrationBundle,
    Categorical,
    CopulaConfig,
    FeatureSpec,
    MixtureConfig,
    Normal,
    ScipyMarginal,
    generate_v2_core,
)
from pytest_pytyche.generators.marginals import Poisson
from pytest_pytyche.generators.scenarios import TEMPLATES, SignalTerm, resolve_driver
from pytest_pytyche.generators.schema import visitor_sampler

RPV, CR = "revenue_per_visitor", "conversion_rate"
LINK = special.logit(0.05)


def bundle(template: str, metric: str = RPV, effect_scale: float = 1.0, **knobs: object) -> CalibrationBundle:
    return generate_v2_core(TEMPLATES[template](metric, effect_scale, **knobs)[0])


def logit_shift(b: CalibrationBundle, arm: int = 1) -> np.ndarray:
    return special.logit(b.truth.p_per_visitor[:, arm]) - special.logit(b.truth.p_per_visitor[:, 0])


def log_shift(b: CalibrationBundle, arm: int = 1) -> np.ndarray:
    assert b.truth.m_per_visitor is not None
    return np.log(b.truth.m_per_visitor[:, arm] / b.truth.m_per_visitor[:, 0])


def column(b: CalibrationBundle, name: str) -> np.ndarray:
    return b.observed.visitors[name].to_numpy()


def test_constant_shifts_every_visitor_by_the_effect_scale() -> None:
    b = bundle("constant", effect_scale=0.5)
    assert b.truth.p_per_visitor[:, 0] == pytest.approx(0.05)
    assert logit_shift(b) == pytest.approx(0.5)
    assert log_shift(b) == pytest.approx(0.05)


def test_reversal_follows_the_deviation_of_its_driver() -> None:
    b = bundle("reversal", effect_scale=0.5)
    signal = column(b, "session_recency") - 2.0
    assert logit_shift(b) == pytest.approx(0.5 * signal)
    assert log_shift(b) == pytest.approx(0.05 * signal)


def test_reversal_by_a_category_is_a_centred_contrast_of_one() -> None:
    b = bundle("reversal", driver="is_returning")
    returning = column(b, "is_returning")
    # target: the most frequent level, False with share .65; ±.5 minus .65·.5 - .35·.5 = .15
    assert logit_shift(b) == pytest.approx(np.where(returning, -0.65, 0.35))
    chosen = bundle("reversal", driver="device_type", driver_target_level="tablet")
    assert logit_shift(chosen) == pytest.approx(np.where(column(chosen, "device_type") == "tablet", 0.9, -0.1))


def test_monotone_gradient_follows_the_rank_of_its_driver() -> None:
    b = bundle("monotone_gradient")
    rank = special.ndtr((column(b, "session_recency") - 2.0) / 1.5)
    assert logit_shift(b) == pytest.approx(2.0 * (rank - 0.5))
    assert log_shift(b) == pytest.approx(0.2 * (rank - 0.5))


def test_nonlinear_and_interaction_follow_their_centred_products() -> None:
    for template in ("nonlinear", "interaction_only"):
        b = bundle(template)
        first, second = column(b, "session_recency") - 2.0, column(b, "browse_depth") - 3.0
        expected = 0.5 * (first**2 - 2.25) + 0.5 * first * second if template == "nonlinear" else first * second
        assert logit_shift(b) == pytest.approx(expected)


def test_sparse_benefit_lifts_the_top_share_and_nobody_else() -> None:
    b = bundle("sparse_benefit", effect_scale=0.5, n_visitors=20_000, benefit_prevalence=0.10)
    lifted = column(b, "session_recency") > 2.0 + 1.5 * special.ndtri(0.90)
    assert b.truth.p_per_visitor[:, 1] == pytest.approx(np.where(lifted, 0.25, 0.05))
    assert lifted.mean() == pytest.approx(0.10, abs=0.01)
    assert log_shift(b) == pytest.approx(np.where(lifted, 0.05, 0.0))
    assert bundle("sparse_benefit", effect_scale=4.0).truth.p_per_visitor.values.max() == 0.99


def test_sparse_benefit_takes_nothing_from_those_who_convert_more_often_than_it_lifts_to() -> None:
    b = bundle("sparse_benefit", CR, baseline_rate=0.98, prognostic_features=["browse_depth"], n_visitors=20_000)
    before, after = b.truth.p_per_visitor[:, 0], b.truth.p_per_visitor[:, 1]
    lifted = column(b, "session_recency") > 2.0 + 1.5 * special.ndtri(0.85)
    assert (before > 0.99).sum() > 100
    assert after == pytest.approx(np.where(lifted, np.maximum(before, 0.99), before))


COUNT = MixtureConfig((FeatureSpec("n", "continuous", Poisson(1.3)),), (1.0,), ({},))
COUNT_OR_NORMAL = MixtureConfig(
    (FeatureSpec("n", "continuous"),), (0.3, 0.7), ({"n": Poisson(2.0)}, {"n": Normal(0.0, 1.0)})
)


@pytest.mark.parametrize(
    ("sampler", "share", "count"),
    [
        (COUNT, stats.poisson.sf(2, 1.3), 2),
        (COUNT, 0.143, 2),
        (COUNT, 0.1425, 2),
        (COUNT, 0.373, 1),
        (COUNT, 0.727, 0),
        (COUNT_OR_NORMAL, 0.3 * stats.poisson.sf(3, 2.0) + 0.7 * stats.norm.sf(3), 3),
        (COUNT_OR_NORMAL, 0.2893, 1),
    ],
)
def test_sparse_benefit_goes_to_those_above_a_count(sampler: MixtureConfig, share: float, count: int) -> None:
    b = bundle("sparse_benefit", CR, sampler=sampler, driver="n", benefit_prevalence=share)
    lifted = column(b, "n") > count
    assert b.truth.p_per_visitor[:, 1] == pytest.approx(np.where(lifted, 0.45, 0.05))
    assert lifted.mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / len(lifted)))


@pytest.mark.parametrize(
    ("sampler", "given", "expected"),
    [
        (COUNT, {}, "benefit_prevalence=0.15 would split .* equal counts of 'n'; expected 0.142888 or 0.373177, "),
        (COUNT, {"benefit_prevalence": 0.3}, "=0.3 would split .*; expected 0.142888 or 0.373177, the nearest"),
        (COUNT, {"benefit_prevalence": 0.9}, "=0.9 would split .*; expected 0.727468, the nearest shares that do"),
        (
            COUNT_OR_NORMAL,
            {"benefit_prevalence": 0.33},
            "=0.33 .* expected 0.289257 or 0.370458, the nearest",
        ),
    ],
)
def test_sparse_benefit_refuses_a_share_between_two_counts(
    sampler: MixtureConfig, given: dict[str, float], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        TEMPLATES["sparse_benefit"](CR, 1.0, sampler=sampler, driver="n", **given)


def test_clusters_shift_by_their_lift_and_centred_signals() -> None:
    b = bundle("clustered", effect_scale=2.0, hte_scale=0.5)
    assert b.truth.cluster_per_visitor is not None
    loyal = b.truth.cluster_per_visitor.values == 0
    recency = column(b, "session_recency")
    lift = np.where(loyal, special.logit(0.05 * 1.6) - LINK, special.logit(0.05 * 0.5) - LINK)
    signal = np.where(loyal, 0.5 * (recency - 1.5), -0.3 * (recency + 1.5))
    assert logit_shift(b) == pytest.approx(2.0 * (lift + 0.5 * signal))
    severity = np.where(loyal, math.log(1.15) + 0.15 * (recency - 1.5), math.log(0.85) - 0.1 * (recency + 1.5))
    assert log_shift(b) == pytest.approx(2.0 * severity)


def test_no_treatment_moves_mean_revenue_by_more_than_a_factor_of_200() -> None:
    shift = log_shift(bundle("clustered_complex", effect_scale=4.0, n_visitors=5000))
    assert (shift.min(), shift.max()) == pytest.approx((-math.log(200), math.log(200)))
    assert np.abs(log_shift(bundle("clustered_complex"))).max() < math.log(200)


def test_k_arms_scale_their_effects_from_seven_to_thirteen_tenths() -> None:
    b = bundle("constant", K=4)
    assert [logit_shift(b, arm)[0] for arm in (1, 2, 3)] == pytest.approx([0.7, 1.0, 1.3])
    assert np.bincount(b.observed.arm_codes) / 1000 == pytest.approx([0.25] * 4, abs=0.06)


def test_k_arms_of_clusters_shift_profiles_cyclically() -> None:
    b = bundle("clustered_realistic", K=3, hte_scale=0.0)
    assert b.truth.cluster_per_visitor is not None
    deltas = [profile.conversion_delta for profile in FOUR_PROFILES]
    for arm, scale in ((1, 0.7), (2, 1.3)):
        for cluster in range(4):
            delta = scale * deltas[(cluster + arm - 1) % 4]
            shift = logit_shift(b, arm)[b.truth.cluster_per_visitor.values == cluster]
            assert shift == pytest.approx(special.logit(0.05 * (1 + delta)) - LINK)


def test_channel_modes_relate_severity_to_conversion() -> None:
    mirror = bundle("reversal")
    assert log_shift(bundle("reversal", channel_mode="opposing")) == pytest.approx(-log_shift(mirror))
    only_conversion = bundle("reversal", channel_mode="conversion_only")
    assert log_shift(only_conversion) == pytest.approx(0.0)
    assert logit_shift(only_conversion) == pytest.approx(logit_shift(mirror))
    only_severity = bundle("reversal", channel_mode="severity_only")
    assert logit_shift(only_severity) == pytest.approx(0.0)
    assert log_shift(only_severity) == pytest.approx(log_shift(mirror))
    orthogonal = bundle("reversal", channel_mode="orthogonal")
    assert log_shift(orthogonal) == pytest.approx(0.1 * (column(orthogonal, "browse_depth") - 3.0))
    other = bundle("reversal", channel_mode="orthogonal", severity_driver="is_returning")
    assert log_shift(other) == pytest.approx(np.where(column(other, "is_returning"), -0.065, 0.035))


def test_prognostic_features_move_the_baseline_and_prescriptive_ones_the_effect() -> None:
    b = bundle("constant", prognostic_features=["browse_depth"], prescriptive_features=["z0", "z1"])
    depth = (column(b, "browse_depth") - 3.0) / 2.0
    assert special.logit(b.truth.p_per_visitor[:, 0]) == pytest.approx(LINK + 0.5 * depth)
    assert logit_shift(b) == pytest.approx(1.0 + 0.5 / math.sqrt(2) * (column(b, "z0") + column(b, "z1")))
    assert b.truth.m_per_visitor is not None
    assert np.log(b.truth.m_per_visitor[:, 0] / 50.0) == pytest.approx(0.05 * depth)


def test_profiles_with_a_prognosis_of_their_own_are_centred_over_clusters() -> None:
    gradient = (SignalTerm("linear", ("browse_depth",), 0.2),)
    profiles = (
        ClusterEffectProfile(0.2, 0.1, prognostic_conv_base=1.0, prognostic_conv_signals=gradient),
        ClusterEffectProfile(),
    )
    b = bundle("clustered", CR, profiles=profiles)
    assert b.truth.cluster_per_visitor is not None
    first = b.truth.cluster_per_visitor.values == 0
    base = np.where(first, 0.4 + 0.2 * (column(b, "browse_depth") - 3.0), -0.6)
    assert special.logit(b.truth.p_per_visitor[:, 0]) == pytest.approx(LINK + base)
    assert logit_shift(b)[~first] == pytest.approx(0.0)


def test_an_external_sampler_is_centred_for_its_own_population() -> None:
    sampler = CopulaConfig(
        (
            FeatureSpec("age", "continuous", ScipyMarginal("gamma", {"a": 4.0})),
            FeatureSpec("vip", "binary", Bernoulli(0.2)),
        ),
        [[1.0, 0.5], [0.5, 1.0]],
    )
    b = bundle("reversal", sampler=sampler, driver="age", channel_mode="orthogonal", severity_driver="vip")
    assert logit_shift(b) == pytest.approx(column(b, "age") - 4.0)
    assert log_shift(b) == pytest.approx(np.where(column(b, "vip"), -0.08, 0.02))
    mixture = MixtureConfig(
        (FeatureSpec("x", "continuous"),), (0.5, 0.5), ({"x": Normal(-1.0, 1.0)}, {"x": Normal(3.0, 1.0)})
    )
    b = bundle("sparse_benefit", CR, sampler=mixture, driver="x", n_visitors=20_000)
    assert (b.truth.p_per_visitor[:, 1] > 0.1).mean() == pytest.approx(0.15, abs=0.01)


def test_driver_info_sorts_levels_by_frequency_then_name() -> None:
    sampler = visitor_sampler(0)
    assert resolve_driver("is_returning", sampler).levels == (False, True)
    assert resolve_driver("device_type", sampler).levels == ("mobile", "desktop", "tablet")
    recency = resolve_driver("session_recency", sampler)
    assert (recency.kind, recency.mean, recency.std, recency.levels) == ("continuous", 2.0, 1.5, None)
    tied = MixtureConfig((FeatureSpec("c", "categorical", Categorical.of({"b": 0.5, "a": 0.5})),), (1.0,), ({},))
    assert resolve_driver("c", tied).levels == ("a", "b")


def test_metadata_describes_every_knob() -> None:
    _, metadata = TEMPLATES["reversal"](RPV, 1.0, seed=9)
    assert metadata["scenario_class"] == metadata["template"] == "reversal"
    assert {"effect_scale", "seed", "n_visitors", "severity_sigma", "channel_mode", "driver"} <= metadata.keys()
    assert (metadata["treatment_allocation"], metadata["drivers"]) == (0.5, ("session_recency",))
    assert TEMPLATES["constant"](CR, 1.0, K=5)[1]["treatment_allocation"] == pytest.approx(0.8)


def test_the_signature_shows_every_knob_with_its_default() -> None:
    parameters = inspect.signature(TEMPLATES["sparse_benefit"]).parameters
    assert list(parameters)[:2] == ["metric_id", "effect_scale"]
    assert parameters["benefit_prevalence"].default == 0.15
    assert repr(TEMPLATES["sparse_benefit"]) == "<template sparse_benefit>"


@pytest.mark.parametrize(
    ("template", "metric", "knobs", "message"),
    [
        ("reversal", CR, {"drvier": "x"}, "reversal on conversion_rate takes no knob 'drvier' .did you mean 'driver'"),
        ("reversal", CR, {"severity_sigma": 1.0}, "takes no knob 'severity_sigma'"),
        ("constant", RPV, {"benefit_prevalence": 0.1}, "constant on revenue_per_visitor takes no knob"),
        ("constant", "revenue", {}, "metric_id='revenue'; expected one of"),
        ("reversal", RPV, {"driver": "recency"}, "driver='recency'; expected one of the features"),
        ("nonlinear", RPV, {"driver": "channel"}, "driver 'channel' is categorical; expected a continuous feature"),
        ("reversal", RPV, {"driver_target_level": "x"}, "is continuous and has no levels"),
        (
            "reversal",
            RPV,
            {"driver": "channel", "driver_target_level": "tv"},
            "driver_target_level='tv'; expected one of",
        ),
        (
            "sparse_benefit",
            CR,
            {"driver": "channel", "benefit_prevalence": 0.2},
            "would have no effect: driver 'channel'",
        ),
        (
            "sparse_benefit",
            CR,
            {"baseline_rate": 0.995},
            "baseline_rate=0.995 leaves no room for a benefit; expected a number below 0.99",
        ),
        ("sparse_benefit", CR, {"benefit_prevalence": 1.0}, "benefit_prevalence=1.0; expected a number between"),
        ("reversal", RPV, {"channel_mode": "oops"}, r"channel_mode='oops'; expected one of \['mirror', 'opposing'"),
        ("reversal", RPV, {"severity_driver": "z0"}, "would have no effect: only channel_mode='orthogonal' uses it"),
        (
            "reversal",
            RPV,
            {"channel_mode": "orthogonal", "severity_driver": "session_recency"},
            "'session_recency' already drives conversion",
        ),
        ("reversal", RPV, {"revenue_model": "cart", "severity_sigma": 1.0}, "only revenue_model='lognormal' uses it"),
        ("reversal", RPV, {"revenue_model": "carts"}, "revenue_model='carts'; expected one of .*did you mean 'cart'"),
        ("reversal", CR, {"sampler": visitor_sampler(1), "n_nuisance": 3}, "the given sampler states the features"),
        ("reversal", CR, {"treatment_allocation": 1.5}, "treatment_allocation=1.5; expected a number between 0 and 1"),
        (
            "reversal",
            CR,
            {"treatment_allocation": 0.4, "treatment_probabilities": (0.6, 0.4)},
            "treatment_probabilities states the share of every arm",
        ),
        ("reversal", CR, {"K": 1}, "K=1; expected a whole number >= 2"),
        ("reversal", CR, {"n_visitors": 2.5}, "n_visitors=2.5; expected a whole number >= 1"),
        ("reversal", CR, {"baseline_rate": 0.0}, "baseline_rate=0.0; expected a number between 0 and 1"),
        ("clustered", CR, {"baseline_rate": 0.7}, "conversion_delta=0.6 turns baseline_rate=0.7 into 1.12"),
        ("clustered", CR, {"profiles": (ClusterEffectProfile(),)}, "1 profiles for 2 clusters"),
        (
            "clustered",
            RPV,
            {"profiles": (ClusterEffectProfile(0, -1.0),) * 2},
            "severity_delta=-1; expected a number above",
        ),
        ("constant", CR, {"prognostic_features": "z0"}, "features='z0'; expected a list of feature names"),
        ("constant", CR, {"prescriptive_features": ["q"]}, "driver='q'; expected one of the features"),
    ],
)
def test_wrong_knobs_are_refused_in_one_line(
    template: str, metric: str, knobs: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        TEMPLATES[template](metric, 1.0, **knobs)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SignalTerm("linaer", ("x",), 1.0), "signal_type='linaer'; expected one of"),
        (lambda: SignalTerm("interaction", ("x",), 1.0), "interaction signal with drivers=.'x',.; expected 2"),
        (lambda: SignalTerm("step", ("x",), 1.0), "only step takes them"),
        (lambda: SignalTerm("linear", ("x",), 1.0, {"a": 1.0}), "only step takes them"),
        (lambda: SignalTerm("linear", ("x",), math.inf), "amplitude=inf; expected a finite number"),
    ],
)
def test_unfit_signal_terms_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # each parameter is a callable


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (SignalTerm("linear", ("channel",), 1.0), "linear signal of 'channel', which is categorical"),
        (SignalTerm("step", ("browse_depth",), 1.0, {}), "step signal of 'browse_depth', which is continuous"),
        (SignalTerm("linear", ("nope",), 1.0), "linear signal of 'nope'; expected one of the features"),
        (SignalTerm("step", ("channel",), 1.0, {"tv": 1.0}), r"names levels \['tv'\]; expected some of"),
    ],
)
def test_signal_terms_that_do_not_fit_the_sampler_are_refused(term: SignalTerm, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TEMPLATES["clustered"](CR, 1.0, profiles=(ClusterEffectProfile(conversion_signals=(term,)),) * 2)
