import math

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from pytest_pytyche.generators.features import CopulaConfig, MixtureConfig, Sampler, sample
from pytest_pytyche.generators.marginals import Categorical, Normal, ScipyMarginal
from pytest_pytyche.generators.streams import Draws
from pytest_pytyche.strategies import marginals, samplers

FIRST = settings(max_examples=2000, phases=[Phase.generate])
SMALLEST = settings(max_examples=2000, phases=[Phase.generate, Phase.shrink])


@given(marginals())
def test_continuous_marginals_have_finite_moments_and_quantiles_in_order(marginal: Normal | ScipyMarginal) -> None:
    assert math.isfinite(marginal.mean)
    assert 0.0 < marginal.variance < math.inf
    low, middle, high = (marginal.quantile(q) for q in (0.1, 0.5, 0.9))
    assert low < middle < high


@given(marginals("categorical"))
def test_categorical_marginals_have_levels_that_are_not_rare(marginal: Categorical) -> None:
    assert 2 <= len(marginal.levels) <= 4
    assert min(marginal.probabilities) > 0.05


@given(marginals("binary"))
def test_binary_marginals_are_true_or_false(marginal: Categorical) -> None:
    assert marginal.levels == (False, True)


def test_a_simple_marginal_is_drawn_first() -> None:
    assert find(marginals(), lambda marginal: True, settings=SMALLEST) == Normal(0.0, 0.5)


def test_an_unknown_kind_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"^kind='ordinal'; expected one of \['continuous', 'binary', 'categorical'\]"):
        marginals("ordinal")


@given(samplers(), st.integers(0, 99))
def test_samplers_draw_every_feature_they_declare(sampler: Sampler, seed: int) -> None:
    x = sample(sampler, Draws(seed, 0, 0, 50))
    assert list(x) == [spec.name for spec in sampler.features]
    for spec in sampler.features:
        assert x[spec.name].shape == (50,)
        if spec.kind == "continuous":
            assert np.isfinite(x[spec.name]).all()
        else:
            assert x[spec.name].max() < len(sampler.levels[spec.name])


@given(st.data(), st.integers(1, 4), st.integers(1, 3))
def test_samplers_have_as_many_features_and_clusters_as_asked_for(
    data: DataObject, min_continuous: int, min_clusters: int
) -> None:
    sampler = data.draw(samplers(min_continuous=min_continuous, min_clusters=min_clusters))
    assert sum(spec.kind == "continuous" for spec in sampler.features) >= min_continuous
    assert min_clusters <= len(sampler.population.weights) <= 3


@pytest.mark.parametrize("kind", [MixtureConfig, CopulaConfig])
def test_samplers_of_both_kinds_are_drawn(kind: type) -> None:
    assert isinstance(find(samplers(), lambda sampler: isinstance(sampler, kind), settings=FIRST), kind)


def test_copulas_with_correlated_features_are_drawn() -> None:
    def correlated(sampler: Sampler) -> bool:
        return isinstance(sampler, CopulaConfig) and len(sampler.features) > 1 and sampler.correlation[0][1] < 0

    assert find(samplers(), correlated, settings=FIRST)


def test_a_failing_sampler_shrinks_to_a_single_feature() -> None:
    smallest = find(samplers(), lambda sampler: True, settings=SMALLEST)
    assert [(spec.name, spec.kind) for spec in smallest.features] == [("x0", "continuous")]
