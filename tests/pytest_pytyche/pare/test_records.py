import json

import pytest

from pare_harness.errors import InfraError, LimitReached
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pytest_pytyche.pare.records import from_record, lost_record, to_record

RESULTS = (
    PAREScenarioValidationResult(True, duration=0.5, proposal_count=2, acceptance_count=1, rejection_count=1),
    PAREScenarioValidationResult(False, rationale="no reply", read_only_actions=3, write_actions=4, number_of_turns=5),
    PAREScenarioValidationResult(None),
    PAREScenarioValidationResult(None, exception=LimitReached("3 turns")),
    PAREScenarioValidationResult(None, exception=InfraError("no network"), export_path="trace.json"),
    PAREScenarioValidationResult(False, exception=KeyError("x")),
)


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.status)
def test_a_result_survives_its_way_through_the_journal(result: PAREScenarioValidationResult) -> None:
    record = json.loads(json.dumps(to_record(result, nodeid="pare::oracle[a]", run=None)))
    again = from_record(record)
    assert again.status == result.status
    assert (type(again.exception).__name__, str(again.exception)) == (
        type(result.exception).__name__,
        str(result.exception),
    )
    same = [name for name in vars(result) if name != "exception"]
    assert [getattr(again, name) for name in same] == [getattr(result, name) for name in same]


def test_what_is_no_built_in_type_becomes_one() -> None:
    class Text(str):
        __slots__ = ()

    record = to_record(PAREScenarioValidationResult(success=1, rationale=Text("half \ud800 a pair")))  # type: ignore[arg-type]  # a validator may return anything
    assert (record["success"], record["rationale"]) == (True, "half \\ud800 a pair")
    assert type(record["success"]) is bool
    assert type(record["rationale"]) is str


def test_a_run_that_left_nothing_is_an_exception() -> None:
    lost = from_record(lost_record("worker 'gw0' crashed", nodeid="pare::oracle[a]"))
    assert lost.status == "exception"
    assert (type(lost.exception).__name__, str(lost.exception)) == ("RunLost", "worker 'gw0' crashed")
