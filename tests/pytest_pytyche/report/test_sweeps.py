from pare_harness.rates import wilson
from pytest_pytyche.report.figures import sweeps
from pytest_pytyche.report.sweeps import sweep_panels
from tests.support.runs import scenario_run


def run(level: str | None, *, success: bool, check: str = "agent", scenario: str = "cab") -> dict[str, object]:
    return scenario_run(scenario, success=success, level=level, check=check)[0]


def test_a_check_at_several_levels_is_a_panel_with_the_levels_in_order() -> None:
    records = [run("tools=0.5", success=False), run("tools=0", success=True), run("tools=0.5", success=True)]
    (panel,) = sweep_panels([*records, run(None, success=True), run("tools=0", success=True, check="other")])
    assert panel.title == "success in agent against the share of calls that fail"
    assert [(point.level, point.share, point.runs) for point in panel.points] == [(0.0, 1.0, 1), (0.5, 0.5, 2)]
    assert panel.points[1].interval == wilson(1, 2)


def test_runs_that_broke_for_infrastructure_are_left_out_and_counted() -> None:
    broken = {**run("tools=1", success=False), "status": "infra"}
    (panel,) = sweep_panels([broken, run("tools=0", success=True)])
    last = panel.points[-1]
    assert (last.share, last.interval, last.runs, last.infra) == (None, None, 0, 1)
    assert last.row() == {"level": 1.0, "share": None, "lower": None, "upper": None}


def test_the_figure_has_its_numbers_as_a_table() -> None:
    (figure,) = sweeps([run("events=0", success=True), run("events=10", success=False)], draw=False)
    assert figure.svg is None
    assert figure.head[0] == "unplanned events a minute"
    assert figure.rows[1] == ("10", "0.0 %", "0.0 to 79.3 %", "1", "0")
