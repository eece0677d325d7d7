"""Assignment of visitors to the arms of an experiment."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_pytyche.generators.features import Codes
from pytest_pytyche.generators.marginals import Categorical, require_distribution
from pytest_pytyche.generators.observed import StudyDesign
from pytest_pytyche.generators.streams import Draws


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

    def assign(self, draws: Draws) -> Codes:
        """Arm codes of one block of visitors, 0 for control."""
        arms = Categorical(tuple(range(len(self.probabilities))), self.probabilities)
        return arms.codes(draws.uniform("assignment", ""))


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
