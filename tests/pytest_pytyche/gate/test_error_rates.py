"""How often the gate is wrong, on simulated runs: 40 specs × 4 metrics, up to 40 replicates."""

import re
from pathlib import Path

import pytest

from tests.support.gate_simulation import Rates, Scenario, simulate

NOTE = Path(__file__).parents[3] / "docs" / "design" / "gate.md"
ROW = re.compile(r"^\| (?P<name>[^|]+) \| (?P<sd>[.\d]+) \| (?P<suites>[\d,]+) \| (?P<rates>.+) \|$", re.MULTILINE)
NOTHING, ONE, ALL = "nothing is worse", "PEHE of one spec +20 %", "PEHE of all specs +10 %"
SCENARIOS = [
    Scenario(NOTHING, 0.11, suites=2000),
    Scenario(NOTHING, 0.17, suites=2000),
    Scenario(ONE, 0.11, pehe_loss=0.2, worse=1),
    Scenario(ONE, 0.17, pehe_loss=0.2, worse=1),
    Scenario(ALL, 0.11, pehe_loss=0.1, worse=40),
    Scenario(ALL, 0.17, pehe_loss=0.1, worse=40),
]


@pytest.fixture(scope="module")
def rates() -> dict[Scenario, Rates]:
    return {scenario: simulate(scenario) for scenario in SCENARIOS}


@pytest.mark.parametrize("sd", [0.11, 0.17])
def test_a_run_that_is_no_worse_goes_red_in_at_most_5_percent(rates: dict[Scenario, Rates], sd: float) -> None:
    assert named(rates, NOTHING, sd).red <= 0.05


@pytest.mark.parametrize("sd", [0.11, 0.17])
def test_a_loss_of_20_percent_in_one_of_40_specs_is_caught_in_at_least_90_percent(
    rates: dict[Scenario, Rates], sd: float
) -> None:
    assert named(rates, ONE, sd).caught >= 0.90


@pytest.mark.parametrize("sd", [0.11, 0.17])
def test_a_loss_of_10_percent_in_all_specs_is_caught_in_at_least_95_percent(
    rates: dict[Scenario, Rates], sd: float
) -> None:
    assert named(rates, ALL, sd).caught >= 0.95


def test_the_design_note_shows_these_rates(rates: dict[Scenario, Rates]) -> None:
    assert [match[0] for match in ROW.finditer(NOTE.read_text("utf-8"))] == [
        table_row(scenario, found) for scenario, found in rates.items()
    ]


def named(rates: dict[Scenario, Rates], name: str, sd: float) -> Rates:
    return next(found for scenario, found in rates.items() if (scenario.name, scenario.sd) == (name, sd))


def table_row(scenario: Scenario, rates: Rates) -> str:
    caught, passed = (f"{100 * rate:.1f} %" if scenario.worse else "–" for rate in (rates.caught, rates.passed))
    return (
        f"| {scenario.name} | {scenario.sd:.2f} | {scenario.suites:,} | {100 * rates.red:.1f} % | {caught} | {passed} "
        f"| {100 * rates.inconclusive:.0f} % | {rates.replicates:.0f} |"
    )
