"""An estimator with posterior draws: its ranks and decisions are recorded, whatever the process layout."""

from collections.abc import Callable

import pytest

from tests.support.plugin_runs import FEW, Run, Stored

POSTERIOR = '''
import numpy as np
from pytest_pytyche.estimators.base import EffectEstimate


class Flat:
    """Normal draws of the difference in means, for every visitor alike."""

    name = "flat"

    def fit_effects(self, observed, *, seed):
        arms = [observed.outcome[observed.arm_codes == arm] for arm in (0, 1)]
        error = sum(arm.var() / len(arm) for arm in arms) ** 0.5
        draws = arms[1].mean() - arms[0].mean() + error * np.random.default_rng(seed).normal(size=200)
        cate = np.broadcast_to(draws[:, np.newaxis], (200, observed.n_visitors))
        return EffectEstimate(cate.mean(axis=0), draws.mean(), cate_draws=cate, ate_draws=draws)
'''
RANKS = ("pit_ate", "pit_cate", "pit_cate_low", "pit_cate_high", "ess_ate", "crps_ate")
DECISIONS = ("policy_value", "policy_value_best", "autoc", "qini", "auuc")
ASKED = (
    *FEW,
    "--pytyche-check=estimate",
    "--pytyche-estimator=posterior:Flat",
    "--pytyche-metric=conversion_rate",
    "--pytyche-templates=constant",
)


@pytest.fixture
def posterior(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(posterior=POSTERIOR)


def test_ranks_come_with_draws_and_decisions_with_a_cost(
    run: Run, posterior: None, stored: Callable[[], Stored]
) -> None:
    run(*ASKED, "--pytyche-estimator=lin", "--pytyche-treatment-cost=0.01")
    rows = stored().frame("estimates").to_dicts()
    with_draws = [row for row in rows if row["estimator"] == "posterior:Flat"]
    without = [row for row in rows if row["estimator"] == "lin"]
    assert len(with_draws) == len(without) > 0
    assert all(row[name] is not None for row in with_draws for name in (*RANKS, *DECISIONS))
    assert all(row[name] is None for row in without for name in RANKS)
    assert all(row["policy_value"] <= row["policy_value_best"] for row in rows)
    # One estimate for all ranks nobody: as good as random.
    assert all(row["qini"] == pytest.approx(0.0, abs=1e-12) for row in with_draws)


def test_layouts_agree_and_without_a_cost_nothing_is_decided(
    run: Run, posterior: None, stored: Callable[[], Stored]
) -> None:
    run(*ASKED, "-n0")
    one = stored().frame("estimates")
    run(*ASKED, "-n2")
    assert one.select(RANKS).equals(stored().frame("estimates").select(RANKS))
    assert one.select(DECISIONS).null_count().row(0) == (one.height,) * len(DECISIONS)


def test_a_cost_that_is_no_number_ends_the_run_with_one_line(run: Run) -> None:
    result = run(*FEW, "--pytyche-treatment-cost=much")
    result.stderr.fnmatch_lines(
        ["ERROR: --pytyche-treatment-cost='much'; expected a number such as 0 or 0.5, in the unit of the outcome"]
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
