import pickle

import numpy as np
import pytest

from pytest_pytyche.generators.features import Features
from pytest_pytyche.generators.marginals import Normal
from pytest_pytyche.generators.surfaces import (
    ZERO,
    Above,
    Bounded,
    ByCluster,
    Const,
    HasLevel,
    Interaction,
    Lifted,
    Linear,
    Quadratic,
    Rank,
    Scaled,
    Sigmoid,
    Step,
    Sum,
    SurfaceConfig,
    add,
    logit,
    signals,
)

FEATURES = Features(
    {"x": np.array([1.0, 2.0, 5.0]), "y": np.array([0.0, 3.0, 1.0]), "c": np.array([0, 2, 1], dtype=np.uint8)},
    {"c": ("a", "b", "d")},
    np.array([0, 1, 1], dtype=np.uint8),
    3,
)
RECENCY = Linear("x", 2.0)


def module_level_surface(x: Features) -> object:
    return x["x"] / 10


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        (Linear("x", 2.0), [-1.0, 0.0, 3.0]),
        (Linear("x", 2.0, scale=2.0), [-0.5, 0.0, 1.5]),
        (Quadratic("x", 2.0, 4.0), [-3.0, -4.0, 5.0]),
        (Interaction("x", 2.0, "y", 1.0, 0.5), [0.5, -0.5, -0.5]),
        (Step("c", {"a": 1.0, "d": -1.0}, 0.25), [0.75, -1.25, -0.25]),
        (Rank("x", (1.0,), (Normal(2.0, 1.0),)), [0.158655 - 0.5, 0.0, 0.998650 - 0.5]),
        (Above("x", 2.0), [0.0, 0.0, 1.0]),
        (HasLevel("c", "d"), [0.0, 1.0, 0.0]),
        (Scaled(RECENCY, 3), [-3.0, 0.0, 9.0]),
        (Sum((RECENCY, Const(1))), [0.0, 1.0, 4.0]),
        (Lifted(RECENCY, Const(1.5), 1.0), [0.5, 1.0, 3.0]),
        (Lifted(RECENCY, Const(-1.5), 1.0), [-2.5, -1.5, 1.5]),
        (Bounded(RECENCY, 0.5), [-0.5, 0.0, 0.5]),
        (Sigmoid(Scaled(RECENCY, np.log(2))), [1 / 3, 1 / 2, 8 / 9]),
        (ByCluster((Const(7.0), RECENCY)), [7.0, 0.0, 3.0]),
    ],
)
def test_values_by_hand_and_frozen_value_semantics(surface: object, expected: list[float]) -> None:
    assert surface(FEATURES) == pytest.approx(expected, abs=1e-6)  # type: ignore[operator]  # every parameter is a surface
    assert pickle.loads(pickle.dumps(surface)) == surface
    assert hash(surface) == hash(pickle.loads(pickle.dumps(surface)))


def test_add_drops_what_is_zero_by_construction() -> None:
    assert add() == ZERO
    assert add(ZERO, RECENCY, Scaled(ZERO, 2.0), Scaled(RECENCY, 0.0)) == RECENCY
    assert add(RECENCY, Const(1.0)) == Sum((RECENCY, Const(1.0)))


def test_extreme_logits_stay_probabilities() -> None:
    assert Sigmoid(Const(-1e6))(FEATURES) == pytest.approx(0.0, abs=1e-300)
    assert Sigmoid(Const(1e6))(FEATURES) == 1.0
    assert logit(0.5) == 0.0


def test_signals_are_found_with_the_cluster_they_are_centred_for() -> None:
    surface = Sigmoid(Sum((Const(1.0), RECENCY, ByCluster((Scaled(RECENCY, 2.0), Sum((Quadratic("x", 0.0, 1.0),)))))))
    assert list(signals(surface)) == [(RECENCY, None), (RECENCY, 0), (Quadratic("x", 0.0, 1.0), 1)]


def test_a_module_level_function_serves_as_a_surface_and_a_lambda_does_not() -> None:
    config = SurfaceConfig(module_level_surface)  # type: ignore[arg-type]  # typed loosely to stand for user code
    assert config.evaluate(FEATURES, name="p", lower=0.0, upper=1.0) == pytest.approx([0.1, 0.2, 0.5])
    with pytest.raises(ValueError, match="expected a frozen dataclass or a function defined at module level"):
        SurfaceConfig(lambda x: x["x"])


@pytest.mark.parametrize(
    ("surface", "message"),
    [
        (RECENCY, r"p_surfaces\[1\] gives -1; expected finite numbers in \[0, 1\]"),
        (Const(1.5), r"p_surfaces\[1\] gives 1.5; expected finite numbers in \[0, 1\]"),
        (Const(float("nan")), r"p_surfaces\[1\] gives nan; expected finite"),
        (Linear("c", 0.0), r"gives 2; expected finite"),
    ],
)
def test_a_surface_out_of_its_domain_is_named_with_its_value(surface: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SurfaceConfig(surface).evaluate(FEATURES, name="p_surfaces[1]", lower=0.0, upper=1.0)  # type: ignore[arg-type]  # a surface each


def test_a_surface_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"returned shape \(2,\); expected \(3,\)"):
        SurfaceConfig(two_numbers).evaluate(FEATURES, name="p", lower=0.0, upper=1.0)


def two_numbers(x: Features) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.zeros(2)


def test_clusters_are_needed_where_a_surface_has_them() -> None:
    with pytest.raises(ValueError, match="a surface with 1 clusters needs a sampler with clusters"):
        ByCluster((Const(1.0),))(Features({}, {}, None, 3))
