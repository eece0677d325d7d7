"""Assignment that follows prognosis: the observational designs of the built-in templates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pytest_pytyche.generators.assignment import Assignment, AssignmentConfig, ObservationalAssignment
from pytest_pytyche.generators.features import Features
from pytest_pytyche.generators.knobs import Knobs
from pytest_pytyche.generators.streams import Array
from pytest_pytyche.generators.surfaces import Surface, SurfaceConfig, Values


@dataclass(frozen=True)
class Confounded:
    """Propensity of one arm: `overlap`·share + (1 - `overlap`)·tilted share.

    With signal s, the tilted share of arm k of K is proportional to share_k·exp(slope·s·k/(K - 1)), k = 0 for control;
    with two arms its log odds are those of the share plus slope·s. No propensity is below `overlap` times its share.
    """

    signal: Surface
    shares: tuple[float, ...]
    slope: float
    overlap: float
    arm: int

    def __call__(self, x: Features) -> Values:
        strengths = np.linspace(0.0, 1.0, len(self.shares))
        tilt = self.slope * np.multiply.outer(np.broadcast_to(self.signal(x), x.n), strengths)
        weights: Array = np.asarray(self.shares) * np.exp(tilt - tilt.max(axis=1, keepdims=True))
        tilted: Array = weights[:, self.arm] / weights.sum(axis=1)
        return self.overlap * self.shares[self.arm] + (1.0 - self.overlap) * tilted


def confounded(knobs: Knobs, randomised: AssignmentConfig, signal: Surface) -> Assignment:
    """Assignment by the knobs: randomised, or with `confounding` through the prognostic signal.

    Raises `ValueError` for a value out of range, and where nothing would be confounded.
    """
    slope, overlap = knobs["confounding"], knobs["overlap"]
    if not math.isfinite(slope):
        raise ValueError(f"confounding={slope}; expected a finite number")
    if slope == 0:
        knobs.refuse("overlap", "confounding=0 randomises the arms")
        return randomised
    if not 0.0 < overlap < 1.0:
        raise ValueError(f"overlap={overlap}; expected a number between 0 and 1")
    if not knobs["prognostic_features"]:
        raise ValueError(
            f"{knobs.template}: confounding={slope!r} without prognostic_features; "
            "expected the features that baseline and assignment are to depend on"
        )
    treatments = range(1, randomised.n_arms)
    surfaces = (Confounded(signal, randomised.probabilities, float(slope), float(overlap), k) for k in treatments)
    return ObservationalAssignment(tuple(map(SurfaceConfig, surfaces)))
