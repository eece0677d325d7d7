"""Regressors of scikit-learn's kind: the one for nuisance functions, and any other by its name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pytest_pytyche.errors import describe
from pytest_pytyche.estimators.naming import EstimatorNotFound, require_known


def nuisance_forest(seed: int) -> Any:
    """The random forest that stands for the outcome where a method leaves its regression open."""
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415  # heavy, and only a fit needs it

    return RandomForestRegressor(n_estimators=100, min_samples_leaf=5, random_state=seed, n_jobs=1)


def regressor_class(estimator: str, path: str) -> Any:
    """The class at `module:Class`; EstimatorNotFound, one line, unless it is a regressor as scikit-learn's."""
    module, _, attribute = path.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:  # importing runs foreign code: whatever it raises is reported
        raise EstimatorNotFound(
            f"estimator {estimator!r}: regressor={path!r} does not import: {describe(error)}; "
            "expected 'module:Class' such as 'sklearn.linear_model:Ridge'"
        ) from error
    if not all(callable(getattr(found, method, None)) for method in ("fit", "predict", "get_params", "set_params")):
        raise EstimatorNotFound(
            f"estimator {estimator!r}: regressor={path!r} lacks fit, predict, get_params or set_params; "
            "expected a regressor as scikit-learn's"
        )
    return found


def require_regressor(estimator: str, path: str, parameters: Mapping[str, Any]) -> None:
    """EstimatorNotFound, one line, for a regressor that does not import and for a parameter that it does not take."""
    choices = sorted(regressor_class(estimator, path)().get_params(deep=False))
    require_known(estimator, f"parameter of {path}", parameters, choices)


def make_regressor(estimator: str, path: str, parameters: Mapping[str, Any], seed: int) -> Any:
    """A new regressor with the seed and one thread, where it takes them and is not told otherwise."""
    regressor = regressor_class(estimator, path)(**parameters)
    known = regressor.get_params(deep=False)
    pins = {"random_state": seed, "n_jobs": 1}
    return regressor.set_params(
        **{name: value for name, value in pins.items() if name in known and name not in parameters}
    )
