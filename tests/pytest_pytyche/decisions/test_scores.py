import numpy as np
import pytest

from pytest_pytyche.decisions.scores import dr_scores, ipw_scores


def a(*values: float) -> np.ndarray:
    return np.array(values)


def test_inverse_propensity_scores_by_hand() -> None:
    # Treated with e = ¼: 3/.25. Control with e = ¼: −3/.75.
    assert ipw_scores(a(3, 3), a(1, 0), 0.25) == pytest.approx([12.0, -4.0])


def test_doubly_robust_scores_by_hand() -> None:
    # Predicted 1 and 2, effect 1. Treated, e = ½: 1 + (3 − 2)/.5; control: 1 − (3 − 1)/.5.
    assert dr_scores(a(3, 3), a(1, 0), 0.5, 1.0, 2.0) == pytest.approx([3.0, -3.0])


@pytest.mark.parametrize(
    ("e_used", "off", "right"), [(None, 5.0, True), (0.5, 0.0, True), (0.5, 5.0, False), (None, 0.0, True)]
)
def test_doubly_robust_scores_are_right_where_either_model_is(e_used: float | None, off: float, *, right: bool) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200_000)
    e = 1 / (1 + np.exp(-x))
    w = (rng.random(len(x)) < e).astype(float)
    y = x + 2 * w + rng.normal(size=len(x))
    scores = dr_scores(y, w, e if e_used is None else e_used, x + off * x, x + 2)
    assert (abs(scores.mean() - 2) < 0.1) == right


def test_without_predictions_they_are_the_inverse_propensity_scores() -> None:
    y, w = a(1, 2, 3), a(1, 0, 1)
    assert dr_scores(y, w, 0.3, 0.0, 0.0) == pytest.approx(ipw_scores(y, w, 0.3))


def test_an_impossible_propensity_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^e holds 1\.0; expected probabilities strictly between 0 and 1"):
        ipw_scores(a(1, 2), a(1, 0), a(0.5, 1.0))


def test_an_arm_that_is_neither_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^w holds 2; expected 0 or 1 per visitor"):
        ipw_scores(a(1, 2), a(1, 2), 0.5)
