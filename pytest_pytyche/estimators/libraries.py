"""What the adapters of other libraries share: presence, one thread, one kind of seed, warnings that are known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import numpy as np

from pytest_pytyche.estimators.naming import EstimatorNotFound

NORMAL = float("inf")
"""Degrees of freedom at which Student's t is the normal distribution."""

Known = tuple[type[Warning], str]
"""Category and start of the message, a regular expression, of a warning that is no news to the user."""


def require_library(estimator: str, module: str, extra: str) -> None:
    """EstimatorNotFound, which says what to install, unless `module` can be imported; imports nothing itself."""
    if find_spec(module) is None:
        raise EstimatorNotFound(
            f"estimator {estimator!r} needs the package {module!r}; pip install 'pytest-pytyche[{extra}]'"
        )


def library_seed(seed: int, part: int = 0) -> int:
    """A seed below 2³¹, as much as every library takes; independent ones for the parts of a fit."""
    return int(np.random.SeedSequence((seed, part)).generate_state(1)[0]) >> 1


@contextmanager
def pinned(*known: Known) -> Iterator[None]:
    """Let native code use one thread, so that its sums do not depend on the machine, and leave out known warnings."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # comes with scikit-learn, which the extras bring

    with threadpool_limits(limits=1), warnings.catch_warnings():
        for category, message in known:
            warnings.filterwarnings("ignore", message, category)
        yield
