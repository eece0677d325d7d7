from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pytest_pytyche.pare.check_names import CHECKS
from pytest_pytyche.pare.checks import failure
from pytest_pytyche.pare.items import ITEMS


def test_every_check_that_can_be_asked_for_can_be_run() -> None:
    assert sorted(ITEMS) == sorted(CHECKS)


def test_a_failure_is_one_line_with_the_status_and_the_reason() -> None:
    failed = PAREScenarioValidationResult(False, rationale="no\n reply")
    broken = PAREScenarioValidationResult(None, exception=KeyError("x"))
    assert failure("day", failed) == "day: failed: no reply"
    assert failure("day-run2", broken) == "day-run2: exception: KeyError: 'x'"
    assert failure("day", PAREScenarioValidationResult(False)) == "day: failed: the validator gave no rationale"
    assert failure("day", PAREScenarioValidationResult(None)) == "day: no_validation: the validator gave no verdict"
