from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression

from pytest_pytyche.estimators import EstimatorNotFound, load_estimator
from pytest_pytyche.estimators.encoding import Encoded
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.meta_learners import SLearner, TLearner, XLearner
from pytest_pytyche.estimators.regressors import make_regressor
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES

LINEAR = "sklearn.linear_model:LinearRegression"
LEARNERS = (SLearner, TLearner, XLearner)
WORKED = Encoded(
    covariates=np.array([[0.0], [1.0], [0.0], [1.0]]),
    arm=np.array([0, 0, 1, 1]),
    outcome=np.array([1.0, 2.0, 4.0, 7.0]),
    propensity=np.full((4, 2), 0.5),
)
"""Control is 1 + x, treatment 4 + 3x: the effect is 3 + 2x."""


class Constant(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Predicts the mean."""

    def fit(self, X: Any, y: Any) -> "Constant":
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.mean_)


@pytest.mark.parametrize(("learner", "effects"), [(SLearner, [4, 4, 4, 4]), (TLearner, [3, 5, 3, 5])])
def test_linear_learners_by_hand(learner: type[SLearner], effects: list[float]) -> None:
    found = learner(LINEAR).effects(WORKED, np.arange(4), seed=1)
    np.testing.assert_allclose(found[:, 0], effects)


def test_the_x_learner_by_hand() -> None:
    # Means 1.5 and 5.5; treated gained 4 − 1.5 and 7 − 1.5, mean 4; control missed 5.5 − 1 and 5.5 − 2, mean 4.
    constant = XLearner(f"{__name__}:Constant").effects(WORKED, np.arange(4), seed=1)
    np.testing.assert_allclose(constant[:, 0], 4.0)
    np.testing.assert_allclose(XLearner(LINEAR).effects(WORKED, np.arange(4), seed=1)[:, 0], [3, 5, 3, 5])


def test_the_x_learner_weighs_what_control_missed_by_the_propensity() -> None:
    # With control thrice as noisy in its mean the halves differ: 0.9 and 0.1 of each, by a dense formula.
    rng = np.random.default_rng(1)
    x, arm = rng.normal(size=(40, 1)), np.repeat([0, 1], 20)
    y = x[:, 0] ** 2 + arm * x[:, 0]
    data = Encoded(x, arm, y, np.tile([0.1, 0.9], (40, 1)))
    f = [LinearRegression().fit(x[arm == k], y[arm == k]) for k in (0, 1)]
    gained = LinearRegression().fit(x[arm == 1], y[arm == 1] - f[0].predict(x[arm == 1])).predict(x)
    missed = LinearRegression().fit(x[arm == 0], f[1].predict(x[arm == 0]) - y[arm == 0]).predict(x)
    found = XLearner(LINEAR).effects(data, np.arange(40), seed=1)
    np.testing.assert_allclose(found[:, 0], 0.9 * missed + 0.1 * gained)


@pytest.mark.parametrize("learner", LEARNERS)
def test_intervals_are_those_of_the_bootstrap(learner: type[SLearner]) -> None:
    config, _ = TEMPLATES["clustered_realistic"]("conversion_rate", 1.0, seed=1, n_visitors=200, baseline_rate=0.2, K=3)
    observed = generate_v2_core(config).observed
    estimator = learner(LINEAR, n_bootstrap=4)
    one, same = (fit(estimator, observed, seed=3) for _ in range(2))
    assert one.cate.shape == (200, 2)
    np.testing.assert_array_equal(one.cate_interval(0.9), same.cate_interval(0.9))
    lower, upper = one.cate_interval(0.95)
    np.testing.assert_allclose((lower + upper) / 2, one.cate)
    assert np.all(upper - lower > 0)


def test_the_default_is_a_small_forest() -> None:
    config, _ = TEMPLATES["reversal"]("conversion_rate", 2.0, seed=1, n_visitors=200, baseline_rate=0.2)
    estimate = fit(load_estimator("t-learner(n_bootstrap=2)"), generate_v2_core(config).observed, seed=1)
    assert np.unique(estimate.cate).size > 20


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("s-learner(regressor='no_such:Thing')", "regressor='no_such:Thing' does not import: ModuleNotFoundError"),
        ("s-learner(regressor='json:loads')", "regressor='json:loads' lacks fit, predict, get_params or set_params"),
        ("s-learner(regressor_params={'trees': 2})", "unknown parameter of sklearn.ensemble:RandomForestRegressor tr"),
        ("s-learner(n_bootstrap=1)", "n_bootstrap=1; expected 2 or more"),
    ],
)
def test_what_cannot_be_meant_is_refused_on_one_line(name: str, message: str) -> None:
    with pytest.raises(EstimatorNotFound) as caught:
        load_estimator(name)
    assert str(caught.value).startswith(f"estimator 's-learner': {message}")


def test_what_is_stated_of_a_regressor_is_not_overridden() -> None:
    stated = {"random_state": 77, "n_jobs": 2}
    found = make_regressor("x", "sklearn.ensemble:RandomForestRegressor", stated, 5).get_params()
    assert (found["random_state"], found["n_jobs"]) == (77, 2)
    assert make_regressor("x", "sklearn.ensemble:RandomForestRegressor", {}, 5).get_params()["random_state"] == 5
