"""The truth as a table, row for row with the observed visitors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pytest_pytyche.generators.core import CalibrationBundle


def truth_frame(bundle: CalibrationBundle) -> pl.DataFrame:
    """Per arm `p_` (and for revenue `m_`) or `y_`, per treatment `cate_` with its parts `conv_` and `aov_`, cluster.

    With two arms the effect is plainly `cate`, `conv` and `aov`. An observational study has `propensity_` per arm too.
    """
    return pl.DataFrame(list(_columns(bundle)))


def _columns(bundle: CalibrationBundle) -> Iterator[pl.Series]:
    truth, arms = bundle.truth, bundle.observed.arms
    means = {
        "p": truth.p_per_visitor,
        "m": truth.m_per_visitor,
        "y": truth.y_per_visitor,
        "propensity": truth.propensity,
    }
    for name, by_arm in means.items():
        if by_arm is not None:
            yield from (_series(f"{name}_{arm}", by_arm.values[:, k]) for k, arm in enumerate(arms))
    parts = {
        "cate": truth.contrast_cate_per_visitor,
        "conv": truth.conv_contrast_per_visitor,
        "aov": truth.aov_contrast_per_visitor,
    }
    for name, contrasts in parts.items():
        if contrasts is not None:
            for k, arm in enumerate(arms[1:]):
                yield _series(name if len(arms) == 2 else f"{name}_{arm}", contrasts.values[:, k])
    if truth.cluster_per_visitor is not None:
        yield _series("cluster", truth.cluster_per_visitor.values)


def _series(name: str, values: NDArray[Any]) -> pl.Series:
    return pl.Series(name, values)
