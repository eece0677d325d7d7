"""Where true effects rank among posterior draws, as one number between 0 and 1 per quantity and data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_pytyche.calibration.chains import Chain, effective_draws, thinned
from pytest_pytyche.generators.streams import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_pytyche.estimators.base import EffectEstimate
    from pytest_pytyche.generators.truth import CalibrationTruth

LOW, HIGH = 0.1, 0.9
"""Where the visitors of `pit_cate_low` and `pit_cate_high` stand in the order of the estimated effects."""


def pit(draws: Chain, truth: float, jitter: float) -> float:
    """(#{X < truth} + jitter·(1 + #{X = truth})) / (d + 1) over d draws X, `jitter` uniform on [0, 1).

    If truth and draws are exchangeable, this is exactly uniform on [0, 1), whatever d and however many are tied: the
    rank of the truth, ties broken at random, spread evenly over its 1/(d + 1).
    """
    below = int(np.count_nonzero(draws < truth))
    tied = int(np.count_nonzero(draws == truth))
    return float((below + jitter * (1 + tied)) / (len(draws) + 1))


def rank_metrics(
    estimate: EffectEstimate, truth: CalibrationTruth, *, contrast: int, seed: int, key: str
) -> dict[str, float]:
    """`pit_*` of one contrast as far as the estimate has draws, and `ess_ate`; empty without draws.

    Chains are thinned by their own autocorrelation time. One visitor each stands for the CATE: one at random
    (`pit_cate`), and those at a tenth and at nine tenths of the order of the estimated effects, so that no two ranks of
    one quantity come from one data set. Choosing by the estimate leaves the ranks of a calibrated posterior uniform;
    choosing by the truth would not. `seed` and `key` name the stream of the random visitor and of the jitter.
    """
    random = stream(seed, "ranks", key, contrast)
    jitter = random.random(4)
    tau = np.asarray(truth.contrast_cate_per_visitor.values)[:, contrast]
    found: dict[str, float] = {}
    if estimate.ate_draws is not None:
        chain = estimate.ate_draws[:, contrast]
        found["pit_ate"] = pit(thinned(chain), float(np.mean(tau)), jitter[0])
        found["ess_ate"] = effective_draws(chain)
    if estimate.cate_draws is not None:
        visitors = _visitors(estimate.cate[:, contrast], random)
        for (name, visitor), each in zip(visitors, jitter[1:], strict=True):
            found[name] = pit(thinned(estimate.cate_draws[:, visitor, contrast]), float(tau[visitor]), each)
    return found


def _visitors(tau_hat: NDArray[np.float64], random: np.random.Generator) -> Iterator[tuple[str, int]]:
    order = np.argsort(tau_hat, kind="stable")
    yield "pit_cate", int(random.integers(len(order)))
    for name, share in (("pit_cate_low", LOW), ("pit_cate_high", HIGH)):
        yield name, int(order[round(share * (len(order) - 1))])
