from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pytest_pytyche.estimators.encoding import encode
from pytest_pytyche.estimators.propensity import FLOOR, propensities, propensity_model
from pytest_pytyche.estimators.validation import EstimateError
from pytest_pytyche.generators.observed import OBSERVATIONAL, ObservedExperimentData, StudyDesign

DEVICES = pl.Enum(["mobile", "desktop", "tablet"])


def experiment(**columns: list[object]) -> ObservedExperimentData:
    visitors = pl.DataFrame(
        {
            "variant": pl.Series(["control", "treatment"] * 3, dtype=pl.Enum(["control", "treatment"])),
            "converted": pl.Series([True, False, False, True, True, False]),
            "revenue": pl.Series([None] * 6, dtype=pl.Float64),
            "device": pl.Series(["mobile", "desktop", "tablet"] * 2, dtype=DEVICES),
            "depth": pl.Series([1.0, 1.0, 1.0, 3.0, 3.0, 3.0]),
            "same": pl.Series([7.0] * 6),
            **{name: pl.Series(values) for name, values in columns.items()},
        }
    )
    return ObservedExperimentData("worked", "conversion_rate", visitors, StudyDesign((0.4, 0.6)))


def test_an_experiment_as_numbers() -> None:
    encoded = encode(experiment(), seed=1)
    np.testing.assert_array_equal(encoded.covariates[0], [-1, 1, 0, 0])
    np.testing.assert_array_equal(encoded.covariates[4], [1, 0, 1, 0])
    np.testing.assert_array_equal(encoded.arm, [0, 1, 0, 1, 0, 1])
    np.testing.assert_array_equal(encoded.treatments[:, 0], encoded.arm)
    np.testing.assert_array_equal(encoded.outcome, [1, 0, 0, 1, 1, 0])
    np.testing.assert_array_equal(encoded.propensity, np.tile([0.4, 0.6], (6, 1)))


def test_linear_models_are_spared_the_column_that_follows_from_the_others() -> None:
    encoded = encode(experiment(), seed=1, every_level=False)
    np.testing.assert_array_equal(encoded.covariates[0], [-1, 0, 0])


def test_a_library_that_writes_into_its_input_leaves_the_experiment_alone() -> None:
    observed = experiment()
    before = observed.visitors.clone()
    encoded = encode(observed, seed=1)
    for array in (encoded.covariates, encoded.arm, encoded.outcome, encoded.propensity):
        array[:] = 0
    assert observed.visitors.equals(before)


@pytest.mark.parametrize(
    ("converted", "variant", "message"),
    [
        ([True] * 6, None, "the outcome is 1 for every visitor; expected one that varies"),
        (None, ["control"] * 5 + ["treatment"], "arm 'treatment' has 1 visitors; expected 2 or more"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(
    converted: list[object] | None, variant: list[object] | None, message: str
) -> None:
    observed = experiment(**({} if converted is None else {"converted": converted}))
    if variant is not None:
        dtype = observed.visitors["variant"].dtype
        column = pl.Series("variant", variant, dtype=dtype)
        observed = replace(observed, visitors=observed.visitors.with_columns(column))
    with pytest.raises(EstimateError) as caught:
        encode(observed, seed=1)
    assert str(caught.value) == message


def confounded(n: int = 600) -> tuple[ObservedExperimentData, np.ndarray]:
    """Visitors with x > 0 are treated with probability 0.8, others with 0.2."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=n)
    truth = np.where(x > 0, 0.8, 0.2)
    treated = rng.random(n) < truth
    visitors = pl.DataFrame(
        {
            "variant": pl.Series(np.where(treated, "b", "a"), dtype=pl.Enum(["a", "b"])),
            "converted": rng.random(n) < 0.5,
            "revenue": pl.Series([None] * n, dtype=pl.Float64),
            "x": x,
        }
    )
    return ObservedExperimentData("confounded", "conversion_rate", visitors, OBSERVATIONAL), truth


def test_the_propensity_of_an_observational_study_is_estimated() -> None:
    observed, truth = confounded()
    estimated = encode(observed, seed=1).propensity
    np.testing.assert_allclose(estimated.sum(axis=1), 1.0)
    assert estimated.min() >= FLOOR / 2
    assert np.abs(estimated[:, 1] - truth).mean() < 0.15
    np.testing.assert_array_equal(estimated, encode(observed, seed=1).propensity)


def test_nobodys_propensity_is_learned_from_that_visitor() -> None:
    """In noise, trees that had seen a visitor's own arm would give it more than half on average."""
    observed, _ = confounded()
    noise = np.random.default_rng(6).normal(size=(600, 3))
    arm = observed.arm_codes
    held_out = propensities(observed, noise, seed=1)[np.arange(600), arm]
    in_sample = propensity_model(observed, seed=1).fit(noise, arm).predict_proba(noise)[np.arange(600), arm]
    assert held_out.mean() < 0.52
    assert in_sample.mean() > 0.55


def test_known_probabilities_stay_what_they_are_when_a_library_fits_them() -> None:
    model = propensity_model(experiment(), seed=1).fit(np.zeros((4, 1)), [0, 0, 0, 1])
    np.testing.assert_array_equal(model.predict_proba(np.zeros((2, 1))), [[0.4, 0.6]] * 2)
    np.testing.assert_array_equal(model.predict(np.zeros((2, 1))), [1, 1])
