"""Feature samplers: what a visitor looks like, drawn column by column from keyed streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pytest_pytyche.generators.marginals import Categorical, Marginal, Normal, require_distribution
from pytest_pytyche.generators.observed import OUTCOME_COLUMNS
from pytest_pytyche.generators.population import Law, Population
from pytest_pytyche.generators.streams import Array, Draws
from pytest_pytyche.generators.values import FrozenDict

KINDS = ("continuous", "binary", "categorical")
Codes = NDArray[np.uint8]
Columns = dict[str, NDArray[Any]]


class Features(Mapping[str, NDArray[Any]]):
    """The features of some visitors: name to 1-D array; binary and categorical ones as codes into `levels[name]`.

    `cluster` holds the latent cluster codes (None without clusters): surfaces may read it, estimators never see it.
    """

    def __init__(
        self,
        columns: Mapping[str, NDArray[Any]],
        levels: Mapping[str, tuple[Any, ...]],
        cluster: Codes | None,
        n: int,
    ) -> None:
        self.columns = columns
        self.levels = levels
        self.cluster = cluster
        self.n = n

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self.columns[name]
        except KeyError:
            raise KeyError(f"no feature {name!r}; expected one of {list(self.columns)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, rows: NDArray[np.intp]) -> Features:
        """The same features for a subset of the visitors."""
        cluster = None if self.cluster is None else self.cluster[rows]
        return Features({name: column[rows] for name, column in self.columns.items()}, self.levels, cluster, len(rows))


@dataclass(frozen=True)
class FeatureSpec:
    """One feature: `kind` is continuous, binary or categorical.

    `marginal` is its distribution wherever the sampler states none; continuous features default to Normal(0, 1).
    Raises `ValueError` for an unknown kind, a reserved name, or a marginal of the wrong kind.
    """

    name: str
    kind: str
    marginal: Marginal | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"feature {self.name!r} has kind={self.kind!r}; expected one of {list(KINDS)}")
        if self.name in OUTCOME_COLUMNS or not self.name:
            raise ValueError(
                f"feature name {self.name!r} is reserved; the observed columns are {list(OUTCOME_COLUMNS)}"
            )
        if self.marginal is None and self.kind == "continuous":
            object.__setattr__(self, "marginal", Normal())
        if self.marginal is not None:
            self.require(self.marginal)

    def require(self, marginal: Marginal) -> Marginal:
        """The marginal itself, if it fits this feature's kind."""
        discrete = isinstance(marginal, Categorical)
        binary = isinstance(marginal, Categorical) and marginal.levels == (False, True)
        if discrete == (self.kind == "continuous") or binary != (self.kind == "binary"):
            raise ValueError(f"feature {self.name!r} is {self.kind}, which {marginal} is not")
        return marginal


class Sampler(Protocol):
    """What draws the features of a block of visitors, and knows their distribution."""

    @property
    def features(self) -> tuple[FeatureSpec, ...]: ...
    @property
    def levels(self) -> Mapping[str, tuple[Any, ...]]: ...
    @property
    def population(self) -> Population: ...
    def fill(self, draws: Draws, columns: Columns) -> Features: ...


def empty_columns(features: tuple[FeatureSpec, ...], n: int) -> Columns:
    """Uninitialised columns for n visitors."""
    return {spec.name: np.empty(n, np.float64 if spec.kind == "continuous" else np.uint8) for spec in features}


def sample(sampler: Sampler, draws: Draws) -> Features:
    """Draw the features of one block."""
    return sampler.fill(draws, empty_columns(sampler.features, draws.n))


@dataclass(frozen=True)
class MixtureConfig:
    """A mixture of clusters, features independent within each.

    `cluster_params[c]` maps feature names to the marginals of cluster c; features it leaves out keep the marginal of
    their `FeatureSpec`. Raises `ValueError` for weights that do not sum to 1, unknown names and missing marginals.
    """

    features: tuple[FeatureSpec, ...]
    weights: tuple[float, ...]
    cluster_params: tuple[Mapping[str, Marginal], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(self.features))
        object.__setattr__(self, "weights", tuple(float(w) for w in self.weights))
        object.__setattr__(self, "cluster_params", tuple(FrozenDict(p) for p in self.cluster_params))
        names = require_distinct(self.features)
        require_distribution("weights", self.weights)
        if len(self.weights) != len(self.cluster_params):
            raise ValueError(f"{len(self.weights)} weights for {len(self.cluster_params)} clusters; expected one each")
        for cluster, params in enumerate(self.cluster_params):
            if unknown := [name for name in params if name not in names]:
                raise ValueError(f"cluster_params[{cluster}] names {unknown}; the features are {names}")
            for spec in self.features:
                self._marginal(cluster, spec)

    def _marginal(self, cluster: int, spec: FeatureSpec) -> Marginal:
        marginal = self.cluster_params[cluster].get(spec.name, spec.marginal)
        if marginal is None:
            raise ValueError(f"feature {spec.name!r} has no marginal in cluster {cluster}; give one in cluster_params")
        return spec.require(marginal)

    @cached_property
    def marginals(self) -> tuple[dict[str, Marginal], ...]:
        """Per cluster, feature name to marginal."""
        clusters = range(len(self.weights))
        return tuple({spec.name: self._marginal(cluster, spec) for spec in self.features} for cluster in clusters)

    @cached_property
    def levels(self) -> Mapping[str, tuple[Any, ...]]:
        """Level values of each discrete feature, in order of first appearance over the clusters."""
        return _levels(self.features, self.marginals)

    @cached_property
    def population(self) -> Population:
        """Exact moments of the features, over all clusters and within each."""
        return Population(self.weights, tuple(Law(marginals) for marginals in self.marginals))

    def fill(self, draws: Draws, columns: Columns) -> Features:
        """Draw the features of one block into `columns`."""
        cluster = self._cluster(draws)
        for spec in self.features:
            self._fill_column(spec, draws, cluster, columns[spec.name])
        return Features(columns, self.levels, cluster, draws.n)

    def _cluster(self, draws: Draws) -> Codes | None:
        if len(self.weights) == 1:
            return None
        return Categorical(tuple(range(len(self.weights))), self.weights).codes(draws.uniform("cluster", ""))

    def _fill_column(self, spec: FeatureSpec, draws: Draws, cluster: Codes | None, column: NDArray[Any]) -> None:
        levels = self.levels.get(spec.name)
        noise = draws.uniform("feature", spec.name) if levels else draws.normal("feature", spec.name, out=column)
        marginals = [m[spec.name] for m in self.marginals]
        if cluster is None or len(set(marginals)) == 1:
            _transform(marginals[0], noise, levels, column)
            return
        for code, marginal in enumerate(marginals):
            rows = np.flatnonzero(cluster == code)
            column[rows] = _transform(marginal, noise[rows], levels)


@dataclass(frozen=True)
class CopulaConfig:
    """Features joined by a Gaussian copula: `correlation` is that of the latent normals, in the order of `features`.

    Raises `ValueError` for a correlation of the wrong shape, not symmetric, without unit diagonal, or not positive
    semi-definite, and for a discrete feature without a marginal.
    """

    features: tuple[FeatureSpec, ...]
    correlation: Sequence[Sequence[float]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(self.features))
        names = require_distinct(self.features)
        object.__setattr__(self, "correlation", require_correlation(self.correlation, len(names)))
        for spec in self.features:
            if spec.marginal is None:
                raise ValueError(f"feature {spec.name!r} is {spec.kind} and has no marginal; give its FeatureSpec one")

    @cached_property
    def marginals(self) -> dict[str, Marginal]:
        """Feature name to marginal."""
        return {spec.name: spec.marginal for spec in self.features if spec.marginal is not None}

    @cached_property
    def levels(self) -> Mapping[str, tuple[Any, ...]]:
        """Level values of each discrete feature."""
        return _levels(self.features, (self.marginals,))

    @cached_property
    def population(self) -> Population:
        """Exact moments of the features."""
        return Population((1.0,), (Law(self.marginals, np.asarray(self.correlation)),))

    @cached_property
    def _factor(self) -> Array:
        return lower_factor(np.asarray(self.correlation))

    def fill(self, draws: Draws, columns: Columns) -> Features:
        """Draw the features of one block into `columns`; column j depends on the streams of columns 0 to j only."""
        noise = [draws.normal("feature", spec.name) for spec in self.features]
        for j, spec in enumerate(self.features):
            latent = np.asarray(sum(w * noise[i] for i, w in enumerate(self._factor[j, : j + 1]) if w != 0))
            levels = self.levels.get(spec.name)
            uniform_or_normal = special.ndtr(latent) if levels else latent
            _transform(self.marginals[spec.name], uniform_or_normal, levels, columns[spec.name])
        return Features(columns, self.levels, None, draws.n)


def _transform(
    marginal: Marginal, noise: Array, levels: tuple[Any, ...] | None, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Values of a marginal from normal draws, or codes into `levels` from uniform ones; into `out` where given."""
    if not isinstance(marginal, Categorical):
        return marginal.from_normal(noise, out)
    codes = marginal.codes(noise)
    if marginal.levels != levels and levels is not None:
        codes = np.array([levels.index(level) for level in marginal.levels], dtype=np.uint8)[codes]
    if out is not None:
        out[:] = codes
    return codes


def _levels(
    features: tuple[FeatureSpec, ...], marginals: Sequence[Mapping[str, Marginal]]
) -> FrozenDict[str, tuple[Any, ...]]:
    discrete = [spec.name for spec in features if spec.kind != "continuous"]
    return FrozenDict({name: _distinct_levels(cluster[name] for cluster in marginals) for name in discrete})


def _distinct_levels(marginals: Iterable[Marginal]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(level for m in marginals if isinstance(m, Categorical) for level in m.levels))


def require_distinct(features: tuple[FeatureSpec, ...]) -> list[str]:
    """The feature names, if no two are the same."""
    names = [spec.name for spec in features]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"features named twice: {twice}; expected distinct names")
    return names


def require_correlation(correlation: Any, size: int) -> tuple[tuple[float, ...], ...]:
    """The correlation as nested tuples, if it is a correlation matrix of that size."""
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != (size, size):
        raise ValueError(f"correlation has shape {matrix.shape}; expected ({size}, {size}), one row a feature")
    if not np.allclose(matrix, matrix.T, atol=1e-12) or not np.allclose(np.diag(matrix), 1.0, atol=1e-12):
        raise ValueError("correlation is not symmetric with a unit diagonal")
    smallest = float(np.linalg.eigvalsh(matrix).min(initial=1.0))
    if not smallest >= -1e-9:
        raise ValueError(
            f"correlation is not positive semi-definite: its smallest eigenvalue is {smallest:.6g}; expected >= 0"
        )
    return tuple(tuple(float(entry) for entry in row) for row in matrix)


def lower_factor(matrix: Array) -> Array:
    """Lower triangular L with L·Lᵀ = matrix; a zero pivot (a redundant feature) gives a zero column."""
    factor = np.zeros_like(matrix)
    for j in range(len(matrix)):
        rest = matrix[j:, j] - factor[j:, :j] @ factor[j, :j]
        if rest[0] > PIVOT_TOLERANCE:
            factor[j:, j] = rest / np.sqrt(rest[0])
    return factor


PIVOT_TOLERANCE = 1e-12
