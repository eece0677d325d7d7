from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.stats import t as student
from scipy.stats import ttest_1samp

from pytest_pytyche.gate.statistics import FAILED, PASSED, UNDECIDED, Evidence, decide, holm, weigh

DIFFERENCES = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 12)), elements=st.floats(-5, 5, width=16))
P_VALUES = arrays(np.float64, st.integers(1, 8), elements=st.one_of(st.floats(0, 1), st.just(nan)))


def test_a_worked_example() -> None:
    evidence = weigh(np.array([0.1, 0.2, 0.3]))  # mean .2, sd .1, t = .2 / (.1 / √3) = 3.464, 2 degrees of freedom
    assert evidence.n == 3
    assert evidence.mean == pytest.approx(0.2)
    assert evidence.p == pytest.approx(0.0371, abs=5e-5)
    assert evidence.upper == pytest.approx(0.2 + 2.920 * 0.1 / 3**0.5, abs=1e-4)


@given(DIFFERENCES)
def test_evidence_is_that_of_scipy(d: np.ndarray) -> None:
    d = d[np.ptp(d, axis=1) > 1e-3]
    evidence = weigh(d)
    tested = ttest_1samp(d, 0.0, axis=1, alternative="greater") if len(d) else None
    if tested is not None:
        assert_allclose(evidence.p, tested.pvalue, rtol=1e-9, atol=1e-300)
        error = d.std(axis=1, ddof=1) / np.sqrt(d.shape[1])
        assert_allclose(
            evidence.upper, d.mean(axis=1) + student.ppf(0.95, d.shape[1] - 1) * error, rtol=1e-9, atol=1e-12
        )


def test_entries_without_a_pair_change_nothing() -> None:
    for padded, plain in zip(weigh(np.array([nan, 0.1, 0.4, nan, 0.2])), weigh(np.array([0.1, 0.4, 0.2])), strict=True):
        assert padded == pytest.approx(plain)


@pytest.mark.parametrize(
    ("d", "p", "upper"),
    [
        ([0.5, 0.5], 0.25, 0.5),
        ([0.5] * 10, 2**-10, 0.5),
        ([0.95 - 0.91, 0.96 - 0.92, nan], 0.25, 0.04),  # the same up to rounding
        ([0.0, 0.0], 1.0, 0.0),
        ([-0.5, -0.5], 1.0, -0.5),
    ],
)
def test_without_variance_the_signs_decide(d: list[float], p: float, upper: float) -> None:
    evidence = weigh(np.array(d))
    assert evidence.p == p
    assert evidence.upper == pytest.approx(upper)


def test_without_variance_an_error_within_the_pairs_decides_where_it_is_known() -> None:
    evidence = weigh(np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0.5, 0.6, 0.5]]), within=np.array([0.1, nan, 0.1]))
    assert_allclose(evidence.p[:2], [student.sf(5.0, 2), 0.125])
    assert evidence.p[2] == weigh(np.array([0.5, 0.6, 0.5])).p


def test_one_pair_has_a_mean_and_nothing_else_and_none_has_nothing() -> None:
    evidence = weigh(np.array([[0.3, nan], [nan, nan]]))
    assert_allclose(evidence.mean, [0.3, nan])
    assert evidence.n.tolist() == [1, 0]
    assert np.isnan(evidence.p).all()
    assert np.isnan(evidence.upper).all()


def test_holm_by_hand() -> None:
    assert_allclose(holm(np.array([0.01, 0.04, 0.03, nan])), [0.03, 0.06, 0.06, nan])


@given(P_VALUES)
def test_holm_is_what_its_definition_says(p: np.ndarray) -> None:
    known = sorted(value for value in p if not np.isnan(value))
    m = len(known)
    stepwise = [max(min(1.0, (m - j) * known[j]) for j in range(i + 1)) for i in range(m)]
    for value, adjusted in zip(p, holm(p), strict=True):
        assert adjusted == pytest.approx(stepwise[known.index(value)] if not np.isnan(value) else nan, nan_ok=True)


def test_holm_treats_every_row_as_a_family_of_its_own() -> None:
    both = np.array([[0.01, 0.5], [0.5, 0.001]])
    assert_allclose(holm(both), [holm(both[0]), holm(both[1])])


@pytest.mark.parametrize(
    ("p_holm", "mean", "upper", "identical", "ready", "code"),
    [
        (0.01, 0.2, 0.3, False, True, FAILED),
        (0.01, 0.09, 0.12, False, True, UNDECIDED),  # significant, but within the margin
        (0.06, 0.2, 0.5, False, True, UNDECIDED),  # beyond the margin, but not significant
        (0.9, -0.1, 0.05, False, True, PASSED),
        (0.9, -0.1, 0.11, False, True, UNDECIDED),
        (0.01, 0.97 - 0.87, 0.2, False, True, UNDECIDED),  # on the margin, which is .1
        (0.9, 0.0, 0.97 - 0.87, False, True, PASSED),
        (1.0, 0.0, inf, True, True, PASSED),
        (0.01, 0.2, 0.3, False, False, UNDECIDED),  # no look yet
        (nan, 0.0, nan, True, False, PASSED),  # identical at once
        (nan, 0.0, nan, False, True, UNDECIDED),
    ],
)
def test_a_verdict_takes_significance_and_size(
    p_holm: float, mean: float, upper: float, *, identical: bool, ready: bool, code: int
) -> None:
    evidence = Evidence(np.array(10), np.array(mean), np.array(upper), np.array(p_holm))
    decided = decide(
        evidence,
        np.array(p_holm),
        margin=np.array(0.1),
        alpha=0.05,
        identical=np.array(identical),
        ready=np.array(ready),
    )
    assert decided == code
