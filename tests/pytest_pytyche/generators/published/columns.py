"""What the tests of published designs compute from: the features of a data set as plain arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.generators.core import CalibrationBundle, generate_v2_core
from pytest_pytyche.generators.scenarios import DESIGNS

Array = NDArray[np.float64]


def generated(design: str, **knobs: Any) -> tuple[CalibrationBundle, dict[str, NDArray[Any]]]:
    """A data set of the design, and its features by name."""
    bundle = generate_v2_core(DESIGNS[design](**{"seed": 3, **knobs})[0])
    visitors = bundle.observed.visitors
    return bundle, {name: visitors[name].to_numpy() for name in bundle.observed.feature_names}


def means(bundle: CalibrationBundle) -> tuple[Array, Array]:
    """True mean outcome under control, and true effect."""
    y = bundle.truth.mean_per_visitor
    return y[:, 0], np.asarray(bundle.truth.contrast_cate_per_visitor.values[:, 0])


def propensity(bundle: CalibrationBundle) -> Array:
    """True probability of treatment."""
    assert bundle.truth.propensity is not None
    return np.asarray(bundle.truth.propensity.values[:, 1])
