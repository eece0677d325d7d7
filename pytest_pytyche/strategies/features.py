"""Strategies for distributions of features and for samplers."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from pytest_pytyche.generators.features import CopulaConfig, FeatureSpec, MixtureConfig, Sampler
from pytest_pytyche.generators.knobs import choose
from pytest_pytyche.generators.marginals import (
    Bernoulli,
    Beta,
    Categorical,
    Gamma,
    Marginal,
    Normal,
    Poisson,
    ScipyMarginal,
)

LEVELS = ("a", "b", "c", "d")


@cache
def hundredths(lowest: float, highest: float) -> st.SearchStrategy[float]:
    """Numbers with two decimals; shrinks towards 0 (or the bound nearest to it)."""
    return st.integers(round(100 * lowest), round(100 * highest)).map(lambda number: number / 100)


@cache
def _categorical(n_levels: int) -> st.SearchStrategy[Categorical]:
    weights = st.lists(st.integers(1, 5), min_size=n_levels, max_size=n_levels)
    return weights.map(lambda w: Categorical(LEVELS[:n_levels], tuple(part / sum(w) for part in w)))


SHAPE = hundredths(1, 4)
SCIPY_MARGINALS = st.one_of(
    st.builds(Gamma, SHAPE),
    st.builds(Beta, SHAPE, SHAPE),
    st.builds(Poisson, SHAPE),
    st.builds(lambda loc, scale: ScipyMarginal("uniform", {"loc": loc, "scale": scale}), hundredths(-3, 3), SHAPE),
)
MARGINALS: dict[str, st.SearchStrategy[Any]] = {
    "continuous": st.builds(Normal, mean=hundredths(-3, 3), sd=hundredths(0.5, 2)) | SCIPY_MARGINALS,
    "binary": hundredths(0.1, 0.9).map(Bernoulli),
    "categorical": st.integers(2, len(LEVELS)).flatmap(_categorical),
}


def marginals(kind: str = "continuous") -> st.SearchStrategy[Marginal]:
    """Distributions of a feature of one kind: continuous, binary or categorical (2–4 levels, the rarest above 5 %)."""
    choose("kind", kind, tuple(MARGINALS))
    return MARGINALS[kind]


@st.composite
def samplers(draw: st.DrawFn, *, min_continuous: int = 1, min_clusters: int = 1, max_clusters: int = 3) -> Sampler:
    """Samplers of a few features: mixtures of clusters, or, where one cluster is allowed, Gaussian copulas."""
    kinds = draw(_feature_kinds(min_continuous))
    n_clusters = draw(st.integers(min_clusters, max_clusters))
    if n_clusters == 1 and draw(st.booleans()):
        features = [FeatureSpec(name, kind, draw(MARGINALS[kind])) for name, kind in kinds]
        return CopulaConfig(tuple(features), draw(_correlations(len(features))))
    weights = draw(st.lists(st.integers(1, 4), min_size=n_clusters, max_size=n_clusters))
    laws = {name: draw(_by_cluster(kind, n_clusters)) for name, kind in kinds}
    return MixtureConfig(
        tuple(FeatureSpec(name, kind, laws[name][0]) for name, kind in kinds),
        tuple(weight / sum(weights) for weight in weights),
        tuple({name: laws[name][cluster] for name in laws} for cluster in range(n_clusters)),
    )


@cache
def _feature_kinds(min_continuous: int) -> st.SearchStrategy[list[tuple[str, str]]]:
    counts = st.tuples(st.integers(min_continuous, max(3, min_continuous)), st.integers(0, 1), st.integers(0, 2))
    names = (("x", "continuous"), ("flag", "binary"), ("group", "categorical"))
    return counts.map(
        lambda by_kind: [
            (f"{prefix}{i}", kind) for n, (prefix, kind) in zip(by_kind, names, strict=True) for i in range(n)
        ]
    )


@cache
def _by_cluster(kind: str, n_clusters: int) -> st.SearchStrategy[list[Marginal]]:
    """One marginal per cluster; categorical ones share their levels."""
    if kind != "categorical":
        return st.lists(MARGINALS[kind], min_size=n_clusters, max_size=n_clusters)
    return st.integers(2, len(LEVELS)).flatmap(
        lambda n: st.lists(_categorical(n), min_size=n_clusters, max_size=n_clusters)
    )


@cache
def _correlations(size: int) -> st.SearchStrategy[tuple[tuple[float, ...], ...]]:
    """Correlations of one common factor, r_ij = l_i·l_j, which are positive semi-definite whatever the loadings."""
    loadings = st.lists(hundredths(-0.9, 0.9), min_size=size, max_size=size)
    return loadings.map(
        lambda load: tuple(tuple(1.0 if i == j else load[i] * load[j] for j in range(size)) for i in range(size))
    )
