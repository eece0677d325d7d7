import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from pytest_pytyche.generators.clusters import ClusterEffectProfile, lift_on_log, lift_on_logit
from pytest_pytyche.generators.features import sample
from pytest_pytyche.generators.scenarios import SignalTerm
from pytest_pytyche.generators.schema import visitor_sampler
from pytest_pytyche.generators.signals import term_surface
from pytest_pytyche.generators.streams import Draws
from pytest_pytyche.strategies import cluster_profiles, samplers, signals

FIRST = settings(max_examples=2000, phases=[Phase.generate])
SMALLEST = settings(max_examples=2000, phases=[Phase.generate, Phase.shrink])


@given(st.data())
def test_signals_fit_the_sampler_and_are_centred(data: DataObject) -> None:
    sampler = data.draw(samplers(max_clusters=1))
    surface = term_surface(sampler.population, data.draw(signals(sampler)))
    values = np.broadcast_to(surface(sample(sampler, Draws(0, 0, 0, 2000))), 2000)
    assert abs(values.mean()) <= 6.0 * values.std() / np.sqrt(2000) + 1e-12


@given(signals())
def test_signals_default_to_the_built_in_schema(term: SignalTerm) -> None:
    assert set(term.drivers) <= {spec.name for spec in visitor_sampler(0).features}


@pytest.mark.parametrize("kind", ["linear", "quadratic", "interaction", "step"])
def test_signals_of_every_type_are_drawn(kind: str) -> None:
    assert find(signals(), lambda term: term.signal_type == kind, settings=FIRST).signal_type == kind


@given(signals(max_amplitude=0.25))
def test_amplitudes_stay_within_their_bound(term: SignalTerm) -> None:
    assert abs(term.amplitude) <= 0.25


def test_a_failing_signal_shrinks_to_a_short_one() -> None:
    assert find(signals(), lambda term: term.amplitude > 0.1, settings=SMALLEST) == SignalTerm(
        "linear", ("session_recency",), 0.11
    )


@given(cluster_profiles())
def test_profiles_lift_to_rates_and_means_that_exist(profile: ClusterEffectProfile) -> None:
    assert np.isfinite(lift_on_logit(1.3 * profile.conversion_delta, 0.3))
    assert np.isfinite(lift_on_log(1.3 * profile.severity_delta))
