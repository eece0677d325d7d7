"""Everything that is recorded of an estimate once the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_pytyche.calibration.ranks import rank_metrics
from pytest_pytyche.decisions.policy import decision_metrics
from pytest_pytyche.metrics import score

if TYPE_CHECKING:
    from pytest_pytyche.draws import Draw
    from pytest_pytyche.estimators.base import EffectEstimate


@dataclass(frozen=True)
class Scoring:
    """The metrics of every estimate, ranks of those with draws, and decisions where a `treatment_cost` is given."""

    treatment_cost: float | None = None

    def __call__(self, estimate: EffectEstimate, draw: Draw, contrast: int) -> dict[str, float | None]:
        truth = draw.bundle.truth
        found = score(estimate, truth, contrast=contrast)
        if estimate.cate_draws is not None or estimate.ate_draws is not None:
            config = draw.config
            found |= rank_metrics(estimate, truth, contrast=contrast, seed=config.seed, key=config.digest)
        if self.treatment_cost is not None:
            found |= decision_metrics(estimate, truth, contrast=contrast, cost=self.treatment_cost)
        return found
