"""The truth behind an experiment: potential-outcome means and effects of every visitor, in row order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.generators.observed import CONVERSION_RATE
from pytest_pytyche.generators.streams import Array

TWO_ARMS = 2


@dataclass(frozen=True, eq=False)
class AlignedVisitorArray:
    """A read-only array with one entry per visitor, in the row order of the observed frame."""

    values: NDArray[Any]

    def __post_init__(self) -> None:
        view = self.values.view()
        view.flags.writeable = False
        object.__setattr__(self, "values", view)

    @property
    def n_visitors(self) -> int:
        """Number of visitors."""
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """(visitors,) or (visitors, columns)."""
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __getitem__(self, index: Any) -> Any:
        return self.values[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype, copy=copy)


@dataclass(frozen=True, eq=False)
class CalibrationTruth:
    """True effects and potential-outcome means; every array has one entry per row of the observed frame.

    p_per_visitor (n, K): conversion probability under each arm. m_per_visitor (n, K): mean revenue given conversion,
    None for `conversion_rate`. contrast_cate_per_visitor (n, K-1): effect of each treatment against control,
    conv + aov with conv = (p_k - p_0)·m_0 and aov = p_k·(m_k - m_0). cluster_per_visitor (n,): latent cluster, None
    without clusters.
    """

    metric_id: str
    p_per_visitor: AlignedVisitorArray
    m_per_visitor: AlignedVisitorArray | None
    conv_contrast_per_visitor: AlignedVisitorArray
    aov_contrast_per_visitor: AlignedVisitorArray | None
    contrast_cate_per_visitor: AlignedVisitorArray
    cluster_per_visitor: AlignedVisitorArray | None

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return int(self.p_per_visitor.shape[1])

    @property
    def cate_per_visitor(self) -> AlignedVisitorArray | None:
        """Effect per visitor, shape (n,); None with more than two arms."""
        return self._two_arm(self.contrast_cate_per_visitor)

    @property
    def conv_cate_per_visitor(self) -> AlignedVisitorArray | None:
        """Part of the effect due to conversion, shape (n,); None with more than two arms."""
        return self._two_arm(self.conv_contrast_per_visitor)

    @property
    def aov_cate_per_visitor(self) -> AlignedVisitorArray | None:
        """Part of the effect due to revenue given conversion, shape (n,); None without revenue or with more arms."""
        return self._two_arm(self.aov_contrast_per_visitor)

    def _two_arm(self, contrasts: AlignedVisitorArray | None) -> AlignedVisitorArray | None:
        if contrasts is None or self.n_arms != TWO_ARMS:
            return None
        return AlignedVisitorArray(contrasts.values[:, 0])

    @property
    def effects(self) -> tuple[float, ...]:
        """Average effect of each treatment against control over the realised visitors."""
        return tuple(float(mean) for mean in self.contrast_cate_per_visitor.values.mean(axis=0))

    @property
    def effect(self) -> float:
        """Average effect over the realised visitors, and over the treatments where there are several."""
        return float(np.mean(self.effects))

    @property
    def effect_components(self) -> dict[str, float]:
        """`effect` split into its `conv` and `aov` parts; only `conv` for `conversion_rate`."""
        parts = {"conv": self.conv_contrast_per_visitor, "aov": self.aov_contrast_per_visitor}
        return {name: float(part.values.mean()) for name, part in parts.items() if part is not None}

    @property
    def mean_per_visitor(self) -> Array:
        """Potential-outcome means, shape (n, K): p, or p·m for revenue."""
        if self.metric_id == CONVERSION_RATE or self.m_per_visitor is None:
            return np.asarray(self.p_per_visitor.values)
        means: Array = self.p_per_visitor.values * self.m_per_visitor.values
        return means


class Means:
    """Potential-outcome means while they are filled in, block by block; arrays are contiguous per arm."""

    def __init__(self, n: int, n_arms: int, *, revenue: bool, clusters: bool) -> None:
        self.p = np.empty((n, n_arms), order="F")
        self.m = np.empty((n, n_arms), order="F") if revenue else None
        self.conv = np.empty((n, n_arms - 1), order="F")
        self.aov = np.empty((n, n_arms - 1), order="F") if revenue else None
        self.cate = np.empty((n, n_arms - 1), order="F") if revenue else self.conv
        self.cluster = np.empty(n, dtype=np.uint8) if clusters else None

    def contrast(self, rows: slice) -> None:
        """Fill the effects of `rows` from their means, so that cate = conv + aov to the last bit."""
        for k in range(1, self.p.shape[1]):
            conv = np.subtract(self.p[rows, k], self.p[rows, 0], out=self.conv[rows, k - 1])
            if self.m is not None and self.aov is not None:
                conv *= self.m[rows, 0]
                aov = np.subtract(self.m[rows, k], self.m[rows, 0], out=self.aov[rows, k - 1])
                aov *= self.p[rows, k]
                np.add(conv, aov, out=self.cate[rows, k - 1])

    def truth(self, metric_id: str) -> CalibrationTruth:
        """The finished truth."""
        return CalibrationTruth(
            metric_id=metric_id,
            p_per_visitor=AlignedVisitorArray(self.p),
            m_per_visitor=None if self.m is None else AlignedVisitorArray(self.m),
            conv_contrast_per_visitor=AlignedVisitorArray(self.conv),
            aov_contrast_per_visitor=None if self.aov is None else AlignedVisitorArray(self.aov),
            contrast_cate_per_visitor=AlignedVisitorArray(self.cate),
            cluster_per_visitor=None if self.cluster is None else AlignedVisitorArray(self.cluster),
        )
