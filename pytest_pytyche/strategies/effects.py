"""Strategies for signals and for the effects of clusters."""

from __future__ import annotations

from hypothesis import strategies as st

from pytest_pytyche.generators.clusters import ClusterEffectProfile
from pytest_pytyche.generators.features import Sampler
from pytest_pytyche.generators.schema import visitor_sampler
from pytest_pytyche.generators.signals import SignalTerm
from pytest_pytyche.strategies.features import hundredths

SEVERITY_AMPLITUDE = 0.05
"""Of terms on the log scale of revenue: squares of far-out features must stay within what a mean can be."""


def signals(sampler: Sampler | None = None, *, max_amplitude: float = 1.0) -> st.SearchStrategy[SignalTerm]:
    """Signal terms of every type that the sampler's features allow (default: the features of the built-in schema)."""
    known = sampler or visitor_sampler(0)
    continuous, discrete = _names(known, discrete=False), _names(known, discrete=True)
    amplitude = hundredths(-max_amplitude, max_amplitude)
    terms = []
    if continuous:
        one = st.tuples(st.sampled_from(continuous))
        terms += [st.builds(SignalTerm, st.just(kind), one, amplitude) for kind in ("linear", "quadratic")]
    if len(continuous) > 1:
        two = st.lists(st.sampled_from(continuous), min_size=2, max_size=2, unique=True).map(tuple)
        terms.append(st.builds(SignalTerm, st.just("interaction"), two, amplitude))
    for name in discrete:
        values = st.dictionaries(st.sampled_from(known.levels[name]), hundredths(-1, 1), min_size=1)
        terms.append(st.builds(SignalTerm, st.just("step"), st.just((name,)), amplitude, values))
    return st.one_of(terms)


def _names(sampler: Sampler, *, discrete: bool) -> list[str]:
    return [spec.name for spec in sampler.features if (spec.kind != "continuous") == discrete]


def cluster_profiles(sampler: Sampler | None = None) -> st.SearchStrategy[ClusterEffectProfile]:
    """Effects and prognosis of one cluster, with up to two signals of the sampler's features in each channel."""
    terms = st.lists(signals(sampler), max_size=2).map(tuple)
    small_terms = st.lists(signals(sampler, max_amplitude=SEVERITY_AMPLITUDE), max_size=2).map(tuple)
    return st.builds(
        ClusterEffectProfile,
        conversion_delta=hundredths(-0.5, 0.5),
        severity_delta=hundredths(-0.5, 0.5),
        conversion_signals=terms,
        severity_signals=small_terms,
        prognostic_conv_base=hundredths(-1, 1),
        prognostic_sev_base=hundredths(-1, 1),
        prognostic_conv_signals=terms,
        prognostic_sev_signals=small_terms,
    )
