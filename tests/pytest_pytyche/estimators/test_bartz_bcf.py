"""The adapter against a stand-in for bartz, which brings JAX and compiles for minutes."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pytest_pytyche.estimators import EstimatorNotFound, load_estimator
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the stand-in is called with; its surfaces are 0 for control and an effect of 0.5."""
    made: list[dict[str, Any]] = []

    def bcf(x: Any, y: Any, z: Any, **settings: Any) -> SimpleNamespace:
        made.append({"x": x, "y": y, "z": z, **settings})
        shape = (settings["ndpost"], len(settings["x_test"]))
        return SimpleNamespace(mu_test=np.zeros(shape, np.float32), tau_test=np.full(shape, 0.5, np.float32))

    package, module = ModuleType("bartz"), ModuleType("bartz.bcf")
    module.bcf = bcf  # type: ignore[attr-defined]  # the one name that the adapter needs
    monkeypatch.setitem(sys.modules, "bartz", package)
    monkeypatch.setitem(sys.modules, "bartz.bcf", module)
    monkeypatch.setattr("pytest_pytyche.estimators.libraries.find_spec", lambda name: name)
    return made


def test_parameters_reach_the_library_by_name(calls: list[dict[str, Any]]) -> None:
    config, _ = TEMPLATES["constant"]("conversion_rate", 1.0, seed=1, n_visitors=100, baseline_rate=0.3)
    observed = generate_v2_core(config).observed
    estimate = fit(load_estimator("bartz-bcf(ndpost=4,nskip=3,params={'k_tau': 5.0})"), observed, seed=1)
    (call,) = calls
    assert (call["ndpost"], call["nskip"], call["k_tau"], call["outcome_type"]) == (4, 3, 5.0, "binary")
    np.testing.assert_array_equal(call["z"], observed.arm_codes)
    np.testing.assert_array_equal(call["y"], observed.outcome)
    np.testing.assert_allclose(estimate.cate, 0.19146246, atol=1e-7)  # Φ(0.5) − Φ(0)


def test_each_treatment_is_fitted_with_control_alone(calls: list[dict[str, Any]]) -> None:
    config, _ = TEMPLATES["clustered_realistic"]("conversion_rate", 1.0, seed=1, n_visitors=120, baseline_rate=0.3, K=3)
    observed = generate_v2_core(config).observed
    estimate = fit(load_estimator("bartz-bcf(ndpost=2)"), observed, seed=1)
    assert estimate.cate.shape == (120, 2)
    arms = observed.arm_codes
    assert [len(call["y"]) for call in calls] == [int(np.sum((arms == 0) | (arms == k))) for k in (1, 2)]
    assert calls[0]["seed"] != calls[1]["seed"]
    np.testing.assert_allclose(calls[0]["pihat_test"], 0.5)


@pytest.mark.usefixtures("calls")
def test_unknown_parameters_are_refused_with_the_choices() -> None:
    with pytest.raises(EstimatorNotFound, match=r"unknown key of params trees=3; expected one of \['include_pihat"):
        load_estimator("bartz-bcf(params={'trees': 3})")
