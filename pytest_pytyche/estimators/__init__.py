"""Estimators of heterogeneous treatment effects: the protocol, the built-in ones and how others are found.

Importing this package imports neither numpy nor polars, so that option parsing can ask for estimator names cheaply.
"""

from pytest_pytyche.estimators.naming import EstimatorNotFound
from pytest_pytyche.estimators.registry import BUILT_IN, GROUP, load_estimator

__all__ = ["BUILT_IN", "GROUP", "EstimatorNotFound", "load_estimator"]
