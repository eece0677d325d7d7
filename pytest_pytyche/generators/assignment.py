"""Assignment of visitors to the arms of an experiment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pytest_pytyche.generators.features import Codes, Features
from pytest_pytyche.generators.marginals import Categorical, require_distribution
from pytest_pytyche.generators.observed import OBSERVATIONAL, StudyDesign
from pytest_pytyche.generators.streams import Array, Draws
from pytest_pytyche.generators.surfaces import SurfaceConfig


class Assignment(Protocol):
    """How visitors come to their arms."""

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""

    @property
    def design(self) -> StudyDesign:
        """What an analyst is told."""

    def empty_propensity(self, n: int) -> Array | None:
        """Room for the propensities of n visitors, (n, K); None where they are the same for everybody."""

    def propensity(self, x: Features) -> Array | None:
        """Probability of each arm given the features, (n, K); None where it is the same for everybody."""

    def assign(self, draws: Draws, propensity: Array | None) -> Codes:
        """Arm codes of one block of visitors with these propensities, 0 for control."""


@dataclass(frozen=True)
class AssignmentConfig:
    """Randomised assignment: two arms by the share treated, or K arms by their probabilities (control first).

    Raises `ValueError` for a share outside (0, 1) and for probabilities that do not sum to 1.
    """

    treatment_allocation: float = 0.5
    treatment_probabilities: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.treatment_allocation < 1.0:
            raise ValueError(f"treatment_allocation={self.treatment_allocation}; expected a number between 0 and 1")
        if self.treatment_probabilities is not None:
            shares = tuple(float(p) for p in self.treatment_probabilities)
            object.__setattr__(self, "treatment_probabilities", shares)
            require_distribution("treatment_probabilities", shares)

    @property
    def probabilities(self) -> tuple[float, ...]:
        """Assignment probability of each arm, control first."""
        return self.treatment_probabilities or (1.0 - self.treatment_allocation, self.treatment_allocation)

    @property
    def design(self) -> StudyDesign:
        """What an analyst is told: the probabilities."""
        return StudyDesign(self.probabilities)

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return len(self.probabilities)

    def empty_propensity(self, n: int) -> None:
        """None: the probabilities are the same for everybody."""

    def propensity(self, x: Features) -> None:
        """None: the probabilities are the same for everybody."""

    def assign(self, draws: Draws, propensity: Array | None) -> Codes:
        """Arm codes of one block of visitors, 0 for control."""
        arms = Categorical(tuple(range(self.n_arms)), self.probabilities)
        return arms.codes(draws.uniform("assignment", ""))


@dataclass(frozen=True)
class ObservationalAssignment:
    """Assignment through propensity surfaces, one per treatment; control has what they leave of 1.

    Every propensity, that of control included, must lie strictly between 0 and 1: `ValueError` names the arm and the
    value that does not. Estimators are told that the study is observational and nothing of the surfaces.
    """

    propensity_surfaces: tuple[SurfaceConfig, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "propensity_surfaces", tuple(self.propensity_surfaces))
        if not self.propensity_surfaces:
            raise ValueError("0 propensity_surfaces; expected one per treatment")

    @property
    def n_arms(self) -> int:
        """Number of arms, control included."""
        return len(self.propensity_surfaces) + 1

    @property
    def design(self) -> StudyDesign:
        """What an analyst is told: that arms were not randomised."""
        return OBSERVATIONAL

    def empty_propensity(self, n: int) -> Array:
        """Room for the propensities of n visitors, contiguous per arm."""
        return np.empty((n, self.n_arms), order="F")

    def propensity(self, x: Features) -> Array:
        """Probability of each arm given the features, (n, K)."""
        shares = self.empty_propensity(x.n)
        for k, surface in enumerate(self.propensity_surfaces, start=1):
            shares[:, k] = surface.evaluate(x, name=f"propensity_surfaces[{k - 1}]", lower=0.0, upper=1.0)
        shares[:, 0] = 1.0 - shares[:, 1:].sum(axis=1)
        for k, name in enumerate(arm_names(self.n_arms)):
            low, high = shares[:, k].min(initial=0.5), shares[:, k].max(initial=0.5)
            if not (low > 0.0 and high < 1.0):
                wrong = low if not low > 0.0 else high
                raise ValueError(f"the propensity of {name} is {wrong:.6g} for some visitor; expected (0, 1)")
        return shares

    def assign(self, draws: Draws, propensity: Array | None) -> Codes:
        """Arm j where the cumulative propensity of the arms first exceeds the visitor's uniform draw."""
        assert propensity is not None
        u = draws.uniform("assignment", "")
        codes = np.zeros(draws.n, dtype=np.uint8)
        bound = np.zeros(draws.n)
        for k in range(self.n_arms - 1):
            bound += propensity[:, k]
            codes += u >= bound
        return codes


def arm_names(n_arms: int) -> tuple[str, ...]:
    """`control` and `treatment`, or `treatment_1` … with several treatments."""
    if n_arms == 2:
        return ("control", "treatment")
    return ("control", *(f"treatment_{arm}" for arm in range(1, n_arms)))


def equal_shares(n_arms: int, treated: float | None) -> AssignmentConfig:
    """Equal shares for K arms, or the share `treated` split evenly over the treatments."""
    if n_arms == 2:
        return AssignmentConfig(0.5 if treated is None else treated)
    share = (n_arms - 1) / n_arms if treated is None else AssignmentConfig(treated).treatment_allocation
    treatments = (share / (n_arms - 1),) * (n_arms - 1)
    return AssignmentConfig(treatment_probabilities=(1.0 - math.fsum(treatments), *treatments))
