"""Potential outcomes while they are filled in block by block, and what is observed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.generators.features import Codes, Features
from pytest_pytyche.generators.streams import Array, Draws
from pytest_pytyche.generators.truth import AlignedVisitorArray, CalibrationTruth

if TYPE_CHECKING:
    from pytest_pytyche.generators.modes import ContinuousMode, MetricMode
    from pytest_pytyche.generators.revenue import RevenueModel
    from pytest_pytyche.generators.surfaces import Values

SHIFT_LIMIT = 100.0


class Outcomes(Protocol):
    """The outcomes of some visitors, one entry or row each; arrays are contiguous per arm."""

    def evaluate(self, x: Features, rows: slice) -> object:
        """Fill the means and effects of `rows`, whose features are x."""

    def fill(self, draws: Draws, x: Features, rows: slice, arm: Codes) -> None:
        """The same, and what is observed of each visitor under its own arm."""

    def columns(self) -> dict[str, NDArray[Any] | None]:
        """What is observed, by the names of the observed frame; None for a column that is null throughout."""

    def truth(self, cluster: NDArray[np.uint8] | None, propensity: Array | None) -> CalibrationTruth:
        """The finished truth."""


class Purchases:
    """Whether visitors convert, and for a metric of revenue what converting visitors spend."""

    def __init__(self, mode: MetricMode, model: RevenueModel | None, n: int) -> None:
        K = mode.n_arms
        self.mode, self.model = mode, model
        self.p = np.empty((n, K), order="F")
        self.conv = np.empty((n, K - 1), order="F")
        self.m, self.aov, self.cate = None, None, self.conv
        self.converted: NDArray[np.bool_] = np.empty(n, dtype=np.bool_)
        self.revenue: Array | None = None
        if model is not None:
            self.m = np.empty((n, K), order="F")
            self.aov, self.cate = np.empty((n, K - 1), order="F"), np.empty((n, K - 1), order="F")
            self.revenue = np.zeros(n)

    def evaluate(self, x: Features, rows: slice) -> list[Values]:
        """Fill the means and effects of `rows`; returns the severity shift of each arm (none without revenue)."""
        shifts = []
        for k, surface in enumerate(self.mode.p_surfaces):
            self.p[rows, k] = surface.evaluate(x, name=f"p_surfaces[{k}]", lower=0.0, upper=1.0)
        if self.model is not None and self.m is not None:
            for k, surface in enumerate(self.mode.severity_surfaces or ()):
                name = f"severity_surfaces[{k}]"
                shifts.append(surface.evaluate(x, name=name, lower=-SHIFT_LIMIT, upper=SHIFT_LIMIT))
                self.m[rows, k] = self.model.mean(shifts[k])
        self._contrast(rows)
        return shifts

    def _contrast(self, rows: slice) -> None:
        """Fill the effects of `rows` from their means, so that cate = conv + aov to the last bit."""
        for k in range(1, self.p.shape[1]):
            conv = np.subtract(self.p[rows, k], self.p[rows, 0], out=self.conv[rows, k - 1])
            if self.m is not None and self.aov is not None:
                conv *= self.m[rows, 0]
                aov = np.subtract(self.m[rows, k], self.m[rows, 0], out=self.aov[rows, k - 1])
                aov *= self.p[rows, k]
                np.add(conv, aov, out=self.cate[rows, k - 1])

    def fill(self, draws: Draws, x: Features, rows: slice, arm: Codes) -> None:
        """Means and effects, and who converts under its own arm and spends how much."""
        shifts = self.evaluate(x, rows)
        converted = self.converted[rows] = self._converts(draws.uniform("conversion", ""), rows, arm)
        if self.model is not None and self.revenue is not None:
            buyers = np.flatnonzero(converted)
            shift = np.stack([np.broadcast_to(s, draws.n)[buyers] for s in shifts], axis=1)
            self.revenue[rows][buyers] = self.model.draw(realised(shift, arm[buyers]), buyers, draws)

    def _converts(self, u: Array, rows: slice, arm: Codes) -> NDArray[np.bool_]:
        """Whether each visitor converts under its own arm, from the one uniform draw that all arms share."""
        converts = np.zeros(len(u), dtype=np.bool_)
        for k in range(self.p.shape[1]):
            converts |= (u < self.p[rows, k]) & (arm == k)
        return converts

    def columns(self) -> dict[str, NDArray[Any] | None]:
        """`converted` and `revenue`."""
        return {"converted": self.converted, "revenue": self.revenue}

    def truth(self, cluster: NDArray[np.uint8] | None, propensity: Array | None) -> CalibrationTruth:
        """The finished truth."""
        return CalibrationTruth(
            metric_id=self.mode.metric_id,
            p_per_visitor=AlignedVisitorArray(self.p),
            m_per_visitor=aligned(self.m),
            conv_contrast_per_visitor=AlignedVisitorArray(self.conv),
            aov_contrast_per_visitor=aligned(self.aov),
            contrast_cate_per_visitor=AlignedVisitorArray(self.cate),
            cluster_per_visitor=aligned(cluster),
            propensity=aligned(propensity),
        )


class Measurements:
    """A continuous outcome: the mean of the visitor's own arm plus noise that all arms share."""

    def __init__(self, mode: ContinuousMode, n: int) -> None:
        self.mode = mode
        self.y = np.empty((n, mode.n_arms), order="F")
        self.outcome = np.empty(n)

    def evaluate(self, x: Features, rows: slice) -> None:
        """Fill the mean outcomes of `rows`."""
        largest = float(np.finfo(np.float64).max)
        for k, surface in enumerate(self.mode.mean_surfaces):
            self.y[rows, k] = surface.evaluate(x, name=f"mean_surfaces[{k}]", lower=-largest, upper=largest)

    def fill(self, draws: Draws, x: Features, rows: slice, arm: Codes) -> None:
        """Mean outcomes, and the outcome under the visitor's own arm."""
        self.evaluate(x, rows)
        noise = self.mode.noise.from_normal(draws.normal("noise", ""))
        self.outcome[rows] = realised(self.y[rows], arm) + noise

    def columns(self) -> dict[str, NDArray[Any] | None]:
        """`outcome`."""
        return {"outcome": self.outcome}

    def truth(self, cluster: NDArray[np.uint8] | None, propensity: Array | None) -> CalibrationTruth:
        """The finished truth."""
        return CalibrationTruth(
            metric_id=self.mode.metric_id,
            p_per_visitor=None,
            m_per_visitor=None,
            conv_contrast_per_visitor=None,
            aov_contrast_per_visitor=None,
            contrast_cate_per_visitor=AlignedVisitorArray(self.y[:, 1:] - self.y[:, :1]),
            cluster_per_visitor=aligned(cluster),
            y_per_visitor=AlignedVisitorArray(self.y),
            propensity=aligned(propensity),
        )


def aligned(values: NDArray[np.uint8] | Array | None) -> AlignedVisitorArray | None:
    """The array as truth holds it; None for none."""
    return None if values is None else AlignedVisitorArray(values)


def realised(by_arm: Array, arm: Codes) -> Array:
    """Each row's entry of its own arm, from one column per arm."""
    values = by_arm[:, 0].copy()
    for k in range(1, by_arm.shape[1]):
        np.copyto(values, by_arm[:, k], where=arm == k)
    return values
