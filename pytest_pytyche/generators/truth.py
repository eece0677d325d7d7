"""The truth behind an experiment: potential-outcome means and effects of every visitor, in row order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    without clusters. For `continuous_outcome` there are y_per_visitor (n, K), the mean outcome under each arm, and the
    effects y_k - y_0, and neither p, m, conv nor aov. propensity (n, K): probability of each arm given the features,
    None where arms are randomised with the same probabilities for everybody.
    """

    metric_id: str
    p_per_visitor: AlignedVisitorArray | None
    m_per_visitor: AlignedVisitorArray | None
    conv_contrast_per_visitor: AlignedVisitorArray | None
    aov_contrast_per_visitor: AlignedVisitorArray | None
    contrast_cate_per_visitor: AlignedVisitorArray
    cluster_per_visitor: AlignedVisitorArray | None
    y_per_visitor: AlignedVisitorArray | None = None
    propensity: AlignedVisitorArray | None = None

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return int(self.contrast_cate_per_visitor.shape[1]) + 1

    @property
    def cate_per_visitor(self) -> AlignedVisitorArray | None:
        """Effect per visitor, shape (n,); None with more than two arms."""
        return self._two_arm(self.contrast_cate_per_visitor)

    @property
    def conv_cate_per_visitor(self) -> AlignedVisitorArray | None:
        """Part of the effect due to conversion, shape (n,); None without conversions or with more than two arms."""
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
        """`effect` split into its `conv` and `aov` parts: `conv` alone for `conversion_rate`, else `outcome` alone."""
        parts = {"conv": self.conv_contrast_per_visitor, "aov": self.aov_contrast_per_visitor}
        known = {name: float(part.values.mean()) for name, part in parts.items() if part is not None}
        return known or {"outcome": self.effect}

    @property
    def mean_per_visitor(self) -> Array:
        """Potential-outcome means, shape (n, K): p, p·m for revenue, or y."""
        rate_or_mean = self.p_per_visitor if self.y_per_visitor is None else self.y_per_visitor
        assert rate_or_mean is not None, self.metric_id
        if self.m_per_visitor is None:
            return np.asarray(rate_or_mean.values)
        means: Array = rate_or_mean.values * self.m_per_visitor.values
        return means

    @property
    def naive_biases(self) -> tuple[float, ...]:
        """Per treatment, what the difference in means of the arms exceeds the effect by in expectation.

        Σ e_k·y_k / Σ e_k - Σ e_0·y_0 / Σ e_0 - mean(y_k - y_0) over the visitors, with propensities e and mean outcomes
        y of the arms; 0 where arms are randomised.
        """
        if self.propensity is None:
            return (0.0,) * (self.n_arms - 1)
        e, y = self.propensity.values, self.mean_per_visitor
        seen = (e * y).sum(axis=0) / e.sum(axis=0)
        biases = seen[1:] - seen[0] - np.asarray(self.effects)
        return tuple(float(bias) for bias in biases)

    @property
    def naive_bias(self) -> float:
        """Bias of the difference in means, averaged over the treatments where there are several, as is `effect`."""
        return float(np.mean(self.naive_biases))
