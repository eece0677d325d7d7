"""Classifiers of scikit-learn's kind that predict the arm of a visitor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier

from pytest_pytyche.estimators.intervals import FloatArray


class KnownProbabilities(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Predicts the probabilities of the arms that a randomised experiment was designed with, whatever it is shown."""

    def __init__(self, probabilities: Sequence[float] = (0.5, 0.5)) -> None:
        self.probabilities = probabilities

    def fit(self, X: ArrayLike, y: ArrayLike) -> KnownProbabilities:
        """Nothing to learn; arms are 0, 1, …"""
        self.classes_ = np.arange(len(self.probabilities))
        return self

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """The same for every visitor, (n, K)."""
        return np.tile(np.asarray(self.probabilities, dtype=np.float64), (len(np.asarray(X)), 1))

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """The most probable arm, (n,)."""
        return np.asarray(self.predict_proba(X).argmax(axis=1), dtype=np.int64)


def arm_forest(n_trees: int, min_leaf: int, seed: int) -> RandomForestClassifier:
    """A forest that keeps what its trees say of visitors they were not grown on."""
    return RandomForestClassifier(
        n_estimators=n_trees, min_samples_leaf=min_leaf, oob_score=True, random_state=seed, n_jobs=1
    )
