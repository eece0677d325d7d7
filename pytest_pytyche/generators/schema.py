"""The built-in visitor schemas: one cluster by default, and mixtures of two, four and six clusters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pytest_pytyche.generators.features import FeatureSpec, MixtureConfig
from pytest_pytyche.generators.marginals import Bernoulli, Categorical, Marginal, Normal

VISITOR_FEATURES = (
    FeatureSpec("session_recency", "continuous"),
    FeatureSpec("browse_depth", "continuous"),
    FeatureSpec("device_type", "categorical", Categorical.of({"mobile": 0.55, "desktop": 0.35, "tablet": 0.10})),
    FeatureSpec("is_returning", "binary", Bernoulli(0.35)),
    FeatureSpec(
        "channel", "categorical", Categorical.of({"organic": 0.40, "paid": 0.30, "social": 0.20, "email": 0.10})
    ),
)

CORRELATED_SEED = 20_240_601
CORRELATED_SPREAD = 1.5
CONTINUOUS_OF_FIVE = (0, 2, 4)
LEVEL_RANGE = (3, 6)
LEVEL_CONCENTRATION = 0.5


def _cluster(
    recency: Normal, depth: Normal, device: Mapping[str, float], returning: float, channel: Mapping[str, float]
) -> dict[str, Marginal]:
    return {
        "session_recency": recency,
        "browse_depth": depth,
        "device_type": Categorical.of(device),
        "is_returning": Bernoulli(returning),
        "channel": Categorical.of(channel),
    }


def _device(mobile: float, desktop: float, tablet: float) -> dict[str, float]:
    return {"mobile": mobile, "desktop": desktop, "tablet": tablet}


TWO_CLUSTERS = (
    _cluster(
        Normal(1.5, 1.0),
        Normal(3.0, 1.0),
        _device(0.60, 0.25, 0.10) | {"other": 0.05},
        0.45,
        {"direct": 0.40, "organic": 0.30, "paid": 0.20, "social": 0.10},
    ),
    _cluster(
        Normal(-1.5, 1.0),
        Normal(1.5, 1.0),
        _device(0.20, 0.60, 0.15) | {"other": 0.05},
        0.20,
        {"direct": 0.15, "organic": 0.25, "paid": 0.45, "social": 0.15},
    ),
)
LOYAL_MOBILE = _cluster(
    Normal(2.5, 0.8),
    Normal(4.5, 1.5),
    _device(0.75, 0.15, 0.10),
    0.70,
    {"organic": 0.50, "direct": 0.30, "paid": 0.15, "social": 0.05},
)
NEW_DESKTOP = _cluster(
    Normal(1.0, 1.2),
    Normal(2.5, 1.5),
    _device(0.20, 0.70, 0.10),
    0.15,
    {"organic": 0.35, "paid": 0.35, "social": 0.20, "email": 0.10},
)
DEAL_SEEKERS = _cluster(
    Normal(0.5, 1.5),
    Normal(5.0, 2.0),
    _device(0.45, 0.40, 0.15),
    0.40,
    {"paid": 0.45, "email": 0.30, "organic": 0.15, "social": 0.10},
)
INACTIVE = _cluster(
    Normal(-1.5, 1.0),
    Normal(1.0, 0.8),
    _device(0.35, 0.50, 0.15),
    0.20,
    {"organic": 0.60, "social": 0.25, "paid": 0.10, "email": 0.05},
)
PREMIUM_TABLET = _cluster(
    Normal(1.5, 1.0),
    Normal(2.0, 1.0),
    _device(0.15, 0.20, 0.65),
    0.60,
    {"direct": 0.50, "organic": 0.30, "paid": 0.15, "email": 0.05},
)
SOCIAL_BROWSERS = _cluster(
    Normal(0.0, 1.5),
    Normal(6.0, 2.5),
    _device(0.60, 0.25, 0.15),
    0.25,
    {"social": 0.70, "organic": 0.15, "paid": 0.10, "email": 0.05},
)
FOUR_CLUSTERS = (LOYAL_MOBILE, NEW_DESKTOP, DEAL_SEEKERS, INACTIVE)
SIX_CLUSTERS = (*FOUR_CLUSTERS, PREMIUM_TABLET, SOCIAL_BROWSERS)


def nuisance_features(n_nuisance: int) -> tuple[FeatureSpec, ...]:
    """Independent standard normal features `z0` …, part of no signal."""
    return tuple(FeatureSpec(f"z{i}", "continuous") for i in range(n_nuisance))


def visitor_sampler(n_nuisance: int) -> MixtureConfig:
    """The default single-cluster schema with `n_nuisance` nuisance features."""
    visitor: dict[str, Marginal] = {"session_recency": Normal(2.0, 1.5), "browse_depth": Normal(3.0, 2.0)}
    return MixtureConfig((*VISITOR_FEATURES, *nuisance_features(n_nuisance)), (1.0,), (visitor,))


def clustered_sampler(
    weights: tuple[float, ...], clusters: tuple[dict[str, Marginal], ...], n_nuisance: int, n_correlated: int
) -> MixtureConfig:
    """A mixture of the given clusters, with nuisance features and nuisance that is correlated with the cluster."""
    correlated = [_correlated(i, len(clusters)) for i in range(n_correlated)]
    params = tuple(
        cluster | {spec.name: marginals[c] for spec, marginals in correlated} for c, cluster in enumerate(clusters)
    )
    features = (*VISITOR_FEATURES, *(spec for spec, _ in correlated), *nuisance_features(n_nuisance))
    return MixtureConfig(features, weights, params)


def _correlated(i: int, n_clusters: int) -> tuple[FeatureSpec, list[Marginal]]:
    """The i-th feature that tells clusters apart without being part of any signal; the same in every data set."""
    rng = np.random.default_rng([CORRELATED_SEED, i])
    if i % 5 in CONTINUOUS_OF_FIVE:
        means = rng.normal(0.0, CORRELATED_SPREAD, n_clusters)
        return FeatureSpec(f"xc{i}", "continuous"), [Normal(float(mean), 1.0) for mean in means]
    levels = [f"level_{j}" for j in range(rng.integers(*LEVEL_RANGE))]
    shares = rng.dirichlet([LEVEL_CONCENTRATION] * len(levels), n_clusters)
    marginals: list[Marginal] = [Categorical.of(dict(zip(levels, map(float, row), strict=True))) for row in shares]
    return FeatureSpec(f"xk{i}", "categorical", marginals[0]), marginals
