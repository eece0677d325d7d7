"""Invariants of generated data, callable from any test: each raises `CheckFailed` with one line saying what is off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.generators.catalog import ScenarioSpec, spec_id
from pytest_pytyche.generators.core import (
    CalibrationBundle,
    V2GeneratorConfig,
    observed_columns,
    observed_features,
    potential_outcomes,
)
from pytest_pytyche.generators.modes import ContinuousMode
from pytest_pytyche.generators.outcomes import realised
from pytest_pytyche.generators.streams import Array
from pytest_pytyche.generators.surfaces import signals
from pytest_pytyche.generators.truth import AlignedVisitorArray, CalibrationTruth

RELATIVE_TOLERANCE = 1e-9
FALSE_ALARM = 1e-7
"""How often at most a mean that is right is called wrong, whatever the distribution of its terms."""
PRIOR = 0.025
"""Share of the variance that `largest_mean` adds to it; about this one gives the tightest limit at `FALSE_ALARM`."""
PREFIX_ROWS = 100
"""Rows of the shorter data set: draws that are not keyed differ in all of them."""
NO_SUCH_KNOB = "no_such_knob"


def check_invariants(spec: ScenarioSpec, seed: int, config: V2GeneratorConfig, bundle: CalibrationBundle) -> None:
    """All invariants of a spec's data set.

    `config` is what the spec gives for `seed`, `bundle` what `generate_v2_core` made of it.
    """
    check_alignment(config, bundle)
    check_decomposition(bundle)
    check_domain(bundle)
    check_outcomes(config, bundle)
    check_centring(config, bundle)
    check_prefix(config, bundle)
    check_knobs(spec, seed)


def check_alignment(config: V2GeneratorConfig, bundle: CalibrationBundle) -> None:
    """Entry i of every truth array belongs to row i: the surfaces, evaluated on the observed rows, give the truth."""
    expected = potential_outcomes(config, observed_features(config, bundle))
    for name, stored in _arrays(bundle.truth):
        wanted = getattr(expected, name).values
        if stored.shape != wanted.shape:
            raise CheckFailed(f"{name} has shape {stored.shape}; the observed rows need {wanted.shape}")
        near = np.abs(stored.values - wanted) <= RELATIVE_TOLERANCE * np.abs(wanted) + 1e-12
        wrong = np.flatnonzero(~near.reshape(len(near), -1).all(axis=1))
        if len(wrong):
            row = int(wrong[0])
            raise CheckFailed(
                f"{name} is not aligned to the observed rows: {len(wrong)} of {len(stored)} differ, "
                f"first row {row}: stored {stored[row]}, its features give {wanted[row]}"
            )


def _arrays(truth: CalibrationTruth) -> Iterator[tuple[str, AlignedVisitorArray]]:
    for name, value in vars(truth).items():
        if isinstance(value, AlignedVisitorArray):
            yield name, value


def check_decomposition(bundle: CalibrationBundle) -> None:
    """cate = conv + aov per visitor where there are such parts, effect = mean(cate), and its components sum to it."""
    truth = bundle.truth
    parts = [truth.conv_contrast_per_visitor, truth.aov_contrast_per_visitor]
    known = [part.values for part in parts if part is not None]
    if known:
        _require_close("cate", truth.contrast_cate_per_visitor.values, "conv + aov", sum(known, start=np.zeros(1)))
    means = truth.mean_per_visitor
    _require_close("cate", truth.contrast_cate_per_visitor.values, "difference of means", means[:, 1:] - means[:, :1])
    _require_close("effect", truth.effect, "mean(cate)", truth.contrast_cate_per_visitor.values.mean())
    _require_close("effect", truth.effect, "sum of components", math.fsum(truth.effect_components.values()))


def _require_close(left: str, actual: Any, right: str, expected: Any) -> None:
    scale = float(np.max(np.abs(expected), initial=1.0))
    gap = float(np.max(np.abs(actual - expected), initial=0.0))
    if not gap <= RELATIVE_TOLERANCE * scale:
        raise CheckFailed(f"{left} differs from {right} by up to {gap:.6g}; expected equality")


def check_domain(bundle: CalibrationBundle) -> None:
    """Probabilities in [0, 1], means positive and finite; revenue positive where converted, else 0.

    Propensities lie in (0, 1) and sum to 1; outcomes of any other kind are finite, and so are their means.
    """
    truth = bundle.truth
    if truth.propensity is not None:
        e = truth.propensity.values
        if not (np.all(e > 0) and np.all(e < 1)):
            raise CheckFailed(f"propensity spans [{e.min():.6g}, {e.max():.6g}]; expected numbers in (0, 1)")
        _require_close("sum of propensities", e.sum(axis=1), "1", 1.0)
    if truth.p_per_visitor is not None:
        p = truth.p_per_visitor.values
        if not (np.all(p >= 0) and np.all(p <= 1)):
            raise CheckFailed(f"p_per_visitor spans [{p.min():.6g}, {p.max():.6g}]; expected [0, 1]")
    for name, values in (("outcome", bundle.observed.outcome), ("mean outcome", truth.mean_per_visitor)):
        if not np.all(np.isfinite(values)):
            raise CheckFailed(f"{name} spans [{values.min():.6g}, {values.max():.6g}]; expected finite numbers")
    if truth.m_per_visitor is not None:
        _check_revenue(truth.m_per_visitor.values, bundle)


def _check_revenue(m: Array, bundle: CalibrationBundle) -> None:
    if not (np.all(m > 0) and np.all(np.isfinite(m))):
        raise CheckFailed(f"m_per_visitor spans [{m.min():.6g}, {m.max():.6g}]; expected positive finite means")
    visitors = bundle.observed.visitors
    revenue, converted = visitors["revenue"].to_numpy(), visitors["converted"].to_numpy()
    if not np.array_equal(revenue > 0, converted):
        raise CheckFailed(f"{int(np.sum((revenue > 0) != converted))} rows have revenue without converting or converse")


def check_outcomes(config: V2GeneratorConfig, bundle: CalibrationBundle) -> None:
    """Arms are assigned with their probabilities, and outcomes are on average what the truth of each arm says.

    Judged by `largest_mean`, with the variances that the truth and the noise say.
    """
    arm = bundle.observed.arm_codes
    residual, variance, what = _residuals(config, bundle)
    for code, name in enumerate(bundle.observed.arms):
        mine = arm == code
        share = _shares(bundle, code)
        _require_mean_zero(f"share of {name}", mine - share, share * (1 - share))
        _require_mean_zero(f"{what[0]} of {name} minus their {what[1]}", residual[mine], variance[mine])


def _shares(bundle: CalibrationBundle, code: int) -> Array | float:
    """Probability with which each visitor, or every visitor, comes to an arm."""
    if bundle.truth.propensity is not None:
        return np.asarray(bundle.truth.propensity.values[:, code])
    probabilities = bundle.observed.design.probabilities
    if probabilities is None:
        raise CheckFailed("the study is observational, and its truth holds no propensity")
    return probabilities[code]


def _residuals(config: V2GeneratorConfig, bundle: CalibrationBundle) -> tuple[Array, Array, tuple[str, str]]:
    """Per visitor what was observed minus its mean, the variance of that, and words for both."""
    arm, mode = bundle.observed.arm_codes, config.metric_mode
    if isinstance(mode, ContinuousMode):
        mean = realised(bundle.truth.mean_per_visitor, arm)
        return bundle.observed.outcome - mean, np.full(len(mean), mode.noise.variance), ("outcomes", "mean")
    assert bundle.truth.p_per_visitor is not None
    rate = realised(bundle.truth.p_per_visitor.values, arm)
    converted = bundle.observed.visitors["converted"].to_numpy().astype(np.float64)
    return converted - rate, rate * (1 - rate), ("conversions", "probability")


def check_centring(config: V2GeneratorConfig, bundle: CalibrationBundle) -> None:
    """Each signal has mean zero over the visitors it was centred for: all of them, or those of its cluster.

    Judged by `largest_mean`, with the variance that the distribution of the features gives the signal. One whose
    variance is infinite or not known, such as the square of a feature without a fourth moment, is not judged.
    """
    x, population = observed_features(config, bundle), config.feature_sampler.population
    parts = (config.metric_mode, config.assignment)
    for signal, cluster in dict.fromkeys(signals(parts)):
        values = np.broadcast_to(signal(x), x.n)
        if cluster is None or x.cluster is None:
            _require_mean_zero(f"{signal}", values, signal.variance_over(population))
        else:
            variance = signal.variance_over(population.cluster(cluster))
            _require_mean_zero(f"{signal} in cluster {cluster}", values[x.cluster == cluster], variance)


def _require_mean_zero(name: str, values: Any, variance: Any) -> None:
    """`values` are independent with the given variances (one, or one each); no variance, no judgement."""
    if not len(values) or not (known := float(np.mean(variance))) > 0:
        return
    mean, limit = float(np.mean(values)), largest_mean(values, known)
    if abs(mean) > limit:
        raise CheckFailed(f"{name} has mean {mean:.6g} over {len(values)} visitors; expected 0 ± {limit:.3g}")


def largest_mean(values: Array, variance: float) -> float:
    """How far from 0 the mean of n independent values of mean 0 and, on average, of that variance may lie.

    √((B + R)·ln((1 + B/R)/a²))/n with B = (Σ values² + 2·n·variance)/3, R = `PRIOR`·n·variance, a = `FALSE_ALARM`. The
    chance that it lies farther is at most a for every n and every distribution, skewed or heavy-tailed, and also where
    the variance is less than said: exp(s·Σ values - s²·B/2) has mean ≤ 1 for every s (Delyon 2009), and so has its
    mixture over s ~ Normal(0, 1/R), which then exceeds 1/a (de la Peña, Klass & Lai 2004). Where Σ values² is what the
    variance says, the limit is 6.07 standard errors, which normal values pass once in a billion times.
    """
    n = len(values)
    spread, prior = (float(np.dot(values, values)) + 2.0 * n * variance) / 3.0, PRIOR * n * variance
    if not math.isfinite(spread):
        return math.inf
    return math.sqrt((spread + prior) * (math.log1p(spread / prior) - 2.0 * math.log(FALSE_ALARM))) / n


def check_prefix(config: V2GeneratorConfig, bundle: CalibrationBundle) -> None:
    """The first rows, half of them at most, are the data set of as many visitors."""
    n = min(config.n_visitors // 2, PREFIX_ROWS)
    codes, shorter = bundle.observed.codes, observed_columns(replace(config, n_visitors=n))
    if not all(np.array_equal(codes[name][:n], column) for name, column in shorter.items()):
        raise CheckFailed(f"the first {n} rows are not those of a data set of {n} visitors; draws are not keyed")


def check_knobs(spec: ScenarioSpec, seed: int) -> None:
    """Every knob of the spec changes its configuration, is described by its metadata, and unknown ones are refused.

    With an effect_scale of 0 there is no effect for the knobs to change, so only their names are checked.
    """
    template, kwargs = spec
    config, metadata = template(seed=seed, **kwargs)
    defaults = getattr(template, "defaults", {})
    for knob, value in kwargs.items():
        if knob not in metadata:
            raise CheckFailed(f"{spec_id(spec)}: metadata does not name knob {knob!r}; it has {sorted(metadata)}")
        changed = knob in defaults and defaults[knob] is not None and value != defaults[knob]
        if changed and kwargs.get("effect_scale") != 0:
            others = {name: other for name, other in kwargs.items() if name != knob}
            if _config(template, seed, others) == config:
                raise CheckFailed(f"{spec_id(spec)}: knob {knob}={value!r} is swallowed: the configuration ignores it")
    if _config(template, seed, kwargs | {NO_SUCH_KNOB: 1}) is not None:
        raise CheckFailed(f"{spec_id(spec)}: the template accepts the unknown knob {NO_SUCH_KNOB!r} and swallows it")


def _config(template: Any, seed: int, kwargs: dict[str, Any]) -> V2GeneratorConfig | None:
    """The configuration; None when the template refuses the knobs."""
    try:
        config: V2GeneratorConfig = template(seed=seed, **kwargs)[0]
    except (ValueError, TypeError):
        return None
    return config
