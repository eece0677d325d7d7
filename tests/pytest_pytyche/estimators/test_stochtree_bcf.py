import pickle

import numpy as np
import pytest
from scipy.special import ndtr
from stochtree import BCFModel, OutcomeModel

from pytest_pytyche.estimators import EstimatorNotFound, load_estimator
from pytest_pytyche.estimators.base import EffectEstimate
from pytest_pytyche.estimators.encoding import encode
from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.libraries import library_seed
from pytest_pytyche.estimators.stochtree_bcf import StochtreeBCF
from pytest_pytyche.generators.core import CalibrationBundle, generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES
from pytest_pytyche.metrics import score

SMALL = {"num_gfr": 2, "num_mcmc": 20}
FORESTS = {"prognostic_forest_params": {"num_trees": 20}, "treatment_effect_forest_params": {"num_trees": 10}}


def bundle(
    template: str = "reversal", metric: str = "conversion_rate", n: int = 300, **knobs: object
) -> CalibrationBundle:
    config, _ = TEMPLATES[template](metric, 2.0, seed=1, n_visitors=n, baseline_rate=0.2, **knobs)
    return generate_v2_core(config)


def small() -> StochtreeBCF:
    return StochtreeBCF(**SMALL, **FORESTS)


@pytest.fixture(scope="module", params=["conversion_rate", "revenue_per_visitor"])
def fitted(request: pytest.FixtureRequest) -> tuple[CalibrationBundle, EffectEstimate]:
    data = bundle(metric=request.param)
    return data, fit(small(), data.observed, seed=3)


def test_effects_come_as_draws_that_agree_with_their_means(fitted: tuple[CalibrationBundle, EffectEstimate]) -> None:
    _, estimate = fitted
    assert estimate.cate_draws is not None
    assert estimate.ate_draws is not None
    assert estimate.cate_draws.shape == (20, 300, 1)
    np.testing.assert_allclose(estimate.cate, estimate.cate_draws.mean(axis=0))
    np.testing.assert_allclose(estimate.ate_draws, estimate.cate_draws.mean(axis=1))
    np.testing.assert_allclose(estimate.ate, estimate.cate.mean(axis=0))


def test_a_reversal_is_seen(fitted: tuple[CalibrationBundle, EffectEstimate]) -> None:
    data, estimate = fitted
    rank_correlation = score(estimate, data.truth)["spearman"]
    assert rank_correlation is not None
    assert rank_correlation > 0.5


def test_a_seed_repeats_and_another_differs() -> None:
    observed = bundle(n=100).observed
    one, same, other = (fit(small(), observed, seed=seed).cate for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_effects_on_conversion_are_contrasts_of_probabilities() -> None:
    observed = bundle(n=100).observed
    data = encode(observed, seed=3)
    model = BCFModel()
    model.sample(
        data.covariates,
        data.treatments,
        data.outcome,
        data.propensity[:, 1:],
        num_gfr=2,
        num_mcmc=20,
        general_params={
            "random_seed": library_seed(3),
            "outcome_model": OutcomeModel("binary", "probit"),
            "sample_sigma2_global": False,
        },
        prognostic_forest_params={"num_trees": 20},
        treatment_effect_forest_params={"num_trees": 10},
    )
    probabilities = ndtr(model.mu_hat_train + model.tau_hat_train) - ndtr(model.mu_hat_train)
    estimate = fit(small(), observed, seed=3)
    np.testing.assert_allclose(estimate.cate[:, 0], probabilities.mean(axis=1), atol=1e-12)
    assert not np.allclose(estimate.cate[:, 0], model.tau_hat_train.mean(axis=1), atol=0.05)


@pytest.mark.parametrize("metric", ["conversion_rate", "revenue_per_visitor"])
def test_every_arm_has_its_contrast(metric: str) -> None:
    observed = bundle("clustered_realistic", metric, K=3).observed
    estimate = fit(small(), observed, seed=1)
    assert estimate.cate.shape == (300, 2)
    assert not np.array_equal(estimate.cate[:, 0], estimate.cate[:, 1])


def test_revenue_that_nearly_nobody_brings_is_refused_with_the_counts() -> None:
    config, _ = TEMPLATES["constant"]("revenue_per_visitor", 1.0, seed=1, n_visitors=30, baseline_rate=0.02)
    with pytest.raises(
        ValueError, match=r"'stochtree-bcf': \[\d+, \d+\] visitors of the arms have revenue; expected 2"
    ):
        fit(small(), generate_v2_core(config).observed, seed=1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("stochtree-bcf(num_tree=3)", "unknown parameter num_tree=3; expected one of ['num_gfr', "),
        ("stochtree-bcf(general_params={'num_chain': 2})", "unknown key of general_params num_chain=2; expected one"),
        (
            "stochtree-bcf(prognostic_forest_params={'trees': 2})",
            "unknown key of prognostic_forest_params trees=2; exp",
        ),
        ("stochtree-bcf(treatment_effect_forest_params={'t': 2})", "unknown key of treatment_effect_forest_params t=2"),
        ("stochtree-bcf(num_mcmc=1)", "num_mcmc=1; expected 2 or more"),
    ],
)
def test_what_the_library_would_pass_over_is_refused_with_the_choices(name: str, message: str) -> None:
    with pytest.raises(EstimatorNotFound) as caught:
        load_estimator(name)
    assert str(caught.value).startswith(f"estimator 'stochtree-bcf': {message}")


def test_parameters_reach_the_library() -> None:
    estimator = load_estimator("stochtree-bcf(num_gfr=2, num_mcmc=6, general_params={'num_chains': 2})")
    estimate = fit(estimator, bundle(n=100).observed, seed=1)
    assert estimate.cate_draws is not None
    assert len(estimate.cate_draws) == 12


def test_an_adapter_can_be_sent_to_a_worker() -> None:
    assert pickle.loads(pickle.dumps(small())) == small()
