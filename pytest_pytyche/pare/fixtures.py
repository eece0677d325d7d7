"""What a user's own test about scenarios may request."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from pare_harness.event_log import EventLog
    from pare_harness.runner import ScenarioRun
    from pare_harness.scenarios.config import ScenarioRunnerConfig
    from pare_harness.scenarios.scenario import PAREScenario
    from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
    from pytest_pytyche.pare.cases import ScenarioCase
    from pytest_pytyche.pare.records import Record

NO_SCENARIOS = "needs scenarios: say where they are with --pare-scenarios=PATH"
NO_ARGUMENT = (
    "pare_scenario must be an argument of a test function, which then runs once per scenario; "
    "getfixturevalue and unittest.TestCase come too late for that"
)
TEST = {
    **dict.fromkeys(("user_type", "agent_type"), "test"),
    **dict.fromkeys(("user_model_alias", "observe_model_alias", "execute_model_alias")),
}
BUILT = pytest.StashKey["PAREScenario"]()


@pytest.fixture
def pare_scenario(request: pytest.FixtureRequest, pare_runner_config: "ScenarioRunnerConfig") -> "PAREScenario":
    """A fresh scenario, with the run's noise and not yet initialized; the test runs once per scenario and run."""
    if not hasattr(request, "param"):
        _leave(request)
    case: ScenarioCase = request.param
    scenario = request.node.stash[BUILT] = case.build(pare_runner_config)
    return scenario


def _leave(request: pytest.FixtureRequest) -> NoReturn:
    """Skip a test for which there were no scenarios; fail one that asks for them once it runs, which is too late."""
    from unittest import TestCase  # noqa: PLC0415  # for those who ask, as is what follows

    from pytest_pytyche.pare.loading import scenarios_of  # noqa: PLC0415  # loads pare_harness, for those who ask

    in_time = "pare_scenario" in request.node.fixturenames and not issubclass(request.cls or object, TestCase)
    try:
        found = scenarios_of(request.config)
    except pytest.UsageError as error:
        pytest.fail(str(error), pytrace=False)
    if found.cases and not in_time:
        pytest.fail(NO_ARGUMENT, pytrace=False)
    pytest.skip(NO_SCENARIOS)


@pytest.fixture
def pare_runner_config(request: pytest.FixtureRequest) -> "ScenarioRunnerConfig":
    """How this run runs scenarios, as --pare-config and the other options say; the test may change its copy."""
    from pytest_pytyche.pare.loading import runner_config  # noqa: PLC0415  # loads pare_harness, for those who ask

    return runner_config(request.config)


@pytest.fixture
def pare_record(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`pare_record(run)` enters a `ScenarioRun` or its result into the session's report.

    Its check is the test's node id without the scenario: runs of one test are repetitions, those of others are not.
    With --pare-traces a `ScenarioRun` is written there, too, unless its runner has done so. A test that fails after it
    has recorded a `ScenarioRun` without success shows the end of the event log.
    The scenario is that of the test, else the second argument; `TypeError` where there is neither.
    """

    node = request.node
    entered: Counter[tuple[object, ...]] = Counter()

    def enter(result: "ScenarioRun | PAREScenarioValidationResult", scenario: "PAREScenario | None" = None) -> None:
        from pytest_pytyche.pare.records import about, group, to_record  # noqa: PLC0415  # loads pare_harness, for those who ask
        from pytest_pytyche.session import record  # noqa: PLC0415  # for those who ask

        _result(result)
        scenario_of = scenario or node.stash.get(BUILT, None)
        if scenario_of is None:
            raise TypeError(
                "pare_record(result) in a test without pare_scenario; expected pare_record(result, scenario)"
            )
        whose = {**_identity(node, scenario_of), **about(scenario_of)}
        run = (whose["scenario"], whose["run"])
        entered[run] += 1
        result = _exported(result, scenario_of, node.config, group(whose), entered[run])
        record(node, to_record(_result(result), _log(result), **whose, **_story(result, scenario_of, node.config)))
        _explain(node, result)

    return enter


@pytest.fixture
def pare_event_log() -> Callable[..., str]:
    """`pare_event_log(run)` renders what happened, for snapshots: an event on each line, none left out, none cut.

    Takes a `ScenarioRun`, an `EventLog`, or a scenario, which it runs by its expected actions.
    """
    return event_log_text


def event_log_text(happened: "ScenarioRun | EventLog | PAREScenario") -> str:
    """The same text for the same scenario, seed and agents in every process; `TypeError` for anything else."""
    from pare_harness.event_log import EventLog  # noqa: PLC0415  # for those who ask
    from pare_harness.runner import ScenarioRun, run_oracle  # noqa: PLC0415
    from pare_harness.scenarios.scenario import PAREScenario  # noqa: PLC0415
    from pare_harness.timeline import render  # noqa: PLC0415

    if isinstance(happened, PAREScenario):
        happened = run_oracle(happened)
    log = happened.log if isinstance(happened, ScenarioRun) else happened
    if not isinstance(log, EventLog):
        raise TypeError(f"pare_event_log({happened!r}); expected a ScenarioRun, an EventLog or a PAREScenario")
    return f"{len(log)} events, {log.turns} turns\n{render(log)}"


def _identity(node: pytest.Item, scenario: "PAREScenario") -> "Record":
    """Whose run it is: of the test's case if the scenario is that of the test."""
    case: ScenarioCase | None = node.callspec.params.get("pare_scenario") if hasattr(node, "callspec") else None
    identity = {"scenario": scenario.scenario_id, "run": scenario.run_number, "position": None, "level": None}
    if case is not None and scenario is node.stash.get(BUILT, None):
        identity = case.identity
    check = _check_of(node, scenario.scenario_id if case is None else case.id)
    return {"nodeid": node.nodeid, "check": check, "recorded": 1, **identity}


def _check_of(node: pytest.Item, scenario: str) -> str:
    """File, class and name of a test with its parameters, but for the one whose id is `scenario`.

    It depends on the test alone, not on what else is collected: baselines go by it.
    """
    where = "" if node.parent is None else f"{node.parent.nodeid}::"
    name = f"{where}{getattr(node, 'originalname', node.name)}"
    parameters = f"-{node.callspec.id}-" if hasattr(node, "callspec") else "-"
    for text in (scenario, scenario.encode("unicode_escape").decode("ascii")):  # the latter is what pytest makes of it
        if f"-{text}-" in parameters:
            parameters = parameters.replace(f"-{text}-", "-", 1)
            break
    return f"{name}[{parameters[1:-1]}]" if parameters.strip("-") else name


def _log(given: "ScenarioRun | PAREScenarioValidationResult") -> "EventLog | None":
    from pare_harness.runner import ScenarioRun  # noqa: PLC0415  # for those who ask

    return given.log if isinstance(given, ScenarioRun) else None


def _result(given: "ScenarioRun | PAREScenarioValidationResult") -> "PAREScenarioValidationResult":
    from pare_harness.runner import ScenarioRun  # noqa: PLC0415  # for those who ask
    from pare_harness.scenarios.validation_result import PAREScenarioValidationResult  # noqa: PLC0415

    result = given.result if isinstance(given, ScenarioRun) else given
    if not isinstance(result, PAREScenarioValidationResult):
        raise TypeError(f"pare_record({given!r}); expected a ScenarioRun or a PAREScenarioValidationResult")
    return result


def _exported(
    given: "ScenarioRun | PAREScenarioValidationResult",
    scenario: "PAREScenario",
    config: pytest.Config,
    check: str,
    time: int,
) -> "ScenarioRun | PAREScenarioValidationResult":
    """A run with its trace written where traces are wanted; one that was entered before gets a folder of its own."""
    from pare_harness.runner import ScenarioRun  # noqa: PLC0415  # for those who ask
    from pare_harness.traces import exported  # noqa: PLC0415
    from pytest_pytyche.pare.loading import runner_config  # noqa: PLC0415

    if not isinstance(given, ScenarioRun) or given.result.export_path is not None:
        return given
    # Whom the test let act only the test knows, whatever agents the options name.
    runs = runner_config(config).model_copy(update={"oracle": False, **TEST})
    return exported(given, scenario, runs, check if time == 1 else f"{check} #{time}")


def _story(
    given: "ScenarioRun | PAREScenarioValidationResult", scenario: "PAREScenario", config: pytest.Config
) -> dict[str, object]:
    from pare_harness.runner import ScenarioRun  # noqa: PLC0415  # for those who ask
    from pytest_pytyche.pare.loading import runner_config  # noqa: PLC0415
    from pytest_pytyche.pare.records import story  # noqa: PLC0415

    return story(given, scenario, runner_config(config)) if isinstance(given, ScenarioRun) else {}


def _explain(node: pytest.Item, given: "ScenarioRun | PAREScenarioValidationResult") -> None:
    from pare_harness.runner import ScenarioRun  # noqa: PLC0415  # for those who ask
    from pytest_pytyche.pare.collection import timeline_width  # noqa: PLC0415
    from pytest_pytyche.pare.items import explain  # noqa: PLC0415

    if isinstance(given, ScenarioRun) and given.result.status != "success":
        explain(node, given.result, given.log, timeline_width(node.config))
