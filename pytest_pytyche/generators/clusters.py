"""Effects that differ by latent cluster: profiles, the built-in ones, and the surfaces they make."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_pytyche.generators.population import Population
from pytest_pytyche.generators.signals import SignalTerm, terms_surface
from pytest_pytyche.generators.surfaces import ByCluster, Const, Scaled, Sum, Surface, logit


@dataclass(frozen=True)
class ClusterEffectProfile:
    """Prognosis and treatment effect of one latent cluster.

    conversion_delta, severity_delta: relative lift of conversion and of mean revenue (+0.15 = +15 %).
    conversion_signals, severity_signals: within-cluster heterogeneity, on the logit and log scale.
    prognostic_conv_base, prognostic_sev_base: logit and log shifts of the cluster's baseline, centred over clusters.
    prognostic_conv_signals, prognostic_sev_signals: within-cluster gradients of the baseline.
    """

    conversion_delta: float = 0.0
    severity_delta: float = 0.0
    conversion_signals: tuple[SignalTerm, ...] = ()
    severity_signals: tuple[SignalTerm, ...] = ()
    prognostic_conv_base: float = 0.0
    prognostic_sev_base: float = 0.0
    prognostic_conv_signals: tuple[SignalTerm, ...] = ()
    prognostic_sev_signals: tuple[SignalTerm, ...] = ()

    def scaled(self, factor: float) -> ClusterEffectProfile:
        """The same profile with both deltas multiplied."""
        return replace(
            self, conversion_delta=factor * self.conversion_delta, severity_delta=factor * self.severity_delta
        )


Profiles = tuple[ClusterEffectProfile, ...]


def _recency(amplitude: float) -> SignalTerm:
    return SignalTerm("linear", ("session_recency",), amplitude)


def _depth(amplitude: float) -> SignalTerm:
    return SignalTerm("linear", ("browse_depth",), amplitude)


def _both(amplitude: float) -> SignalTerm:
    return SignalTerm("interaction", ("session_recency", "browse_depth"), amplitude)


def _curved(amplitude: float) -> SignalTerm:
    return SignalTerm("quadratic", ("browse_depth",), amplitude)


_BY_CHANNEL = SignalTerm("step", ("channel",), 0.4, {"paid": 0.8, "organic": -0.2, "direct": 0.0, "social": -0.3})

TWO_PROFILES = (
    ClusterEffectProfile(0.60, 0.15, (_recency(0.5),), (_recency(0.3),)),
    ClusterEffectProfile(-0.50, -0.15, (_recency(-0.3),), (_recency(-0.2),)),
)
FOUR_PROFILES = (
    ClusterEffectProfile(0.30, 0.15, (_recency(0.6), _both(0.3)), (_depth(0.4),)),
    ClusterEffectProfile(-0.15, -0.05, (_depth(-0.4),)),
    ClusterEffectProfile(0.05, 0.20, (_depth(0.2),), (_depth(0.5),)),
    ClusterEffectProfile(-0.25, -0.15, (_recency(-0.3),)),
)
SIX_PROFILES = (
    ClusterEffectProfile(0.35, 0.20, (_recency(0.6), _both(0.4)), (_depth(0.5),)),
    ClusterEffectProfile(-0.20, -0.10, (_depth(-0.5), _curved(0.1))),
    ClusterEffectProfile(0.10, 0.25, (_depth(0.3), _BY_CHANNEL), (_depth(0.6),)),
    ClusterEffectProfile(-0.30, -0.20, (_recency(-0.4),)),
    ClusterEffectProfile(0.25, 0.30, (_both(0.5),), (_curved(0.2),)),
    ClusterEffectProfile(0.02, -0.10, (_depth(-0.3),), (_depth(-0.4),)),
)


def for_arm(profiles: Profiles, arm: int, scale: float) -> Profiles:
    """The profiles of treatment `arm` (1, 2, …): shifted cyclically by arm - 1 clusters, deltas scaled."""
    shift = (arm - 1) % len(profiles)
    return tuple(profile.scaled(scale) for profile in profiles[shift:] + profiles[:shift])


def lift_on_logit(delta: float, baseline_rate: float) -> float:
    """The logit shift that turns `baseline_rate` into baseline_rate·(1 + delta)."""
    lifted = baseline_rate * (1.0 + delta)
    if not 0.0 < lifted < 1.0:
        raise ValueError(
            f"conversion_delta={delta:g} turns baseline_rate={baseline_rate:g} into {lifted:g}; "
            "expected a rate between 0 and 1"
        )
    return logit(lifted) - logit(baseline_rate)


def lift_on_log(delta: float) -> float:
    """log(1 + delta)."""
    if not delta > -1.0:
        raise ValueError(f"severity_delta={delta:g}; expected a number above -1")
    return math.log1p(delta)


def conversion_effect(population: Population, profiles: Profiles, hte_scale: float, baseline_rate: float) -> Surface:
    """Logit shift of each cluster: its lift plus hte_scale times its signals, centred within the cluster."""
    return _effect(
        population,
        hte_scale,
        tuple((lift_on_logit(p.conversion_delta, baseline_rate), p.conversion_signals) for p in profiles),
    )


def severity_effect(population: Population, profiles: Profiles, hte_scale: float) -> Surface:
    """Log shift of each cluster's mean revenue: its lift plus hte_scale times its signals."""
    return _effect(population, hte_scale, tuple((lift_on_log(p.severity_delta), p.severity_signals) for p in profiles))


def _effect(
    population: Population, hte_scale: float, parts: tuple[tuple[float, tuple[SignalTerm, ...]], ...]
) -> Surface:
    return ByCluster(
        tuple(
            Sum((Const(lift), Scaled(terms_surface(population.cluster(c), terms), hte_scale)))
            for c, (lift, terms) in enumerate(parts)
        )
    )


def conversion_prognosis(population: Population, profiles: Profiles) -> Surface:
    """Logit shift of each cluster's baseline, centred over clusters."""
    return _prognosis(population, tuple((p.prognostic_conv_base, p.prognostic_conv_signals) for p in profiles))


def severity_prognosis(population: Population, profiles: Profiles) -> Surface:
    """Log shift of each cluster's baseline mean revenue, centred over clusters."""
    return _prognosis(population, tuple((p.prognostic_sev_base, p.prognostic_sev_signals) for p in profiles))


def _prognosis(population: Population, parts: tuple[tuple[float, tuple[SignalTerm, ...]], ...]) -> Surface:
    centre = math.fsum(w * base for w, (base, _) in zip(population.weights, parts, strict=True))
    return ByCluster(
        tuple(
            Sum((Const(base - centre), terms_surface(population.cluster(c), terms)))
            for c, (base, terms) in enumerate(parts)
        )
    )


def by_cluster(population: Population, build: Callable[[Population], Surface]) -> Surface:
    """The surface that `build` makes of each cluster's own distribution."""
    return ByCluster(tuple(build(population.cluster(c)) for c in range(len(population.weights))))
